package service

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
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

// Crowd is who stands at a group's door and who keeps its order.
type Crowd struct {
	Waiting  int      `json:"waiting"`            // on the waiting list
	Officers []string `json:"officers,omitempty"` // ids
}

// Crowds gives that of groups by key.
func (g *Groups) Crowds(ctx context.Context, who Caller, keys ...string) (map[string]Crowd, error) {
	var ask []engine.RecordKey
	for _, k := range keys {
		ask = append(ask, engine.RecordKey{Kind: engine.MarkRecord, Key: machine.WaitingKey(k)}, engine.RecordKey{Kind: engine.MarkRecord, Key: machine.OfficersKey(k)})
	}
	found, err := g.reader(who).Records(ctx, ask)
	if err != nil {
		return nil, fmt.Errorf("read who waits: %w", err)
	}
	out := make(map[string]Crowd, len(keys))
	for i, key := range keys {
		waits, err := idList(found[ask[2*i]])
		if err != nil {
			return nil, fmt.Errorf("read waiting list of %s: %w", key, err)
		}
		c := Crowd{Waiting: len(waits)}
		if c.Officers, err = idList(found[ask[2*i+1]]); err != nil {
			return nil, fmt.Errorf("read officers of %s: %w", key, err)
		}
		out[key] = c
	}
	return out, nil
}

// idList reads a mark that lists ids.
func idList(body []byte) (list []string, err error) {
	if body != nil {
		err = json.Unmarshal(body, &list)
	}
	return list, err
}

// Decide is a person's word on somebody who waits: they are let in past those
// before them, or declined for a reason. Without a seat it is a conflict.
func (g *Groups) Decide(ctx context.Context, who Caller, key, member string, admit bool, reason string) (*Member, error) {
	waits, err := g.Waiting(ctx, who, key)
	if err != nil {
		return nil, err
	}
	m, err := g.members.find(ctx, who, member)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(waits, m.ID) {
		return nil, engine.NotFound("member", member)
	}
	e := engine.Event{Type: "bylaw.group.decline", Group: key, Props: props(textProp("reason", reason))}
	if admit {
		e = engine.Event{Type: "bylaw.group.release", Group: key}
	}
	out, err := g.members.change(ctx, who, m.ID, Match{}, e)
	if err == nil && admit && !out.InGroup(key) {
		err = engine.Conflict(engine.Text{En: "there is no seat free in the group", Zh: "群已满，没有空位"})
	}
	return out, err
}

// Waiting lists who waits for a seat, first come first.
func (g *Groups) Waiting(ctx context.Context, who Caller, key string) ([]string, error) {
	if err := g.exists(ctx, who, key); err != nil {
		return nil, err
	}
	mark := engine.RecordKey{Kind: engine.MarkRecord, Key: machine.WaitingKey(key)}
	found, err := g.reader(who).Records(ctx, []engine.RecordKey{mark})
	if err != nil {
		return nil, fmt.Errorf("read waiting list of %s: %w", key, err)
	}
	return idList(found[mark])
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
