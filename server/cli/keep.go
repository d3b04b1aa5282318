package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/service"
)

// erase destroys a member's personal data.
func (p *program) erase() *cobra.Command {
	c := &cobra.Command{Use: "erase <member>", Args: p.args(1),
		Short: p.say("Destroy a member's identities and personal fields; what they did stays without a name", "清除成员的身份与个人信息；其行为记录匿名保留")}
	workspace := p.workspaceFlag(c)
	sure := c.Flags().Bool("yes", false, p.say("really: it cannot be undone", "确认执行：无法撤销"))
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
		if !*sure {
			return usage("erasing cannot be undone; add --yes", "清除无法撤销，请加 --yes")
		}
		if err := there(cmd.Context(), core, *workspace); err != nil {
			return err
		}
		who := service.Caller{Workspace: *workspace, By: "command line", Now: engine.TimeOf(time.Now())}
		if err := core.Service.Members.Erase(cmd.Context(), who, args[0], service.Match{}); err != nil {
			return err
		}
		if p.json {
			return p.printJSON(map[string]string{"erased": args[0]})
		}
		_, err := fmt.Fprintln(p.out, args[0])
		return err
	})
	return c
}
