package service

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

// Groups reads and changes rooms and who is in them.
type Groups struct {
	*core
	members *Members
}

// Now gives the state of groups by key; those never touched are absent.
func (g *Groups) Now(ctx context.Context, who Caller, keys ...string) (map[string]*engine.Group, error) {
	ask := make([]engine.RecordKey, len(keys))
	for i, k := range keys {
		ask[i] = engine.RecordKey{Kind: engine.GroupRecord, Key: k}
	}
	found, err := g.reader(who).Records(ctx, ask)
	if err != nil {
		return nil, fmt.Errorf("read groups: %w", err)
	}
	out := make(map[string]*engine.Group, len(found))
	for k, body := range found {
		s := &engine.Group{}
		if err := json.Unmarshal(body, s); err != nil {
			return nil, fmt.Errorf("read group %s: %w", k.Key, err)
		}
		out[k.Key] = s
	}
	return out, nil
}

// exists refuses a group that nobody defined.
func (g *Groups) exists(ctx context.Context, who Caller, key string) error {
	view, err := g.state(ctx, who)
	if err != nil {
		return err
	}
	if view.Defs.Groups[key] == nil {
		return engine.NotFound("group", key)
	}
	return nil
}

// GroupState is what may be set of a group by hand; empty leaves as it is.
type GroupState struct {
	Phase, Intake string
	Stage         int
}

// Set changes a group's phase, intake or stage.
func (g *Groups) Set(ctx context.Context, who Caller, key string, s GroupState) error {
	if err := g.exists(ctx, who, key); err != nil {
		return err
	}
	stage := ""
	if s.Stage > 0 {
		stage = strconv.Itoa(s.Stage)
	}
	_, err := g.act(ctx, who, engine.Event{Type: "bylaw.group.set", Group: key, Props: props(
		textProp("phase", s.Phase), textProp("intake", s.Intake), textProp("stage", stage))})
	return err
}

// Answer is what became of an application.
type Answer struct {
	Answer    string            `json:"answer"` // admit, wait, deny; none: already inside
	Member    string            `json:"member"`
	Reasons   []engine.Text     `json:"reasons,omitempty"`
	Decisions []engine.Decision `json:"decisions"`
}

// Apply asks for a member to enter a group; the threshold rules answer. An
// identity that nobody has makes a new member.
func (g *Groups) Apply(ctx context.Context, who Caller, key, member string, answers []engine.Prop) (*Answer, error) {
	if err := g.exists(ctx, who, key); err != nil {
		return nil, err
	}
	engine.SortProps(answers)
	results, err := g.act(ctx, who, engine.Event{Type: "group.applied", Group: key, Member: Ref(member), Props: answers})
	if err != nil {
		return nil, err
	}
	out := &Answer{Answer: "none", Decisions: []engine.Decision{}}
	rank := map[string]int{"none": 0, "admit": 1, "wait": 2, "deny": 3}
	for _, d := range results[0].Decisions {
		out.Decisions = append(out.Decisions, d)
		if !d.Shadow && rank[d.Answer] > rank[out.Answer] {
			out.Answer = d.Answer
		}
		if d.Answer != "admit" {
			out.Reasons = append(out.Reasons, d.Reasons...)
		}
	}
	m, err := g.members.find(ctx, who, member)
	if err != nil {
		return nil, err
	}
	out.Member = m.ID
	return out, nil
}

// Put adds a member to a group by hand, or takes them out.
func (g *Groups) Put(ctx context.Context, who Caller, key, member string, out bool) (*Member, error) {
	if err := g.exists(ctx, who, key); err != nil {
		return nil, err
	}
	typ := "bylaw.group.join"
	if out {
		typ = "bylaw.group.leave"
	}
	m, err := g.members.find(ctx, who, member)
	if err != nil {
		return nil, err
	}
	if out && !m.InGroup(key) {
		return nil, engine.NotFound("member", member)
	}
	return g.members.change(ctx, who, m.ID, Match{}, engine.Event{Type: typ, Group: key})
}

// Office is a role that a member holds in a group.
type Office struct{ Group, Role, Member string }

// Appoint makes a member an officer, or dismisses them.
func (g *Groups) Appoint(ctx context.Context, who Caller, o Office, dismiss bool) (*Member, error) {
	if err := g.exists(ctx, who, o.Group); err != nil {
		return nil, err
	}
	m, err := g.members.find(ctx, who, o.Member)
	if err != nil {
		return nil, err
	}
	if !m.InGroup(o.Group) {
		return nil, engine.Conflict(engine.Text{En: "only somebody in the group can be its officer", Zh: "只有群成员可以任管理岗"})
	}
	typ := "bylaw.officer.appoint"
	if dismiss {
		typ = "bylaw.officer.dismiss"
	}
	return g.members.change(ctx, who, m.ID, Match{}, engine.Event{Type: typ, Group: o.Group, Props: props(textProp("role", o.Role))})
}

// Officers lists those in a group who hold an office.
func (g *Groups) Officers(ctx context.Context, who Caller, key string) ([]*engine.Member, error) {
	if err := g.exists(ctx, who, key); err != nil {
		return nil, err
	}
	var list []*engine.Member
	err := g.members.everyone(ctx, who, key, &sieve{}, func(m *engine.Member) error {
		if m.Officer(key) {
			list = append(list, m)
		}
		return nil
	})
	return list, err
}

// Waiting lists who waits for a seat, first come first.
func (g *Groups) Waiting(ctx context.Context, who Caller, key string) ([]string, error) {
	if err := g.exists(ctx, who, key); err != nil {
		return nil, err
	}
	mark := engine.RecordKey{Kind: engine.MarkRecord, Key: "waiting|" + key}
	found, err := g.reader(who).Records(ctx, []engine.RecordKey{mark})
	if err != nil || found[mark] == nil {
		return nil, err
	}
	var list []string
	if err := json.Unmarshal(found[mark], &list); err != nil {
		return nil, fmt.Errorf("read waiting list of %s: %w", key, err)
	}
	return list, nil
}

// Release lets the first of the waiting list in, as many as asked for and as
// there are seats, and answers who.
func (g *Groups) Release(ctx context.Context, who Caller, key string, count int) (let []string, err error) {
	before, err := g.Waiting(ctx, who, key)
	if err != nil {
		return nil, err
	}
	if _, err := g.act(ctx, who, engine.Event{Type: "bylaw.group.release", Group: key, Props: props(prop("count", engine.IntValue(int64(count))))}); err != nil {
		return nil, err
	}
	let = []string{}
	for _, id := range before {
		m, err := g.members.byID(ctx, who, id)
		if err != nil {
			return nil, err
		}
		if m != nil && m.InGroup(key) {
			let = append(let, id)
		}
	}
	return let, nil
}
