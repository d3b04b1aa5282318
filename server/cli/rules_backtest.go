package cli

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/backtesting"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/service"
)

// backtestFlags are the flags of rules backtest.
type backtestFlags struct {
	workspace, rule, audience, from, to string
	version                             int
}

func (p *program) rulesBacktest() *cobra.Command {
	b := &backtestFlags{}
	c := &cobra.Command{
		Use: "backtest [file]", Args: p.atMost(1),
		Short: p.say("Let the past happen again with a rule as it might be", "用规则的新写法重演历史"),
		Long: p.say("Let the past happen again with a rule as it might be: a file (- is stdin), or --rule with its draft or a --version, against what is live. Nothing is written but the job.",
			"用规则的新写法重演历史：一个文件（- 为标准输入），或用 --rule 指定草稿或某一版本（--version），与现行版本对比。除作业外不写入任何内容。"),
	}
	f := c.Flags()
	f.StringVar(&b.workspace, "workspace", app.DefaultWorkspace, p.say("the workspace", "空间"))
	f.StringVar(&b.rule, "rule", "", p.say("the key of a rule, instead of a file", "规则标识，代替文件"))
	f.IntVar(&b.version, "version", 0, p.say("a published version of --rule; 0 is its draft", "--rule 的已发布版本，0 为草稿"))
	f.StringVar(&b.from, "from", "", p.say("the first day or moment, such as 2026-01-31 (default: 90 days before --to)", "起始日期或时刻，如 2026-01-31（默认 --to 之前 90 天）"))
	f.StringVar(&b.to, "to", "", p.say("the day or moment before which it ends (default: now)", "结束日期或时刻，不含（默认现在）"))
	f.StringVar(&b.audience, "audience", "", p.say("count only members for whom this is true", "只统计满足此条件的成员"))
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
		if err := there(cmd.Context(), core, b.workspace); err != nil {
			return err
		}
		ask, err := p.backtestAsk(core, b, args)
		if err != nil {
			return err
		}
		who := service.Caller{Workspace: b.workspace, By: app.CommandLine, Now: core.Now()}
		if err := core.Service.Backtests.Pin(cmd.Context(), who, &ask); err != nil {
			return err
		}
		var r backtesting.Result
		work := longWork{workspace: b.workspace, kind: service.BacktestJob, request: ask, en: "back-test", zh: "回测"}
		if err := p.do(cmd.Context(), core, work, &r); err != nil {
			return err
		}
		if p.json {
			return p.printJSON(&r)
		}
		return p.showBacktest(&r)
	})
	return c
}

// backtestAsk reads the flags.
func (p *program) backtestAsk(core *app.Core, b *backtestFlags, args []string) (ask service.BacktestAsk, err error) {
	ask = service.BacktestAsk{Rule: b.rule, Version: b.version, Audience: b.audience, To: core.Now()}
	if (len(args) == 1) == (b.rule != "") {
		return ask, usage("give a file, or --rule with a key", "请给出文件，或用 --rule 指定规则")
	}
	if len(args) == 1 {
		text, err := p.readFile(args[0])
		if err != nil {
			return ask, err
		}
		ask.Document = string(text)
	}
	if b.to != "" {
		if ask.To, err = moment(b.to); err != nil {
			return ask, err
		}
	}
	ask.From = ask.To.Add(-90 * 24 * time.Hour)
	if b.from != "" {
		ask.From, err = moment(b.from)
	}
	return ask, err
}

// moment reads a date (UTC) or a time.
func moment(text string) (engine.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			return engine.TimeOf(t), nil
		}
	}
	return 0, usage(fmt.Sprintf("%q is no date: write 2026-01-31 or 2026-01-31T08:00:00+08:00", text), fmt.Sprintf("%q 不是日期：请写 2026-01-31 或 2026-01-31T08:00:00+08:00", text))
}

// showBacktest prints what was found for a person.
func (p *program) showBacktest(r *backtesting.Result) error {
	t := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "%s\t%s\t%s\t\n", p.say("day", "日期"), p.say("before", "原"), p.say("after", "新"))
	for _, d := range r.Days {
		fmt.Fprintf(t, "%s\t%d\t%d\t\n", d.Day, d.Old, d.New)
	}
	fmt.Fprintf(t, "%s\t%d\t%d\t\n", p.say("matches", "命中"), r.Before.Matches, r.After.Matches)
	fmt.Fprintf(t, "%s\t%d\t%d\t\n", p.say("members", "成员"), r.Before.Members, r.After.Members)
	fmt.Fprintf(t, "%s\t%d\t%d\t\n", p.say("not known", "未知"), r.Before.Unknown, r.After.Unknown)
	p.costLines(t, p.say("points", "积分"), r.Before.Points, r.After.Points)
	p.costLines(t, p.say("badges", "徽章"), r.Before.Badges, r.After.Badges)
	p.costLines(t, p.say("coupons", "券"), r.Before.Coupons, r.After.Coupons)
	p.costLines(t, p.say("privileges", "特权"), r.Before.Privileges, r.After.Privileges)
	fmt.Fprintf(t, "%s\t%d\t%d\t\n", p.say("tasks", "待办"), r.Before.Tasks, r.After.Tasks)
	fmt.Fprintf(t, "%s\t%d\t%d\t\n", p.say("messages sent", "发出消息"), r.Before.Messages.Sent, r.After.Messages.Sent)
	p.costLines(t, p.say("held:", "暂缓："), p.byWords(r.Before.Messages.Held), p.byWords(r.After.Messages.Held))
	p.costLines(t, p.say("dropped:", "不发："), p.byWords(r.Before.Messages.Dropped), p.byWords(r.After.Messages.Dropped))
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(p.out, p.say(fmt.Sprintf("%d members gained, %d lost, %d as before", r.Gained, r.Lost, r.Same), fmt.Sprintf("新增 %d 名成员，减少 %d 名，不变 %d 名", r.Gained, r.Lost, r.Same)))
	for _, m := range r.Members {
		if m.Change != backtesting.Same && len(m.Identities) > 0 {
			fmt.Fprintf(p.out, "  %s %s (%d)\n", map[string]string{backtesting.Gained: "+", backtesting.Lost: "-"}[m.Change], m.Identities[0].Key(), m.Matches)
		}
	}
	return nil
}

// byWords is a count by reason, in the reader's words.
func (p *program) byWords(by map[engine.Reason]int64) map[string]int64 {
	out := map[string]int64{}
	for why, n := range by {
		out[why.Words().In(p.lang)] += n
	}
	return out
}

func (p *program) costLines(t io.Writer, noun string, before, after map[string]int64) {
	keys := map[string]bool{}
	for _, m := range []map[string]int64{before, after} {
		for key := range m {
			keys[key] = true
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(keys), cmp.Compare[string]) {
		fmt.Fprintf(t, "%s %s\t%d\t%d\t\n", noun, key, before[key], after[key])
	}
}
