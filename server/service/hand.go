package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// handSource is the namespace of the ids of changes made by hand.
const handSource = "bylaw.hand"

// prop is one property of a change made by hand; empty strings are left out.
func prop(name string, v engine.Value) engine.Prop { return engine.Prop{Name: name, Value: v} }

// props sorts properties and drops empty texts.
func props(list ...engine.Prop) []engine.Prop {
	kept := list[:0]
	for _, p := range list {
		if p.Value.Kind != engine.String || p.Value.Str != "" {
			kept = append(kept, p)
		}
	}
	engine.SortProps(kept)
	return kept
}

func textProp(name, v string) engine.Prop { return prop(name, engine.StringValue(v)) }

// timeProp writes an instant as microseconds, the same in the log and in memory.
func timeProp(name string, t engine.Time) engine.Prop { return prop(name, engine.IntValue(int64(t))) }

// act makes changes by hand: events of reserved types, so that the log has them.
// All of them happen or none, and with them the audit row that ctx carries.
func (c *core) act(ctx context.Context, who Caller, events ...engine.Event) ([]machine.Result, error) {
	base := c.actID(who)
	for i := range events {
		events[i].ID = base + "-" + strconv.Itoa(i)
		events[i].Source, events[i].At = handSource, who.Now
	}
	results, err := c.Machine.Accept(ctx, who.Workspace, machine.Batch{
		Source: handSource, Received: who.Now, Show: machine.ShowAll, Reserved: true, Events: events, By: who.By})
	if err != nil {
		return nil, err
	}
	var problems []engine.Problem
	for _, r := range results {
		problems = append(problems, r.Problems...)
	}
	if len(problems) > 0 {
		return nil, engine.Invalid(engine.Text{En: "the change was refused", Zh: "修改被拒绝"}, problems...)
	}
	return results, nil
}

// actID is the same for a repeated idempotency key, so that what it asked for
// happens once even where the answer to the first request was lost.
func (c *core) actID(who Caller) string {
	if who.Once == "" {
		return c.NewID()
	}
	sum := sha256.Sum256([]byte(who.By + "\x1f" + who.Once))
	return "once-" + hex.EncodeToString(sum[:16])
}

// change makes one change to a member by hand, and gives the member as they are
// after it.
func (s *Members) change(ctx context.Context, who Caller, name string, m Match, e engine.Event) (*Member, error) {
	member, err := s.find(ctx, who, name)
	if err != nil {
		return nil, err
	}
	if err := m.check(member.Version); err != nil {
		return nil, err
	}
	e.Member = engine.MemberRef{ID: member.ID}
	if _, err := s.act(ctx, who, e); err != nil {
		return nil, err
	}
	return s.Get(ctx, who, member.ID)
}

// need refuses a key that names nothing of its kind in the workspace.
func need(ok bool, path, noun, zh, key string) error {
	if ok {
		return nil
	}
	return engine.Invalid(engine.Text{En: "this names something that does not exist", Zh: "引用的对象不存在"}, engine.Problem{
		Code: "unknown_" + noun, Path: path,
		Message: engine.Text{En: fmt.Sprintf("there is no %s %q here", noun, key), Zh: fmt.Sprintf("没有%s %q", zh, key)}})
}
