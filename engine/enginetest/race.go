package enginetest

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

var counterKey = engine.RecordKey{Kind: engine.MarkRecord, Key: "counter"}

// bump adds one to a counter and one event to the log, in one transaction.
func bump(s engine.Store, workspace string) error {
	ctx := context.Background()
	return s.Within(ctx, workspace, func(tx engine.Tx) error {
		found, err := tx.Load(ctx, []engine.RecordKey{counterKey})
		if err != nil {
			return err
		}
		n := uint64(0)
		if b := found[counterKey]; b != nil {
			n = binary.BigEndian.Uint64(b)
		}
		c := &engine.Changes{Position: tx.Lane().Position + 1, Revision: 1}
		c.Records = []engine.Record{{Kind: counterKey.Kind, Key: counterKey.Key, Body: binary.BigEndian.AppendUint64(nil, n+1)}}
		c.Events = []engine.StoredEvent{event(c.Position)}
		return tx.Save(ctx, c)
	})
}

func assertBumped(t *testing.T, s engine.Store, workspace string, n int) {
	t.Helper()
	found := load(t, s, workspace, counterKey)
	equal(t, "the counter", int(binary.BigEndian.Uint64(found[counterKey])), n)
	events, err := s.Reader(workspace).Events(context.Background(), engine.EventQuery{})
	ok(t, err)
	equal(t, "events", len(events), n)
	for i, e := range events {
		equal(t, "position", e.Position, int64(i+1))
	}
}

func laneRaces(t *testing.T, s engine.Store) {
	const workers, each = 4, 25
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				if err := bump(s, space); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 20 { // a reader meanwhile sees whole transactions
		lane, err := s.Reader(space).Lane(context.Background())
		ok(t, err)
		events, err := s.Reader(space).Events(context.Background(), engine.EventQuery{})
		ok(t, err)
		if int64(len(events)) < lane.Position {
			t.Fatalf("%d events at position %d", len(events), lane.Position)
		}
		_, err = s.Reader(space).Records(context.Background(), []engine.RecordKey{counterKey})
		ok(t, err)
	}
	wg.Wait()
	assertBumped(t, s, space, workers*each)
}

// claimRaces sends the same ids from many goroutines: each is taken once.
func claimRaces(t *testing.T, s engine.Store) {
	const workers, ids = 4, 25
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for n := range ids {
				isNew, err := tryClaim(s, fmt.Sprint("id", n))
				if err != nil {
					t.Error(err)
				}
				if isNew {
					taken.Add(1)
				}
			}
		})
	}
	wg.Wait()
	equal(t, "ids taken", taken.Load(), ids)
	lane, err := s.Reader(space).Lane(context.Background())
	ok(t, err)
	equal(t, "position", lane.Position, ids)
}

func tryClaim(s engine.Store, id string) (isNew bool, err error) {
	ctx := context.Background()
	err = s.Within(ctx, space, func(tx engine.Tx) error {
		isNew = false
		p := tx.Lane().Position + 1
		seen, err := tx.Claim(ctx, []engine.EventClaim{claimOf(id, "b", p)})
		if err != nil || len(seen) > 0 {
			return err
		}
		isNew = true
		return tx.Save(ctx, &engine.Changes{Position: p})
	})
	return isNew, err
}

func sideBySide(t *testing.T, s engine.Store) {
	const spaces, each = 3, 20
	var wg sync.WaitGroup
	for n := range spaces {
		wg.Go(func() {
			for range each {
				if err := bump(s, fmt.Sprint("w", n)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for n := range spaces {
		assertBumped(t, s, fmt.Sprint("w", n), each)
	}
}
