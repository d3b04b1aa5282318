package service

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/simulate"
)

// explain answers about one version of a rule at the moment.
func (a *asking) explain(key string, f *inForce) (*Reasons, error) {
	r := &Reasons{Rule: key, Source: Recomputed, Outcome: engine.OutcomeFalse, Because: because(f.absent)}
	if f.stored == nil {
		r.Text = r.Because.Title
		return r, nil
	}
	r.Document = f.text
	ok, err := a.compile(f)
	if err != nil {
		return nil, err
	}
	if !ok {
		if f.absent == "" || f.absent == engine.NoEvent {
			r.Because = because(engine.IsBroken)
		}
		r.Text = r.Because.Title
		return r, nil
	}
	r.describe(f.rule)
	decision, err := a.storedDecision(f)
	if err != nil {
		return nil, err
	}
	if err := a.rehearse(f, r, decision); err != nil {
		return nil, err
	}
	if decision != nil {
		if err := a.tell(f, r, decision); err != nil {
			return nil, err
		}
	}
	r.Text = r.line()
	return r, nil
}

func (r *Reasons) describe(rule *engine.Rule) {
	r.Title, r.Kind, r.Version, r.Shadow, r.Percent = rule.Title, rule.Kind, rule.Version, rule.Shadow, rule.Percent
}

// storedDecision finds what was stored of the rule about the member and event.
func (a *asking) storedDecision(f *inForce) (*engine.Decision, error) {
	if a.decided != nil {
		return a.decided, nil
	}
	if a.event == nil {
		return a.storedByClock(f)
	}
	list, err := a.reader.DecisionsAt(a.ctx, []int64{a.event.Position})
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	for i := range list {
		if list[i].Rule == f.rule.Key && (list[i].Subject == a.member.ID || list[i].Subject == a.subject(f.rule)) {
			return &list[i], nil
		}
	}
	if f.rule.After == 0 {
		return nil, nil
	}
	return a.storedLater(f)
}

// subject is what a rule that is not about members decides about.
func (a *asking) subject(rule *engine.Rule) string {
	switch {
	case a.event == nil:
		return ""
	case rule.Subject == engine.SubjectGroup:
		return a.event.Group
	case rule.Subject == engine.SubjectContent:
		return a.event.Content
	case rule.Subject == engine.SubjectWorkspace:
		return ""
	}
	return a.event.MemberID
}

// What looking for a stored decision may cost.
const (
	decisionsAtOnce = 200
	decisionPages   = 10
)

// decisions visits the rule's stored decisions about the member, newest first.
func (a *asking) decisions(f *inForce, visit func(*engine.Decision) bool) error {
	q := engine.DecisionQuery{Rule: f.rule.Key, Subject: a.member.ID, Page: engine.Page{Limit: decisionsAtOnce}}
	for range decisionPages {
		rows, err := a.reader.ListDecisions(a.ctx, q)
		if err != nil {
			return fmt.Errorf("read decisions: %w", err)
		}
		for i := range rows.Items {
			if visit(&rows.Items[i]) {
				return nil
			}
		}
		if q.Cursor = rows.Next; q.Cursor == "" {
			return nil
		}
	}
	return nil
}

// storedLater finds what a rule with after: decided about the event later.
func (a *asking) storedLater(f *inForce) (found *engine.Decision, err error) {
	occurrence := machine.EventOccurrence(a.event.Position)
	due := a.event.At.Add(f.rule.After)
	err = a.decisions(f, func(d *engine.Decision) bool {
		if d.Occurrence == occurrence || f.rule.Once != engine.OncePerEvent && d.At == due && d.Position > a.event.Position {
			found = d
		}
		return found != nil || d.Position < a.event.Position
	})
	return found, err
}

// storedByClock finds the decision that a schedule made at just that moment.
func (a *asking) storedByClock(f *inForce) (found *engine.Decision, err error) {
	err = a.decisions(f, func(d *engine.Decision) bool {
		if d.At == a.out.At {
			found = d
		}
		return found != nil || d.At < a.out.At
	})
	return found, err
}

// rehearse explains the rule's conditions on what it read, and, where nothing
// was stored, lets it decide again.
func (a *asking) rehearse(f *inForce, r *Reasons, decision *engine.Decision) error {
	s, err := a.moment(simulate.Rules{Alone: f.book})
	if err != nil {
		return err
	}
	q, err := a.question(f, decision)
	if err != nil {
		return err
	}
	return s.Ask(a.ctx, q, func(h *machine.Rehearsal) error {
		a.findings(f, r, h)
		if err := h.Err(); err != nil || decision != nil {
			return err
		}
		return a.recompute(f, r, h)
	})
}

// question is what the rule is asked: the event, or the clock.
func (a *asking) question(f *inForce, d *engine.Decision) (machine.Question, error) {
	if a.event != nil && !reservedType(a.event.Type) {
		return machine.Question{Event: arriving(a.event)}, nil
	}
	q := machine.Question{Member: a.member.ID, Now: a.out.At}
	if d != nil {
		q.Now = d.At
	}
	if f.rule.Kind == engine.Threshold {
		q.Group = f.rule.Group
	}
	if a.decided != nil {
		switch f.rule.Subject {
		case engine.SubjectGroup:
			q.Group = d.Subject
		case engine.SubjectContent:
			q.Content = d.Subject
		case engine.SubjectWorkspace:
		default:
			q.Member = d.Subject
		}
	}
	return q, nil
}

