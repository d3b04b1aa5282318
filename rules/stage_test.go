package rules

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
	"github.com/bylaw-dev/bylaw/rules/packs"
)

// stage is the real machine on a store in memory, with a clock of its own.
type stage struct {
	*machine.Machine
	store engine.Store
	ctx   context.Context
	clock engine.Time
	sent  int
}

const stageSpace = "w"

func newStage(ctx context.Context, begin engine.Time) *stage {
	store := scratch.New()
	return &stage{Machine: machine.New(machine.Options{Store: store, Books: &Books{}}), store: store, ctx: ctx, clock: begin}
}

func (s *stage) define(list []engine.Definition) error {
	var writes []machine.Write
	for _, d := range list {
		writes = append(writes, machine.Write{Kind: d.Kind, Key: d.Key, Body: d.Body})
	}
	_, err := s.Define(s.ctx, stageSpace, "test", s.clock, writes, nil)
	return err
}

// send accepts one event at its own time; by hand it may be of a reserved type.
func (s *stage) send(e engine.Event, byHand bool) ([]engine.Decision, error) {
	s.sent++
	if e.ID == "" || byHand {
		e.ID = "hand-" + strconv.Itoa(s.sent)
	}
	results, err := s.Accept(s.ctx, stageSpace, machine.Batch{Source: "test", Received: e.At, Show: machine.ShowAll, Reserved: byHand, Events: []engine.Event{e}})
	if err != nil {
		return nil, err
	}
	if results[0].Status != machine.Accepted {
		return nil, fmt.Errorf("%s is %s: %v", e.Type, results[0].Status, results[0].Problems)
	}
	return results[0].Decisions, nil
}

// pass lets time pass, an hour at a time.
func (s *stage) pass(until engine.Time) error {
	for {
		for done := 1; done > 0; {
			if err := s.Schedule(s.ctx, stageSpace, s.clock); err != nil {
				return err
			}
			var err error
			if done, err = s.Tick(s.ctx, s.clock); err != nil {
				return err
			}
		}
		if s.clock >= until {
			return nil
		}
		s.clock = min(s.clock.Add(time.Hour), until)
	}
}

// live is a definition of a published rule.
func live(doc *Document) (engine.Definition, error) {
	s := &Stored{Draft: string(doc.Source)}
	if err := s.Publish(Rollout{}, 0); err != nil {
		return engine.Definition{}, err
	}
	body, err := s.Body()
	return engine.Definition{Kind: engine.DefineRule, Key: doc.Key, Body: body}, err
}

// player runs the cases of a pack's rule on a stage.
type player struct {
	pack *Pack
	doc  *Document
}

func (p player) Run(ctx context.Context, t *Trial) (*Result, error) {
	s := newStage(ctx, t.Member.JoinedAt)
	rule, err := live(p.doc)
	if err != nil {
		return nil, err
	}
	list := append(slices.Clone(p.pack.Requires), rule)
	for _, key := range slices.Sorted(maps.Keys(t.Defs.EventTypes)) {
		body, err := json.Marshal(t.Defs.EventTypes[key])
		if err != nil {
			return nil, err
		}
		list = append(list, engine.Definition{Kind: engine.DefineEventType, Key: key, Body: body})
	}
	if err := s.define(list); err != nil {
		return nil, err
	}
	for _, e := range givenEvents(t) {
		if _, err := s.send(e, true); err != nil {
			return nil, err
		}
	}
	s.clock = t.Begin
	return p.play(s, t)
}

