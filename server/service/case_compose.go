package service

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
)

// story is a case being made.
type story struct {
	rules.Case
	told  []told
	asked engine.Time // of a decision by the clock: when; 0 at the last event
}

// told is an event of a case, and when it was.
type told struct {
	rules.CaseEvent
	at    engine.Time
	until engine.Time // of several: when the last was
	stay  bool        // the decision is about it
}

// last is when the last of them happens.
func (e *told) last() engine.Time { return max(e.until, e.at) }

// build is the case as it stands.
func (s *story) build() *rules.Case {
	c := s.Case
	c.Events, c.After = nil, 0
	newest := engine.Time(0)
	for i := range s.told {
		e := &s.told[i]
		c.Events = append(c.Events, e.CaseEvent)
		newest = max(newest, e.at.Add(time.Duration(e.Times-1)*time.Second))
	}
	if s.asked > newest {
		c.After = (s.asked.Sub(newest) + time.Minute - 1).Truncate(time.Minute)
	}
	return &c
}

// compose gathers what was there and what was decided.
func (t *telling) compose(ctx context.Context, m *moment) (*story, error) {
	s := &story{}
	if m.clock {
		s.asked = m.at
	}
	err := m.scene.Ask(ctx, machine.Question{Member: m.member, Group: m.group, Content: m.content, Now: m.at}, func(h *machine.Rehearsal) error {
		t.given(&s.Given, h.Facts(), m.stored)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := t.expect(ctx, m, &s.Expect); err != nil {
		return nil, err
	}
	before, err := t.before(ctx, m)
	if err != nil {
		return nil, err
	}
	for _, e := range before {
		s.told = append(s.told, t.event(e, m))
	}
	if m.last == nil && len(s.told) == 0 {
		return nil, cannotTell("there is no event before it, from which a case could count the time", "之前没有任何事件，用例无法据此计算经过的时间")
	}
	return s, nil
}

// says is whether the document has one of the words.
func (t *telling) says(words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(t.words, w) })
}

// withoutCases is a document without its cases, which may speak of what the rule
// does not look at. Of JSON nothing is left out.
func withoutCases(source string) string {
	var b strings.Builder
	cases := false
	for line := range strings.Lines(source) {
		if top := strings.TrimLeft(line, " \t\r\n-#") == line; top {
			cases = strings.HasPrefix(line, "cases:")
		}
		if !cases {
			b.WriteString(line)
		}
	}
	return b.String()
}

// saysContent is whether the document looks at what content an event is about;
// types of events may be called so too.
func (t *telling) saysContent() bool {
	rest := t.words
	for key := range t.scope.Defs.EventTypes {
		if strings.HasPrefix(key, "content") {
			rest = strings.ReplaceAll(rest, key, "")
		}
	}
	return slices.ContainsFunc([]string{"content_events", "event.content", "content:", `content"`, "subject: content"}, func(w string) bool { return strings.Contains(rest, w) })
}

// given keeps of the member and group what the document speaks of.
func (t *telling) given(g *rules.Given, f *engine.Facts, d *engine.Decision) {
	if f.Member != nil {
		t.givenMember(&g.Member, f)
	}
	group := f.Group
	if group == nil || !t.says("group.") {
		return
	}
	g.Group = rules.GivenGroup{Phase: group.Phase, Stage: group.Stage}
	seats := d != nil && (d.Reason == engine.NoSeat || d.Answer == string(engine.Wait))
	if size := group.Size; seats || t.says("group.size", "group.capacity") { // else it would stop what others did
		g.Group.Size = &size
		if def := f.GroupDef; def != nil {
			g.Group.Capacity = def.Capacity
		}
	}
}