// arriving is an event of the log as it arrived: whom it names is found anew,
// for it may have been the first that named them.
func arriving(e *engine.Event) *engine.Event {
	c := *e
	c.MemberID, c.ToID = "", ""
	if c.Member.Channel != "" {
		c.Member.ID = ""
	}
	if c.To.Channel != "" {
		c.To.ID = ""
	}
	return &c
}

func (a *asking) findings(f *inForce, r *Reasons, h *machine.Rehearsal) {
	explained := func(c engine.Condition) *engine.Finding {
		if c == nil {
			return nil
		}
		return c.Explain(h.Facts())
	}
	r.Condition, r.Audience, r.Unless = explained(f.rule.When), explained(f.rule.Audience), explained(f.rule.Unless)
	if t := f.rule.Tier; t != nil {
		r.Hold = explained(t.Hold)
	}
}

// recompute lets the rule decide, and says what stops it.
func (a *asking) recompute(f *inForce, r *Reasons, h *machine.Rehearsal) error {
	r.Outcome = conditionOutcome(r)
	e := h.Event()
	switch {
	case f.absent != "":
		r.Because = because(f.absent)
		return nil
	case e != nil && e.History:
		r.Because = because(engine.IsHistory)
		return nil
	case e != nil && !a.listens(f.rule, e):
		r.Because = because(engine.NotListening)
		return nil
	case e == nil && h.Facts().Member == nil:
		r.Because = because(engine.WasNotThere)
		return nil
	case r.Audience != nil && r.Audience.Outcome == engine.OutcomeFalse:
		r.Outcome, r.Because = engine.OutcomeFalse, because(engine.NotAudience)
		return nil
	case f.rule.Review != nil:
		return nil
	}
	got, err := h.Decide(f.rule)
	if err != nil {
		return err
	}
	r.Outcome, r.Answer, r.At, r.Occurrence = got.Outcome, got.Answer, got.At, got.Occurrence
	a.reason(f, r, &got.Decision)
	for i := range got.Planned {
		r.Effects = append(r.Effects, WhyEffect{Effect: got.Planned[i], Planned: true, Because: because(got.Planned[i].Reason)})
	}
	return nil
}

func (a *asking) listens(rule *engine.Rule, e *engine.Event) bool {
	return slices.Contains(rule.On, e.Type) && (rule.Kind != engine.Threshold || rule.Group == e.Group)
}

// conditionOutcome is what the condition alone says; none is always true.
func conditionOutcome(r *Reasons) engine.Outcome {
	if r.Condition == nil {
		return engine.OutcomeTrue
	}
	return r.Condition.Outcome
}

// lines answers with one line a rule, on the same facts for all of them.
func (a *asking) lines(h *machine.Rehearsal, list []*engine.Rule) error {
	stored, err := a.reader.DecisionsAt(a.ctx, []int64{a.event.Position})
	if err != nil {
		return fmt.Errorf("read decisions: %w", err)
	}
	for _, rule := range list {
		r := &Reasons{Rule: rule.Key, Source: Recomputed}
		r.describe(rule)
		f := &inForce{rule: rule}
		a.findings(f, r, h)
		if err := h.Err(); err != nil {
			return err
		}
		r.Outcome = conditionOutcome(r)
		i := slices.IndexFunc(stored, func(d engine.Decision) bool {
			return d.Rule == rule.Key && (d.Subject == a.member.ID || d.Subject == a.subject(rule))
		})
		switch {
		case i >= 0:
			if err := a.tell(f, r, &stored[i]); err != nil {
				return err
			}
		case a.event.Position <= rule.LiveFrom:
			r.Because = because(engine.NotLiveYet)
		case a.event.Late:
			r.Outcome, r.Because = engine.OutcomeUnknown, because(engine.TooLate)
		case a.event.History:
			r.Because = because(engine.IsHistory)
		case rule.After > 0 && r.Outcome == engine.OutcomeTrue:
			r.Because = because(engine.Waiting)
		default:
			a.reason(f, r, &engine.Decision{Outcome: r.Outcome})
		}
		r.Text = r.line()
		r.Condition, r.Audience, r.Unless, r.Hold, r.Document = nil, nil, nil, nil, ""
		a.out.Rules = append(a.out.Rules, r)
	}
	return nil
}

// line says all of it in one sentence: the outcome and what it hangs on.
func (r *Reasons) line() engine.Text {
	head := map[engine.Outcome]engine.Text{
		engine.OutcomeTrue: {En: "matched", Zh: "命中"}, engine.OutcomeFalse: {En: "not matched", Zh: "未命中"},
		engine.OutcomeUnknown: {En: "not known", Zh: "未知"}, engine.OutcomeError: {En: "failed", Zh: "出错"},
	}[r.Outcome]
	if b := r.Because; b != nil && b.Code != engine.NotMatched {
		t := engine.Text{En: head.En + ": " + b.Title.En, Zh: head.Zh + "：" + b.Title.Zh}
		if b.Detail != (engine.Text{}) {
			t = engine.Text{En: t.En + " (" + b.Detail.En + ")", Zh: t.Zh + "（" + b.Detail.Zh + "）"}
		}
		return t
	}
	if r.Outcome == engine.OutcomeTrue {
		return head
	}
	missing := r.Condition.Missing()
	var en, zh []string
	for i, f := range missing {
		if i == 2 {
			more := fmt.Sprint(len(missing) - i)
			en, zh = append(en, more+" more"), append(zh, "另有 "+more+" 项")
			break
		}
		en, zh = append(en, f.Text.En), append(zh, f.Text.Zh)
	}
	if len(en) == 0 {
		return head
	}
	return engine.Text{En: head.En + ": " + strings.Join(en, "; "), Zh: head.Zh + "：" + strings.Join(zh, "；")}
}
