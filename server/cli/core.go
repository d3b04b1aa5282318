package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/app"
)

// withCore opens all that works without serving, beside a running server too,
// for a command.
func (p *program) withCore(run func(*cobra.Command, *app.Core, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		loaded, err := p.settings(cmd)
		if err != nil {
			return err
		}
		if loaded.Origins["log-level"] == "default" {
			loaded.LogLevel = "warn" // a tool says what it was asked, not what it does
		}
		core, err := app.Open(cmd.Context(), loaded, app.NewLog(p.err, &loaded.Settings), false)
		if err != nil {
			return err
		}
		err = run(cmd, core, args)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), 20*time.Second)
		defer cancel()
		if stop := core.Stop(ctx); err == nil {
			err = stop
		}
		return err
	}
}

// args asks for a number of arguments.
func (p *program) args(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		return usage("write: "+cmd.UseLine(), "用法："+cmd.UseLine())
	}
}

// atLeast asks for some arguments.
func (p *program) atLeast(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) >= n {
			return nil
		}
		return usage("write: "+cmd.UseLine(), "用法："+cmd.UseLine())
	}
}

// workspaceFlag adds --workspace.
func (p *program) workspaceFlag(c *cobra.Command) *string {
	return c.Flags().String("workspace", app.DefaultWorkspace, p.say("the workspace", "空间"))
}

// there makes sure that a workspace exists.
func there(ctx context.Context, core *app.Core, workspace string) error {
	_, err := core.Workspaces.Workspace(ctx, workspace)
	if engine.CodeOf(err) == engine.CodeNotFound {
		return &engine.Error{Code: engine.CodeNotFound, Message: engine.Text{
			En: fmt.Sprintf("there is no workspace %q; bylaw workspace list shows all", workspace),
			Zh: fmt.Sprintf("没有空间 %q，bylaw workspace list 可列出全部", workspace)}}
	}
	return err
}

// day shows an instant for people; "-" for none.
func day(t engine.Time) string {
	if t == 0 {
		return "-"
	}
	return t.Std().Local().Format("2006-01-02 15:04")
}
