package service

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// What is read about a member is also what was written about those who became them
// by a merge: it keeps the ids that it was written with, so that a merge can be undone.

// parts gives the ids of who became a member; none for "" or what is no member.
func (c *core) parts(ctx context.Context, who Caller, member string) ([]string, error) {
	if member == "" {
		return nil, nil
	}
	all, err := machine.Parts(ctx, c.reader(who), member)
	return all[member], err
}

// profiles gives the personal fields of members, not those of single events, and
// where a member has none those of who became them, under the member's id.
func (c *core) profiles(ctx context.Context, who Caller, members []string) ([]engine.PersonalField, error) {
	parts, err := machine.Parts(ctx, c.reader(who), members...)
	if err != nil {
		return nil, err
	}
	whose, asked := map[string]string{}, slices.Clone(members)
	for member, ids := range parts {
		for _, id := range ids {
			whose[id] = member
		}
		asked = append(asked, ids...)
	}
	found, err := c.reader(who).PersonalFields(ctx, asked...)
	if err != nil {
		return nil, fmt.Errorf("read personal fields: %w", err)
	}
	type name struct{ member, field string }
	known := map[name]bool{}
	var all, others []engine.PersonalField
	for _, f := range found {
		switch _, other := whose[f.Member]; {
		case f.Position != 0 || f.Value == "":
		case other:
			others = append(others, f)
		default:
			all, known[name{f.Member, f.Name}] = append(all, f), true
		}
	}
	rank := func(f engine.PersonalField) int { return slices.Index(parts[whose[f.Member]], f.Member) }
	slices.SortStableFunc(others, func(a, b engine.PersonalField) int { return cmp.Compare(rank(a), rank(b)) })
	for _, f := range others {
		if f.Member = whose[f.Member]; !known[name{f.Member, f.Name}] {
			all, known[name{f.Member, f.Name}] = append(all, f), true
		}
	}
	return all, nil
}

// Timeline gives events, newest first, before a position (0: now).
func (s *Members) Timeline(ctx context.Context, who Caller, q engine.EventQuery) ([]*engine.Event, error) {
	q.Backward = true
	parts, err := s.parts(ctx, who, q.Member)
	if err != nil {
		return nil, err
	}
	stored, err := s.reader(who).Events(ctx, q)
	for _, q.Member = range parts {
		if err != nil {
			break
		}
		var more []engine.StoredEvent
		more, err = s.reader(who).Events(ctx, q)
		stored = append(stored, more...)
	}
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	slices.SortFunc(stored, func(a, b engine.StoredEvent) int { return cmp.Compare(b.Position, a.Position) })
	if q.Limit > 0 && len(stored) > q.Limit {
		stored = stored[:q.Limit]
	}
	list := make([]*engine.Event, len(stored))
	for i, e := range stored {
		if list[i], err = engine.DecodeEvent(e); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Decisions gives stored decisions, newest first.
func (s *Members) Decisions(ctx context.Context, who Caller, q engine.DecisionQuery) (engine.Rows[engine.Decision], error) {
	var err error
	if q.Parts, err = s.parts(ctx, who, q.Subject); err != nil {
		return engine.Rows[engine.Decision]{}, err
	}
	return s.reader(who).ListDecisions(ctx, q)
}
