package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/service"
)

// rules works on rule documents kept as files.
func (p *program) rules() *cobra.Command {
	return p.group("rules", "Rules kept as files", "以文件保存的规则", p.rulesCheck(), p.rulesTest(), p.rulesApply(), p.rulesPublish(), p.rulesBacktest(), p.rulesBackfill(), p.rulesExport(), p.rulesDiff(), p.rulesRelease(), p.rulesNear(), p.rulesTry(), p.rulesCase())
}

// standing is what rule files are read against: what is built in, or a workspace.
type standing struct {
	defs *engine.Definitions
	live []*engine.Rule // of the workspace
	// sample asks a rule about the workspace's members; nil without one.
	sample func(ctx context.Context, doc *rules.Document, defs *engine.Definitions) ([]engine.Problem, error)
}

// withDefinitions runs a command on rule files, with what they are read against.
func (p *program) withDefinitions(c *cobra.Command, run func(*cobra.Command, standing, []string) error) {
	workspace := c.Flags().String("workspace", "", p.say("read them against this workspace's definitions", "以该空间的定义为准"))
	c.RunE = func(cmd *cobra.Command, args []string) error {
		if *workspace == "" {
			base, err := machine.ParseDefinitions(0, nil)
			if err != nil {
				return err
			}
			return run(cmd, standing{defs: base}, args)
		}
		return p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
			if err := there(cmd.Context(), core, *workspace); err != nil {
				return err
			}
			view, err := core.Machine.State(cmd.Context(), *workspace)
			if err != nil {
				return err
			}
			who := service.Caller{Workspace: *workspace, By: "command line", Now: engine.TimeOf(time.Now())}
			sample := func(ctx context.Context, doc *rules.Document, defs *engine.Definitions) ([]engine.Problem, error) {
				_, remarks, err := core.Service.Rules.Sample(ctx, who, doc, defs)
				return remarks, err
			}
			return run(cmd, standing{view.Defs, view.Book.Rules, sample}, args)
		})(cmd, args)
	}
}

const pathsHelp = "<file or folder>..."

func (p *program) rulesCheck() *cobra.Command {
	c := &cobra.Command{
		Use: "check " + pathsHelp, Args: p.atLeast(1),
		Short: p.say("Find every problem in rule files, folders and packs", "检查规则文件、目录与规则包"),
		Long:  p.say("Find every problem in rule files, folders and packs. Packs that come with Bylaw are found as rules/packs/<name>.", "检查规则文件、目录与规则包。内置规则包以 rules/packs/<名称> 引用。"),
	}
	notes := c.Flags().Bool("notes", false, p.say("also say what each rule gives at most", "同时说明每条规则最多发出多少"))
	p.withDefinitions(c, func(cmd *cobra.Command, against standing, args []string) error {
		sets, err := collect(args, against.defs, p.in)
		if err != nil {
			return err
		}
		found, err := checkAll(cmd.Context(), sets, against)
		if err != nil {
			return err
		}
		if p.json {
			err = p.printJSON(found)
		} else {
			for _, f := range found {
				fmt.Fprint(p.out, rules.Format(f.File, p.lang, f.Problems))
				if *notes {
					p.notes(f)
				}
			}
		}
		if failed := failures(found); failed > 0 {
			p.note(fmt.Sprintf("%d of %d files have problems", failed, len(found)), fmt.Sprintf("%d / %d 个文件有问题", failed, len(found)))
			return errors.Join(err, errQuiet)
		}
		p.note(fmt.Sprintf("%d files are fine", len(found)), fmt.Sprintf("%d 个文件均无问题", len(found)))
		return err
	})
	return c
}

// notes shows what a rule gives at most.
func (p *program) notes(f checked) {
	for _, n := range f.Notes {
		if n.Code == "bound" {
			fmt.Fprintf(p.out, "%s:%d:%d: %s%s\n", f.File, n.Line, n.Column, p.say("note: ", "说明："), n.Message.In(p.lang))
		}
	}
}

// checked is what was found in one file.
type checked struct {
	File     string           `json:"file"`
	Rule     string           `json:"rule,omitempty"`
	Problems []engine.Problem `json:"problems"`
	Notes    []engine.Problem `json:"notes,omitempty"`
}

