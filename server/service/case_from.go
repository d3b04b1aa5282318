package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/simulate"
	"github.com/bylaw-dev/bylaw/rules"
)

// CaseFrom names the decision that becomes a case: by the position of its
// event, or by the event's id and its member.
type CaseFrom struct {
	Position            int64
	Event, Member, Name string
}

// AddCase writes a decision as a case at the end of the rule's draft: what
// matters of the member, the events that the rule counts, and what was decided.
// Other bytes stay as they are. A decision that a case cannot tell is
// engine.CodeInvalid: one by the clock, or one that turns on when somebody
// joined or since when a type is reported.
func (r *Rules) AddCase(ctx context.Context, who Caller, key string, m Match, from CaseFrom) (Rule, error) {
	history, err := r.history(ctx, who, key)
	if err != nil {
		return Rule{}, err
	}
	stored, err := rules.ReadStored(history[0].Body)
	if err != nil {
		return Rule{}, err
	}
	position, err := r.positionOf(ctx, who, from)
	if err != nil {
		return Rule{}, err
	}
	t := &telling{Rules: r, who: who, source: stored.Document(), position: position, name: from.Name}
	document, err := t.tell(ctx, key)
	if err != nil {
		return Rule{}, err
	}
	rule, _, err := r.Save(ctx, who, key, document, m)
	return rule, err
}

func cannotTell(en, zh string, problems ...engine.Problem) error {
	return engine.Invalid(engine.Text{En: "this decision cannot become a case", Zh: "该判定无法生成用例"},
		append([]engine.Problem{{Code: "no_case", Path: "/position", Message: engine.Text{En: en, Zh: zh}}}, problems...)...)
}

// lookedFor bounds among how many events of a member an id is looked for.
const lookedFor = 10_000

func (r *Rules) positionOf(ctx context.Context, who Caller, from CaseFrom) (int64, error) {
	if from.Position != 0 {
		return from.Position, nil
	}
	if from.Event == "" || from.Member == "" {
		return 0, tryProblem("position", "needs_position", engine.Text{En: "give the decision's position, or event and member", Zh: "请给出判定的位置，或事件与成员"})
	}
	m, err := (&Members{core: r.core}).find(ctx, who, from.Member)
	if err != nil {
		return 0, err
	}
	found, err := r.reader(who).Events(ctx, engine.EventQuery{Member: m.ID, Backward: true, Limit: lookedFor})
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
	source   string
	position int64
	name     string
	doc      *rules.Document
	scope    rules.Scope
	book     *engine.Rulebook
	zone     *calendar.Zone
	runs     int
}

func (t *telling) tell(ctx context.Context, key string) ([]byte, error) {
	ctx = engine.WithoutAudit(ctx) // it simulates; the save that follows is the change
	view, err := t.state(ctx, t.who)
	if err != nil {
		return nil, err
	}
	t.scope = rules.Scope{Defs: view.Defs}
	t.doc, _ = rules.Parse([]byte(t.source))
	var problems []engine.Problem
	if t.book, problems = rules.CompileAlone(t.doc, 1, t.scope); t.book == nil {
		return nil, engine.Invalid(engine.Text{En: "the document has errors", Zh: "文档有错误"}, problems...)
	}
	loc, err := calendar.LoadZone(view.Defs.Settings.Zone)
	if err != nil {
		return nil, err
	}
	t.zone = calendar.NewZone(loc)
	c, err := t.compose(ctx, key)
	if err != nil {
		return nil, err
	}
	if err := t.shrink(ctx, c); err != nil {
		return nil, err
	}
	document, err := rules.AppendCase([]byte(t.source), c)
	if err != nil {
		return nil, err
	}
	return document, t.proved(ctx, document, view)
}

// proved insists that the new case is green.
func (t *telling) proved(ctx context.Context, document []byte, view *machine.View) error {
	verdicts, err := t.verdicts(ctx, document, view)
	if err != nil {
		return err
	}
	if len(verdicts) == 0 {
		_, problems := rules.CheckSource(document, t.scope)
		return cannotTell("the document with the case has errors", "加入用例后文档有错误", problems...)
	}
	if last := verdicts[len(verdicts)-1]; !last.OK {
		return cannotTell("played alone it comes out otherwise: it turns on something that a case cannot give", "单独重演的结果不同：它取决于用例无法给出的情况", last.Problems...)
	}
	return nil
}

