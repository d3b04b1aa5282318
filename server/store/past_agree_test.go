package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/simulate"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// pastRules read members', groups' and contents' windows, and do what leaves marks.
var pastRules = map[string]string{
	"busy-room": "key: busy-room\nkind: reward\ntitle: {en: A, zh: 甲}\non: act\nwhen: 'group_events(\"act\", \"6h\").count() >= 3'\nonce: day\nthen:\n  - grant_points: {amount: 2}\nlimits: {total: {times: 4, per: day}, cooldown: 1h}\n",
	"grow":      "key: grow\nkind: tier\ntitle: {en: B, zh: 乙}\non: act\ntier: {ladder: default, to: active, hold: 'events(\"act\", \"3d\").count() >= 1', grace: 1d}\nwhen: 'events(\"act\", \"3d\").count() >= 3'\n",
	"liked":     "key: liked\nkind: reward\ntitle: {en: C, zh: 丙}\non: act\nwhen: 'content_events(\"act\", \"all\").distinct(\"n\") >= 3 and event.props.n > 2'\nonce: 'event.content'\nthen:\n  - add_tag: {tag: liked}\n  - emit: {type: cheered, props: {n: 'event.props.n'}}\n",
	"same":      "key: same\nkind: reward\ntitle: {en: D, zh: 丁}\non: [act, cheered]\nwhen: 'events(\"act\", \"2d\", {n: event.props.n}).count() >= 2 or member.points > 5'\nthen:\n  - grant_points: {amount: 'event.props.n', expires: 1d}\nlimits: {per_member: {times: 3, per: day}, budget: {points: 40, per: week}}\n",
	"door":      "key: door\nkind: threshold\ntitle: {en: E, zh: 戊}\ngroup: hall\non: group.applied\nwhen: 'member.points >= 2 and group.size < 4'\nthen:\n  - admit\n",
	"daily":     "key: daily\nkind: campaign\ntitle: {en: F, zh: 己}\nevery: \"0 9 * * *\"\nwhen: 'member.points > 3'\nthen:\n  - grant_points: {amount: -1}\n",
	"later":     "key: later\nkind: reward\ntitle: {en: G, zh: 庚}\non: cheered\nafter: 5h\nthen:\n  - award_badge: {badge: star}\n",
}

// community lives for some days on a database.
type community struct {
	t     *testing.T
	s     *Store
	m     *machine.Machine
	r     *rand.Rand
	now   engine.Time
	sent  int
	asked map[int64][]engine.Decision
}

func (c *community) define() {
	write := func(kind engine.DefinitionKind, key string, v any) machine.Write {
		body, err := json.Marshal(v)
		must(c.t, err)
		return machine.Write{Kind: kind, Key: key, Body: body}
	}
	writes := []machine.Write{
		write(engine.DefineGroup, "hall", engine.GroupDef{Key: "hall", Capacity: 5}),
		write(engine.DefineReward, "star", engine.Reward{Key: "star", Kind: "badge"}),
		write(engine.DefineEventType, "act", engine.EventType{Key: "act", Subject: engine.SubjectMember, CoveredFrom: 1, Fields: []engine.Field{{Name: "n", Type: "integer"}}}),
		write(engine.DefineEventType, "cheered", engine.EventType{Key: "cheered", Subject: engine.SubjectMember, CoveredFrom: 1, Fields: []engine.Field{{Name: "n", Type: "integer"}}}),
	}
	for key, document := range pastRules {
		st := &rules.Stored{Draft: document}
		must(c.t, st.Publish(rules.Rollout{}, 0))
		writes = append(writes, write(engine.DefineRule, key, st))
	}
	_, err := c.m.Define(c.t.Context(), "w", "test", c.now, writes, nil)
	must(c.t, err)
	view, err := c.m.State(c.t.Context(), "w")
	must(c.t, err)
	for key, err := range view.Book.Broken {
		c.t.Fatalf("%s: %v", key, err)
	}
}