func (t *telling) givenMember(g *rules.GivenMember, f *engine.Facts) {
	m := f.Member
	g.Attrs = map[string]engine.Value{}
	for name, v := range m.Attrs {
		if a := t.scope.Defs.Attributes[name]; t.says(name) && (a == nil || !a.Personal) {
			g.Attrs[name] = v
		}
	}
	for _, tag := range m.Tags {
		if t.says(tag) {
			g.Tags = append(g.Tags, tag)
		}
	}
	if t.doc.Tier != nil || t.says("tier", "member.rank") {
		g.Tier = m.Tiers[t.doc.Ladder].Tier
	}
	for group := range m.Groups {
		if t.says(group) || f.Group != nil && f.Group.Key == group {
			g.Groups = append(g.Groups, group)
		}
	}
	slices.Sort(g.Groups)
	for badge := range m.Badges {
		if t.says(badge) {
			g.Badges = append(g.Badges, badge)
		}
	}
	slices.Sort(g.Badges)
	g.Points = map[string]int64{}
	for account, a := range m.Accounts {
		if a.Balance != 0 && (t.says(account) || account == engine.DefaultAccount && t.says("points")) {
			g.Points[account] = a.Balance
		}
	}
}

// event is an event as a case tells it: nobody is named, and of its properties
// those are kept that the document speaks of. To whom it was no rule can see.
// What was imported, or came too late, decided nothing.
func (t *telling) event(e *engine.Event, m *moment) told {
	c := rules.CaseEvent{Type: e.Type, Times: 1, At: rules.CaseTime(e.At, t.zone.Location()), Group: e.Group, Content: e.Content, Origin: e.Origin, History: e.History || e.Late}
	typ := t.scope.Defs.EventTypes[e.Type]
	if !t.says("origin") {
		c.Origin = ""
	}
	about := typ != nil && typ.Subject == engine.SubjectContent
	if !about && !t.saysContent() {
		c.Content = ""
	}
	if e.MemberID != "" && e.MemberID != m.member {
		c.Member = "other-" + e.MemberID
	}
	for _, p := range e.Props {
		f := engine.Field{}
		if typ != nil {
			f, _ = typ.FieldNamed(p.Name)
		}
		if t.says(p.Name) && !f.Personal {
			c.Props = append(c.Props, p)
		}
	}
	return told{CaseEvent: c, at: e.At, stay: m.last != nil && e.Position == m.last.Position}
}

// expect is what was decided: as stored, else as it comes out there now. What a
// rule that only watches would have done is what it comes to now.
func (t *telling) expect(ctx context.Context, m *moment, x *rules.Expect) error {
	watched := m.stored != nil && (m.stored.Reason == engine.InShadow || m.stored.Reason == engine.OutsideShare)
	if m.stored != nil {
		t.expected(m.stored, x)
	}
	if m.stored != nil && !watched {
		return nil
	}
	if watched { // a case plays the rule live
		*x = rules.Expect{Outcome: m.stored.Outcome}
	}
	if m.kind != "" && m.kind != "chunk" {
		return nil
	}
	q := machine.Question{Event: m.last, Now: m.at}
	if m.last == nil {
		q.Member = m.member
	}
	return m.scene.Ask(ctx, q, func(h *machine.Rehearsal) error {
		got, err := h.Decide(h.View().Book.Rules[0])
		if err == nil && (!watched || got.Outcome == m.stored.Outcome) {
			t.expected(&got.Decision, x)
		}
		return err
	})
}

// expected is a decision as a case expects it. What another rule once gave is not
// there to be taken back.
func (t *telling) expected(d *engine.Decision, x *rules.Expect) {
	*x = rules.Expect{Outcome: d.Outcome}
	happened := func(kind engine.EffectKind) bool {
		return slices.ContainsFunc(x.Effects, func(e rules.ExpectEffect) bool { return e.Kind == kind })
	}
	for _, e := range d.Effects {
		if e.Reason == "" && (e.Kind != engine.Reverse || e.Fields["rule"].Str == t.key) {
			x.Effects = append(x.Effects, rules.ExpectEffect{Kind: e.Kind, Fields: plainFields(e)})
		}
	}
	if answer := engine.EffectKind(d.Answer); answer != "" && !happened(answer) {
		x.Effects = append(x.Effects, rules.ExpectEffect{Kind: answer})
	}
	for _, e := range d.Effects {
		not := func(n rules.ExpectEffect) bool { return n.Kind == e.Kind }
		if e.Reason != "" && !happened(e.Kind) && !slices.ContainsFunc(x.Not, not) {
			x.Not = append(x.Not, rules.ExpectEffect{Kind: e.Kind})
		}
	}
	x.None = len(d.Effects) == 0 && d.Answer == ""
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
