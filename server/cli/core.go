package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"
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
		p.noteFresh(loaded.Database)
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

// noteFresh says that a command is about to make a new database, because who
// wrote another folder than the running server's would look at an empty one.
func (p *program) noteFresh(database string) {
	path, isFile := strings.CutPrefix(database, "sqlite:")
	if !isFile {
		return
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		p.note("note: there was no database at "+path+", so a new one was made. A server of another --data-dir (the demo's ends in -demo) does not know what is in it",
			"注意："+path+" 处原本没有数据库，已新建。使用其他 --data-dir 的服务器（示例社群的目录以 -demo 结尾）读不到其中的内容")
	}
}

// args asks for a number of arguments.
func (p *program) args(n int) cobra.PositionalArgs { return p.between(n, n) }

// atLeast asks for some arguments.
func (p *program) atLeast(n int) cobra.PositionalArgs { return p.between(n, math.MaxInt) }

// atMost takes arguments, but not many.
func (p *program) atMost(n int) cobra.PositionalArgs { return p.between(0, n) }

func (p *program) between(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch line := cmd.UseLine(); {
		case len(args) > most:
			return usage(fmt.Sprintf("%q is one too many; write: %s", args[most], line), fmt.Sprintf("%q 是多余的，用法：%s", args[most], line))
		case len(args) < least:
			return usage("write: "+line, "用法："+line)
		}
		return nil
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
