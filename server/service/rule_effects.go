package service

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// RuleEffects is what a version of a rule has done.
type RuleEffects struct {
	Version    int         `json:"version"`
	Decisions  int         `json:"decisions"` // that did something
	Effects    int         `json:"effects"`
	Members    int         `json:"members"`
	First      engine.Time `json:"first,omitempty"`
	Last       engine.Time `json:"last,omitempty"`
	Reversible int         `json:"reversible"` // those that were taken back included: the number that undoing asks for
	Undone     int         `json:"undone"`
	Final      int         `json:"final"`    // that cannot be taken back
	Complete   bool        `json:"complete"` // false: there are more than were read
	Kinds      []EffectSum `json:"kinds"`
}

// EffectSum is effects of one kind and thing.
type EffectSum struct {
	Kind       engine.EffectKind `json:"kind"`
	Of         string            `json:"of,omitempty"` // the account, badge, pool, tier, tag or group
	Count      int               `json:"count"`
	Sum        int64             `json:"sum,omitempty"` // of points
	Undone     int               `json:"undone,omitempty"`
	Reversible bool              `json:"reversible"`
	Why        *engine.Text      `json:"why,omitempty"` // why it is not
}

// maxEffects bounds how many decisions and effects are read for one list.
const maxEffects = 200_000

// done is one effect that a version made.
type done struct {
	engine.Effect
	decision *engine.Decision
	fields   []string // that taking it back needs; nil where it cannot be
	undone   bool
}

func (x *done) key() string {
	return machine.UndoneKey(x.decision.Rule, x.decision.Subject, x.decision.Occurrence, x.Number)
}

// Effects lists what a version has done, from its stored decisions, and what of
// it can be taken back. Version 0 is the one in force.
func (r *Rules) Effects(ctx context.Context, who Caller, key string, version int) (RuleEffects, error) {
	version, err := r.knowsVersion(ctx, who, key, version)
	if err != nil {
		return RuleEffects{}, err
	}
	list, complete, err := r.made(ctx, who, key, version)
	if err != nil {
		return RuleEffects{}, err
	}
	return sumUp(version, list, complete), nil
}

// knowsVersion finds a version that was published; 0 is the one in force.
func (r *Rules) knowsVersion(ctx context.Context, who Caller, key string, version int) (int, error) {
	if version == 0 {
		rule, err := r.Get(ctx, who, key)
		if err != nil {
			return 0, err
		}
		if rule.Stored.Live == nil {
			return 0, engine.NotFound("version", "live")
		}
		return rule.Stored.Live.Version, nil
	}
	versions, err := r.Versions(ctx, who, key)
	if err == nil && !slices.ContainsFunc(versions, func(v RuleVersion) bool { return v.Version == version }) {
		err = engine.NotFound("version", fmt.Sprint(version))
	}
	return version, err
}

// made reads the effects of a version, newest decision first.
func (r *Rules) made(ctx context.Context, who Caller, key string, version int) (list []*done, complete bool, err error) {
	q := engine.DecisionQuery{Rule: key, Page: engine.Page{Limit: 1000}}
	for looked := 0; looked < maxEffects && len(list) < maxEffects; looked += q.Limit {
		rows, err := r.reader(who).ListDecisions(ctx, q)
		if err != nil {
			return nil, false, fmt.Errorf("read decisions of %s: %w", key, err)
		}
		for i := range rows.Items {
			if d := &rows.Items[i]; d.Version == version {
				list = append(list, effectsOf(d)...)
			}
		}
		if q.Cursor = rows.Next; rows.Next == "" {
			return list, true, r.markUndone(ctx, who, list)
		}
	}
	return list, false, r.markUndone(ctx, who, list)
}

func effectsOf(d *engine.Decision) (list []*done) {
	for _, e := range d.Effects {
		if e.Reason != "" {
			continue
		}
		x := &done{Effect: e, decision: d}
		if fields, ok := machine.Undoable(&e); ok && d.Subject != "" {
			x.fields = append([]string{}, fields...)
		}
		list = append(list, x)
	}
	return list
}

// markUndone finds which were taken back already.
func (r *Rules) markUndone(ctx context.Context, who Caller, list []*done) error {
	for part := range slices.Chunk(list, 1000) {
		keys := make([]engine.RecordKey, len(part))
		for i, x := range part {
			keys[i] = engine.RecordKey{Kind: engine.MarkRecord, Key: x.key()}
		}
		found, err := r.reader(who).Records(ctx, keys)
		if err != nil {
			return fmt.Errorf("read what was taken back: %w", err)
		}
		for i, x := range part {
			x.undone = x.fields != nil && found[keys[i]] != nil
		}
	}
	return nil
}

// sumUp counts effects by kind and thing.
func sumUp(version int, list []*done, complete bool) RuleEffects {
	out := RuleEffects{Version: version, Complete: complete, Kinds: []EffectSum{}, Effects: len(list)}
	members, decisions, sums := map[string]bool{}, map[[2]int64]bool{}, map[string]*EffectSum{}
	for _, x := range list {
		d := x.decision
		decisions[[2]int64{d.Position, int64(d.Number)}] = true
		if d.Subject != "" {
			members[d.Subject] = true
		}
		if out.First == 0 || d.At < out.First {
			out.First = d.At
		}
		out.Last = max(out.Last, d.At)
		reversible := x.fields != nil
		id := fmt.Sprint(x.Kind, "\x00", thingOf(&x.Effect), "\x00", reversible)
		s := sums[id]
		if s == nil {
			s = &EffectSum{Kind: x.Kind, Of: thingOf(&x.Effect), Reversible: reversible}
			if !reversible {
				why := machine.FinalWhy(x.Kind)
				s.Why = &why
			}
			sums[id] = s
		}
		s.Count++
		if x.Kind == engine.GrantPoints || x.Kind == engine.Pay {
			s.Sum += x.Fields["amount"].Num
		}
		switch {
		case x.undone:
			s.Undone++
			out.Undone++
			out.Reversible++
		case reversible:
			out.Reversible++
		default:
			out.Final++
		}
	}
	for _, id := range slices.Sorted(maps.Keys(sums)) {
		out.Kinds = append(out.Kinds, *sums[id])
	}
	out.Members, out.Decisions = len(members), len(decisions)
	return out
}

// thingOf is what an effect gave or took.
func thingOf(e *engine.Effect) string {
	for _, name := range []string{"account", "badge", "pool", "privilege", "to", "tag", "group", "channel", "type", "key"} {
		if v := e.Fields[name].Text0(); v != "" {
			return v
		}
	}
	if e.Kind == engine.GrantPoints || e.Kind == engine.Pay {
		return engine.DefaultAccount
	}
	return ""
}
