package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/simulate"
)

// Why answers why rules decided as they did, or did not.
type Why struct {
	*core
	members *Members
}

// WhyQuery asks about one member. With neither event, decision nor time it is
// about now; without a rule, about every rule that listened to the event.
type WhyQuery struct {
	Member   string // see Ref
	Rule     string
	Event    string // the sender's id, or a position
	Decision int64  // position
	At       engine.Time
}

// WhyAnswer is what was found.
type WhyAnswer struct {
	Member   string        `json:"member"`
	At       engine.Time   `json:"at,omitempty"`
	Position int64         `json:"position,omitempty"`
	Event    *engine.Event `json:"-"`
	Rules    []*Reasons    `json:"rules"`
}

// Reasons is why one rule decided so. Condition and the other findings are of
// the version that was in force, on what it read then.
type Reasons struct {
	Rule       string          `json:"rule"`
	Title      engine.Text     `json:"title,omitzero"`
	Kind       engine.RuleKind `json:"kind,omitempty"`
	Version    int             `json:"version,omitempty"`
	Shadow     bool            `json:"shadow,omitempty"`
	Percent    int             `json:"percent,omitempty"`
	Document   string          `json:"document,omitempty"` // of that version; ranges speak of it
	Source     string          `json:"source"`             // Stored or Recomputed
	Outcome    engine.Outcome  `json:"outcome"`
	Answer     string          `json:"answer,omitempty"` // of thresholds
	Text       engine.Text     `json:"text"`             // all of it in one line
	Because    *Because        `json:"because,omitempty"`
	Position   int64           `json:"position,omitempty"` // of the stored decision
	At         engine.Time     `json:"at,omitempty"`
	Occurrence string          `json:"occurrence,omitempty"`
	Condition  *engine.Finding `json:"condition,omitempty"`
	Audience   *engine.Finding `json:"audience,omitempty"`
	Unless     *engine.Finding `json:"unless,omitempty"`
	Hold       *engine.Finding `json:"hold,omitempty"`
	Effects    []WhyEffect     `json:"effects,omitempty"`
}

// Where a decision comes from.
const (
	Stored     = "stored"
	Recomputed = "recomputed"
)

// Because is why something is unknown or did not happen.
type Because struct {
	Code     engine.Reason `json:"code"`
	Title    engine.Text   `json:"title"`
	Next     engine.Text   `json:"next,omitzero"`
	Detail   engine.Text   `json:"detail,omitzero"`
	Until    engine.Time   `json:"until,omitempty"` // when it is free again
	Used     int64         `json:"used,omitempty"`
	Of       int64         `json:"of,omitempty"`
	Position int64         `json:"position,omitempty"` // of the decision that did it already
	At       engine.Time   `json:"at,omitempty"`
}

func because(r engine.Reason) *Because {
	if r == "" {
		return nil
	}
	i, _ := engine.ReasonOf(r)
	return &Because{Code: r, Title: i.Title, Next: i.Next}
}

// Ask answers a question. What was stored is answered as stored; the findings,
// and decisions that were not, are made again on the state of that moment.
func (w *Why) Ask(ctx context.Context, who Caller, q WhyQuery) (*WhyAnswer, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	m, err := w.members.find(ctx, who, q.Member)
	if err != nil {
		return nil, err
	}
	a := &asking{Why: w, ctx: ctx, who: who, member: m, reader: w.reader(who), q: q, out: &WhyAnswer{Member: m.ID, Rules: []*Reasons{}}}
	if err := a.place(); err != nil {
		return nil, err
	}
	if q.Rule == "" {
		return a.out, a.everyRule()
	}
	return a.out, a.oneRule(q.Rule)
}

// Decided answers why a stored decision came out so, whomever it is about. Its
// findings are those of the moment: on the event that asked, or by the clock
// about the group, content or workspace that it names.
func (w *Why) Decided(ctx context.Context, who Caller, position int64, number int, rule string) (*WhyAnswer, error) {
	a := &asking{Why: w, ctx: ctx, who: who, member: &engine.Member{}, reader: w.reader(who), out: &WhyAnswer{Rules: []*Reasons{}}}
	list, err := a.reader.DecisionsAt(ctx, []int64{position})
	if err != nil {
		return nil, fmt.Errorf("read the decision: %w", err)
	}
	at := slices.IndexFunc(list, func(d engine.Decision) bool { return d.Number == number && d.Rule == rule })
	if at < 0 {
		return nil, engine.NotFound("decision", fmt.Sprintf("%d/%d", position, number))
	}
	a.decided = &list[at]
	if a.event, err = a.eventOf(position); err != nil {
		return nil, err
	}
	if a.event != nil {
		a.member.ID, a.out.Event, a.out.Position, a.out.At = a.event.MemberID, a.event, position, a.event.At
	}
	a.out.Member = a.member.ID
	return a.out, a.oneRule(rule)
}

