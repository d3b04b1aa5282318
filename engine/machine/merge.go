package machine

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

// merged is what a merge remembers so that it can be undone: both people as
// they were.
type merged struct {
	Survivor *engine.Member `json:"survivor"`
	Other    *engine.Member `json:"other"`
}

// mergeKey is the mark of one merge, mergesKey that of all merges of a member.
func mergeKey(position int64) string   { return mergePrefix + strconv.FormatInt(position, 10) }
func mergesKey(survivor string) string { return keyOf("merges", survivor) }

// mergePrefix begins the marks of merges; the position follows.
const mergePrefix = "merge|"

// MergedPrefix begins the marks of members who became somebody else; the id
// follows, and the value is whose.
const MergedPrefix = "merged|"

// mergeMembers makes the event's member out of two: identities, points, badges,
// tags, groups and windows of "to" are added to theirs.
func mergeMembers(t *turn, o *occasion) error {
	m := o.member
	if o.event.ToID == "" {
		return nil
	}
	other, err := t.member(o.event.ToID)
	if err != nil || other == nil || other.ID == m.ID || !t.canMerge(m, other) {
		return err
	}
	if err := t.rememberMerge(o, m, other); err != nil {
		return err
	}
	for _, id := range other.Identities {
		m.Identities = append(slices.Clone(m.Identities), id)
		t.own(id, m.ID)
	}
	t.mergeFacts(m, other)
	t.mergePoints(o, m, other)
	if err := t.mergeGroups(m, other); err != nil {
		return err
	}
	if err := t.mergeTimes(m, other); err != nil {
		return err
	}
	other.MergedInto, other.Identities = m.ID, nil
	t.touch(engine.MemberRecord, m.ID)
	t.touch(engine.MemberRecord, other.ID)
	return t.mergeCells(m.ID, other.ID)
}

// canMerge is whether the sums of two people's points fit into 64 bits.
func (t *turn) canMerge(m, other *engine.Member) bool {
	for account, a := range other.Accounts {
		if !fits(m.Accounts[account].Balance, a.Balance) {
			return false
		}
	}
	return true
}

func (t *turn) rememberMerge(o *occasion, m, other *engine.Member) error {
	t.setMark(mergeKey(o.event.Position), mustJSON(merged{Survivor: m, Other: other}))
	t.setMark(MergedPrefix+other.ID, []byte(m.ID))
	list, err := t.list(mergesKey(m.ID))
	if err != nil {
		return err
	}
	t.setList(mergesKey(m.ID), append(list, strconv.FormatInt(o.event.Position, 10)))
	return nil
}

// forgetMerges destroys what merges remember of a member who is erased: they
// cannot be undone then.
func (t *turn) forgetMerges(member string) error {
	list, err := t.list(mergesKey(member))
	if err != nil {
		return err
	}
	for _, p := range list {
		t.setMark(mergePrefix+p, nil)
	}
	if len(list) > 0 {
		t.setMark(mergesKey(member), nil)
	}
	return nil
}

// mergeFacts unites what either of two people has; the survivor's word counts
// where they differ, the higher tier stays, and a no of either stays a no.
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
			m.Consent[c] = s
		}
	}
	if other.JoinedAt < m.JoinedAt {
		m.JoinedAt = other.JoinedAt
	}
	m.Joined = m.Joined || other.Joined
	if m.Inviter == "" && other.Inviter != m.ID {
		m.Inviter = other.Inviter
	}
	if m.Origin == "" {
		m.Origin = other.Origin
	}
	for _, ladder := range sortedKeys(other.Tiers) {
		st, have := other.Tiers[ladder], m.Tiers[ladder]
		if l := t.view.Defs.Ladders[ladder]; l != nil && l.Rank(st.Tier) > l.Rank(have.Tier) {
			m.Tiers = with(m.Tiers, ladder, st)
			t.standing(m.ID, ladder, have.Tier, st.Tier)
		}
		t.standing(other.ID, ladder, st.Tier, "")
	}
}

func with[V any](m map[string]V, key string, v V) map[string]V {
	c := maps.Clone(m)
	if c == nil {
		c = map[string]V{}
	}
	c[key] = v
	return c
}

func fill[V any](to *map[string]V, from map[string]V) {
	if *to = maps.Clone(*to); *to == nil {
		*to = map[string]V{}
	}
	for k, v := range from {
		if _, has := (*to)[k]; !has {
			(*to)[k] = v
		}
	}
}

// mergePoints moves the other's balances by a pair of entries each; lots that
// still expire move with them.
func (t *turn) mergePoints(o *occasion, m, other *engine.Member) {
	for _, account := range sortedKeys(other.Accounts) {
		a := other.Accounts[account]
		t.movePair(engine.LedgerEntry{Account: account, Amount: a.Balance, At: o.event.At, Position: o.event.Position}, other, m)
		into := m.Accounts[account]
		for _, l := range a.Lots {
			into.Lots = addLot(into.Lots, l)
		}
		m.Accounts = with(m.Accounts, account, into)
		other.Accounts = with(other.Accounts, account, engine.Account{Balance: other.Accounts[account].Balance})
	}
}

// movePair moves an amount from one person to another by an entry each.
func (t *turn) movePair(e engine.LedgerEntry, from, to *engine.Member) {
	n := e.Amount
	if n == 0 {
		return
	}
	e.Kind, e.Amount, e.Of = "merge", -n, to.ID
	t.post(from, e)
	e.Amount, e.Of = n, from.ID
	t.post(to, e)
}

func (t *turn) mergeGroups(m, other *engine.Member) error {
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
	return nil
}

