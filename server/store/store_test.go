package store

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/enginetest"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

var instances atomic.Int64

// openStore opens and migrates a database; small generations and segments make
// few events enough to fill several.
func openStore(t testing.TB, db dbtest.Database, change func(*Options)) *Store {
	t.Helper()
	o := Options{URL: db.URL, Instance: string(rune('a' + instances.Add(1)))}
	if change != nil {
		change(&o)
	}
	s, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

func small(o *Options) { o.generation, o.segment, o.foldBytes = 128, 64, 4096 }

func TestStore(t *testing.T) {
	for _, name := range dbtest.Engines(t) {
		t.Run(name, func(t *testing.T) {
			enginetest.ExerciseStore(t, func(t *testing.T) engine.Store { return openStore(t, dbtest.New(t, name), small) })
		})
	}
}
