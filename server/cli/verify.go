package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/server/app"
)

// verify replays a workspace's log and compares everything with what is stored.
func (p *program) verify() *cobra.Command {
	c := &cobra.Command{
		Use:   "verify",
		Short: p.say("Replay the log and compare every ledger, tier, tag and membership with what is stored", "重放日志，核对所有账目、层级、标签与群成员"),
		Args:  p.args(0),
	}
	workspace := p.workspaceFlag(c)
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, _ []string) error {
		if err := there(cmd.Context(), core, *workspace); err != nil {
			return err
		}
		b := p.progress(-1, "replaying", "重放中")
		report, err := core.Machine.Verify(cmd.Context(), *workspace, b.set)
		b.Close()
		if err != nil {
			return err
		}
		if p.json {
			if err := p.printJSON(report); err != nil {
				return err
			}
		} else {
			fmt.Fprintf(p.out, p.say("replayed %d events; compared %d members and %d ledger entries\n", "重放 %d 个事件；核对 %d 名成员、%d 条账目\n"),
				report.Events, report.Members, report.Entries)
			for _, d := range report.Differences {
				fmt.Fprintf(p.out, p.say("%s %s differs\n  stored: %s\n  replay: %s\n", "%s %s 不一致\n  已存：%s\n  重放：%s\n"), d.Noun, d.Key, orDash(d.Stored), orDash(d.Replay))
			}
			if report.More > 0 {
				fmt.Fprintf(p.out, p.say("and %d more\n", "另有 %d 处\n"), report.More)
			}
		}
		if len(report.Differences) > 0 {
			return errQuiet
		}
		return nil
	})
	return c
}
