package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
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
	Did  string `json:"did"` // created, updated, published, saved, kept, unchanged
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
	return a.report()
}

// caller is who writes, now.
func (a *applier) caller() service.Caller {
	who := a.who
	who.Now = engine.TimeOf(time.Now())
	return who
}

func (a *applier) definition(ctx context.Context, d engine.Definition) error {
	have, err := a.core.Service.Definitions.Get(ctx, a.caller(), d.Kind, d.Key)
	missing := engine.CodeOf(err) == engine.CodeNotFound
	switch {
	case err != nil && !missing:
		return err
	case missing:
		return a.put(ctx, d, "created")
	case sameJSON(have.Body, d.Body):
		a.did(string(d.Kind), d.Key, "unchanged")
	case a.flags.force && have.Revision != 0:
		return a.put(ctx, d, "updated")
	default:
		a.did(string(d.Kind), d.Key, "kept")
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

// rule saves and publishes a rule whose document is not in force already.
func (a *applier) rule(ctx context.Context, f ruleFile) error {
	key, source := f.document.Key, f.source
	have, err := a.core.Service.Rules.Get(ctx, a.caller(), key)
	if err != nil && engine.CodeOf(err) != engine.CodeNotFound {
		return err
	}
	live := err == nil && have.Stored.State() == rules.StateLive && have.Stored.Live.Document == string(source) && have.Stored.Draft == ""
	drafted := err == nil && have.Stored.Document() == string(source)
	switch {
	case live, a.flags.draft && drafted:
		a.did("rule", key, "unchanged")
		return nil
	case a.flags.draft:
		a.did("rule", key, "saved")
	default:
		a.did("rule", key, "published")
	}
	if a.flags.dry {
		return nil
	}
	if !drafted {
		if _, _, err := a.core.Service.Rules.Save(ctx, a.caller(), key, source, service.Match{}); err != nil {
			return err
		}
	}
	if a.flags.draft {
		return nil
	}
	_, err = a.core.Service.Rules.Publish(ctx, a.caller(), key, service.Match{}, service.Publication{})
	return err
}

func (a *applier) did(kind, key, did string) { a.done = append(a.done, applied{kind, key, did}) }

func (a *applier) report() error {
	if a.flags.dry {
		a.note("nothing was written; this is what would be:", "未写入任何内容，将要执行：")
	}
	if a.json {
		return a.printJSON(a.done)
	}
	zh := map[string]string{"created": "新建", "updated": "更新", "published": "发布", "saved": "保存草稿", "kept": "保留原有", "unchanged": "无变化"}
	rows := [][]string{}
	for _, x := range a.done {
		rows = append(rows, []string{x.Kind, x.Key, a.say(x.Did, zh[x.Did])})
	}
	if err := a.table(rows); err != nil {
		return err
	}
	if slices.ContainsFunc(a.done, func(x applied) bool { return x.Did == "kept" }) {
		a.note("kept definitions differ from the files; --overwrite writes them", "“保留原有”的定义与文件不同，可用 --overwrite 覆盖")
	}
	return nil
}
