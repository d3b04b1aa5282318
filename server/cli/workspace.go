package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/service"
)

// workspace manages the server's tenants.
func (p *program) workspace() *cobra.Command {
	return p.group("workspace", "Workspaces: the communities on this server", "空间：本服务器上的社群", p.workspaceCreate(), p.workspaceList())
}

func (p *program) workspaceCreate() *cobra.Command {
	var name, externalID string
	c := &cobra.Command{Use: "create <id>", Short: p.say("Make a workspace and print its owner's token, this once", "创建空间并输出其所有者令牌（仅此一次）"), Args: p.args(1)}
	c.Flags().StringVar(&name, "name", "", p.say("its name; the id when empty", "名称，默认为 id"))
	c.Flags().StringVar(&externalID, "external-id", "", p.say("what a marketplace calls it", "在市场中的标识"))
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
		if err := service.CheckKey(args[0]); err != nil {
			return err
		}
		owner, secret, err := app.NewToken(args[0], "owner", auth.Owner)
		if err != nil {
			return err
		}
		w := api.Workspace{ID: args[0], Name: name, ExternalID: externalID, CreatedAt: owner.CreatedAt}
		if w.Name == "" {
			w.Name = w.ID
		}
		ctx, audit := app.Audited(cmd.Context(), w.ID, "workspace.create", w.ID)
		audit.Change(nil, w)
		if err := core.Workspaces.AddWorkspace(ctx, w, owner); err != nil {
			return err
		}
		if p.json {
			return p.printJSON(map[string]any{"workspace": w, "token": owner, "secret": secret})
		}
		_, err = fmt.Fprintln(p.out, secret)
		return err
	})
	return c
}

func (p *program) workspaceList() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: p.say("Show all workspaces", "列出所有空间"), Args: p.args(0)}
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, _ []string) error {
		var all []api.Workspace
		for page := (engine.Page{Limit: 1000}); ; {
			rows, err := core.Workspaces.ListWorkspaces(cmd.Context(), page)
			if err != nil {
				return err
			}
			all = append(all, rows.Items...)
			if page.Cursor = rows.Next; page.Cursor == "" {
				break
			}
		}
		if p.json {
			return p.printJSON(all)
		}
		rows := [][]string{{"ID", p.say("NAME", "名称"), p.say("STATE", "状态"), p.say("CREATED", "创建"), p.say("EXTERNAL ID", "外部标识")}}
		for _, w := range all {
			rows = append(rows, []string{w.ID, w.Name, w.State, day(w.CreatedAt), orDash(w.ExternalID)})
		}
		return p.table(rows)
	})
	return c
}
