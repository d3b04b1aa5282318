package rules

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// CaseChannel is the channel by which the members of cases are known. The
// case's own member is CaseMember on it; others go by the names in the case.
const (
	CaseChannel = "case"
	CaseMember  = "member"
)

// caseBegins is the local time of a case's first event when it names none: a
// Monday in the middle of an ordinary fortnight.
const caseBegins = "2026-03-02 10:00"

// Runner plays trials on the real engine and a store in memory.
type Runner interface {
	// Run starts with the trial's member and group, accepts its events in
	// order, lets time pass to End, and reports the rule's last decision.
	Run(ctx context.Context, t *Trial) (*Result, error)
}

// Trial is one case, made ready to run: alone, in an empty workspace.
type Trial struct {
	Case   *Case
	Book   *engine.Rulebook // holds the rule alone
	Rule   *engine.Rule
	Defs   *engine.Definitions
	Member *engine.Member // the case's own, before the first event
	Group  *engine.Group  // the group in question, nil when none is named
	Begin  engine.Time    // before the first event
	Events []engine.Event // in order, At and History set; members are identities on CaseChannel
	End    engine.Time    // the last moment
	Work   *Work          // what the trial and those after it may cost; nil: no bound
}

// Result is what came of a trial.
type Result struct {
	// Decision is the rule's last one at the last moment, about the case's own
	// member where several are decided. Nil: it decided nothing, which counts
	// as false without effects.
	Decision *engine.Decision
	Finding  *engine.Finding // the condition's explanation then, if there is one
}

// Verdict is how one case went.
type Verdict struct {
	Case     string           `json:"case"`
	OK       bool             `json:"ok"`
	Outcome  engine.Outcome   `json:"outcome"`
	Expected string           `json:"expected"` // in the words of the case
	Got      string           `json:"got"`
	Accept   string           `json:"accept,omitempty"`   // of a red one: what its expect would say, on one line, were what came right
	Problems []engine.Problem `json:"problems,omitempty"` // what differs, at its place in the document
}

// RunCases runs all cases of a document that has no errors, within WorkOfTest.
// Book is a rulebook that holds the document's rule alone.
func RunCases(ctx context.Context, doc *Document, book *engine.Rulebook, s Scope, run Runner) ([]Verdict, error) {
	return RunCasesWithin(ctx, doc, book, s, Running{run, NewWork(WorkOfTest)})
}

// Running is who runs cases, and what that may cost.
type Running struct {
	Runner
	Work *Work
}

// RunCasesWithin is RunCases with a bound. A case that takes more work than
// there is left fails, and so do those after it.
func RunCasesWithin(ctx context.Context, doc *Document, book *engine.Rulebook, s Scope, run Running) ([]Verdict, error) {
	if len(book.Rules) != 1 {
		return nil, fmt.Errorf("run cases: the rulebook has %d rules, not the one of the document", len(book.Rules))
	}
	book = run.Work.Metered(book)
	var verdicts []Verdict
	for i := range doc.Cases {
		v, err := runCase(ctx, &doc.Cases[i], func(c *Case) (*Trial, error) { return NewTrial(doc, c, book, s) }, run)
		if err != nil {
			return nil, err
		}
		verdicts = append(verdicts, v)
	}
	return verdicts, nil
}

func runCase(ctx context.Context, c *Case, ready func(*Case) (*Trial, error), run Running) (Verdict, error) {
	err := run.Work.Spend(caseWork)
	var result *Result
	if err == nil {
		var t *Trial
		if t, err = ready(c); err != nil {
			return Verdict{}, err
		}
		t.Work = run.Work
		result, err = run.Run(ctx, t)
	}
	if err == nil && run.Work.Spend(0) != nil { // its own expressions took the rest
		err = ErrWork
	}
	switch {
	case errors.Is(err, ErrWork):
		return c.tooMuch(), nil
	case err != nil:
		return Verdict{}, fmt.Errorf("run case %q: %w", c.Name, err)
	}
	return Judge(c, result), nil
}

// NewTrial makes a case ready: times become instants in the workspace's zone,
// values get their declared kinds, and what is given becomes a member.
func NewTrial(doc *Document, c *Case, book *engine.Rulebook, s Scope) (*Trial, error) {
	loc, err := s.location()
	if err != nil {
		return nil, fmt.Errorf("prepare case: %w", err)
	}
	start, _ := parseMoment(caseBegins, loc)
	t := &Trial{Case: c, Book: book, Rule: book.Rules[0]}
	now, first := start, true
	for i := range c.Events {
		e := &c.Events[i]
		for n := range e.Times {
			switch at, fixed := parseMoment(e.At, loc); {
			case fixed:
				now = at.Add(time.Duration(n) * time.Second)
			case !first:
				now = now.Add(e.After)
			}
			first = false
			t.Events = append(t.Events, e.event(s.Defs, now, len(t.Events)+1))
		}
	}
	slices.SortStableFunc(t.Events, func(a, b engine.Event) int { return int(min(max(a.At-b.At, -1), 1)) })
	t.Begin = engine.TimeOf(start)
	if len(t.Events) > 0 {
		t.Begin = t.Events[0].At
		now = t.Events[len(t.Events)-1].At.Std()
	}
	t.End = engine.TimeOf(now.Add(c.After))
	t.Begin = t.Begin.Add(-time.Hour)
	t.Defs = listening(s.Defs, c, t.Begin.Add(-before))
	t.Member = c.member(doc, s.Defs, t.Begin)
	t.Group = c.group(doc, s.Defs)
	t.seat()
	return t, nil
}

