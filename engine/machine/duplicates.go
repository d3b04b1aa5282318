package machine

import (
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// answerDuplicates fills in the stored decisions of duplicates, those of the
// events that they emitted included.
func (t *turn) answerDuplicates(group []*submission) error {
	var positions []int64
	for _, s := range group {
		for i := range s.results {
			if r := &s.results[i]; r.Status == Duplicate && s.batch.Show != ShowNone {
				positions = append(positions, r.Position)
			}
		}
	}
	if len(positions) == 0 {
		return nil
	}
	by, err := t.storedDecisions(positions)
	if err != nil {
		return err
	}
	for _, s := range group {
		for i := range s.results {
			if r := &s.results[i]; r.Status == Duplicate {
				r.Decisions = shown(by[r.Position], s.batch.Show)
			}
		}
	}
	return nil
}

// storedDecisions gives the decisions of events from outside and their
// children, by the position of the former: stored before or made in this turn.
func (t *turn) storedDecisions(positions []int64) (map[int64][]engine.Decision, error) {
	slices.Sort(positions)
	positions = slices.Compact(positions)
	before := slices.DeleteFunc(slices.Clone(positions), func(p int64) bool { return p > t.view.Lane.Position })
	children, err := t.childrenOf(before)
	if err != nil {
		return nil, err
	}
	stored, err := t.tx.Decisions(t.ctx, append(before, children...))
	if err != nil {
		return nil, fmt.Errorf("read decisions of duplicates: %w", err)
	}
	by := make(map[int64][]engine.Decision, len(positions))
	for _, d := range append(stored, t.changes.Decisions...) {
		outer := d.Position - d.Position%engine.PositionStride
		if _, asked := slices.BinarySearch(positions, outer); asked {
			by[outer] = append(by[outer], d)
		}
	}
	return by, nil
}

// childrenOf lists the positions of what events from outside emitted. Positions
// that stand together are read together: a batch that is sent again is one run.
func (t *turn) childrenOf(positions []int64) (children []int64, err error) {
	for i := 0; i < len(positions); {
		from := i
		for i++; i < len(positions) && positions[i]-positions[i-1] <= 4*engine.PositionStride; i++ {
		}
		q := engine.EventQuery{After: positions[from], UpTo: positions[i-1] + engine.PositionStride - 1}
		page, err := t.m.store.Reader(t.ws).Events(t.ctx, q)
		if err != nil {
			return nil, fmt.Errorf("read what duplicates emitted: %w", err)
		}
		for _, e := range page {
			outer := e.Position - e.Position%engine.PositionStride
			if _, asked := slices.BinarySearch(positions, outer); asked && outer != e.Position {
				children = append(children, e.Position)
			}
		}
	}
	return children, nil
}