// mergeTimes keeps the newest of both people's event times.
func (t *turn) mergeTimes(m, other *engine.Member) error {
	mine, err := t.newest(m.ID)
	if err != nil {
		return err
	}
	theirs, err := t.newest(other.ID)
	if err == nil && theirs.value > mine.value {
		mine.value = theirs.value
		t.cache.newest.touch(mine)
	}
	return err
}

// unmergeMembers undoes a merge: the other gets back the identities, points,
// badges and groups they came with, and both their windows are built anew from
// the log. What happened since stays with the survivor.
func unmergeMembers(t *turn, o *occasion) error {
	position := o.event.Prop("merge_position").Num
	var was merged
	ok, err := t.recallMark(mergeKey(position), &was)
	if err != nil || !ok || was.Survivor.ID != o.member.ID {
		return err
	}
	m, back := o.member, was.Other.Clone()
	if now, err := t.member(back.ID); err != nil || now == nil || now.ID != m.ID {
		return err // the survivor was merged on, or this was undone already
	}
	if err := t.unrememberMerge(m.ID, back.ID, position); err != nil {
		return err
	}
	back.Accounts, back.Groups, back.MergedInto = map[string]engine.Account{}, nil, ""
	t.cache.members.put(back.ID, back)
	for _, id := range back.Identities {
		m.Identities = slices.DeleteFunc(slices.Clone(m.Identities), func(x engine.Identity) bool { return x == id })
		t.own(id, back.ID)
	}
	t.takeBack(m, &was)
	t.unmergePoints(o, m, back, was.Other)
	if err := t.unmergeGroups(m, back, &was); err != nil {
		return err
	}
	t.touch(engine.MemberRecord, m.ID)
	t.touch(engine.MemberRecord, back.ID)
	if err := t.rebuildMember(m.ID); err != nil {
		return err
	}
	return t.rebuildMember(back.ID)
}

func (t *turn) unrememberMerge(survivor, other string, position int64) error {
	t.setMark(mergeKey(position), nil)
	t.setMark(MergedPrefix+other, nil)
	list, err := t.list(mergesKey(survivor))
	if err != nil {
		return err
	}
	at := strconv.FormatInt(position, 10)
	t.setList(mergesKey(survivor), slices.DeleteFunc(list, func(p string) bool { return p == at }))
	return nil
}

// takeBack removes from the survivor what only the other had brought.
func (t *turn) takeBack(m *engine.Member, was *merged) {
	for _, tag := range was.Other.Tags {
		if !was.Survivor.HasTag(tag) {
			t.setTag(m, tag, false)
		}
	}
	m.Attrs = without(m.Attrs, was.Survivor.Attrs, was.Other.Attrs)
	m.Badges = without(m.Badges, was.Survivor.Badges, was.Other.Badges)
	m.Privileges = without(m.Privileges, was.Survivor.Privileges, was.Other.Privileges)
	m.JoinedAt, m.Joined = was.Survivor.JoinedAt, was.Survivor.Joined
	if m.Inviter == was.Other.Inviter {
		m.Inviter = was.Survivor.Inviter
	}
	for _, ladder := range sortedKeys(was.Other.Tiers) {
		st, mine := was.Other.Tiers[ladder], was.Survivor.Tiers[ladder]
		t.standing(was.Other.ID, ladder, "", st.Tier)
		if now := m.Tiers[ladder]; now.Tier == st.Tier && now.Since == st.Since && now.Tier != mine.Tier {
			m.Tiers = with(m.Tiers, ladder, mine)
			if mine.Tier == "" {
				delete(m.Tiers, ladder)
			}
			t.standing(m.ID, ladder, st.Tier, mine.Tier)
		}
	}
}

// without is a map without the keys that only the other brought.
func without[V any](now, mine, theirs map[string]V) map[string]V {
	out := maps.Clone(now)
	for k := range theirs {
		if _, had := mine[k]; !had {
			delete(out, k)
		}
	}
	return out
}

// unmergePoints gives the other back what they came with, but for what would
// have expired meanwhile.
func (t *turn) unmergePoints(o *occasion, m, back, was *engine.Member) {
	for _, account := range sortedKeys(was.Accounts) {
		a := was.Accounts[account]
		n, into := a.Balance, m.Accounts[account]
		var lots []engine.Lot
		for _, l := range a.Lots {
			into.Lots = slices.DeleteFunc(slices.Clone(into.Lots), func(x engine.Lot) bool { return x.Entry == l.Entry })
			if l.Expires <= o.event.At {
				n -= l.Left
				continue
			}
			lots = append(lots, l)
		}
		m.Accounts = with(m.Accounts, account, into)
		t.movePair(engine.LedgerEntry{Account: account, Amount: n, At: o.event.At, Position: o.event.Position}, m, back)
		back.Accounts = with(back.Accounts, account, engine.Account{Balance: back.Accounts[account].Balance, Lots: lots})
	}
}

func (t *turn) unmergeGroups(m, back *engine.Member, was *merged) error {
	for _, g := range sortedKeys(was.Other.Groups) {
		ms := was.Other.Groups[g]
		if _, had := was.Survivor.Groups[g]; !had {
			if err := t.leave(m, g); err != nil {
				return err
			}
		}
		if err := t.join(back, g, ms.Since, ms.Via); err != nil {
			return fmt.Errorf("give back group %s: %w", g, err)
		}
		for _, role := range ms.Roles {
			if err := t.office(back, g, role, true); err != nil {
				return err
			}
		}
	}
	return nil
}
