package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/auth"
)

// token makes, shows and ends credentials.
func (p *program) token() *cobra.Command {
	return p.group("token", "Credentials of programs", "程序使用的令牌", p.tokenCreate(), p.tokenList(), p.tokenRevoke())
}

// tokenFlags are what a new token is asked to be.
type tokenFlags struct {
	name, role, expires string
	scopes              []string
	server              bool
}

func (p *program) tokenCreate() *cobra.Command {
	var f tokenFlags
	c := &cobra.Command{Use: "create", Short: p.say("Make a token and print it, this once", "创建令牌并输出（仅此一次）"), Args: p.args(0)}
	workspace := p.workspaceFlag(c)
	c.Flags().StringVar(&f.name, "name", "command line", p.say("what it is for", "用途"))
	c.Flags().StringVar(&f.role, "role", string(auth.Owner), p.say("owner, admin, operator, analyst or viewer", "角色：owner、admin、operator、analyst 或 viewer"))
	c.Flags().StringSliceVar(&f.scopes, "scopes", nil, p.say("narrow it to these scopes, such as events:write", "限定权限范围，如 events:write"))
	c.Flags().StringVar(&f.expires, "expires", "", p.say("how long it lives, such as 720h; empty: for ever", "有效期，如 720h；留空为长期"))
	c.Flags().BoolVar(&f.server, "server", false, p.say("it may also manage the server's workspaces", "可管理服务器上的所有空间"))
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, _ []string) error {
		if err := there(cmd.Context(), core, *workspace); err != nil {
			return err
		}
		token, secret, err := f.token(*workspace)
		if err != nil {
			return err
		}
		ctx, audit := app.Audited(cmd.Context(), *workspace, "token.create", token.ID)
		audit.Change(nil, token)
		if err := core.Tokens.AddToken(ctx, token); err != nil {
			return err
		}
		if p.json {
			return p.printJSON(map[string]any{"token": token, "secret": secret})
		}
		_, err = fmt.Fprintln(p.out, secret)
		return err
	})
	return c
}

func (f tokenFlags) token(workspace string) (auth.Token, string, error) {
	t, secret, err := app.NewToken(workspace, f.name, auth.Role(f.role))
	if err != nil {
		return t, "", err
	}
	t.Server = f.server
	for _, name := range f.scopes {
		scope := auth.Scope(strings.TrimSpace(name))
		if !contains(scopeNames(), string(scope)) {
			all := strings.Join(scopeNames(), ", ")
			return t, "", usage(fmt.Sprintf("there is no scope %q; there are %s", scope, all), fmt.Sprintf("没有权限范围 %q，可选：%s", scope, all))
		}
		t.Scopes = append(t.Scopes, scope)
	}
	if f.expires != "" {
		d, err := time.ParseDuration(f.expires)
		if err != nil || d <= 0 {
			return t, "", usage("--expires is a duration such as 720h", "--expires 为时长，如 720h")
		}
		t.ExpiresAt = t.CreatedAt.Add(d)
	}
	return t, secret, nil
}

func scopeNames() []string {
	var names []string
	for _, s := range auth.Scopes {
		names = append(names, string(s))
	}
	return names
}

func (p *program) tokenList() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: p.say("Show a workspace's tokens, without their secrets", "列出空间的令牌（不含内容）"), Args: p.args(0)}
	workspace := p.workspaceFlag(c)
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, _ []string) error {
		if err := there(cmd.Context(), core, *workspace); err != nil {
			return err
		}
		list, err := core.Tokens.ListTokens(cmd.Context(), *workspace)
		if err != nil {
			return err
		}
		if p.json {
			return p.printJSON(list)
		}
		rows := [][]string{{"ID", p.say("NAME", "名称"), p.say("ROLE", "角色"), p.say("BEGINS", "开头"), p.say("CREATED", "创建"), p.say("LAST USED", "最近使用"), p.say("STATE", "状态")}}
		for _, t := range list {
			rows = append(rows, []string{t.ID, t.Name, string(t.Role), t.Prefix, day(t.CreatedAt), day(t.UsedAt), p.tokenState(t)})
		}
		return p.table(rows)
	})
	return c
}

func (p *program) tokenState(t auth.Token) string {
	switch {
	case t.RevokedAt != 0:
		return p.say("revoked", "已撤销")
	case !t.Alive(engine.TimeOf(time.Now())):
		return p.say("expired", "已过期")
	case t.ExpiresAt != 0:
		return p.say("until ", "有效至 ") + day(t.ExpiresAt)
	}
	return p.say("live", "有效")
}

func (p *program) tokenRevoke() *cobra.Command {
	c := &cobra.Command{Use: "revoke <id>", Short: p.say("End a token; it stops working within a second", "撤销令牌，一秒内失效"), Args: p.args(1)}
	workspace := p.workspaceFlag(c)
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
		ctx, _ := app.Audited(cmd.Context(), *workspace, "token.revoke", args[0])
		if err := core.Tokens.RevokeToken(ctx, *workspace, args[0], engine.TimeOf(time.Now())); err != nil {
			return err
		}
		p.note("revoked "+args[0], "已撤销 "+args[0])
		return nil
	})
	return c
}
