package machine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

const (
	// warmInLane is how many events may be left for the transaction that
	// switches, which nobody else can work beside.
	warmInLane = 2000
	// warmRounds bounds how often it is caught up with events that keep coming.
	warmRounds = 20
	// warmChunk is how many windows one transaction writes ahead.
	warmChunk = 1000
	// warmTries is how often windows are built beside the lane before it is
	// done within the transaction, whatever that takes.
	warmTries = 3
	// stride is how many positions an event from outside takes.
	stride = engine.PositionStride
)

// WarmWatch is told how far the windows are that definitions need before they
// can be in force, in events read and windows written; total may grow. Its
// error, which Define answers, leaves everything as it was.
type WarmWatch func(done, total int64) error

type watchKey struct{}

// WatchWarming gives a context whose Define tells watch how far it is. Where
// there is little to do it isn't called.
func WatchWarming(ctx context.Context, watch WarmWatch) context.Context {
	return context.WithValue(ctx, watchKey{}, watch)
}

// warm builds the windows that the definitions will need, beside what else
// happens in the workspace, and writes them in chunks. Live rules may read rows
// that were written ahead: those keep more than they ask for and are up to date
// when they are written. nil means that there is little to do: the transaction
// that switches does it.
func (c *defining) warm(ctx context.Context, try int) (*warming, error) {
	r := c.m.store.Reader(c.workspace)
	lane, err := r.Lane(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the lane: %w", err)
	}
	if lane.Position/stride <= warmInLane || try >= warmTries {
		return nil, nil
	}
	w, err := c.plan(ctx, r, lane)
	if err != nil || w == nil || len(w.missing) == 0 {
		return w, err
	}
	if w.became, err = Became(ctx, r); err != nil {
		return nil, err
	}
	w.watch, _ = ctx.Value(watchKey{}).(WarmWatch)
	defer func() { w.watch = nil }() // the switch is not to be stopped
	for n, left := 0, warmInLane+1; n < warmRounds && left > warmInLane; n++ {
		if lane, err = r.Lane(ctx); err != nil {
			return nil, fmt.Errorf("read the lane: %w", err)
		}
		if left, err = w.catchUp(ctx, r, lane.Position); err != nil {
			return nil, err
		}
	}
	return w, c.writeAhead(ctx, w)
}

// plan works out what is missing; nil where the definitions cannot be in force,
// which the transaction then says.
func (c *defining) plan(ctx context.Context, r engine.Reader, lane engine.LaneState) (*warming, error) {
	list, err := r.DefinitionsAt(ctx, lane.Revision)
	if err != nil {
		return nil, fmt.Errorf("read definitions: %w", err)
	}
	writes, err := c.definitions(list, lane)
	if err != nil {
		return nil, nil //nolint:nilerr // the transaction meets the same and says it
	}
	have, err := c.m.newView(lane, list)
	if err != nil {
		return nil, err
	}
	lane.Revision++
	next, err := c.m.newView(lane, replaced(list, writes))
	if err != nil {
		return nil, err
	}
	return newWarming(next, have, nil), nil
}

// writeAhead writes what was built, a chunk to a transaction. Each brings the
// windows up to its own position first.
func (c *defining) writeAhead(ctx context.Context, w *warming) error {
	unwritten := w.unwritten()
	for chunk := range slices.Chunk(unwritten, warmChunk) {
		err := c.m.within(ctx, c.workspace, c.received, func(t *turn) error {
			if t.view.Lane.Revision != w.revision {
				return nil // the switch will see it and begin again
			}
			if _, err := w.catchUp(t.ctx, t.m.store.Reader(t.ws), t.view.Lane.Position); err != nil {
				return err
			}
			return t.writeWarmed(w, chunk)
		})
		if errors.Is(err, errWarmAgain) {
			return nil // so will the switch
		}
		if err != nil {
			return fmt.Errorf("write windows ahead: %w", err)
		}
		for _, x := range chunk {
			x.written, x.dirty = true, false
		}
		unwritten = unwritten[len(chunk):]
		if err := w.step(len(chunk), int64(len(unwritten))); err != nil {
			return err
		}
	}
	return nil
}

// Became is who was merged into whom, as stored: the other's id -> the id of who
// went on, who may have been merged into somebody in turn.
func Became(ctx context.Context, r engine.Reader) (map[string]string, error) {
	became := map[string]string{}
	for cursor := ""; ; {
		rows, err := r.ListRecords(ctx, engine.MarkRecord, MergedPrefix, engine.Page{Cursor: cursor, Limit: 1000})
		if err != nil {
			return nil, fmt.Errorf("list merges: %w", err)
		}
		for _, x := range rows.Items {
			became[x.Key[len(MergedPrefix):]] = string(x.Body)
		}
		if cursor = rows.Next; cursor == "" {
			return became, nil
		}
	}
}
