package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/service"
)

// backfillFlags are the flags of rules backfill.
type backfillFlags struct {
	workspace, from, to string
	messages            bool
	confirm             int
}

func (p *program) rulesBackfill() *cobra.Command {
	b := &backfillFlags{}
	c := &cobra.Command{
		Use: "backfill <rule>", Args: p.args(1),
		Short: p.say("Let a rule do what it would have done, had it been in force", "补发规则本应产生的效果"),
		Long: p.say("Let a rule do what it would have done, had it been in force. Without --confirm a preview, which writes nothing but the job; with --confirm and the number that the newest preview of the same range counted it happens, each thing once.",
			"补发规则若当时已生效本应产生的效果。不带 --confirm 为预览，除作业外不写入任何内容；--confirm 给出同一范围最新预览的数量后才执行，每项只执行一次。"),
	}
	f := c.Flags()
	f.StringVar(&b.workspace, "workspace", app.DefaultWorkspace, p.say("the workspace", "空间"))
	f.StringVar(&b.from, "from", "", p.say("the first day or moment, such as 2026-01-31", "起始日期或时刻，如 2026-01-31"))
	f.StringVar(&b.to, "to", "", p.say("the day or moment before which it ends", "结束日期或时刻，不含"))
	f.BoolVar(&b.messages, "messages", false, p.say("send what it would have sent", "发送其本应发送的消息"))
	f.IntVar(&b.confirm, "confirm", 0, p.say("the number of effects that the newest preview counted", "最新预览的效果数量"))
	c.PreRunE = func(*cobra.Command, []string) error {
		if b.from == "" || b.to == "" {
			return usage("say for which days: --from 2026-01-01 --to 2026-02-01", "请指明日期范围：--from 2026-01-01 --to 2026-02-01")
		}
		return nil
	}
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
		if err := there(cmd.Context(), core, b.workspace); err != nil {
			return err
		}
		ask := service.BackfillAsk{Messages: b.messages}
		if cmd.Flags().Changed("confirm") {
			ask.Confirm = &b.confirm
		}
		var err error
		if ask.From, err = moment(b.from); err != nil {
			return err
		}
		if ask.To, err = moment(b.to); err != nil {
			return err
		}
		who := service.Caller{Workspace: b.workspace, By: app.CommandLine, Now: core.Now()}
		j, err := core.Service.Backfills.Job(cmd.Context(), who, args[0], ask)
		if err != nil {
			return err
		}
		var found service.Backfill
		if err := p.doJob(cmd.Context(), core, j, longWork{workspace: b.workspace, kind: j.Kind, en: "backfill", zh: "补发"}, &found); err != nil {
			return err
		}
		if p.json {
			return p.printJSON(&found)
		}
		p.showBackfill(p.out, &found, ask.Confirm != nil)
		return nil
	})
	return c
}

func (p *program) showBackfill(out io.Writer, f *service.Backfill, ran bool) {
	if ran {
		fmt.Fprintln(out, p.say(fmt.Sprintf("made %d effects for %d members; %d occurrences were stopped by a limit or done by then", f.Confirm, f.Members, f.Stopped),
			fmt.Sprintf("已为 %[2]d 名成员产生 %[1]d 项效果；%[3]d 次因上限或已执行而跳过", f.Confirm, f.Members, f.Stopped)))
	} else {
		fmt.Fprintln(out, p.say(fmt.Sprintf("%d effects for %d members are missing, %d occurrences were done already", f.Confirm, f.Members, f.Used),
			fmt.Sprintf("缺少 %[2]d 名成员的 %[1]d 项效果，%[3]d 次此前已执行", f.Confirm, f.Members, f.Used)))
	}
	for _, part := range []struct {
		noun string
		by   map[string]int64
	}{{p.say("points", "积分"), f.Cost.Points}, {p.say("badges", "徽章"), f.Cost.Badges}, {p.say("coupons", "券"), f.Cost.Coupons}, {p.say("privileges", "特权"), f.Cost.Privileges}} {
		for _, key := range slices.Sorted(maps.Keys(part.by)) {
			fmt.Fprintf(out, "  %s %s: %d\n", part.noun, key, part.by[key])
		}
	}
	if !ran && f.Confirm > 0 {
		fmt.Fprintln(out, p.say(fmt.Sprintf("to make them, say it again with --confirm %d", f.Confirm), fmt.Sprintf("确认执行请加 --confirm %d", f.Confirm)))
	}
}
