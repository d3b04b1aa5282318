package service

import (
	"context"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// Run lets a live rule with "every" do now what it does at its planned times, and
// answers the time that its decisions bear. It decides about everybody in its
// audience, in the background where they are many; its limits hold as ever.
func (r *Rules) Run(ctx context.Context, who Caller, key string) (engine.Time, error) {
	view, err := r.state(ctx, who)
	if err != nil {
		return 0, err
	}
	rule := view.Rule(key)
	if rule == nil {
		return 0, r.whyNotRun(ctx, who, key)
	}
	if rule.Every == "" {
		return 0, engine.Invalid(engine.Text{En: "this rule has no times of its own", Zh: "该规则没有定时"}, engine.Problem{
			Code: "not_scheduled", Path: "/every",
			Message: engine.Text{En: "only a rule with every: can be run", Zh: "只有带 every 的规则可以立即运行"},
			Hint: engine.Text{En: "a rule with on: waits for its events: send one, or let it make up for the past by a backfill; a review comes at the end of its period",
				Zh: "带 on 的规则等待事件：请发送事件，或用补发处理过去；考察在周期结束时进行"}})
	}
	audit := engine.AuditOf(ctx)
	audit.About(key)
	audit.Change(nil, map[string]any{"version": rule.Version, "at": who.Now})
	results, err := r.Machine.Accept(ctx, who.Workspace, machine.Firing(rule, who.Now))
	if err != nil {
		return 0, err
	}
	for _, x := range results {
		if x.Status == machine.Invalid {
			return 0, fmt.Errorf("run rule %s: %v", key, x.Problems)
		}
	}
	return who.Now, nil
}

// whyNotRun says why a rule that is not in force cannot be run.
func (r *Rules) whyNotRun(ctx context.Context, who Caller, key string) error {
	rule, err := r.Get(ctx, who, key)
	switch {
	case err != nil:
		return err
	case rule.Stored.Live == nil:
		return engine.Conflict(engine.Text{En: "the rule was never published; publish it first", Zh: "该规则尚未发布，请先发布"})
	}
	return engine.Conflict(engine.Text{En: "the rule is paused; resume it first", Zh: "该规则已暂停，请先恢复"})
}
