package machine

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

// timerBody is what a timer remembers.
type timerBody struct {
	Member   string      `json:"m,omitempty"`
	Key      string      `json:"k,omitempty"`
	Ref      string      `json:"r,omitempty"`
	Rule     string      `json:"rule,omitempty"`
	Version  int         `json:"v,omitempty"`
	Position int64       `json:"p,omitempty"` // of the event that set it
	Text     string      `json:"t,omitempty"`
	Until    engine.Time `json:"u,omitempty"`
	Planned  engine.Time `json:"at,omitempty"`
	Members  []string    `json:"ms,omitempty"`
	Count    int         `json:"n,omitempty"`
	Event    *wireEvent  `json:"e,omitempty"`
}

// wireEvent is an event inside a timer.
type wireEvent struct {
	Type   string          `json:"type"`
	At     engine.Time     `json:"at"`
	Member string          `json:"member,omitempty"`
	Body   json.RawMessage `json:"body"`
}

// timer makes the machine come back at due.
func (t *turn) timer(due engine.Time, kind, key string, b timerBody) {
	t.changes.Timers = append(t.changes.Timers, engine.Timer{Due: due, Key: key, Kind: kind, Body: mustJSON(b)})
}

// timersAtOnce is how many timers one Tick works.
const timersAtOnce = 1000

// Tick works timers that are due at now in all workspaces. It is safe to run on
// every replica at once. It answers how many it worked; while that is not 0 it
// should be called again. Timers that cannot be worked are left, logged and
// reported as an error after the others.
func (m *Machine) Tick(ctx context.Context, now engine.Time) (done int, err error) {
	due, err := m.store.DueTimers(ctx, now, timersAtOnce)
	if err != nil {
		return 0, fmt.Errorf("read due timers: %w", err)
	}
	byWorkspace := map[string][]engine.Timer{}
	var order []string
	for _, d := range due {
		if byWorkspace[d.Workspace] == nil {
			order = append(order, d.Workspace)
		}
		byWorkspace[d.Workspace] = append(byWorkspace[d.Workspace], d.Timer)
	}
	for _, ws := range order {
		n, failed := m.ring(ctx, ws, now, byWorkspace[ws])
		done += n
		if failed != nil && err == nil {
			err = fmt.Errorf("timers of workspace %s: %w", ws, failed)
		}
	}
	return done, err
}

// ring turns due timers into events of type bylaw.timer. Their ids are the
// timers' keys and times, so each rings once, whoever is first. Where they
// cannot be worked together each is tried alone.
func (m *Machine) ring(ctx context.Context, ws string, now engine.Time, timers []engine.Timer) (done int, err error) {
	err = m.ringAll(ctx, ws, now, timers)
	if err == nil {
		return len(timers), nil
	}
	if len(timers) == 1 || !isolable(err) {
		return 0, err
	}
	for i := range timers {
		if failed := m.ringAll(ctx, ws, now, timers[i:i+1]); failed != nil {
			m.log.Error("a timer cannot be worked", "workspace", ws, "timer", timers[i].Key, "kind", timers[i].Kind, "error", failed)
			err = failed
			continue
		}
		done++
	}
	return done, err
}

func (m *Machine) ringAll(ctx context.Context, ws string, now engine.Time, timers []engine.Timer) error {
	b := Batch{Source: "bylaw.timers", Received: now, Reserved: true, Show: ShowNone}
	for i := range timers {
		b.Events = append(b.Events, timerEvent(&timers[i]))
	}
	results, err := m.Accept(ctx, ws, b)
	if err != nil {
		return err
	}
	for i, r := range results {
		if r.Status == Invalid {
			return fmt.Errorf("timer %s: %v", timers[i].Key, r.Problems)
		}
	}
	return nil
}

func timerEvent(x *engine.Timer) engine.Event {
	e := engine.Event{ID: x.Key + "@" + strconv.FormatInt(int64(x.Due), 10), Type: "bylaw.timer", At: x.Due}
	if len(e.ID) > engine.MaxIDLength {
		e.ID = hashID(e.ID)
	}
	e.Props = []engine.Prop{
		{Name: "body", Value: engine.Value{Kind: engine.Opaque, Str: string(x.Body)}},
		{Name: "due", Value: engine.IntValue(int64(x.Due))},
		{Name: "key", Value: engine.StringValue(x.Key)},
		{Name: "kind", Value: engine.StringValue(x.Kind)},
	}
	return e
}

// rang works one timer event.
func rang(t *turn, o *occasion) error {
	e := o.event
	kind, key := e.Prop("kind").Str, e.Prop("key").Str
	due := engine.Time(e.Prop("due").Num)
	t.changes.TimersDone = append(t.changes.TimersDone, engine.Timer{Due: due, Key: key, Kind: kind})
	var b timerBody
	if err := json.Unmarshal([]byte(e.Prop("body").Str), &b); err != nil {
		return fmt.Errorf("timer %s: %w", key, err)
	}
	if b.Member != "" {
		m, err := t.member(b.Member)
		if err != nil {
			return err
		}
		o.member = m
	}
	return t.work(o, kind, &b, due)
}

func (t *turn) work(o *occasion, kind string, b *timerBody, due engine.Time) error {
	switch kind {
	case "after":
		return t.afterwards(o, b, due)
	case "points":
		if o.member != nil {
			t.expirePoints(o, b, due)
		}
		return nil
	case "privilege":
		t.lapse(o.member, b.Key, due)
		return nil
	case "mentor":
		if m := o.member; m != nil && m.Mentor != "" && m.Mentor == b.Ref {
			return t.unpair(m)
		}
		return nil
	case "fire", "hold":
		return t.fire(o, kind, b, due)
	case "chunk":
		return t.chunk(o, b)
	case "hold_chunk":
		return t.holdChunk(o, b)
	case "segment":
		return t.segment(o, b, due)
	case "dissolve":
		return t.dissolve(o, b)
	case "review":
		return t.openReview(o, b, due)
	case "review_close":
		return t.closeReview(o, b, due)
	case "review_correct":
		return t.correctReview(o, b, due)
	}
	return fmt.Errorf("timer of unknown kind %q", kind)
}
