package service

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
)

const (
	// undoSource is the namespace of the ids of undone effects. That each is taken
	// back once, whoever asks how often, is the machine's mark.
	undoSource = "bylaw.undo"
	undoChunk  = 500
)

// Undo takes back what a version has done, as far as that can be. confirm is the
// number of reversible effects as Effects lists it. What was taken back before
// stays so; what could not be now (no seat in the group) is left and may be
// asked for again.
func (r *Rules) Undo(ctx context.Context, who Caller, key string, version, confirm int) (RuleEffects, error) {
	if _, err := r.knowsVersion(ctx, who, key, version); err != nil {
		return RuleEffects{}, err
	}
	list, complete, err := r.made(ctx, who, key, version)
	if err != nil {
		return RuleEffects{}, err
	}
	if n := sumUp(version, list, complete).Reversible; n != confirm {
		return RuleEffects{}, otherCount(n, confirm)
	}
	list = slices.DeleteFunc(list, func(x *done) bool { return x.fields == nil || x.undone })
	ladder, err := r.ladderOf(ctx, who, key, version)
	if err != nil {
		return RuleEffects{}, err
	}
	coupons, err := r.couponsOf(ctx, who, key, list)
	if err != nil {
		return RuleEffects{}, err
	}
	engine.AuditOf(ctx).Change(nil, map[string]int{"version": version, "taken_back": len(list)}) // with the first chunk
	for part := range slices.Chunk(list, undoChunk) {
		events := make([]engine.Event, len(part))
		for i, x := range part {
			events[i] = x.event(who, ladder, coupons[x.Ref])
		}
		if err := r.undoAll(ctx, who, events); err != nil {
			return RuleEffects{}, err
		}
	}
	return r.Effects(ctx, who, key, version)
}

func otherCount(n, confirm int) error {
	return &engine.Error{Code: engine.CodeConflict,
		Message: engine.Text{
			En: fmt.Sprintf("%s effects of this version can be taken back, and %s was confirmed", grouped(n), grouped(confirm)),
			Zh: fmt.Sprintf("该版本有 %s 项效果可撤销，而确认的是 %s", grouped(n), grouped(confirm))},
		Problems: []engine.Problem{{Code: "undo_count", Path: "/confirm",
			Message: engine.Text{En: fmt.Sprintf("the number is %d", n), Zh: fmt.Sprintf("应为 %d", n)},
			Hint:    engine.Text{En: fmt.Sprintf("look at the list, then send {\"confirm\": %d}", n), Zh: fmt.Sprintf("请先查看清单，再发送 {\"confirm\": %d}", n)}}}}
}

// event is the change that takes an effect back.
func (x *done) event(who Caller, ladder string, c coupon) engine.Event {
	d := x.decision
	list := []engine.Prop{
		textProp("rule", d.Rule), prop("version", engine.IntValue(int64(d.Version))), textProp("occurrence", d.Occurrence),
		prop("number", engine.IntValue(int64(x.Number))), textProp("kind", string(x.Kind)), textProp("ref", x.Ref), textProp("subject", d.Subject),
		textProp("code", c.Code), textProp("seed", c.Seed)}
	if x.Kind == engine.MoveTier {
		list = append(list, textProp("ladder", ladder))
	}
	for _, name := range x.fields {
		if v, ok := x.Fields[name]; ok {
			list = append(list, prop("field."+name, v))
		}
	}
	return engine.Event{ID: fmt.Sprint(x.key(), "@", int64(who.Now)), Source: undoSource, Type: machine.UndoType, At: who.Now, Member: engine.MemberRef{ID: d.Subject}, Props: props(list...)}
}

// undoAll takes a chunk back.
func (r *Rules) undoAll(ctx context.Context, who Caller, events []engine.Event) error {
	results, err := r.Machine.Accept(ctx, who.Workspace, machine.Batch{
		Source: undoSource, Received: who.Now, Show: machine.ShowNone, Reserved: true, Events: events, By: who.By})
	if err != nil {
		return fmt.Errorf("take back: %w", err)
	}
	var problems []engine.Problem
	for _, x := range results {
		problems = append(problems, x.Problems...)
	}
	return engine.Invalid(engine.Text{En: "some effects cannot be taken back", Zh: "部分效果无法撤销"}, problems...)
}

// ladderOf is the ladder that a version's effects mean where they name none.
func (r *Rules) ladderOf(ctx context.Context, who Caller, key string, version int) (string, error) {
	history, err := r.history(ctx, who, key)
	if err != nil {
		return "", err
	}
	if v, ok := rules.Version(history, version); ok {
		if doc, _ := rules.Parse([]byte(v.Document)); doc != nil {
			return doc.Ladder, nil
		}
	}
	return engine.DefaultLadder, nil
}

// coupon is what taking one back must say of it.
type coupon struct {
	Code string `json:"code"`
	Seed string `json:"seed"`
}

// couponsOf reads the coupons that a rule gave out, by id.
func (r *Rules) couponsOf(ctx context.Context, who Caller, key string, list []*done) (map[string]coupon, error) {
	out := map[string]coupon{}
	if !slices.ContainsFunc(list, func(x *done) bool { return x.Kind == engine.IssueCoupon || x.Kind == engine.Draw }) {
		return out, nil
	}
	q := engine.ItemQuery{Kind: "coupon", Rule: key, Page: engine.Page{Limit: 1000}}
	for {
		rows, err := r.reader(who).ListItems(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("list coupons: %w", err)
		}
		for _, i := range rows.Items {
			var c coupon
			if err := json.Unmarshal(i.Body, &c); err != nil {
				return nil, fmt.Errorf("read coupon %s: %w", i.ID, err)
			}
			out[i.ID] = c
		}
		if q.Cursor = rows.Next; rows.Next == "" {
			return out, nil
		}
	}
}
