package machine

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// chunkSize is how many members one transaction of a schedule works; where
// each of them may emit events it is fewer, because those stand in one gap of
// the order.
const (
	chunkSize     = 1000
	emittingChunk = 100
)

const (
	// misfireWindow is how far back a missed firing with misfire: once is made up for.
	misfireWindow = 31 * 24 * time.Hour
	// inTime is how late a firing is still in time.
	inTime = 10 * time.Minute
	// planAtOnce bounds how many due times of one rule one look works through.
	planAtOnce = 1000
)

// Schedule plans what a workspace's clock asks for up to now: firings of rules
// with "every", daily looks at who no longer holds a tier, and reviews of ended
// periods. The next planned time is a mark that moves in the same transaction,
// so each happens once across replicas and restarts.
func (m *Machine) Schedule(ctx context.Context, workspace string, now engine.Time) error {
	v, err := m.State(ctx, workspace)
	if err != nil {
		return err
	}
	if quiet, err := v.quiet(ctx, m.store.Reader(workspace), now); err != nil || quiet {
		return err
	}
	return m.within(ctx, workspace, now, func(t *turn) error { return t.plan(now) })
}

// plan sets a timer for every firing that is due and was not planned yet.
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
		if err := t.planRule(r, "hold", now, next); err != nil {
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

// planned is where the clock of a rule stands.
type planned struct {
	Due   engine.Time `json:"due"` // 0: never again
	Every string      `json:"every,omitempty"`
	From  int64       `json:"from"` // the rule's LiveFrom
}

// planRule fires every due time since the last look. A schedule that was never
// looked at starts now, and so does one that was changed, or published or
// resumed anew: publishing does not fire the past.
func (t *turn) planRule(r *engine.Rule, kind string, now engine.Time, next func(engine.Time) engine.Time) error {
	key := nextKey(kind, r.Key)
	var p planned
	known, err := t.recallMark(key, &p)
	if err != nil {
		return err
	}
	was := p
	if !known || p.Every != r.Every || p.From != r.LiveFrom && now.Sub(p.Due) > inTime {
		p.Due = next(now - 1)
	}
	p.Every, p.From = r.Every, r.LiveFrom
	for n := 0; p.Due != 0 && p.Due <= now && n < planAtOnce; n++ {
		after := next(p.Due)
		if fires(r.Misfire == "once" || kind == "hold", p.Due, after, now) {
			due := strconv.FormatInt(int64(p.Due), 10)
			t.timer(p.Due, kind, keyOf(kind, r.Key, due), timerBody{Rule: r.Key, Version: r.Version, Planned: p.Due})
		}
		p.Due = after
	}
	if !known || p != was {
		t.setMark(key, mustJSON(p))
	}
	return nil
}

// Firing is what to accept so that a rule with "every" does now what it does at
// its planned times, which stay as they are. Its occurrence is this moment.
func Firing(r *engine.Rule, now engine.Time) Batch {
	due := strconv.FormatInt(int64(now), 10)
	x := engine.Timer{Due: now, Key: keyOf("fire", r.Key, due), Kind: "fire", Body: mustJSON(timerBody{Rule: r.Key, Version: r.Version, Planned: now})}
	return Batch{Source: "bylaw.timers", Received: now, Reserved: true, Show: ShowNone, Events: []engine.Event{timerEvent(&x)}}
}

// fires is whether a due time is still worked: in time, or missed and to be
// made up for once. A missed look at a tier is made up for.
func fires(madeUp bool, at, after, now engine.Time) bool {
	if now.Sub(at) <= inTime {
		return true
	}
	last := after == 0 || after > now
	return last && madeUp && now.Sub(at) <= misfireWindow
}

// fire freezes the audience of a firing as chunks of member ids.
func (t *turn) fire(o *occasion, kind string, b *timerBody, due engine.Time) error {
	r := t.view.begunBy(b.Rule, b.Version)
	if r == nil || t.paused(r) {
		return nil
	}
	prefix, chunk, size := everybody, "chunk", chunkSize
	if kind == "hold" {
		if r.Tier == nil || r.Tier.Hold == nil {
			return nil
		}
		prefix, chunk = TierPrefix(r.Tier.Ladder, r.Tier.To), "hold_chunk"
	} else if r.Subject != engine.SubjectMember && r.Subject != "" {
		return t.fireOthers(o, r, due)
	}
	if emits(r) {
		size = emittingChunk
	}
	return t.freeze(prefix, size, func(n int, ids []string) {
		t.timer(due, chunk, keyOf(chunk, r.Key, strconv.FormatInt(int64(due), 10), chunkName(n)), timerBody{
			Rule: r.Key, Version: r.Version, Planned: due, Members: ids})
	})
}

// emits is whether a rule may make events.
func emits(r *engine.Rule) bool {
	for i := range r.Then {
		if r.Then[i].Kind == engine.Emit {
			return true
		}
	}
	return false
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
		if g != nil && g.Closed {
			continue
		}
		x := &occasion{event: clockEvent(o.event, key), group: g, family: o.family, clock: true}
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

// clockEvent stands for the event that a schedule does not have: it gives the
// decision its position and group.
func clockEvent(timer *engine.Event, group string) *engine.Event {
	return &engine.Event{Type: timer.Type, ID: timer.ID, At: timer.At, Position: timer.Position, Revision: timer.Revision, Group: group}
}

// chunk decides one chunk of a firing.
func (t *turn) chunk(o *occasion, b *timerBody) error {
	r := t.view.begunBy(b.Rule, b.Version)
	if r == nil {
		return nil
	}
	var yes []*ruling
	err := t.eachPresent(o, r, b.Members, func(x *occasion) error {
		d, err := t.judgeScheduled(r, x, b.Planned)
		if d != nil {
			yes = append(yes, d)
		}
		return err
	})
	if err != nil {
		return err
	}
	return t.act(yes)
}

// eachPresent visits the members of a chunk who are there, until the rule fails
// too often.
func (t *turn) eachPresent(o *occasion, r *engine.Rule, ids []string, visit func(*occasion) error) error {
	if err := t.preloadMembers(ids); err != nil {
		return err
	}
	for _, id := range ids {
		m, err := t.present(id)
		if err != nil {
			return err
		}
		if m == nil || t.paused(r) {
			continue
		}
		if err := visit(&occasion{event: clockEvent(o.event, ""), member: m, family: o.family, clock: true}); err != nil {
			return err
		}
	}
	return nil
}

// judgeScheduled decides a scheduled rule about one subject: the audience
// first, then the condition. Its occurrence is the planned time.
func (t *turn) judgeScheduled(r *engine.Rule, x *occasion, planned engine.Time) (*ruling, error) {
	t.setFacts(x, planned)
	in, err := t.ask(r.Audience)
	switch {
	case t.reader.err != nil:
		return nil, t.reader.err
	case err != nil:
		return nil, t.failed(t.ruling(r, x), err)
	case in == engine.Maybe:
		t.note(t.ruling(r, x).unknown(t.whyUnknown(r.Audience)))
		return nil, nil
	case in == engine.No:
		return nil, nil
	}
	d, err := t.judge(r, x)
	if d != nil {
		d.Occurrence = plannedOccurrence(planned)
	}
	return d, err
}