func (c *community) live(steps int) {
	ctx := c.t.Context()
	for step := range steps {
		var batch []engine.Event
		for range 1 + c.r.IntN(8) {
			c.sent++
			c.now += engine.Time(c.r.IntN(40*60)) * 1e6
			e := engine.Event{ID: fmt.Sprint("e", c.sent), Type: "act", At: c.now, Member: engine.MemberRef{Identity: engine.Identity{Channel: "app", ExternalID: fmt.Sprint("m", c.r.IntN(7))}},
				Group: []string{"", "hall", "den"}[c.r.IntN(3)], Content: []string{"", "c1", "c2"}[c.r.IntN(3)], Props: []engine.Prop{{Name: "n", Value: engine.IntValue(int64(c.r.IntN(5)))}}}
			switch c.r.IntN(12) {
			case 0:
				e.Type, e.Group, e.Props = "group.applied", "hall", nil
			case 1:
				e.Type, e.Props = "member.left", nil
			case 2:
				e.At -= engine.Time(c.r.IntN(4*24*3600)) * 1e6 // some of them too late to decide
			}
			batch = append(batch, e)
		}
		results, err := c.m.Accept(ctx, "w", machine.Batch{Source: "t", Received: c.now, Show: machine.ShowAll, Events: batch})
		must(c.t, err)
		for _, r := range results {
			c.asked[r.Position] = r.Decisions
		}
		must(c.t, c.m.Schedule(ctx, "w", c.now))
		for done := 1; done > 0; {
			done, err = c.m.Tick(ctx, c.now)
			must(c.t, err)
		}
		if step%17 == 0 {
			must(c.t, c.s.BuildHistory(ctx, "w"))
		}
	}
}

// TestThePastAgrees decides a database's whole log again: all rules together as
// they were, and each rule alone.
func TestThePastAgrees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		s := openStore(t, db, func(o *Options) { o.segment = 32 * engine.PositionStride })
		c := &community{t: t, s: s, m: machine.New(machine.Options{Store: s, Books: &rules.Books{}}), r: rand.New(rand.NewPCG(7, 11)),
			now: 1_772_000_000_000_000, asked: map[int64][]engine.Decision{}}
		c.define()
		c.live(40)
		past := simulate.New(s, &rules.Books{})
		late := 0
		for position, asked := range c.asked {
			again, err := past.Replay(context.Background(), "w", position)
			must(t, err)
			c.same("answered", position, again.All, asked)
			stored, err := s.Reader("w").DecisionsAt(context.Background(), []int64{position})
			must(t, err)
			var own []engine.Decision
			for _, d := range again.Stored {
				if d.Position == position {
					own = append(own, d)
				}
			}
			c.same("stored", position, own, stored)
			for _, d := range asked {
				if d.Reason == engine.TooLate {
					late++
				}
				if d.Position == position {
					c.alone(past, d)
				}
			}
		}
		if late == 0 {
			t.Error("no event was late: the test looks at less than it says")
		}
	})
}

func (c *community) same(what string, position int64, got, want []engine.Decision) {
	a, err := json.Marshal(got)
	must(c.t, err)
	b, err := json.Marshal(want)
	must(c.t, err)
	if len(got)+len(want) > 0 && string(a) != string(b) {
		c.t.Fatalf("%s at %d:\nlive:   %s\nreplay: %s", what, position, b, a)
	}
}

// alone asks the one rule of a decision.
func (c *community) alone(past *simulate.Past, d engine.Decision) {
	document, ok := pastRules[d.Rule]
	if !ok {
		return
	}
	with := simulate.Rules{Book: func(defs *engine.Definitions) (*engine.Rulebook, error) {
		doc, _ := rules.Parse([]byte(document))
		book, problems := rules.CompileAlone(doc, d.Version, rules.Scope{Defs: defs})
		if book == nil {
			return nil, fmt.Errorf("%v", problems)
		}
		return book, nil
	}}
	scene, e, err := past.Met(context.Background(), "w", d.Position, with)
	must(c.t, err)
	must(c.t, scene.Ask(context.Background(), machine.Question{Event: e}, func(h *machine.Rehearsal) error {
		got, err := h.Decide(h.View().Book.Rules[0])
		if err != nil {
			return err
		}
		if got.Outcome != d.Outcome || got.Reason != d.Reason || len(got.Effects) != len(d.Effects) {
			c.t.Fatalf("%s alone at %d: %s %q with %d effects; live %s %q with %d", d.Rule, d.Position, got.Outcome, got.Reason, len(got.Effects), d.Outcome, d.Reason, len(d.Effects))
		}
		return nil
	}))
}
