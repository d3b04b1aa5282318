package machine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// merged is what a merge remembers so that it can be undone: both people as
// they were.
type merged struct {
	Survivor engine.Member `json:"survivor"`
	Other    engine.Member `json:"other"`
}

func mergeKey(position int64) string { return fmt.Sprintf("merge|%d", position) }

// mergeMembers makes the event's member out of two: identities, points, badges,
// tags, groups and windows of "to" are added to theirs.
func mergeMembers(t *turn, o *occasion) error {
	m := o.member
	other, err := t.member(o.event.ToID)
	if err != nil || other == nil || m == nil || other.ID == m.ID {
		return err
	}
	t.setMark(mergeKey(o.event.Position), mustJSON(merged{Survivor: *m, Other: *other}))
	for _, id := range other.Identities {
		m.Identities = append(slices.Clone(m.Identities), id)
		t.cache.identities.put(id.Key(), m.ID)
		t.touch(engine.IdentityRecord, id.Key())
	}
	t.mergeFacts(m, other)
	if err := t.mergePoints(o, m, other); err != nil {
		return err
	}
	for _, g := range sortedKeys(other.Groups) {
		ms := other.Groups[g]
		if err := t.leave(other, g); err != nil {
			return err
		}
		if err := t.join(m, g, ms.Since, ms.Via); err != nil {
			return err
		}
		for _, role := range ms.Roles {
			if err := t.office(m, g, role, true); err != nil {
				return err
			}
		}
	}
	other.MergedInto, other.Identities = m.ID, nil
	t.touch(engine.MemberRecord, m.ID)
	t.touch(engine.MemberRecord, other.ID)
	return t.mergeCells(m.ID, other.ID)
}

// mergeFacts unites what either of two people has; the survivor's word counts
// where they differ.
func (t *turn) mergeFacts(m, other *engine.Member) {
	for _, tag := range other.Tags {
		t.setTag(m, tag, true)
	}
	fill(&m.Attrs, other.Attrs)
	fill(&m.Badges, other.Badges)
	fill(&m.Privileges, other.Privileges)
	fill(&m.Consent, other.Consent)
	for c, s := range other.Consent {
		if !s.Given {
			m.Consent[c] = s // a no of either stays a no
		}
	}
	if other.JoinedAt < m.JoinedAt {
		m.JoinedAt, m.Joined = other.JoinedAt, m.Joined || other.Joined
	}
	if m.Inviter == "" && other.Inviter != m.ID {
		m.Inviter = other.Inviter
	}
	if m.Origin == "" {
		m.Origin = other.Origin
	}
	for ladder, st := range other.Tiers {
		l := t.view.Defs.Ladders[ladder]
		if have := m.Tiers[ladder]; l != nil && l.Rank(st.Tier) > l.Rank(have.Tier) {
			fill(&m.Tiers, nil)
			m.Tiers[ladder] = st
			t.setMark(tierKey(ladder, st.Tier, m.ID), []byte("1"))
		}
		t.setMark(tierKey(ladder, st.Tier, other.ID), nil)
	}
}

func fill[V any](to *map[string]V, from map[string]V) {
	if *to == nil {
		*to = map[string]V{}
	} else {
		*to = maps.Clone(*to)
	}
	for k, v := range from {
		if _, has := (*to)[k]; !has {
			(*to)[k] = v
		}
	}
}

// mergePoints moves the other's balances by a pair of entries each.
func (t *turn) mergePoints(o *occasion, m, other *engine.Member) error {
	for _, account := range sortedKeys(other.Accounts) {
		n := other.Accounts[account].Balance
		if n == 0 {
			continue
		}
		e := engine.LedgerEntry{Account: account, Kind: "merge", At: o.event.At, Position: o.event.Position}
		e.Amount, e.Of = -n, m.ID
		t.post(other, e)
		e.Amount, e.Of = n, other.ID
		t.post(m, e)
	}
	return nil
}