// compose gathers what was there and what was decided.
func (t *telling) compose(ctx context.Context, key string) (*rules.Case, error) {
	with := simulate.Rules{Book: func(defs *engine.Definitions) (*engine.Rulebook, error) {
		book, problems := rules.CompileAlone(t.doc, 1, rules.Scope{Defs: defs})
		if book == nil {
			return nil, engine.Invalid(engine.Text{En: "the document has errors at that moment", Zh: "文档在该时刻有错误"}, problems...)
		}
		return book, nil
	}}
	scene, e, err := t.Past.Met(ctx, t.who.Workspace, t.position, with)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(e.Type, engine.ReservedPrefix) || !slices.Contains(t.doc.On, e.Type) && t.doc.Kind != engine.Threshold {
		return nil, cannotTell("the rule was not asked by an event of its own types there", "该处不是由规则监听的事件触发的判定")
	}
	c := &rules.Case{Name: t.name}
	if c.Name == "" {
		c.Name = fmt.Sprintf("%s at %d", e.Type, t.position)
	}
	err = scene.Ask(ctx, machine.Question{Member: e.MemberID, Group: e.Group, Content: e.Content, Now: e.At}, func(h *machine.Rehearsal) error {
		t.given(&c.Given, h.Facts())
		return nil
	})
	if err != nil {
		return nil, err
	}
	before, err := t.before(ctx, scene, e)
	if err != nil {
		return nil, err
	}
	for _, b := range before {
		c.Events = append(c.Events, t.event(b, e))
	}
	c.Events = append(c.Events, t.event(e, e))
	err = t.expect(ctx, scene, e, key, c)
	return c, err
}

// given keeps of the member and group what the document speaks of.
func (t *telling) given(g *rules.Given, f *engine.Facts) {
	says := func(word string) bool { return strings.Contains(t.source, word) }
	if m := f.Member; m != nil {
		g.Member.Attrs = map[string]engine.Value{}
		for name, v := range m.Attrs {
			if a := t.scope.Defs.Attributes[name]; says(name) && (a == nil || !a.Personal) {
				g.Member.Attrs[name] = v
			}
		}
		for _, tag := range m.Tags {
			if says(tag) {
				g.Member.Tags = append(g.Member.Tags, tag)
			}
		}
		if t.doc.Tier != nil || says("tier") || says("member.rank") {
			g.Member.Tier = m.Tiers[t.doc.Ladder].Tier
		}
		for group := range m.Groups {
			if says(group) || f.Group != nil && f.Group.Key == group {
				g.Member.Groups = append(g.Member.Groups, group)
			}
		}
		slices.Sort(g.Member.Groups)
		for badge := range m.Badges {
			if says(badge) {
				g.Member.Badges = append(g.Member.Badges, badge)
			}
		}
		slices.Sort(g.Member.Badges)
		if says("points") && m.Accounts[engine.DefaultAccount].Balance != 0 {
			g.Member.Points = map[string]int64{engine.DefaultAccount: m.Accounts[engine.DefaultAccount].Balance}
		}
	}
	if group := f.Group; group != nil && says("group.") {
		size := group.Size
		g.Group = rules.GivenGroup{Size: &size, Phase: group.Phase, Stage: group.Stage}
	}
}

// caseEvents is how many earlier events a case tells at most.
const caseEvents = 200

