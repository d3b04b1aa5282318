package service

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/simulate"
	"github.com/bylaw-dev/bylaw/rules"
)

// Near finds who nearly fulfils a rule.
type Near struct {
	*core
	members *Members
}

// NearQuery asks about a rule over present members.
type NearQuery struct {
	Rule    string
	Version string // a number, "draft", or "" for the live one
	Where   string // which members; "" all
	engine.Page
}

// NearMisses is who nearly matched, nearest first, and what stops most. What
// hangs on an event is left out: nobody has one in hand.
type NearMisses struct {
	Rule    string        `json:"rule"`
	Version int           `json:"version,omitempty"`
	Looked  int           `json:"looked"`
	Matched int           `json:"matched"`
	Unknown int           `json:"unknown"`
	Partial bool          `json:"partial,omitempty"` // there are more members than are looked at at once
	LeftOut []engine.Text `json:"left_out,omitempty"`
	Stops   []*NearStop   `json:"stops"`
	Items   []NearMiss    `json:"items"`
	Next    string        `json:"next,omitempty"`
}

// NearMiss is one member who nearly matched.
type NearMiss struct {
	Member     string            `json:"member"`
	Missing    int               `json:"missing"`
	Remaining  float64           `json:"remaining"` // of what is required, added up over the conditions
	Conditions []*engine.Finding `json:"conditions"`
}

// NearStop is one condition and how many members it stops.
type NearStop struct {
	From    int         `json:"from"`
	To      int         `json:"to"`
	Line    int         `json:"line,omitempty"`
	Column  int         `json:"column,omitempty"`
	Source  string      `json:"source"`
	Of      engine.Text `json:"of,omitzero"`
	Stops   int         `json:"stops"`
	Alone   int         `json:"alone"`
	Unknown int         `json:"unknown,omitempty"`
}

// maxNear is how many members one call looks at.
const maxNear = 20_000

// List looks at present members, so many of them as can be waited for; Start
// looks at all.
func (n *Near) List(ctx context.Context, who Caller, q NearQuery) (*NearMisses, error) {
	l := n.begin(ctx, who, q)
	if err := l.readCursor(); err != nil {
		return nil, err
	}
	return l.run()
}

func (n *Near) begin(ctx context.Context, who Caller, q NearQuery) *nearing {
	return &nearing{Near: n, ctx: ctx, who: who, q: q, most: maxNear, stops: map[[2]int]*NearStop{}, left: map[string]engine.Text{},
		out: &NearMisses{Rule: q.Rule, Items: []NearMiss{}, Stops: []*NearStop{}}}
}

func (l *nearing) run() (*NearMisses, error) {
	if err := l.choose(); err != nil {
		return nil, err
	}
	sieve, err := l.members.sieve(l.ctx, l.who, l.q.Where)
	if err != nil {
		return nil, err
	}
	if err := l.walk(sieve); err != nil {
		return nil, err
	}
	l.end()
	return l.out, nil
}

// nearing is one look at the members.
type nearing struct {
	*Near
	ctx  context.Context
	who  Caller
	q    NearQuery
	most int // members to look at; 0: all
	// document is a draft's text: given, or found by choose.
	document string
	beside   Beside
	rule     *engine.Rule
	ask      func(ids []string, visit func(*engine.Facts) error) error
	after    *NearMiss // the cursor: those further away than this
	stops    map[[2]int]*NearStop
	left     map[string]engine.Text
	out      *NearMisses
}