// seat gives the group in question as many seats as the case says.
func (t *Trial) seat() {
	seats := t.Case.Given.Group.Capacity
	if t.Group == nil || seats == 0 {
		return
	}
	def := engine.GroupDef{Key: t.Group.Key}
	if has := t.Defs.Groups[def.Key]; has != nil {
		def = *has
	}
	def.Capacity = seats
	t.Defs.Groups = maps.Clone(t.Defs.Groups)
	if t.Defs.Groups == nil {
		t.Defs.Groups = map[string]*engine.GroupDef{}
	}
	t.Defs.Groups[def.Key] = &def
}

// before is how long the case's member has been there and every type of event
// was reported when a case begins, so that no events are zero and not unknown.
const before = 400 * 24 * time.Hour

// listening gives definitions in which every type is covered from a time on.
func listening(d *engine.Definitions, c *Case, from engine.Time) *engine.Definitions {
	out := *d
	out.EventTypes = make(map[string]*engine.EventType, len(d.EventTypes))
	for _, e := range c.Events {
		out.EventTypes[e.Type] = &engine.EventType{Key: e.Type, Subject: engine.SubjectMember, CoveredFrom: from}
	}
	for key, t := range d.EventTypes {
		covered := *t
		covered.CoveredFrom = from
		out.EventTypes[key] = &covered
	}
	return &out
}

func (e *CaseEvent) event(defs *engine.Definitions, at time.Time, number int) engine.Event {
	event := engine.Event{Source: CaseChannel, ID: strconv.Itoa(number), Type: e.Type, At: engine.TimeOf(at), Group: e.Group, Content: e.Content, Origin: e.Origin, History: e.History,
		Member: engine.MemberRef{Identity: engine.Identity{Channel: CaseChannel, ExternalID: or(e.Member, CaseMember)}}}
	if e.To != "" {
		event.To.Identity = engine.Identity{Channel: CaseChannel, ExternalID: e.To}
	}
	typ := defs.EventTypes[e.Type]
	if typ != nil && typ.Subject != engine.SubjectMember && e.Member == "" {
		event.Member = engine.MemberRef{}
	}
	for _, p := range e.Props {
		if typ != nil {
			if f, ok := typ.FieldNamed(p.Name); ok {
				if v, fits := p.Value.As(f.Kind); fits {
					p.Value = v
				}
			}
		}
		event.Props = append(event.Props, p)
	}
	return event
}

// member makes the case's own member as given, joined long before.
func (c *Case) member(doc *Document, defs *engine.Definitions, begin engine.Time) *engine.Member {
	g := c.Given.Member
	joined := begin.Add(-before)
	m := &engine.Member{ID: CaseMember, Identities: []engine.Identity{{Channel: CaseChannel, ExternalID: CaseMember}},
		JoinedAt: joined, Joined: true, NewestAt: joined, Channel: CaseChannel, Tags: slices.Sorted(slices.Values(g.Tags)),
		Attrs: maps.Clone(g.Attrs), Groups: map[string]engine.Membership{}, Badges: map[string]engine.Time{}, Accounts: map[string]engine.Account{}}
	for name, v := range g.Attrs {
		if a := defs.Attributes[name]; a != nil {
			if typed, ok := v.As(a.Kind); ok {
				m.Attrs[name] = typed
			}
		}
	}
	if g.Tier != "" {
		m.Tiers = map[string]engine.TierState{doc.Ladder: {Tier: g.Tier, Since: joined}}
	}
	for _, group := range g.Groups {
		m.Groups[group] = engine.Membership{Since: joined}
	}
	for _, badge := range g.Badges {
		m.Badges[badge] = joined
	}
	for account, balance := range g.Points {
		m.Accounts[account] = engine.Account{Balance: balance}
	}
	return m
}

// group is the group of the rule or of the case's events, as given.
func (c *Case) group(doc *Document, defs *engine.Definitions) *engine.Group {
	key := doc.Group
	for _, e := range c.Events {
		if e.Group != "" {
			key = e.Group
		}
	}
	if key == "" {
		return nil
	}
	g := &engine.Group{Key: key, Phase: c.Given.Group.Phase, Stage: c.Given.Group.Stage}
	if def := defs.Groups[key]; def != nil {
		g.Phase, g.Stage, g.Intake = or(g.Phase, def.Phase), cmp.Or(g.Stage, def.Stage), def.Intake
	}
	if size := c.Given.Group.Size; size != nil {
		g.Size = *size
	} else if slices.Contains(c.Given.Member.Groups, key) {
		g.Size = 1
	}
	return g
}
