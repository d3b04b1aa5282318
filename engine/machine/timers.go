package machine

import (
	"context"
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
	Event    *wireEvent  `json:"e,omitempty"`
}

// wireEvent is an event inside a timer.
type wireEvent struct {
	Type   string      `json:"type"`
	At     engine.Time `json:"at"`
	Member string      `json:"member,omitempty"`
	Body   []byte      `json:"body"`
}

// timer makes the machine come back at due.
func (t *turn) timer(due engine.Time, kind, key string, b timerBody) {
	t.changes.Timers = append(t.changes.Timers, engine.Timer{Due: due, Key: key, Kind: kind, Body: mustJSON(b)})
}

// later puts a decision off by the rule's "after".
func (t *turn) later(r *engine.Rule, o *occasion) {
	e := o.event
	t.timer(e.At.Add(r.After), "after", "after|"+r.Key+"|"+strconv.FormatInt(e.Position, 10), timerBody{
		Rule: r.Key, Version: r.Version, Member: e.MemberID, Position: e.Position,
		Event: &wireEvent{Type: e.Type, At: e.At, Member: e.MemberID, Body: engine.EncodeEvent(e)}})
}

// Tick works whatever is due at now in all workspaces: timers, schedules and
// reviews. It is safe to run on every replica at once. It answers how much was
// done; with more to do it should be called again at once.
func (m *Machine) Tick(ctx context.Context, now engine.Time) (done int, err error) {
	due, err := m.store.DueTimers(ctx, now, 1000)
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
		if err := m.ring(ctx, ws, now, byWorkspace[ws]); err != nil {
			return done, fmt.Errorf("timers of workspace %s: %w", ws, err)
		}
		done += len(byWorkspace[ws])
	}
	return done, nil
}

// ring turns due timers into events of type bylaw.timer. Their ids are the
// timers' keys and times, so each rings once, whoever is first.
func (m *Machine) ring(ctx context.Context, ws string, now engine.Time, timers []engine.Timer) error {
	b := Batch{Source: "bylaw.timers", Received: now, Reserved: true, Show: ShowNone}
	for _, x := range timers {
		e := engine.Event{ID: x.Key + "@" + strconv.FormatInt(int64(x.Due), 10), Type: "bylaw.timer", At: x.Due}
		if len(e.ID) > engine.MaxIDLength {
			e.ID = hashID(e.ID)
		}
		e.Props = []engine.Prop{
			{Name: "body", Value: engine.StringValue(string(x.Body))},
			{Name: "due", Value: engine.IntValue(int64(x.Due))},
			{Name: "key", Value: engine.StringValue(x.Key)},
			{Name: "kind", Value: engine.StringValue(x.Kind)},
		}
		b.Events = append(b.Events, e)
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

// rang works one timer event.
func rang(t *turn, o *occasion) error {
	e := o.event
	kind, key := e.Prop("kind").Str, e.Prop("key").Str
	due := engine.Time(e.Prop("due").Num)
	t.changes.TimersDone = append(t.changes.TimersDone, engine.Timer{Due: due, Key: key, Kind: kind})
	var b timerBody
	if err := unmarshal([]byte(e.Prop("body").Str), &b); err != nil {
		return fmt.Errorf("timer %s: %w", key, err)
	}
	if b.Member != "" {
		m, err := t.member(b.Member)
		if err != nil {
			return err
		}
		o.member = m
	}
	return t.work(o, kind, b, due)
}

func (t *turn) work(o *occasion, kind string, b timerBody, due engine.Time) error {
	switch kind {
	case "after":
		return t.afterwards(o, b, due)
	case "points":
		if o.member != nil {
			t.expirePoints(o, b, due)
		}
		return nil
	case "privilege":
		if m := o.member; m != nil && m.Privileges[b.Key] != 0 && m.Privileges[b.Key] <= due {
			delete(m.Privileges, b.Key)
			t.touch(engine.MemberRecord, m.ID)
		}
		return nil
	case "mentor":
		if m := o.member; m != nil && m.Mentor == b.Ref {
			m.Mentor = ""
			t.touch(engine.MemberRecord, m.ID)
		}
		return nil
	case "fire":
		return t.fire(o, b, due)
	case "chunk":
		return t.chunk(o, b)
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

// afterwards decides what "after" put off, on the state of that moment.
func (t *turn) afterwards(o *occasion, b timerBody, due engine.Time) error {
	r := t.rule(b.Rule)
	if r == nil || b.Event == nil || t.paused(r) {
		return nil
	}
	e, err := engine.DecodeEvent(engine.StoredEvent{Position: b.Position, At: b.Event.At, Type: b.Event.Type, Member: b.Event.Member, Body: b.Event.Body})
	if err != nil {
		return err
	}
	normalize(e, t.view.Defs)
	x := &occasion{event: e, member: o.member, family: o.family}
	if x.group, err = t.group(e.Group); err != nil {
		return err
	}
	if x.content, err = t.content(e.Content); err != nil {
		return err
	}
	t.setFacts(x, due)
	d, err := t.judgeLater(r, x, o)
	if err != nil || d == nil {
		return err
	}
	return t.act([]*ruling{d})
}

// judgeLater judges a put-off decision; it is stored at the timer's position
// while its occurrence stays that of the first event.
func (t *turn) judgeLater(r *engine.Rule, x, timer *occasion) (*ruling, error) {
	if r.Unless != nil {
		cancel, err := t.ask(r, r.Unless)
		if t.reader.err != nil {
			return nil, t.reader.err
		}
		if err == nil && cancel == engine.Yes {
			return nil, nil
		}
	}
	from := len(t.changes.Decisions)
	d, err := t.judge(r, x)
	for i := from; i < len(t.changes.Decisions); i++ {
		t.changes.Decisions[i].Position = timer.event.Position
	}
	if d != nil {
		d.Occurrence = "event:" + strconv.FormatInt(x.event.Position, 10)
		d.Position = timer.event.Position
	}
	return d, err
}

// rule finds a live rule by key.
func (t *turn) rule(key string) *engine.Rule { return t.view.Rule(key) }

// Rule finds a live rule by key, nil when there is none.
func (v *View) Rule(key string) *engine.Rule {
	for _, r := range v.rules {
		if r.Key == key {
			return r
		}
	}
	return nil
}

// normalize brings the properties of an event read from the log back to their
// declared kinds.
func normalize(e *engine.Event, defs *engine.Definitions) {
	typ := defs.EventTypes[e.Type]
	if typ == nil {
		return
	}
	for i := range e.Props {
		if f, ok := typ.FieldNamed(e.Props[i].Name); ok {
			if v, ok := e.Props[i].Value.As(f.Kind); ok {
				e.Props[i].Value = v
			}
		}
	}
}
