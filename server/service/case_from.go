package service

import (
	"context"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
)

// CaseFrom names the decision that becomes a case: by the position of its
// event, or by the event's id and its member. A schedule decides about many
// members at one position: Member says about which, the first otherwise.
type CaseFrom struct {
	Position            int64
	Event, Member, Name string
}

// AddCase writes a decision as a case at the end of the rule's draft: what
// matters of the member, the events that the rule counts, the time that passed
// until a decision by the clock, and what was decided. Other bytes stay as they
// are. A decision that a case cannot tell is engine.CodeInvalid and says why:
// one of a review, or one that turns on since when a type is reported.
func (r *Rules) AddCase(ctx context.Context, who Caller, key string, m Match, from CaseFrom) (Rule, error) {
	history, err := r.history(ctx, who, key)
	if err != nil {
		return Rule{}, err
	}
	stored, err := rules.ReadStored(history[0].Body)
	if err != nil {
		return Rule{}, err
	}
	t := &telling{Rules: r, who: who, key: key, source: stored.Document(), words: withoutCases(stored.Document()), name: from.Name, work: rules.NewWork(workOfTelling)}
	if from.Member != "" {
		member, err := (&Members{core: r.core}).find(ctx, who, from.Member)
		if err != nil {
			return Rule{}, err
		}
		t.about = member.ID
	}
	if t.position, err = r.positionOf(ctx, who, from, t.about); err != nil {
		return Rule{}, err
	}
	document, err := t.tell(ctx)
	if err != nil {
		return Rule{}, err
	}
	rule, _, err := r.Save(ctx, who, key, document, m)
	return rule, err
}

func cannotTell(en, zh string, problems ...engine.Problem) error {
	return cannotTellBut(en, zh, engine.Text{En: "write the case by hand, or back-test the rule over history", Zh: "请手写用例，或用历史回测该规则"}, problems...)
}

// cannotTellBut refuses with what to do instead.
func cannotTellBut(en, zh string, hint engine.Text, problems ...engine.Problem) error {
	return engine.Invalid(engine.Text{En: "this decision cannot become a case", Zh: "该判定无法生成用例"},
		append([]engine.Problem{{Code: "no_case", Path: "/position", Message: engine.Text{En: en, Zh: zh}, Hint: hint}}, problems...)...)
}

// lookedFor bounds among how many events of a member an id is looked for.
const lookedFor = 10_000

func (r *Rules) positionOf(ctx context.Context, who Caller, from CaseFrom, member string) (int64, error) {
	if from.Position != 0 {
		return from.Position, nil
	}
	if from.Event == "" || member == "" {
		return 0, tryProblem("position", "needs_position", engine.Text{En: "give the decision's position, or event and member", Zh: "请给出判定的位置，或事件与成员"})
	}
	found, err := r.reader(who).Events(ctx, engine.EventQuery{Member: member, Backward: true, Limit: lookedFor})
	if err != nil {
		return 0, fmt.Errorf("read events: %w", err)
	}
	for i := range found {
		if e, err := engine.DecodeEvent(found[i]); err == nil && e.ID == from.Event {
			return e.Position, nil
		}
	}
	return 0, engine.NotFound("event", from.Event)
}

// telling is one decision becoming a case.
type telling struct {
	*Rules
	who      Caller
	key      string // of the rule
	source   string
	words    string // the source without its cases
	about    string // the member asked for, "" is whoever it was
	position int64
	name     string
	doc      *rules.Document
	scope    rules.Scope
	book     *engine.Rulebook // counts its work
	work     *rules.Work      // what playing may still cost
	zone     *calendar.Zone
}

func (t *telling) tell(ctx context.Context) ([]byte, error) {
	ctx = engine.WithoutAudit(ctx) // it simulates; the save that follows is the change
	view, err := t.state(ctx, t.who)
	if err != nil {
		return nil, err
	}
	if err := t.prepare(view); err != nil {
		return nil, err
	}
	m, err := t.moment(ctx)
	if err != nil {
		return nil, err
	}
	s, err := t.compose(ctx, m)
	if err != nil {
		return nil, err
	}
	if s.Name, err = t.named(m); err != nil {
		return nil, err
	}
	if s, err = t.settled(ctx, s); err != nil {
		return nil, err
	}
	document, err := rules.AppendCase([]byte(t.source), s.build())
	if err != nil {
		return nil, err
	}
	return document, t.proved(ctx, document, view, m)
}

// prepare reads the draft as it stands today.
func (t *telling) prepare(view *machine.View) error {
	t.scope = rules.Scope{Defs: view.Defs}
	t.doc, _ = rules.Parse([]byte(t.source))
	book, problems := rules.CompileAlone(t.doc, 1, t.scope)
	if book == nil {
		return engine.Invalid(engine.Text{En: "the document has errors", Zh: "文档有错误"}, problems...)
	}
	t.book = t.work.Metered(book)
	loc, err := calendar.LoadZone(view.Defs.Settings.Zone)
	if err != nil {
		return err
	}
	t.zone = calendar.NewZone(loc)
	return nil
}

// named is the case's name: the one asked for, or one that no case has.
func (t *telling) named(m *moment) (string, error) {
	taken := func(name string) bool {
		return slices.ContainsFunc(t.doc.Cases, func(c rules.Case) bool { return c.Name == name })
	}
	if t.name == "" {
		first := fmt.Sprintf("%s at %d", m.word(), t.position)
		name := first
		for n := 2; taken(name); n++ {
			name = fmt.Sprintf("%s (%d)", first, n)
		}
		return name, nil
	}
	if taken(t.name) {
		return "", engine.Invalid(engine.Text{En: "the rule has a case of that name", Zh: "规则已有同名用例"}, engine.Problem{Code: "same_name", Path: "/name",
			Message: engine.Text{En: fmt.Sprintf("the rule has a case called %q already", t.name), Zh: fmt.Sprintf("规则已有名为“%s”的用例", t.name)},
			Hint:    engine.Text{En: "give another name, or none", Zh: "请换一个名称，或不填名称"}})
	}
	return t.name, nil
}

// proved insists that the new case is green.
func (t *telling) proved(ctx context.Context, document []byte, view *machine.View, m *moment) error {
	verdicts, err := t.verdicts(ctx, document, view)
	if err != nil {
		return err
	}
	if len(verdicts) == 0 {
		_, problems := rules.CheckSource(document, t.scope)
		return cannotTell("the document with the case has errors", "加入用例后文档有错误", problems...)
	}
	if last := verdicts[len(verdicts)-1]; !last.OK {
		return t.otherwise(ctx, m, &last)
	}
	return nil
}
