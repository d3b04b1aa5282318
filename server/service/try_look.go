package service

import (
	"context"
	"slices"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/outbox"
	"github.com/bylaw-dev/bylaw/rules"
)

// TriedMessage is a message that would be queued, and what the gate before
// every send would say of it at that moment. Caps and quotas, which count what
// was sent, are not reckoned.
type TriedMessage struct {
	Channel string        `json:"channel"`
	To      string        `json:"to"` // member, group, user or webhook
	Member  string        `json:"member,omitempty"`
	Group   string        `json:"group,omitempty"`
	Text    string        `json:"text"`
	Gate    string        `json:"gate"` // send, hold or drop
	Because engine.Reason `json:"because,omitempty"`
	Detail  string        `json:"detail,omitempty"`
	Until   engine.Time   `json:"until,omitempty"`
}

// TriedReview is where a member stands in a review of the period then running.
type TriedReview struct {
	Period   string          `json:"period"`
	Start    engine.Time     `json:"start"`
	End      engine.Time     `json:"end"`
	Group    string          `json:"group,omitempty"`
	Place    int             `json:"place,omitempty"` // from 1; 0: not ranked
	Of       int             `json:"of,omitempty"`
	Standing *machine.Ranked `json:"standing,omitempty"`
	Moves    []machine.Move  `json:"moves"` // the member's
}

// look asks the rule and writes down what it says.
func (t *trying) look(h *machine.Rehearsal) error {
	book := h.View().Book
	rule := book.Rules[0]
	if rule.Personal && !t.who.Personal {
		return tryProblem("document", "personal", engine.Text{
			En: "its texts name personal fields, which need the scope pii:read", Zh: "其文案使用个人信息，需要 pii:read 权限"})
	}
	t.out.Rule, t.out.Position, t.out.Revision, t.out.Member = rule.Key, t.scene.Position, t.scene.Revision, t.member
	t.out.At = h.Facts().Now
	if e := h.Event(); e != nil {
		t.out.Event = &TriedEvent{Type: e.Type, At: e.At, Group: e.Group, Content: e.Content, Late: e.Late}
		if t.question.Event.Position != 0 {
			t.out.Event.Position = e.Position
		}
		t.out.Member = e.MemberID
	}
	t.trace(h, rule)
	if err := h.Err(); err != nil {
		return err
	}
	if rule.Review != nil {
		return t.reviewed(h, rule)
	}
	return t.decide(h, rule)
}

// trace explains every condition of the rule.
func (t *trying) trace(h *machine.Rehearsal, rule *engine.Rule) {
	add := func(part string, c engine.Condition) {
		if c != nil {
			f := h.Refresh()
			t.out.Trace = append(t.out.Trace, TracePart{part, c.Explain(f)})
		}
	}
	add("audience", rule.Audience)
	add("when", rule.When)
	add("unless", rule.Unless)
}

func (t *trying) decide(h *machine.Rehearsal, rule *engine.Rule) error {
	if !t.later() {
		if err := t.holds(h); err != nil {
			return err
		}
	}
	got, err := h.Decide(rule)
	if err != nil {
		return err
	}
	o := t.out
	o.Outcome, o.Reason, o.Detail, o.Answer, o.Reasons, o.Occurrence, o.Due = got.Outcome, got.Reason, got.Detail, got.Answer, got.Reasons, got.Occurrence, got.Due
	o.Effects = append(o.Effects, got.Planned...)
	view := h.View()
	for i := range got.Deliveries {
		o.Messages = append(o.Messages, judged(&got.Deliveries[i], view, h.Facts()))
	}
	return nil
}

var gateWords = map[outbox.Action]string{outbox.Hold: "hold", outbox.Send: "send", outbox.Drop: "drop"}

// judged is what the gate says of a message at that moment.
func judged(d *engine.Delivery, view *machine.View, f *engine.Facts) TriedMessage {
	q := outbox.Question{Delivery: *d, Now: f.Now, Claimed: f.Now, Settings: view.Defs.Settings, Member: f.Member, Channel: view.Defs.Channels[d.Channel],
		Traits: engine.ChannelTraits{Targets: []engine.TargetKind{engine.ToWebhook}}}
	q.Zone = outbox.ZoneFor(d, f.Member, &q.Settings, func(name string) *time.Location {
		loc, err := time.LoadLocation(name)
		if err != nil {
			return nil
		}
		return loc
	})
	v := outbox.Gate(q)
	return TriedMessage{Channel: d.Channel, To: string(d.Target.Kind), Member: d.Member, Group: d.Group, Text: d.Text,
		Gate: gateWords[v.Action], Because: v.Because, Detail: v.Detail, Until: v.Until}
}

// reviewed ranks, as if the period ended at the moment.
func (t *trying) reviewed(h *machine.Rehearsal, rule *engine.Rule) error {
	rev, err := h.Rank(rule, "")
	if err != nil {
		return err
	}
	out := &TriedReview{Period: rev.Period, Start: rev.Start, End: rev.End, Moves: []machine.Move{}}
	for i := range rev.Groups {
		g := &rev.Groups[i]
		is := func(x machine.Ranked) bool { return x.Member == t.member }
		if n := slices.IndexFunc(g.Ranking, is); n >= 0 {
			out.Group, out.Place, out.Of, out.Standing = g.Key, n+1, len(g.Ranking), &g.Ranking[n]
		} else if n := slices.IndexFunc(g.Unknown, is); n >= 0 {
			out.Group, out.Of, out.Standing = g.Key, len(g.Ranking), &g.Unknown[n]
		}
	}
	t.out.Review, t.out.Outcome = out, engine.OutcomeFalse
	for _, m := range rev.Moves {
		if m.Member == t.member {
			out.Moves = append(out.Moves, m)
			t.out.Outcome = engine.OutcomeTrue
		}
	}
	return nil
}

// tryExample plays a case of the document.
func (r *Rules) tryExample(ctx context.Context, who Caller, source []byte, name string) (*Tried, error) {
	view, err := r.state(ctx, who)
	if err != nil {
		return nil, err
	}
	doc, problems := rules.CheckSource(source, rules.Scope{Defs: view.Defs})
	if doc == nil || rules.Failed(problems) {
		return nil, engine.Invalid(engine.Text{En: "the document has errors", Zh: "文档有错误"}, problems...)
	}
	i := slices.IndexFunc(doc.Cases, func(c rules.Case) bool { return c.Name == name })
	if i < 0 {
		return nil, engine.NotFound("case", name)
	}
	scope := rules.Scope{Defs: view.Defs}
	book, _ := rules.CompileAlone(doc, 1, scope)
	trial, err := rules.NewTrial(doc, &doc.Cases[i], book, scope)
	if err != nil {
		return nil, err
	}
	result, err := r.Trials.Run(ctx, trial)
	if err != nil {
		return nil, err
	}
	verdict := rules.Judge(&doc.Cases[i], result)
	out := &Tried{Rule: doc.Key, Revision: view.Defs.Revision, At: trial.End, Outcome: verdict.Outcome, Case: &verdict, Trace: []TracePart{}, Effects: []engine.Effect{}}
	if d := result.Decision; d != nil {
		out.Reason, out.Detail, out.Answer, out.Reasons, out.Occurrence = d.Reason, d.Detail, d.Answer, d.Reasons, d.Occurrence
		out.Effects = append(out.Effects, d.Effects...)
	}
	if result.Finding != nil {
		out.Trace = append(out.Trace, TracePart{"when", result.Finding})
	}
	return out, nil
}
