package machine

import (
	"encoding/json"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
)

// later puts a decision off by the rule's "after". Of those that are due at the
// same moment the one whose event came first is decided first, because timers
// ring in order of their keys: so the position is written with all its digits.
func (t *turn) later(r *engine.Rule, o *occasion) {
	e := o.event
	t.timer(later(e.At, engine.Time(r.After.Microseconds())), "after", fmt.Sprintf("after|%s|%019d", r.Key, e.Position), timerBody{
		Rule: r.Key, Version: r.Version, Member: e.MemberID, Position: e.Position,
		Event: &wireEvent{Type: e.Type, At: e.At, Member: e.MemberID, Body: engine.EncodeEvent(e)}})
}

// afterwards decides what "after" put off, on the state of that moment. The
// decision stands at the timer's place; its occurrence is the first event's.
func (t *turn) afterwards(o *occasion, b *timerBody, due engine.Time) error {
	r := t.view.begunBy(b.Rule, b.Version)
	if r == nil || b.Event == nil || t.paused(r) {
		return nil
	}
	e, err := b.begun()
	if err != nil {
		return err
	}
	Normalize(e, t.view.Defs)
	x := &occasion{event: e, member: o.member, family: o.family, place: o.event.Position}
	if x.member != nil {
		e.MemberID = x.member.ID // merged since, perhaps
	}
	if x.group, err = t.group(e.Group); err != nil {
		return err
	}
	if x.content, err = t.content(e.Content); err != nil {
		return err
	}
	t.setFacts(x, due)
	cancelled, err := t.cancelled(r, x)
	if err != nil || cancelled {
		return err
	}
	d, err := t.judge(r, x)
	if err != nil || d == nil {
		return err
	}
	return t.act([]*ruling{d})
}

// cancelled is whether the rule's "unless" stops a decision that was put off;
// while that is unknown the decision is so too.
func (t *turn) cancelled(r *engine.Rule, x *occasion) (bool, error) {
	if r.Unless == nil {
		return false, nil
	}
	stop, err := t.ask(r.Unless)
	switch {
	case t.reader.err != nil:
		return true, t.reader.err
	case err != nil:
		return true, t.failed(t.ruling(r, x), err)
	case stop == engine.Maybe:
		t.note(t.ruling(r, x).unknown(t.whyUnknown(r.Unless)))
	}
	return stop != engine.No, nil
}

// Rule finds a live rule by key, nil when there is none.
func (v *View) Rule(key string) *engine.Rule {
	if n, ok := v.byKey[key]; ok {
		return v.rules[n]
	}
	return nil
}

// ruleVersion names a version of a rule.
type ruleVersion struct {
	key     string
	version int
}

// formerRules are the earlier versions that have something under way; nil for
// those of which that is to come to nothing.
func formerRules(book *engine.Rulebook) map[ruleVersion]*engine.Rule {
	out := make(map[ruleVersion]*engine.Rule, len(book.Former))
	for _, f := range book.Former {
		out[ruleVersion{f.Key, f.Version}] = f.Rule
	}
	return out
}

// begunBy finds the version of a rule that began something, to end it by its
// own words; nil where the rule is paused or gone, or what the version began
// was dropped. A version that is no longer kept leaves it to the live one.
func (v *View) begunBy(key string, version int) *engine.Rule {
	live := v.Rule(key)
	if live == nil || live.Version == version {
		return live
	}
	if r, kept := v.former[ruleVersion{key, version}]; kept {
		return r
	}
	return live
}

// Normalize brings the properties of an event read from the log back to their
// declared kinds.
func Normalize(e *engine.Event, defs *engine.Definitions) {
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

// Rung is what a timer of the log worked.
type Rung struct {
	Kind  string        // after, chunk, hold_chunk, fire, hold, review ...
	Begun *engine.Event // of after: the event that it decided about, in its place
}

// RungAt reads a timer of the log; nil for an event of any other type.
func RungAt(e *engine.Event, defs *engine.Definitions) (*Rung, error) {
	if e.Type != timerType {
		return nil, nil
	}
	out := &Rung{Kind: e.Prop("kind").Str}
	var b timerBody
	if err := json.Unmarshal([]byte(e.Prop("body").Str), &b); err != nil {
		return nil, fmt.Errorf("timer at %d: %w", e.Position, err)
	}
	if b.Event == nil {
		return out, nil
	}
	begun, err := b.begun()
	if err != nil {
		return nil, err
	}
	Normalize(begun, defs)
	out.Begun = begun
	return out, nil
}

// timerType is the type of the events that timers are in the log.
const timerType = engine.ReservedPrefix + "timer"

// begun is the event inside the timer.
func (b *timerBody) begun() (*engine.Event, error) {
	return engine.DecodeEvent(engine.StoredEvent{Position: b.Position, At: b.Event.At, Type: b.Event.Type, Member: b.Event.Member, Body: b.Event.Body})
}
