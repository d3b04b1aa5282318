package machine

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// chunkSize is how many members one transaction of a schedule works.
const chunkSize = 1000

// How far back a missed firing with misfire: once is still made up for.
const misfireWindow = 31 * 24 * time.Hour

// Schedule plans what a workspace's clock asks for up to now: firings of rules
// with "every", daily looks at who no longer holds a tier, and reviews of ended
// periods. Each planned time is one mark, so that it happens once across
// replicas and restarts.
func (m *Machine) Schedule(ctx context.Context, workspace string, now engine.Time) error {
	v, err := m.State(ctx, workspace)
	if err != nil {
		return err
	}
	if len(v.scheduled)+len(v.holds)+len(v.reviews) == 0 {
		return nil
	}
	return m.within(ctx, workspace, now, func(t *turn) error { return t.plan(now) })
}

// plan sets a timer for every firing that is due and was not planned yet. The
// next due time of each rule is one mark, "next|rule".
func (t *turn) plan(now engine.Time) error {
	for _, r := range t.view.scheduled {
		s, err := calendar.ParseSchedule(r.Every)
		if err != nil {
			return fmt.Errorf("rule %s: %w", r.Key, err)
		}
		next := func(after engine.Time) engine.Time {
			at, ok := s.NextIn(t.view.Zone, after.Std())
			if !ok {
				return 0
			}
			return engine.TimeOf(at)
		}
		if err := t.planRule(r, "fire", now, next); err != nil {
			return err
		}
	}
	for _, r := range t.view.holds {
		next := func(after engine.Time) engine.Time {
			return engine.TimeOf(t.view.Zone.DayStart(t.view.Zone.Day(after.Std()).AddDays(1)))
		}
		if err := t.planRule(r, "fire", now, next); err != nil {
			return err
		}
	}
	for _, r := range t.view.reviews {
		if err := t.planReview(r, now); err != nil {
			return err
		}
	}
	return nil
}

// planRule fires every due time since the last look. A version that was never
// looked at starts now: publishing a schedule does not fire the past.
func (t *turn) planRule(r *engine.Rule, kind string, now engine.Time, next func(engine.Time) engine.Time) error {
	key := "next|" + r.Key + "|" + r.Every
	due, err := t.counter(key)
	if err != nil {
		return err
	}
	if due == 0 {
		if n := next(now - 1); n != 0 {
			t.setMark(key, strconv.AppendInt(nil, int64(n), 10))
		}
		return nil
	}
	for fired := 0; due != 0 && engine.Time(due) <= now && fired < 1000; fired++ {
		at := engine.Time(due)
		after := next(at)
		if t.fires(r, at, after, now) {
			t.timer(at, kind, "fire|"+r.Key+"|"+strconv.FormatInt(due, 10), timerBody{Rule: r.Key, Version: r.Version, Planned: at})
		}
		due = int64(after)
		t.setMark(key, strconv.AppendInt(nil, due, 10))
	}
	return nil
}

// fires is whether a due time is still worked: in time, or missed and to be
// made up for once.
func (t *turn) fires(r *engine.Rule, at, after, now engine.Time) bool {
	const inTime = engine.Time(10 * time.Minute / time.Microsecond)
	if now-at <= inTime {
		return true
	}
	last := after == 0 || after > now
	return last && (r.Misfire == "once" || r.Tier != nil) && now.Sub(at) <= misfireWindow
}

// fire freezes the audience of a firing as chunks of member ids.
func (t *turn) fire(o *occasion, b timerBody, due engine.Time) error {
	r := t.rule(b.Rule)
	if r == nil || t.paused(r) {
		return nil
	}
	if r.Subject != engine.SubjectMember && r.Subject != "" && r.Tier == nil {
		return t.fireOthers(o, r, due)
	}
	prefix := "new|"
	if r.Tier != nil && r.Every == "" {
		prefix = TierPrefix(r.Tier.Ladder, r.Tier.To)
	}
	chunk := 0
	return t.everyMark(prefix, func(ids []string) error {
		t.timer(due, "chunk", fmt.Sprintf("chunk|%s|%d|%d", r.Key, due, chunk), timerBody{
			Rule: r.Key, Version: r.Version, Planned: due, Members: ids})
		chunk++
		return nil
	})
}

