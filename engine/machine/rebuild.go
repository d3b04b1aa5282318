package machine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// mergeCells adds the other's windows to the survivor's. Cells that were kept
// for different rulebooks cannot be added up: then they are built from the log.
func (t *turn) mergeCells(survivor, other string) error {
	keys, err := t.cellsOf(other)
	if err != nil {
		return err
	}
	for _, key := range keys {
		done, err := t.mergeCell(key, survivor, other)
		if err != nil {
			return fmt.Errorf("merge windows of %s: %w", other, err)
		}
		if !done {
			return t.rebuildMember(survivor)
		}
	}
	return t.dropCells(keys)
}

// mergeCell adds one cell; false where that cannot be.
func (t *turn) mergeCell(key, survivor, other string) (bool, error) {
	ref, ok := t.view.refOf(key, other)
	if !ok {
		return true, nil // kept for rules that are gone
	}
	from, err := t.cell(ref)
	if err != nil || from == nil {
		return true, err
	}
	if err := t.loadSegments(key, from, from.Segments()); err != nil {
		return false, err
	}
	prefix := window.KeyPrefix(engine.OfMember, other)
	to := window.CellRef{Shape: ref.Shape, Key: window.KeyPrefix(engine.OfMember, survivor) + key[len(prefix):]}
	into, err := t.openCell(to)
	if err != nil {
		return false, err
	}
	if err := t.loadSegments(to.Key, into.value.cell, into.value.cell.Segments()); err != nil {
		return false, err
	}
	if err := t.view.plan.Merge(to.Shape, into.value.cell, from); err != nil {
		t.m.log.Info("windows are built from the log", "workspace", t.ws, "member", survivor, "because", err)
		return false, nil
	}
	t.cache.cells.touch(into)
	return true, nil
}

// refOf finds the shape of a member's cell by its key.
func (v *View) refOf(key, member string) (window.CellRef, bool) {
	tag, _, _ := strings.Cut(key[len(window.KeyPrefix(engine.OfMember, member)):], "/")
	for i := range v.plan.Shapes() {
		if v.plan.ShapeTag(i) == tag {
			return window.CellRef{Shape: i, Key: key}, true
		}
	}
	return window.CellRef{}, false
}

