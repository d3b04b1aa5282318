package machine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// quiet is whether no clock of the workspace's rules has anything to plan yet.
// It asks without the lane, because it is asked all the time.
func (v *View) quiet(ctx context.Context, r engine.Reader, now engine.Time) (bool, error) {
	clocks := v.clocks(now)
	if len(clocks) == 0 {
		return true, nil
	}
	keys := make([]engine.RecordKey, len(clocks))
	for i, c := range clocks {
		keys[i] = engine.RecordKey{Kind: engine.MarkRecord, Key: c.key}
	}
	found, err := r.Records(ctx, keys)
	if err != nil {
		return false, fmt.Errorf("read clocks: %w", err)
	}
	return !slices.ContainsFunc(clocks, func(c clock) bool {
		body := found[engine.RecordKey{Kind: engine.MarkRecord, Key: c.key}]
		return body == nil || !c.waits(body)
	}), nil
}

// NextPlanned is when the workspace's clock next asks for something after it
// was last looked at (Schedule); false where it never will.
func (m *Machine) NextPlanned(ctx context.Context, workspace string, now engine.Time) (at engine.Time, some bool, err error) {
	v, err := m.State(ctx, workspace)
	if err != nil {
		return 0, false, err
	}
	zone := calendar.NewZone(v.Zone.Location()) // the view's own belongs to the lane
	keys := []engine.RecordKey{}
	clocks := v.clocks(now)
	for _, c := range clocks {
		keys = append(keys, engine.RecordKey{Kind: engine.MarkRecord, Key: c.key})
	}
	found, err := m.store.Reader(workspace).Records(ctx, keys)
	if err != nil {
		return 0, false, fmt.Errorf("read clocks: %w", err)
	}
	for i, c := range clocks {
		due, ok := c.due(found[keys[i]], zone)
		if ok && (!some || due < at) {
			at, some = due, true
		}
	}
	return at, some, nil
}

// due reads when a clock that was looked at is due next.
func (c clock) due(body []byte, zone *calendar.Zone) (engine.Time, bool) {
	var m struct {
		Due    engine.Time `json:"due"`
		Period string      `json:"period"`
	}
	if body == nil || json.Unmarshal(body, &m) != nil {
		return 0, false
	}
	if m.Period != "" {
		p, err := calendar.ParsePeriod(m.Period)
		return engine.TimeOf(p.End(zone.Location())), err == nil
	}
	return m.Due, m.Due != 0
}

// clock is the mark of one rule's clock, and whether it says that nothing is due.
type clock struct {
	key   string
	waits func(body []byte) bool
}

func (v *View) clocks(now engine.Time) (out []clock) {
	add := func(r *engine.Rule, kind string) {
		out = append(out, clock{nextKey(kind, r.Key), func(body []byte) bool {
			var p planned
			return json.Unmarshal(body, &p) == nil && p.Every == r.Every && p.From == r.LiveFrom && (p.Due == 0 || p.Due > now)
		}})
	}
	for _, r := range v.scheduled {
		add(r, "fire")
	}
	for _, r := range v.holds {
		add(r, "hold")
	}
	for _, r := range v.reviews {
		out = append(out, clock{periodKey(r.Key), func(body []byte) bool {
			var c reviewClock
			if json.Unmarshal(body, &c) != nil || c.Every != r.Review.Every || c.From != r.LiveFrom {
				return false
			}
			p, err := calendar.ParsePeriod(c.Period)
			return err == nil && engine.TimeOf(p.End(v.Zone.Location())) > now
		}})
	}
	return out
}