func (q *WhyQuery) check() error {
	given := 0
	for _, is := range []bool{q.Event != "", q.Decision != 0, q.At != 0} {
		if is {
			given++
		}
	}
	if given > 1 {
		return engine.Invalid(engine.Text{En: "the question has problems", Zh: "问题有误"}, engine.Problem{Code: "one_of", Path: "/event",
			Message: engine.Text{En: "give one of event, decision and at", Zh: "event、decision、at 只能给一个"}})
	}
	return nil
}

// asking is one question being answered.
type asking struct {
	*Why
	ctx    context.Context
	who    Caller
	reader engine.Reader
	member *engine.Member
	q      WhyQuery
	event  *engine.Event // nil: by the clock, or the rule's latest

	decided *engine.Decision // what is asked about, where that is a decision and not a member

	history []engine.Definition // of the rule asked about
	empty   *simulate.Scene     // the moment without rules, see bare
	emptyAt int64
	out     *WhyAnswer
}

// place finds the event or moment that is asked about.
func (a *asking) place() (err error) {
	switch {
	case a.q.Decision != 0:
		a.event, err = a.eventAt(a.q.Decision, true)
	case a.q.Event != "":
		a.event, err = a.findEvent(a.q.Event)
	default:
		a.out.At = a.q.At
		if a.q.At == 0 || a.q.At > a.who.Now {
			a.out.At = a.who.Now
		}
	}
	if a.event != nil {
		a.out.At, a.out.Position, a.out.Event = a.event.At, a.event.Position, a.event
	}
	return err
}

// eventAt reads the event at a position. It must be the member's, or, for
// decisions, have been decided about them.
func (a *asking) eventAt(position int64, decided bool) (*engine.Event, error) {
	missing := engine.NotFound("event", fmt.Sprint(position))
	e, err := a.eventOf(position)
	if err != nil || e != nil && e.MemberID == a.member.ID {
		return e, err
	}
	if e == nil || !decided {
		return nil, missing
	}
	list, err := a.reader.DecisionsAt(a.ctx, []int64{position})
	if err != nil {
		return nil, fmt.Errorf("read the decision: %w", err)
	}
	if !slices.ContainsFunc(list, func(d engine.Decision) bool { return d.Subject == a.member.ID }) {
		return nil, engine.NotFound("decision", fmt.Sprint(position))
	}
	return e, nil
}

// eventOf reads the event at a position; nil where none is kept.
func (a *asking) eventOf(position int64) (*engine.Event, error) {
	found, err := a.reader.Events(a.ctx, engine.EventQuery{After: position - 1, UpTo: position, Limit: 1})
	if err != nil {
		return nil, fmt.Errorf("read the event: %w", err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	return engine.DecodeEvent(found[0])
}

// What looking for an event by its id may cost.
const (
	eventsAtOnce   = 2000
	maxEventLooked = 200_000
)

// findEvent finds one of the member's events by the sender's id, newest first,
// or by its position.
func (a *asking) findEvent(name string) (*engine.Event, error) {
	var position int64
	if _, err := fmt.Sscanf(name, "%d", &position); err == nil && fmt.Sprint(position) == name && position >= engine.PositionStride {
		if e, err := a.eventAt(position, false); err == nil {
			return e, nil
		}
	}
	needle := []byte(name)
	for upTo, looked := int64(0), 0; looked < maxEventLooked; looked += eventsAtOnce {
		page, err := a.reader.Events(a.ctx, engine.EventQuery{Member: a.member.ID, UpTo: upTo, Backward: true, Limit: eventsAtOnce})
		if err != nil {
			return nil, fmt.Errorf("look for the event: %w", err)
		}
		for _, s := range page {
			if !strings.Contains(string(s.Body), string(needle)) {
				continue
			}
			if e, err := engine.DecodeEvent(s); err != nil || e.ID == name {
				return e, err
			}
		}
		if len(page) < eventsAtOnce {
			break
		}
		upTo = page[len(page)-1].Position - 1
	}
	return nil, engine.NotFound("event", name)
}

// moment opens the past where the question is placed, with one rule alone where
// one is given.
func (a *asking) moment(alone simulate.Rules) (*simulate.Scene, error) {
	if a.event != nil {
		s, e, err := a.Past.Met(a.ctx, a.who.Workspace, a.event.Position, alone)
		if err == nil {
			a.event, a.out.Event = e, e
		}
		return s, err
	}
	return a.Past.Open(a.ctx, a.who.Workspace, simulate.Moment{At: a.q.At}, alone)
}