// cellsOf lists the keys of a member's cells, as stored and as changed in this
// turn, in order.
func (t *turn) cellsOf(member string) ([]string, error) {
	stored, err := t.stored()
	if err != nil {
		return nil, err
	}
	prefix := window.KeyPrefix(engine.OfMember, member)
	var keys []string
	for cursor := ""; ; {
		rows, err := stored.ListRecords(t.ctx, engine.CellRecord, prefix, engine.Page{Cursor: cursor, Limit: 500})
		if err != nil {
			return nil, fmt.Errorf("list windows: %w", err)
		}
		for _, r := range rows.Items {
			if !window.IsSegment(r.Key) && !t.cache.cells.touched(r.Key) {
				keys = append(keys, r.Key)
			}
		}
		if cursor = rows.Next; cursor == "" {
			break
		}
	}
	for _, e := range t.cache.cells.changed {
		if e.value.cell != nil && strings.HasPrefix(e.key, prefix) {
			keys = append(keys, e.key)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// dropCells deletes cells with their segments.
func (t *turn) dropCells(keys []string) error {
	for _, key := range keys {
		if err := t.replaceCell(window.CellRef{Key: key, Shape: -1}, nil); err != nil {
			return err
		}
	}
	return nil
}

// replaceCell puts another cell, or none, in the place of one, whose segments go.
func (t *turn) replaceCell(ref window.CellRef, c *window.Cell) error {
	stale, err := t.segmentsOf(ref.Key)
	if err != nil {
		return err
	}
	if t.stale == nil {
		t.stale = map[string][]string{}
	}
	t.stale[ref.Key] = append(t.stale[ref.Key], stale...)
	e := t.cache.cells.put(ref.Key, slot{})
	if c != nil {
		t.cache.open(e, c, ref.Shape)
	}
	t.cache.cells.touch(e)
	return nil
}

// segmentsOf lists the keys of the segments that a stored cell has, whichever
// rules it was kept for.
func (t *turn) segmentsOf(key string) (segments []string, err error) {
	stored, err := t.stored()
	if err != nil {
		return nil, err
	}
	for cursor := ""; ; {
		rows, err := stored.ListRecords(t.ctx, engine.CellRecord, key, engine.Page{Cursor: cursor, Limit: 500})
		if err != nil {
			return nil, fmt.Errorf("list segments: %w", err)
		}
		for _, r := range rows.Items {
			if window.IsSegment(r.Key) && r.Key[:strings.LastIndexByte(r.Key, '~')] == key {
				segments = append(segments, r.Key)
			}
		}
		if cursor = rows.Next; cursor == "" {
			return segments, nil
		}
	}
}

// rebuildMember builds a member's windows anew from the log, with the events
// of everybody who was merged into them.
func (t *turn) rebuildMember(member string) error {
	ids, err := t.onceKnownAs(member)
	if err != nil {
		return err
	}
	events, err := t.eventsOf(ids)
	if err != nil {
		return err
	}
	cells := map[string]*window.Cell{}
	shapes := map[string]int{}
	prefix := window.KeyPrefix(engine.OfMember, member)
	var refs []window.CellRef
	for _, e := range events {
		e.MemberID = member
		refs = t.view.counted(refs[:0], e)
		for _, ref := range refs {
			if !strings.HasPrefix(ref.Key, prefix) {
				continue
			}
			if cells[ref.Key] == nil {
				cells[ref.Key], shapes[ref.Key] = t.view.plan.NewCell(ref.Shape), ref.Shape
			}
			t.view.plan.Fold(ref.Shape, cells[ref.Key], e, t.view.Zone)
		}
	}
	have, err := t.cellsOf(member)
	if err != nil {
		return err
	}
	if err := t.dropCells(have); err != nil {
		return err
	}
	for _, key := range sortedKeys(cells) {
		if err := t.replaceCell(window.CellRef{Key: key, Shape: shapes[key]}, cells[key]); err != nil {
			return err
		}
	}
	return nil
}

// onceKnownAs lists a member's id and those of everybody who became them.
func (t *turn) onceKnownAs(member string) ([]string, error) {
	became, err := t.becameWhom()
	if err != nil {
		return nil, err
	}
	ids := []string{member}
	for id := range became {
		if Settled(became, id) == member {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// becameWhom is who was merged into whom, with what this turn changed.
func (t *turn) becameWhom() (map[string]string, error) {
	stored, err := t.stored()
	if err != nil {
		return nil, err
	}
	became, err := Became(t.ctx, stored)
	if err != nil {
		return nil, err
	}
	for _, e := range t.cache.marks.changed {
		if id, ok := strings.CutPrefix(e.key, MergedPrefix); ok {
			if delete(became, id); e.value != nil {
				became[id] = string(e.value)
			}
		}
	}
	return became, nil
}

// Settled follows merges to the member who is left.
func Settled(became map[string]string, id string) string {
	for range mergesDeep {
		next, ok := became[id]
		if !ok {
			break
		}
		id = next
	}
	return id
}

// eventsOf reads the events of members in the order in which they were
// accepted, those of this turn included.
func (t *turn) eventsOf(ids []string) ([]*engine.Event, error) {
	var all []*engine.Event
	add := func(s engine.StoredEvent) error {
		e, err := engine.DecodeEvent(s)
		if err == nil {
			Normalize(e, t.view.Defs)
			all = append(all, e)
		}
		return err
	}
	for _, id := range ids {
		for after := int64(0); ; {
			q := engine.EventQuery{Member: id, After: after, UpTo: max(t.view.Lane.Position, 1), Limit: warmPage}
			page, err := t.m.store.Reader(t.ws).Events(t.ctx, q)
			if err != nil {
				return nil, fmt.Errorf("read events of %s: %w", id, err)
			}
			for _, s := range page {
				if err := add(s); err != nil {
					return nil, err
				}
				after = s.Position
			}
			if len(page) < warmPage {
				break
			}
		}
	}
	for _, s := range t.changes.Events {
		if slices.Contains(ids, s.Member) {
			if err := add(s); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(all, func(a, b *engine.Event) int { return cmp.Compare(a.Position, b.Position) })
	return all, nil
}
