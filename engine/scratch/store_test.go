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
	enginetest.ExerciseStore(t, func(*testing.T) engine.Store { return scratch.NewKeeping() })
}

// TestForkedStore runs the contract on a fork of a fork.
func TestForkedStore(t *testing.T) {
	enginetest.ExerciseStore(t, func(*testing.T) engine.Store { return scratch.NewKeeping().Fork().Fork() })
}

// put writes a record (or deletes it), an event and a ledger entry.
func put(t *testing.T, s *scratch.Store, key, body string) {
	t.Helper()
	ctx := context.Background()
	err := s.Within(ctx, "w", func(tx engine.Tx) error {
		p := tx.Lane().Position + 1
		r := engine.Record{Kind: engine.MarkRecord, Key: key}
		if body != "" {
			r.Body = []byte(body)
		}
		return tx.Save(ctx, &engine.Changes{Position: p, Records: []engine.Record{r}, Events: []engine.StoredEvent{{Position: p, Type: body}},
			Ledger: []engine.LedgerEntry{{ID: fmt.Sprintf("%06d", p), Position: p}}})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// show writes what a store holds: records and the number of events.
func show(t *testing.T, s *scratch.Store) (out string) {
	t.Helper()
	rows, err := s.Reader("w").ListRecords(context.Background(), engine.MarkRecord, "", engine.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows.Items {
		out += r.Key + "=" + string(r.Body) + " "
	}
	events, err := s.Reader("w").Events(context.Background(), engine.EventQuery{})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(out, len(events))
}

func TestForkSeesThePastOnly(t *testing.T) {
	root := scratch.NewKeeping()
	put(t, root, "a", "1")
	forks := []*scratch.Store{root}
	for i := range 20 { // deeper than layers are kept
		f := forks[len(forks)-1].Fork()
		put(t, f, fmt.Sprintf("f%02d", i), "x")
		put(t, f, "a", fmt.Sprint(i))
		forks = append(forks, f)
	}
	put(t, forks[3], "a", "")
	put(t, root, "b", "2")
	for f, want := range map[*scratch.Store]string{root: "a=1 b=2 2", forks[3]: "f00=x f01=x f02=x 8", forks[4]: "a=3 f00=x f01=x f02=x f03=x 9"} {
		if got := show(t, f); got != want {
			t.Errorf("the fork holds %s, want %s", got, want)
		}
	}
}