// everyMark lists what follows a prefix in the marks, in order and in chunks:
// as stored, with what this turn changed on top.
func (t *turn) everyMark(prefix string, fn func([]string) error) error {
	ids, err := t.marksUnder(prefix)
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(ids, chunkSize) {
		if err := fn(slices.Clone(chunk)); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) marksUnder(prefix string) ([]string, error) {
	var ids []string
	for cursor := ""; ; {
		rows, err := t.m.store.Reader(t.ws).ListRecords(t.ctx, engine.MarkRecord, prefix, engine.Page{Cursor: cursor, Limit: chunkSize})
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", prefix, err)
		}
		for _, r := range rows.Items {
			if !t.dirty[engine.RecordKey{Kind: engine.MarkRecord, Key: r.Key}] {
				ids = append(ids, strings.TrimPrefix(r.Key, prefix))
			}
		}
		if cursor = rows.Next; cursor == "" {
			break
		}
	}
	for _, k := range t.dirtyKeys {
		if k.Kind != engine.MarkRecord || !strings.HasPrefix(k.Key, prefix) {
			continue
		}
		if b, _ := t.cache.marks.get(k.Key); b != nil {
			ids = append(ids, strings.TrimPrefix(k.Key, prefix))
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// fireOthers decides a scheduled rule about the workspace or each group.
func (t *turn) fireOthers(o *occasion, r *engine.Rule, due engine.Time) error {
	keys := []string{""}
	if r.Subject == engine.SubjectGroup {
		keys = sortedKeys(t.view.Defs.Groups)
	}
	var yes []*ruling
	for _, key := range keys {
		g, err := t.group(key)
		if err != nil {
			return err
		}
		x := &occasion{event: scheduledEvent(o.event, key), group: g, family: o.family}
		d, err := t.judgeScheduled(r, x, due)
		if err != nil {
			return err
		}
		if d != nil {
			yes = append(yes, d)
		}
	}
	return t.act(yes)
}

// scheduledEvent stands for the event that a schedule does not have: it gives
// the decision its position and group.
func scheduledEvent(timer *engine.Event, group string) *engine.Event {
	return &engine.Event{Type: timer.Type, ID: timer.ID, At: timer.At, Position: timer.Position, Revision: timer.Revision, Group: group}
}

// chunk decides one chunk of a firing.
func (t *turn) chunk(o *occasion, b timerBody) error {
	r := t.rule(b.Rule)
	if r == nil {
		return nil
	}
	keys := make([]engine.RecordKey, len(b.Members))
	for i, id := range b.Members {
		keys[i] = engine.RecordKey{Kind: engine.MemberRecord, Key: id}
	}
	if err := t.ensure(keys); err != nil {
		return err
	}
	if err := t.preloadCells(nil, slices.Clone(b.Members)); err != nil {
		return err
	}
	var yes []*ruling
	for _, id := range b.Members {
		m, err := t.member(id)
		if err != nil {
			return err
		}
		if m == nil || m.ID != id || m.LeftAt != 0 {
			continue
		}
		x := &occasion{event: scheduledEvent(o.event, ""), member: m, family: o.family}
		d, err := t.decideScheduled(r, x, b.Planned)
		if err != nil {
			return err
		}
		if d != nil {
			yes = append(yes, d)
		}
	}
	return t.act(yes)
}

func (t *turn) decideScheduled(r *engine.Rule, x *occasion, planned engine.Time) (*ruling, error) {
	if r.Tier != nil && r.Every == "" {
		return nil, t.holds(r, x, planned)
	}
	return t.judgeScheduled(r, x, planned)
}

// judgeScheduled decides a scheduled rule about one subject: the audience
// first, then the condition. Its occurrence is the planned time.
func (t *turn) judgeScheduled(r *engine.Rule, x *occasion, planned engine.Time) (*ruling, error) {
	t.setFacts(x, planned)
	t.facts.Event = nil
	in, err := t.ask(r, r.Audience)
	if t.reader.err != nil {
		return nil, t.reader.err
	}
	if err == nil && in == engine.No {
		return nil, nil
	}
	d, err := t.judge(r, x)
	if d != nil {
		d.Occurrence = "at:" + strconv.FormatInt(int64(planned), 10)
		if in != engine.Yes {
			t.note(d.unknown(firstReasonOf(t, r.Audience)))
			return nil, err
		}
	}
	return d, err
}

func firstReasonOf(t *turn, c engine.Condition) engine.Reason {
	t.facts.Steps = engine.MaxSteps
	return firstReason(c.Explain(&t.facts))
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
	t.facts.Event = nil
	held, err := t.ask(r, r.Tier.Hold)
	if t.reader.err != nil {
		return t.reader.err
	}
	d := t.ruling(r, x)
	d.Occurrence = "hold:" + strconv.FormatInt(int64(now), 10)
	switch {
	case err != nil:
		return t.failed(d, err)
	case held == engine.Maybe:
		t.note(d.unknown(firstReason(r.Tier.Hold.Explain(&t.facts))))
		return nil
	case held == engine.Yes:
		if st.FailingAt != 0 {
			st.FailingAt, st.Noticed = 0, false
			m.Tiers[r.Tier.Ladder] = st
			t.touch(engine.MemberRecord, m.ID)
		}
		return nil
	}
	return t.failing(r, d, st, now)
}

// failing notes the first day of failing and, when the grace is over, demotes.
func (t *turn) failing(r *engine.Rule, d *ruling, st engine.TierState, now engine.Time) error {
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
	l := t.view.Defs.Ladders[r.Tier.Ladder]
	if now.Sub(st.FailingAt) < r.Tier.Grace || l == nil || l.Rank(st.Tier) <= 1 {
		return nil
	}
	to := l.Tiers[l.Rank(st.Tier)-2].Key
	d.Outcome = engine.OutcomeFalse
	d.Effects = []engine.Effect{{Kind: engine.MoveTier, Ref: r.Tier.Ladder + "/" + to,
		Fields: map[string]engine.Value{"to": engine.StringValue(to), "ladder": engine.StringValue(r.Tier.Ladder)}}}
	if r.Shadow {
		d.Reason, d.Effects = engine.InShadow, nil
		t.store(d)
		return nil
	}
	t.store(d)
	return t.setTier(m, r.Tier.Ladder, to, now)
}