// checkAll checks every file against its definitions, beside the others of its
// set and the live rules of the workspace.
func checkAll(ctx context.Context, sets []ruleSet, against standing) ([]checked, error) {
	var all []checked
	for _, set := range sets {
		if set.packFile != "" {
			all = append(all, checked{File: set.packFile, Problems: orNone(set.packProblems)})
		}
		set.scope.Live = beside(set, against.live)
		for _, f := range set.files {
			if f.draft {
				continue
			}
			found := rules.Examine(f.document, set.scope)
			if against.sample != nil && !rules.Failed(found.Problems) {
				remarks, err := against.sample(ctx, f.document, set.scope.Defs)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", f.name, err)
				}
				found.Problems = append(found.Problems, remarks...)
			}
			all = append(all, checked{f.name, f.document.Key, orNone(found.Problems), found.Notes})
		}
	}
	return all, nil
}

// beside are the rules that a set's rules stand beside: a file takes the place of
// the live rule with its key.
func beside(set ruleSet, live []*engine.Rule) []*engine.Rule {
	var out []*engine.Rule
	mine := map[string]bool{}
	for _, f := range set.files {
		if rule, _ := rules.Compile(f.document, 1, set.scope, engine.NewMetricTable()); rule != nil {
			out, mine[rule.Key] = append(out, rule), true
		}
	}
	for _, r := range live {
		if !mine[r.Key] {
			out = append(out, r)
		}
	}
	return out
}

func orNone(list []engine.Problem) []engine.Problem {
	if list == nil {
		return []engine.Problem{}
	}
	return list
}

func failures(all []checked) int {
	n := 0
	for _, f := range all {
		if rules.Failed(f.Problems) {
			n++
		}
	}
	return n
}

func (p *program) rulesTest() *cobra.Command {
	c := &cobra.Command{Use: "test " + pathsHelp, Args: p.atLeast(1), Short: p.say("Run the cases of rules on the real engine, in memory", "在内存中用真实引擎运行规则的用例")}
	report := c.Flags().String("junit", "", p.say("also write the results as JUnit XML into this file", "同时将结果以 JUnit XML 写入此文件"))
	p.withDefinitions(c, func(cmd *cobra.Command, against standing, args []string) error {
		sets, err := collect(args, against.defs, p.in)
		if err != nil {
			return err
		}
		found, err := checkAll(cmd.Context(), sets, standing{})
		if err != nil {
			return err
		}
		if failures(found) > 0 {
			for _, f := range found {
				fmt.Fprint(p.err, rules.Format(f.File, p.lang, f.Problems))
			}
			return errQuiet
		}
		t := tester{program: p}
		for _, set := range sets {
			for _, f := range set.files {
				if f.draft {
					continue
				}
				if err := t.file(cmd, set, f); err != nil {
					return err
				}
			}
		}
		if *report != "" {
			if err := t.junit(*report); err != nil {
				return err
			}
		}
		return t.end()
	})
	return c
}

// tester runs cases and shows each.
type tester struct {
	*program
	all    []tested
	failed int
}

type tested struct {
	File string `json:"file"`
	Rule string `json:"rule"`
	rules.Verdict
}

func (t *tester) file(cmd *cobra.Command, set ruleSet, f ruleFile) error {
	table := engine.NewMetricTable()
	rule, problems := rules.Compile(f.document, 1, set.scope, table)
	if rule == nil {
		return engine.Invalid(engine.Text{En: f.name + " does not compile", Zh: f.name + " 无法编译"}, problems...)
	}
	book := &engine.Rulebook{Revision: 1, Rules: []*engine.Rule{rule}, Metrics: table}
	verdicts, err := rules.RunCases(cmd.Context(), f.document, book, set.scope, app.Trials{})
	if err != nil {
		return fmt.Errorf("%s: %w", f.name, err)
	}
	for _, v := range verdicts {
		t.all = append(t.all, tested{f.name, rule.Key, v})
		if !v.OK {
			t.failed++
		}
		if t.json {
			continue
		}
		fmt.Fprintf(t.out, "%s %s: %s\n", t.mark(v.OK), f.name, v.Case)
		if !v.OK {
			fmt.Fprint(t.out, rules.Format(f.name, t.lang, v.Problems))
		}
	}
	return nil
}

func (t *tester) end() error {
	if t.json {
		if t.all == nil {
			t.all = []tested{}
		}
		if err := t.printJSON(t.all); err != nil {
			return err
		}
	}
	t.note(fmt.Sprintf("%d cases, %d failed", len(t.all), t.failed), fmt.Sprintf("%d 个用例，%d 个未通过", len(t.all), t.failed))
	if t.failed > 0 {
		return errQuiet
	}
	return nil
}
