package machine

import (
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

// holdChunk looks at one chunk of those in a tier.
func (t *turn) holdChunk(o *occasion, b *timerBody) error {
	r := t.view.begunBy(b.Rule, b.Version)
	if r == nil || r.Tier == nil || r.Tier.Hold == nil {
		return nil
	}
	return t.eachPresent(o, r, b.Members, func(x *occasion) error { return t.holds(r, x, b.Planned) })
}

// holds looks at one member of a tier: failing through the grace moves one tier
// down, after a notice when the failing began. Unknown never demotes.
func (t *turn) holds(r *engine.Rule, x *occasion, now engine.Time) error {
	m := x.member
	st, in := m.Tiers[r.Tier.Ladder]
	if !in || st.Tier != r.Tier.To {
		return nil
	}
	t.setFacts(x, now)
	held, err := t.ask(r.Tier.Hold)
	if t.reader.err != nil {
		return t.reader.err
	}
	d := t.ruling(r, x)
	d.Occurrence = "hold:" + strconv.FormatInt(int64(now), 10)
	if err != nil {
		return t.failed(d, err)
	}
	t.succeeded(r)
	switch held {
	case engine.Maybe:
		t.note(d.unknown(t.whyUnknown(r.Tier.Hold)))
		return nil
	case engine.Yes:
		if st.FailingAt != 0 {
			st.FailingAt, st.Noticed = 0, false
			m.Tiers[r.Tier.Ladder] = st
			t.touch(engine.MemberRecord, m.ID)
		}
		return nil
	}
	return t.failing(r, d, st, now)
}

// failing notes the first day of failing, gives notice by the event
// tier.failing and, when the grace is over, demotes.
func (t *turn) failing(r *engine.Rule, d *ruling, st engine.TierState, now engine.Time) error {
	d.Outcome = engine.OutcomeFalse
	switch {
	case r.Shadow:
		d.Reason = engine.InShadow
		t.store(d)
		return nil
	case outside(r, d.Subject):
		d.Reason = engine.OutsideShare
		t.note(d)
		return nil
	}
	m := d.occ.member
	if st.FailingAt == 0 {
		st.FailingAt, st.Noticed = now, true
		m.Tiers[r.Tier.Ladder] = st
		t.touch(engine.MemberRecord, m.ID)
		d.occ.family.emit(d.occ.event, engine.Event{Type: "tier.failing", At: now, MemberID: m.ID, Member: engine.MemberRef{ID: m.ID},
			Props: []engine.Prop{{Name: "ladder", Value: engine.StringValue(r.Tier.Ladder)}, {Name: "tier", Value: engine.StringValue(st.Tier)}}})
		if r.Tier.Grace > 0 {
			return nil
		}
	}
	if now.Sub(st.FailingAt) < r.Tier.Grace {
		return nil
	}
	return t.demote(r, d, st.Tier)
}

// demote moves one tier down; the lowest is held by everybody.
func (t *turn) demote(r *engine.Rule, d *ruling, from string) error {
	l := t.view.Defs.Ladders[r.Tier.Ladder]
	if l == nil || l.Rank(from) <= 1 {
		return nil
	}
	to := l.Tiers[l.Rank(from)-2].Key
	d.Effects = []engine.Effect{{Kind: engine.MoveTier, Ref: r.Tier.Ladder + "/" + to, Fields: map[string]engine.Value{
		"from": engine.StringValue(from), "to": engine.StringValue(to), "ladder": engine.StringValue(r.Tier.Ladder)}}}
	t.store(d)
	t.setTier(d.occ.member, r.Tier.Ladder, to, d.at)
	return nil
}