// choose compiles the version that is asked about, and finds how to ask: a live
// one reads the windows that are kept, another one builds them from events.
func (l *nearing) choose() error {
	view, err := l.state(l.ctx, l.who)
	if err != nil {
		return err
	}
	history, err := l.reader(l.who).DefinitionVersions(l.ctx, engine.DefineRule, l.q.Rule)
	if err != nil {
		return fmt.Errorf("read versions of rule %s: %w", l.q.Rule, err)
	}
	if len(history) == 0 || history[0].Body == nil {
		return engine.NotFound("rule", l.q.Rule)
	}
	stored, err := rules.ReadStored(history[0].Body)
	if err != nil {
		return fmt.Errorf("rule %s: %w", l.q.Rule, err)
	}
	live := view.Rule(l.q.Rule)
	if (l.q.Version == "" || l.q.Version == "live" || live != nil && l.q.Version == strconv.Itoa(live.Version)) && live != nil {
		l.rule = live
		return l.asLive()
	}
	if l.document != "" { // as it was when it was asked about
		return l.asDraft(l.document, 0, view.Defs)
	}
	document, version := stored.Document(), 0
	if number, err := strconv.Atoi(l.q.Version); err == nil {
		past, ok := rules.Version(history, number)
		if !ok {
			return engine.NotFound("version", l.q.Version)
		}
		document, version = past.Document, number
	} else if l.q.Version != "draft" && stored.Live != nil { // paused
		document, version = stored.Live.Document, stored.Live.Version
	}
	if version == 0 {
		l.document = document
	}
	return l.asDraft(document, version, view.Defs)
}

func (l *nearing) asLive() error {
	asker, err := l.asker(l.ctx, l.who)
	l.ask = func(ids []string, visit func(*engine.Facts) error) error {
		return asker.Rehearse(l.ctx, l.who.Workspace, machine.Question{Now: l.who.Now}, func(h *machine.Rehearsal) error {
			return h.Each(ids, visit)
		})
	}
	return err
}

func (l *nearing) asDraft(document string, version int, defs *engine.Definitions) error {
	doc, _ := rules.Parse([]byte(document))
	book, problems := rules.CompileAlone(doc, version, rules.Scope{Defs: defs})
	if book == nil {
		return engine.Invalid(engine.Text{En: "the rule has problems", Zh: "规则有误"}, problems...)
	}
	scene, err := l.Past.Open(l.ctx, l.who.Workspace, simulate.Moment{}, simulate.Rules{Alone: book})
	if err != nil {
		return err
	}
	l.rule = book.Rules[0]
	l.ask = func(ids []string, visit func(*engine.Facts) error) error {
		return scene.Fork().Ask(l.ctx, machine.Question{Now: l.who.Now}, func(h *machine.Rehearsal) error { return h.Each(ids, visit) })
	}
	return nil
}

// walk looks at members by id, so many at a time.
func (l *nearing) walk(f *sieve) error {
	at := engine.Page{Limit: lookPage}
	for walked := int64(0); ; {
		list, next, err := l.members.page(l.ctx, l.who, "", at)
		if err != nil {
			return err
		}
		var ids []string
		for _, m := range list {
			if f.admits(m) == engine.Yes {
				ids = append(ids, m.ID)
			}
		}
		if f.err != nil {
			return f.err
		}
		if err := l.ask(ids, l.look); err != nil {
			return err
		}
		walked += int64(len(list))
		if err := l.beside.pass(l.ctx, walked); err != nil {
			return err
		}
		if at.Cursor = next; next == "" {
			return nil
		}
		if l.most > 0 && l.out.Looked >= l.most {
			l.out.Partial = true
			return nil
		}
	}
}

// look counts one member.
func (l *nearing) look(f *engine.Facts) error {
	l.out.Looked++
	if l.rule.Audience != nil {
		f.Steps = engine.MaxSteps
		if in, err := l.rule.Audience.Eval(f); err != nil || in == engine.No {
			l.out.Looked--
			return nil //nolint:nilerr // whom an audience fails on is not in it
		}
	}
	condition := l.rule.When
	if condition == nil {
		l.out.Matched++
		return nil
	}
	missing, about := eventless(condition.Explain(f).Missing())
	for _, x := range about {
		l.left[x.Source] = x.Of
	}
	if len(missing) == 0 || l.rule.Tier != nil && there(missing) {
		l.out.Matched++
		return nil
	}
	l.count(missing)
	l.keep(NearMiss{Member: f.Member.ID, Missing: len(missing), Remaining: engine.Remaining(missing), Conditions: missing})
	return nil
}