// mergeCells adds the other's windows to the survivor's.
func (t *turn) mergeCells(survivor, other string) error {
	return t.everyCell(other, func(key string) error {
		ref, ok := t.view.refOf(key, other)
		if !ok {
			return nil // kept for rules that are gone
		}
		from, err := t.cell(ref)
		if err != nil || from == nil {
			return err
		}
		if err := t.loadSegments(key, from, from.Segments()); err != nil {
			return err
		}
		to := window.CellRef{Shape: ref.Shape, Key: window.KeyPrefix(engine.OfMember, survivor) + key[len(window.KeyPrefix(engine.OfMember, other)):]}
		into, err := t.cell(to)
		if err != nil {
			return err
		}
		if into == nil {
			into = t.view.plan.NewCell(to.Shape)
			t.putCell(to, into)
		}
		if err := t.loadSegments(to.Key, into, into.Segments()); err != nil {
			return err
		}
		if err := t.view.plan.Merge(to.Shape, into, from); err != nil {
			return fmt.Errorf("merge windows of %s: %w", other, err)
		}
		t.touch(engine.CellRecord, to.Key)
		return nil
	})
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

// everyCell lists the cells of a member, as stored and as changed in this turn.
func (t *turn) everyCell(member string, fn func(key string) error) error {
	prefix, cursor := window.KeyPrefix(engine.OfMember, member), ""
	for {
		rows, err := t.m.store.Reader(t.ws).ListRecords(t.ctx, engine.CellRecord, prefix, engine.Page{Cursor: cursor, Limit: 500})
		if err != nil {
			return fmt.Errorf("list windows: %w", err)
		}
		for _, r := range rows.Items {
			if window.IsSegment(r.Key) {
				continue
			}
			if err := fn(r.Key); err != nil {
				return err
			}
		}
		if rows.Next == "" {
			return nil
		}
		cursor = rows.Next
	}
}

// unmergeMembers undoes a merge: the other gets back the identities, points,
// badges and groups they came with. What happened since stays with the survivor.
func unmergeMembers(t *turn, o *occasion) error {
	key := mergeKey(o.event.Prop("merge_position").Num)
	b, err := t.mark(key)
	if err != nil || b == nil || o.member == nil {
		return err
	}
	var was merged
	if err := unmarshal(b, &was); err != nil {
		return fmt.Errorf("merge %s: %w", key, err)
	}
	t.setMark(key, nil)
	m := o.member
	back := was.Other
	accounts := back.Accounts
	back.Accounts, back.MergedInto = nil, ""
	groups := back.Groups
	back.Groups = nil
	for _, id := range back.Identities {
		m.Identities = slices.DeleteFunc(slices.Clone(m.Identities), func(x engine.Identity) bool { return x == id })
		t.cache.identities.put(id.Key(), back.ID)
		t.touch(engine.IdentityRecord, id.Key())
	}
	t.cache.members.put(back.ID, &back)
	t.takeBack(m, &was)
	for _, g := range sortedKeys(groups) {
		if _, had := was.Survivor.Groups[g]; !had {
			if err := t.leave(m, g); err != nil {
				return err
			}
		}
		if err := t.join(&back, g, groups[g].Since, groups[g].Via); err != nil {
			return err
		}
	}
	for _, account := range sortedKeys(accounts) {
		n := accounts[account].Balance
		e := engine.LedgerEntry{Account: account, Kind: "merge", At: o.event.At, Position: o.event.Position}
		e.Amount, e.Of = -n, back.ID
		t.post(m, e)
		e.Amount, e.Of = n, m.ID
		t.post(&back, e)
	}
	t.touch(engine.MemberRecord, m.ID)
	t.touch(engine.MemberRecord, back.ID)
	return nil
}

// takeBack removes from the survivor what only the other had brought.
func (t *turn) takeBack(m *engine.Member, was *merged) {
	for _, tag := range was.Other.Tags {
		if !was.Survivor.HasTag(tag) {
			t.setTag(m, tag, false)
		}
	}
	for b := range was.Other.Badges {
		if _, had := was.Survivor.Badges[b]; !had {
			delete(m.Badges, b)
		}
	}
	for p := range was.Other.Privileges {
		if _, had := was.Survivor.Privileges[p]; !had {
			delete(m.Privileges, p)
		}
	}
	m.JoinedAt, m.Joined = was.Survivor.JoinedAt, was.Survivor.Joined
}
