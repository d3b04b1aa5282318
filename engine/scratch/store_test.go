package scratch_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/enginetest"
	"github.com/bylaw-dev/bylaw/engine/scratch"
)

func TestStore(t *testing.T) {
	enginetest.ExerciseStore(t, func(*testing.T) engine.Store { return scratch.New() })
}

// TestForkedStore runs the contract on a fork of a fork.
func TestForkedStore(t *testing.T) {
	enginetest.ExerciseStore(t, func(*testing.T) engine.Store { return scratch.New().Fork().Fork() })
}

func TestForkSeesThePastOnly(t *testing.T) {
	ctx := context.Background()
	put := func(s *scratch.Store, key, body string) {
		t.Helper()
		err := s.Within(ctx, "w", func(tx engine.Tx) error {
			c := &engine.Changes{Position: tx.Lane().Position + 1}
			r := engine.Record{Kind: engine.MarkRecord, Key: key}
			if body != "" {
				r.Body = []byte(body)
			}
			c.Records = []engine.Record{r}
			c.Events = []engine.StoredEvent{{Position: c.Position, Type: body}}
			c.Ledger = []engine.LedgerEntry{{ID: fmt.Sprintf("%06d", c.Position), Position: c.Position}}
			return tx.Save(ctx, c)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	show := func(s *scratch.Store) string {
		t.Helper()
		rows, err := s.Reader("w").ListRecords(ctx, engine.MarkRecord, "", engine.Page{})
		if err != nil {
			t.Fatal(err)
		}
		out := ""
		for _, r := range rows.Items {
			out += r.Key + "=" + string(r.Body) + " "
		}
		events, err := s.Reader("w").Events(ctx, engine.EventQuery{})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(out, len(events))
	}
	root := scratch.New()
	put(root, "a", "1")
	forks := []*scratch.Store{root}
	for i := range 20 { // deeper than layers are kept
		f := forks[len(forks)-1].Fork()
		put(f, fmt.Sprintf("f%02d", i), "x")
		put(f, "a", fmt.Sprint(i))
		forks = append(forks, f)
	}
	put(forks[3], "a", "")
	put(root, "b", "2")
	if got := show(root); got != "a=1 b=2 2" {
		t.Errorf("the root holds %s", got)
	}
	if got := show(forks[3]); got != "f00=x f01=x f02=x 8" {
		t.Errorf("the third fork holds %s", got)
	}
	if got := show(forks[4]); got != "a=3 f00=x f01=x f02=x f03=x 9" {
		t.Errorf("the fourth fork holds %s", got)
	}
}
