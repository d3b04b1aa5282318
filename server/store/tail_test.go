package store

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// TestTheTailIsWhatAScanFinds writes and files in a random order through several
// processes, which remember the tail of the log each for itself, and holds what is
// read of members against all that was written. Twice, before and after something
// is filed, the log is deleted and begun anew at the same positions.
func TestTheTailIsWhatAScanFinds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		short := func(o *Options) { o.segment = 20 * engine.PositionStride }
		forgetful := func(o *Options) { short(o); o.Memory = 1 }
		little := func(o *Options) { short(o); o.tail = 12 }
		replicas := []*Store{openStore(t, db, short), openStore(t, db, short), openStore(t, db, forgetful), openStore(t, db, little)}
		ctx, dice := context.Background(), rand.New(rand.NewPCG(3, 1))
		var log []engine.StoredEvent
		some, none := 0, 0
		for step := range 500 {
			s := replicas[dice.IntN(len(replicas))]
			switch what := dice.IntN(20); {
			case step == 40 || step == 250:
				must(t, s.DeleteWorkspace(ctx, "w"))
				log = nil
			case what == 0 && step > 80:
				must(t, s.BuildHistory(ctx, "w"))
			case what < 8:
				log = append(log, someEvents(t, s, dice)...)
			default:
				q := someQuery(dice, log)
				got, err := s.Reader("w").Events(ctx, q)
				must(t, err)
				want := chosen(log, q)
				if show(withoutBodies(got, q.Bare)) != show(withoutBodies(want, q.Bare)) {
					t.Fatalf("step %d, %+v:\n%v\nwant\n%v", step, q, got, want)
				}
				if len(want) > 0 {
					some++
				} else {
					none++
				}
			}
		}
		if some < 100 || none == 0 {
			t.Errorf("%d questions had an answer, %d none", some, none)
		}
	})
}

// someEvents commits some.
func someEvents(t *testing.T, s *Store, dice *rand.Rand) (events []engine.StoredEvent) {
	t.Helper()
	ctx := context.Background()
	must(t, s.Within(ctx, "w", func(tx engine.Tx) error {
		at := tx.Lane().Position
		for range 1 + dice.IntN(6) {
			at += engine.PositionStride
			events = append(events, engine.StoredEvent{Position: at, Type: []string{"act", "said"}[dice.IntN(2)], At: engine.Time(1000 + dice.IntN(500)),
				Member: []string{"", "m1", "m2", "m3"}[dice.IntN(4)], Body: fmt.Appendf(nil, `{"n":%d}`, dice.IntN(100))})
		}
		return tx.Save(ctx, &engine.Changes{Position: at, Events: slices.Clone(events)})
	}))
	return events
}

func someQuery(dice *rand.Rand, log []engine.StoredEvent) engine.EventQuery {
	q := engine.EventQuery{Member: []string{"m1", "m2", "m3", "m4"}[dice.IntN(4)], Backward: dice.IntN(2) == 0, Limit: dice.IntN(6), Bare: dice.IntN(3) == 0}
	if dice.IntN(3) == 0 {
		q.Types = []string{"act"}
	}
	if dice.IntN(3) == 0 {
		q.From, q.To = engine.Time(1000+dice.IntN(300)), engine.Time(1300+dice.IntN(300))
	}
	if n := len(log); n > 0 && dice.IntN(2) == 0 {
		q.After, q.UpTo = log[dice.IntN(n)].Position-1, log[dice.IntN(n)].Position
	}
	return q
}

// chosen reads the list as the log is to be read.
func chosen(log []engine.StoredEvent, q engine.EventQuery) (all []engine.StoredEvent) {
	if q.UpTo == 0 {
		q.UpTo = math.MaxInt64
	}
	for _, e := range log {
		if e.Member == q.Member && matches(&q, &e) {
			all = append(all, e)
		}
	}
	if q.Backward {
		slices.Reverse(all)
	}
	if q.Limit > 0 && len(all) > q.Limit {
		all = all[:q.Limit]
	}
	return all
}

func withoutBodies(events []engine.StoredEvent, bare bool) (out []string) {
	for _, e := range events {
		line := fmt.Sprint(e.Position, e.Type, e.At, e.Member)
		if !bare {
			line += string(e.Body)
		}
		out = append(out, line)
	}
	return out
}
