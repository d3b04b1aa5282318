package cli

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/service"
)

// rulesDiff compares two files, a file with what is live, or two versions.
func (p *program) rulesDiff() *cobra.Command {
	c := &cobra.Command{Use: "diff <file> <file> | diff --workspace W <file> | diff --workspace W <key> [--from V] [--to V]", Args: p.atLeast(1),
		Short: p.say("Compare rules: text, conditions, effects and limits", "对比规则：文本、条件、效果与限额"),
		Long: p.say("Compare two files; a file with the rule of its key that is live; or two versions of a rule. A version is a number, live or draft. The exit code is 4 where something differs.",
			"对比两个文件；对比文件与同 key 的生效规则；或对比一条规则的两个版本。版本为数字、live 或 draft。有差异时退出码为 4。")}
	workspace := c.Flags().String("workspace", "", p.say("compare with this workspace's rules", "与该空间的规则对比"))
	from := c.Flags().String("from", "live", p.say("the earlier version", "较早的版本"))
	to := c.Flags().String("to", "draft", p.say("the later version", "较晚的版本"))
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if *workspace == "" {
			if len(args) != 2 {
				return usage("two files are needed, or --workspace", "请给出两个文件，或使用 --workspace")
			}
			a, err := p.readFile(args[0])
			if err != nil {
				return err
			}
			b, err := p.readFile(args[1])
			if err != nil {
				return err
			}
			return p.showDiff(service.DiffTexts(service.TextSide(args[0], string(a)), service.TextSide(args[1], string(b))))
		}
		if len(args) != 1 {
			return usage("one file or key is needed with --workspace", "使用 --workspace 时请给出一个文件或 key")
		}
		return p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
			who := service.Caller{Workspace: *workspace, By: "command line", Now: engine.TimeOf(time.Now()), Personal: true}
			if err := there(cmd.Context(), core, *workspace); err != nil {
				return err
			}
			if source, err := os.ReadFile(args[0]); err == nil {
				return p.diffWithLive(cmd, core, who, service.TextSide(args[0], string(source)))
			}
			d, err := core.Service.Rules.Diff(cmd.Context(), who, args[0], *from, *to)
			if err != nil {
				return err
			}
			return p.showDiff(d)
		})(cmd, args)
	}
	return c
}

// diffWithLive compares a file with the rule of its key; one that is not there
// is all new.
func (p *program) diffWithLive(cmd *cobra.Command, core *app.Core, who service.Caller, file service.DiffSide) error {
	doc, _ := rules.Parse([]byte(file.Document()))
	live := ""
	have, err := core.Service.Rules.Get(cmd.Context(), who, doc.Key)
	switch {
	case engine.CodeOf(err) == engine.CodeNotFound && err != nil:
	case err != nil:
		return err
	case have.Stored.Live != nil:
		live = have.Stored.Live.Document
	}
	return p.showDiff(service.DiffTexts(service.TextSide("live", live), file))
}

func (p *program) showDiff(d service.RuleDiff) error {
	if p.json {
		if err := p.printJSON(d); err != nil {
			return err
		}
	} else {
		fmt.Fprint(p.out, d.Text)
		p.showParts(d)
	}
	if d.Same {
		p.note("no difference", "没有差异")
		return nil
	}
	return errChanges
}

// showParts lists what differs in meaning.
func (p *program) showParts(d service.RuleDiff) {
	zh := map[string]string{rules.Added: "新增", rules.Removed: "删除", rules.Changed: "修改", rules.Moved: "移动"}
	for _, c := range d.Conditions {
		switch c.Change {
		case rules.Same:
		case rules.Added:
			fmt.Fprintf(p.out, "%s: %s: %s\n", c.Field, p.say(c.Change, zh[c.Change]), c.To.Text)
		case rules.Removed:
			fmt.Fprintf(p.out, "%s: %s: %s\n", c.Field, p.say(c.Change, zh[c.Change]), c.From.Text)
		case rules.Moved:
			fmt.Fprintf(p.out, "%s: %s: %s (%s -> %s)\n", c.Field, p.say(c.Change, zh[c.Change]), c.To.Text, c.From.Place, c.To.Place)
		default:
			fmt.Fprintf(p.out, "%s: %s: %s -> %s\n", c.Field, p.say(c.Change, zh[c.Change]), c.From.Text, c.To.Text)
		}
	}
	for _, x := range append(append([]rules.PartChange{}, d.Effects...), d.Settings...) {
		fmt.Fprintf(p.out, "%s: %s: %s -> %s\n", x.Path, p.say(x.Change, zh[x.Change]), x.From, x.To)
	}
	if !d.Same && d.Nothing() {
		p.note("the same rule, written otherwise", "规则相同，仅写法不同")
	}
}

// rulesRelease makes rules that files provide editable in the workspace.
func (p *program) rulesRelease() *cobra.Command {
	c := &cobra.Command{Use: "release [<key>...]", Args: cobra.ArbitraryArgs,
		Short: p.say("Make rules that files provide editable again", "解除规则的文件托管，使其可编辑")}
	workspace := p.workspaceFlag(c)
	origin := c.Flags().String("origin", "", p.say("all rules that these files provide", "由该来源提供的全部规则"))
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
		if err := there(cmd.Context(), core, *workspace); err != nil {
			return err
		}
		who := service.Caller{Workspace: *workspace, By: "command line", Now: engine.TimeOf(time.Now()), Personal: true}
		list, err := core.Service.Rules.List(cmd.Context(), who, service.RuleFilter{})
		if err != nil {
			return err
		}
		for _, r := range list {
			if *origin != "" && r.Stored.Origin == *origin {
				args = append(args, r.Key)
			}
		}
		if len(args) == 0 {
			return usage("name rules, or --origin and the name of their files", "请给出规则，或用 --origin 给出来源名称")
		}
		for _, key := range args {
			if _, err := core.Service.Rules.Release(cmd.Context(), who, key, service.Match{}); err != nil {
				return err
			}
			fmt.Fprintln(p.out, key)
		}
		return nil
	})
	return c
}