// play sends the events, lets time pass, and finds the rule's last decision.
func (p player) play(s *stage, t *Trial) (*Result, error) {
	var last []engine.Decision
	for i, e := range t.Events {
		err := s.pass(e.At)
		if err == nil {
			e.ID = "case-" + strconv.Itoa(i)
			last, err = s.send(e, false)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := s.pass(t.End); err != nil {
		return nil, err
	}
	switch r := t.Rule; {
	case r.Review != nil:
		return proposed(s, r)
	case len(r.On) == 0 || r.After > 0 || r.Tier != nil && r.Tier.Hold != nil:
		rows, err := s.store.Reader(stageSpace).ListDecisions(s.ctx, engine.DecisionQuery{Rule: r.Key, Page: engine.Page{Limit: 1}})
		if err != nil {
			return nil, err
		}
		if len(last) == 0 || len(rows.Items) > 0 && rows.Items[0].Position > last[0].Position {
			last = rows.Items // the clock decided after the last event
		}
	}
	for _, d := range last {
		if d.Rule == t.Rule.Key {
			return &Result{Decision: &d}, nil
		}
	}
	return &Result{}, nil
}

// proposed takes the last review's move of the only member for its decision.
func proposed(s *stage, r *engine.Rule) (*Result, error) {
	rows, err := s.store.Reader(stageSpace).ListItems(s.ctx, engine.ItemQuery{Kind: "review", Rule: r.Key, Page: engine.Page{Limit: 1}})
	if err != nil || len(rows.Items) == 0 {
		return &Result{}, err
	}
	var review machine.Review
	if err := json.Unmarshal(rows.Items[0].Body, &review); err != nil || len(review.Moves) == 0 {
		return &Result{}, err
	}
	move := review.Moves[0]
	return &Result{Decision: &engine.Decision{Rule: r.Key, Outcome: engine.OutcomeTrue, Effects: []engine.Effect{{Kind: engine.MoveGroup,
		Fields: map[string]engine.Value{"from": engine.StringValue(move.From), "to": engine.StringValue(move.To)}}}}}, nil
}

// givenEvents says by events what a trial's member and group are.
func givenEvents(t *Trial) []engine.Event {
	var list []engine.Event
	add := func(typ, member, group string, props ...engine.Prop) {
		e := engine.Event{Type: typ, At: t.Member.JoinedAt, Group: group, Props: props}
		if member != "" {
			e.Member.Identity = engine.Identity{Channel: CaseChannel, ExternalID: member}
		}
		list = append(list, e)
	}
	text := func(name, v string) engine.Prop { return engine.Prop{Name: name, Value: engine.StringValue(v)} }
	m := t.Member
	add("member.joined", CaseMember, "")
	for _, tag := range m.Tags {
		add("bylaw.member.set", CaseMember, "", engine.Prop{Name: "tags_add", Value: engine.ListValue(engine.StringValue(tag))})
	}
	for name, v := range m.Attrs {
		add("bylaw.member.set", CaseMember, "", engine.Prop{Name: "attr." + name, Value: v})
	}
	for ladder, state := range m.Tiers {
		add("bylaw.tier.set", CaseMember, "", text("ladder", ladder), text("to", state.Tier))
	}
	for account, a := range m.Accounts {
		add("bylaw.points.grant", CaseMember, "", text("account", account), engine.Prop{Name: "amount", Value: engine.IntValue(a.Balance)})
	}
	for group := range m.Groups {
		add("bylaw.group.join", CaseMember, group)
	}
	if g := t.Group; g != nil {
		for i := int64(len(m.Groups)); i < g.Size; i++ {
			add("bylaw.group.join", "filler-"+strconv.FormatInt(i, 10), g.Key)
		}
		if g.Phase != "" {
			add("bylaw.group.set", "", g.Key, text("phase", g.Phase))
		}
	}
	return list
}

// TestPackCases plays every case of every bundled pack on the real machine.
func TestPackCases(t *testing.T) {
	folders, err := fs.ReadDir(packs.FS, ".")
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, f := range folders {
		pack, scope := loadPack(t, f.Name())
		for _, r := range pack.Rules {
			t.Run(r.Document.Key, func(t *testing.T) {
				book, found := CompileAlone(r.Document, 1, scope)
				if book == nil {
					t.Fatal(Format(r.File, "en", found))
				}
				verdicts, err := RunCases(t.Context(), r.Document, book, scope, player{pack, r.Document})
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range verdicts {
					if played++; !v.OK {
						t.Errorf("case %q:\n%s", v.Case, Format(r.File, "en", v.Problems))
					}
				}
			})
		}
	}
	if played < 90 {
		t.Errorf("only %d cases were played", played)
	}
}

// TestBadgesByTheMachine sends a real community's events through the machine
// with the badge pack published, and compares every badge and the event that
// gave it with an independent reading of the same events.
func TestBadgesByTheMachine(t *testing.T) {
	pack, _ := loadPack(t, "stackexchange-badges")
	events := readEvents(t)
	s := newStage(t.Context(), events[0].At)
	list := slices.Clone(pack.Requires)
	for _, r := range pack.Rules {
		d, err := live(r.Document)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, d)
	}
	if err := s.define(list); err != nil {
		t.Fatal(err)
	}
	titles := map[string]string{}
	for _, r := range pack.Rules {
		titles[r.Document.Key] = r.Document.Title.En
	}
	var got []award
	for _, e := range events {
		sent := *e
		sent.MemberID = ""
		engine.SortProps(sent.Props)
		decisions, err := s.send(sent, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range decisions {
			for range d.Effects {
				a := award{member: e.Member.ExternalID, badge: titles[d.Rule], event: e.ID}
				if d.Occurrence != "member" {
					a.content = e.Prop("content_id").Text()
				}
				got = append(got, a)
			}
		}
	}
	sameAwards(t, got, readExpected(t))
}
