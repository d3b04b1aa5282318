package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/service"
)

// applyFlags say how files become a workspace's rules.
type applyFlags struct {
	workspace         *string
	dry, draft, force bool
	prune             bool
	provision         string
	confirm           map[string]int // by rule, the members that it touches
}

func (p *program) rulesApply() *cobra.Command {
	f := &applyFlags{}
	c := &cobra.Command{
		Use: "apply " + pathsHelp, Args: p.atLeast(1),
		Short: p.say("Put definitions and rules from files in force", "将文件中的定义与规则发布到空间"),
		Long: p.say("Check everything first; when all is fine, write the definitions that a pack requires and the workspace lacks, save each rule and publish it. With one problem nothing is written.",
			"先检查全部文件；全部无误后，写入规则包所需而空间缺少的定义，保存并发布每条规则。只要有一处问题，就什么都不写。"),
	}
	f.workspace = p.workspaceFlag(c)
	c.Flags().BoolVar(&f.dry, "dry-run", false, p.say("say what would be done, and do nothing", "只显示将要做什么"))
	c.Flags().BoolVar(&f.draft, "draft", false, p.say("save the rules as drafts, publish nothing", "仅保存为草稿，不发布"))
	c.Flags().BoolVar(&f.prune, "prune", false, p.say("also delete what no file has", "同时删除文件中没有的内容"))
	c.Flags().StringVar(&f.provision, "provision", "", p.say("the name of these files: their rules are changed by them alone, and are read-only elsewhere", "这些文件的名称：其规则只能由文件修改，在别处只读"))
	c.Flags().StringToIntVar(&f.confirm, "confirm-reach", nil, p.say("of a rule, how many members it touches, where that is asked for (rule=412)", "确认规则影响的成员数（规则=412）"))
	c.Flags().BoolVar(&f.force, "overwrite", false, p.say("also write definitions that the workspace has otherwise", "同时覆盖空间中不同的定义"))
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
		if err := there(cmd.Context(), core, *f.workspace); err != nil {
			return err
		}
		view, err := core.Machine.State(cmd.Context(), *f.workspace)
		if err != nil {
			return err
		}
		sets, err := collect(args, view.Defs, p.in)
		if err != nil {
			return err
		}
		found, err := checkAll(cmd.Context(), sets, standing{})
		if err != nil {
			return err
		}
		if failures(found) > 0 {
			for _, x := range found {
				fmt.Fprint(p.err, rules.Format(x.File, p.lang, x.Problems))
			}
			return errQuiet
		}
		if err := p.green(cmd.Context(), sets); err != nil {
			return err
		}
		a := &applier{program: p, flags: f, core: core, who: service.Caller{Workspace: *f.workspace, By: "command line", Personal: true}}
		return a.all(cmd.Context(), sets)
	})
	return c
}

// applier writes sets of rules into a workspace.
type applier struct {
	*program
	flags *applyFlags
	core  *app.Core
	who   service.Caller
	done  []applied
}

// applied is one thing that was written, or would be.
type applied struct {
	Kind string `json:"kind"`
	Key  string `json:"key"`
	Did  string `json:"did"` // create, change, keep, delete or unchanged
}

// written is the order in which kinds are written: what others refer to first.
var written = []engine.DefinitionKind{engine.DefineEventType, engine.DefineAttribute, engine.DefineLadder, engine.DefineReward,
	engine.DefineChannel, engine.DefineGroup, engine.DefineSegment, engine.DefineTemplate}

func (a *applier) all(ctx context.Context, sets []ruleSet) error {
	for _, kind := range written {
		for _, set := range sets {
			if set.pack == nil {
				continue
			}
			for _, d := range set.pack.Requires {
				if d.Kind != kind {
					continue
				}
				if err := a.definition(ctx, d); err != nil {
					return fmt.Errorf("%s %s: %w", d.Kind, d.Key, err)
				}
			}
		}
	}
	for _, set := range sets {
		for _, f := range set.files {
			if err := a.rule(ctx, f); err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
		}
	}
	if a.flags.prune {
		if err := a.prune(ctx, sets); err != nil {
			return err
		}
	}
	return a.report()
}

// caller is who writes, now.
func (a *applier) caller() service.Caller {
	who := a.who
	who.Now, who.Origin = engine.TimeOf(time.Now()), a.flags.provision
	return who
}

func (a *applier) definition(ctx context.Context, d engine.Definition) error {
	have, err := a.core.Service.Definitions.Get(ctx, a.caller(), d.Kind, d.Key)
	missing := engine.CodeOf(err) == engine.CodeNotFound
	switch {
	case err != nil && !missing:
		return err
	case missing:
		return a.put(ctx, d, didCreate)
	case sameJSON(have.Body, d.Body):
		a.did(string(d.Kind), d.Key, didSame)
	case a.flags.force && have.Revision != 0:
		return a.put(ctx, d, didChange)
	default:
		a.did(string(d.Kind), d.Key, didKeep)
	}
	return nil
}

func (a *applier) put(ctx context.Context, d engine.Definition, did string) error {
	a.did(string(d.Kind), d.Key, did)
	if a.flags.dry {
		return nil
	}
	_, _, err := a.core.Service.Definitions.Put(ctx, a.caller(), d, service.Match{})
	return err
}

// sameJSON compares values, not spelling.
func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	first, errA := json.Marshal(x)
	second, errB := json.Marshal(y)
	return errA == nil && errB == nil && bytes.Equal(first, second)
}