// before are the earlier events that the rule counts.
func (t *telling) before(ctx context.Context, scene *simulate.Scene, e *engine.Event) (all []*engine.Event, err error) {
	view, err := scene.View(ctx)
	if err != nil {
		return nil, err
	}
	for _, of := range []struct {
		source engine.Source
		id     string
	}{{engine.OfMember, e.MemberID}, {engine.OfGroup, e.Group}, {engine.OfContent, e.Content}} {
		q, ok := view.NewWindows(of.source, of.id).Needs(e.At)
		if !ok || of.id == "" {
			continue
		}
		q.Bare, q.UpTo, q.Limit, q.Backward = false, t.position-1, caseEvents+1, true
		switch of.source {
		case engine.OfMember:
			q.Member = of.id
		case engine.OfGroup:
			q.Group = of.id
		case engine.OfContent:
			q.Content = of.id
		}
		found, err := t.reader(t.who).Events(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		for i := range found {
			b, err := engine.DecodeEvent(found[i])
			if err != nil {
				return nil, err
			}
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b *engine.Event) int { return int(min(max(a.Position-b.Position, -1), 1)) })
	all = slices.CompactFunc(all, func(a, b *engine.Event) bool { return a.Position == b.Position })
	all = slices.DeleteFunc(all, func(b *engine.Event) bool { return strings.HasPrefix(b.Type, engine.ReservedPrefix) || b.At > e.At })
	if len(all) > caseEvents {
		return nil, cannotTell(fmt.Sprintf("it rests on more than %d events", caseEvents), fmt.Sprintf("它依据的事件超过 %d 个", caseEvents))
	}
	return all, nil
}

// event is an event as a case tells it: nobody is named, and of its properties
// those are kept that the document speaks of.
func (t *telling) event(e, last *engine.Event) rules.CaseEvent {
	c := rules.CaseEvent{Type: e.Type, Times: 1, At: rules.CaseTime(e.At, t.zone.Location()), Group: e.Group, Content: e.Content, Origin: e.Origin}
	if !strings.Contains(t.source, "origin") {
		c.Origin = ""
	}
	if e.MemberID != "" && e.MemberID != last.MemberID {
		c.Member = "other-" + e.MemberID
	}
	if e.ToID != "" {
		c.To = "other-" + e.ToID
	}
	typ := t.scope.Defs.EventTypes[e.Type]
	for _, p := range e.Props {
		f := engine.Field{}
		if typ != nil {
			f, _ = typ.FieldNamed(p.Name)
		}
		if strings.Contains(t.source, p.Name) && !f.Personal {
			c.Props = append(c.Props, p)
		}
	}
	return c
}

// expect is what was decided: as stored, else as it comes out there now.
func (t *telling) expect(ctx context.Context, scene *simulate.Scene, e *engine.Event, key string, c *rules.Case) error {
	stored, err := t.reader(t.who).DecisionsAt(ctx, []int64{t.position})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(stored, func(d engine.Decision) bool { return d.Rule == key })
	if i >= 0 {
		t.expected(&stored[i], c)
		return nil
	}
	return scene.Ask(ctx, machine.Question{Event: e, Now: e.At}, func(h *machine.Rehearsal) error {
		got, err := h.Decide(h.View().Book.Rules[0])
		if err == nil {
			t.expected(&got.Decision, c)
		}
		return err
	})
}

func (t *telling) expected(d *engine.Decision, c *rules.Case) {
	c.Expect.Outcome = d.Outcome
	for _, e := range d.Effects {
		if e.Reason == "" {
			c.Expect.Effects = append(c.Expect.Effects, rules.ExpectEffect{Kind: e.Kind, Fields: plainFields(e)})
		}
	}
	c.Expect.None = len(c.Expect.Effects) == 0 && d.Answer == ""
	if d.Answer != "" && !slices.ContainsFunc(c.Expect.Effects, func(e rules.ExpectEffect) bool { return string(e.Kind) == d.Answer }) {
		c.Expect.Effects = append(c.Expect.Effects, rules.ExpectEffect{Kind: engine.EffectKind(d.Answer)})
	}
}

// plainFields are the fields that hold keys and numbers: texts may name people.
func plainFields(e engine.Effect) map[string]engine.Value {
	out := map[string]engine.Value{}
	schema, ok := engine.SchemaOf(e.Kind)
	if !ok {
		return out
	}
	for _, f := range schema.Fields {
		if v, has := e.Fields[f.Name]; has && v.Known() && (f.Kind == engine.KeyField && v.Str != "" || f.Kind == engine.NumberField) {
			out[f.Name] = v
		}
	}
	return out
}

// most runs of a case while it is made smaller.
const mostRuns = 300

// shrink leaves out what a true decision did not need: halves first, then
// single events. What a no rests on is kept: less would be a no as well.
func (t *telling) shrink(ctx context.Context, c *rules.Case) error {
	if c.Expect.Outcome != engine.OutcomeTrue {
		return nil
	}
	for size := len(c.Events) / 2; size >= 1; size /= 2 {
		for from := 0; from+size < len(c.Events); {
			less := *c
			less.Events = slices.Delete(slices.Clone(c.Events), from, from+size)
			same, err := t.same(ctx, &less)
			if err != nil {
				return err
			}
			if same {
				c.Events = less.Events
			} else {
				from += size
			}
		}
	}
	return nil
}

// same is whether a case comes out as is expected.
func (t *telling) same(ctx context.Context, c *rules.Case) (bool, error) {
	if t.runs++; t.runs > mostRuns {
		return false, nil
	}
	trial, err := rules.NewTrial(t.doc, c, t.book, t.scope)
	if err != nil {
		return false, err
	}
	result, err := t.Trials.Run(ctx, trial)
	if err != nil || result.Decision == nil {
		return false, err
	}
	d := result.Decision
	if d.Outcome != c.Expect.Outcome {
		return false, nil
	}
	was := &rules.Case{}
	t.expected(d, was)
	return slices.EqualFunc(was.Expect.Effects, c.Expect.Effects, func(a, b rules.ExpectEffect) bool {
		return a.Kind == b.Kind && fmt.Sprint(a.Fields) == fmt.Sprint(b.Fields)
	}), nil
}