// eventless divides what is missing: what hangs on an event nobody can say now.
func eventless(missing []*engine.Finding) (here, about []*engine.Finding) {
	for _, f := range missing {
		if f.Outcome == engine.OutcomeUnknown && f.Reason == engine.NoSubject {
			about = append(about, f)
		} else {
			here = append(here, f)
		}
	}
	return here, about
}

// there is whether a member has the tier already, or a higher one.
func there(missing []*engine.Finding) bool {
	return slices.ContainsFunc(missing, func(f *engine.Finding) bool { return f.Op == "<" && f.Line == 0 && f.To == 0 })
}

func (l *nearing) count(missing []*engine.Finding) {
	unknown := false
	for _, f := range missing {
		s := l.stops[[2]int{f.From, f.To}]
		if s == nil {
			s = &NearStop{From: f.From, To: f.To, Line: f.Line, Column: f.Column, Source: f.Source, Of: f.Of}
			l.stops[[2]int{f.From, f.To}] = s
		}
		s.Stops++
		if len(missing) == 1 {
			s.Alone++
		}
		if f.Outcome == engine.OutcomeUnknown {
			s.Unknown++
			unknown = true
		}
	}
	if unknown {
		l.out.Unknown++
	}
}

// farther orders by missing conditions, then by what remains, then by member.
func farther(a, b *NearMiss) int {
	return cmp.Or(cmp.Compare(a.Missing, b.Missing), cmp.Compare(a.Remaining, b.Remaining), strings.Compare(a.Member, b.Member))
}

// keep holds the page's members, and one more to know that there are more.
func (l *nearing) keep(x NearMiss) {
	if l.after != nil && farther(&x, l.after) <= 0 {
		return
	}
	l.out.Items = append(l.out.Items, x)
	if len(l.out.Items) > 4*l.q.Limit+1000 {
		l.cut()
	}
}

func (l *nearing) cut() {
	slices.SortFunc(l.out.Items, func(a, b NearMiss) int { return farther(&a, &b) })
	if len(l.out.Items) > l.q.Limit+1 {
		l.out.Items = slices.Clip(l.out.Items[:l.q.Limit+1])
	}
}

func (l *nearing) end() {
	l.cut()
	if len(l.out.Items) > l.q.Limit {
		l.out.Items = l.out.Items[:l.q.Limit]
		last := &l.out.Items[l.q.Limit-1]
		l.out.Next = fmt.Sprintf("%d %s %s", last.Missing, strconv.FormatFloat(last.Remaining, 'x', -1, 64), last.Member)
	}
	for _, s := range l.stops {
		l.out.Stops = append(l.out.Stops, s)
	}
	slices.SortFunc(l.out.Stops, func(a, b *NearStop) int {
		return cmp.Or(cmp.Compare(b.Stops, a.Stops), cmp.Compare(a.From, b.From))
	})
	sources := make([]string, 0, len(l.left))
	for s := range l.left {
		sources = append(sources, s)
	}
	slices.Sort(sources)
	for _, s := range sources {
		l.out.LeftOut = append(l.out.LeftOut, engine.Text{En: s, Zh: s})
	}
	l.out.Version = l.rule.Version
}

func (l *nearing) readCursor() error {
	if l.q.Cursor == "" {
		return nil
	}
	parts := strings.SplitN(l.q.Cursor, " ", 3)
	bad := BadCursor()
	if len(parts) != 3 {
		return bad
	}
	missing, err := strconv.Atoi(parts[0])
	remaining, err2 := strconv.ParseFloat(parts[1], 64)
	if err != nil || err2 != nil {
		return bad
	}
	l.after = &NearMiss{Missing: missing, Remaining: remaining, Member: parts[2]}
	return nil
}
