package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/auth"
)

// user manages the people who sign in to the console.
func (p *program) user() *cobra.Command {
	return p.group("user", "Users of the console, whom rules can send to", "后台用户，规则可向其发送消息", p.userAdd(), p.userList(), p.userSet(), p.userRemove(), p.userResetSecondFactor())
}

// userFlags are what a user is asked to be.
type userFlags struct {
	name, role, email, passwordFile string
	identities                      []string
	disabled                        bool
}

func (p *program) userFlags(c *cobra.Command, f *userFlags) {
	c.Flags().StringVar(&f.name, "name", "", p.say("their name", "姓名"))
	c.Flags().StringVar(&f.role, "role", string(auth.Operator), p.say("owner, admin, operator, analyst or viewer", "角色：owner、admin、operator、analyst 或 viewer"))
	c.Flags().StringVar(&f.email, "email", "", p.say("their e-mail address", "邮箱"))
	c.Flags().StringSliceVar(&f.identities, "identity", nil, p.say("who they are on a channel, such as wecom:an; without an address it is removed", "在渠道上的身份，如 wecom:an；地址留空则移除"))
	c.Flags().StringVar(&f.passwordFile, "password-file", "", p.say("a file with the password; - reads it from standard input", "存放密码的文件；- 表示从标准输入读取"))
}

// apply changes a user as the flags that were given say.
func (p *program) apply(cmd *cobra.Command, f *userFlags, core *app.Core, u *auth.User) error {
	given := cmd.Flags().Changed
	if given("name") {
		u.Name = f.name
	}
	if given("role") {
		u.Role = auth.Role(f.role)
	}
	if given("email") {
		u.Email = f.email
	}
	for _, text := range f.identities {
		channel, address, ok := strings.Cut(text, ":")
		switch {
		case !ok:
			return usage("--identity is a channel and an address, such as wecom:an", "--identity 为渠道与地址，如 wecom:an")
		case address == "":
			delete(u.Identities, channel)
			continue
		case u.Identities == nil:
			u.Identities = map[string]string{}
		}
		u.Identities[channel] = address
	}
	problems := u.Check()
	password, set, err := p.password(f.passwordFile)
	if err != nil {
		return err
	}
	if set {
		problems = append(problems, auth.CheckPassword(password, "/password")...)
	}
	if len(problems) > 0 {
		return engine.Invalid(engine.Text{En: "the user has problems", Zh: "用户有误"}, problems...)
	}
	if set {
		u.Password, err = core.Passwords.Hash(cmd.Context(), password)
	}
	return err
}

// maxPasswordFile bounds what is read of a password's source.
const maxPasswordFile = 64 << 10

// password reads a password from where it is; nobody is asked for one.
func (p *program) password(file string) (password string, set bool, err error) {
	if file == "" {
		return "", false, nil
	}
	var text []byte
	if file == "-" {
		text, err = io.ReadAll(io.LimitReader(p.in, maxPasswordFile))
	} else {
		text, err = os.ReadFile(file)
	}
	if err != nil {
		return "", false, usage(fmt.Sprintf("the password cannot be read: %v", err), fmt.Sprintf("无法读取密码：%v", err))
	}
	return strings.TrimRight(string(text), "\r\n"), true, nil
}

func (p *program) userAdd() *cobra.Command {
	var f userFlags
	c := &cobra.Command{Use: "add <login>", Short: p.say("Add a user", "添加用户"), Args: p.args(1)}
	workspace := p.workspaceFlag(c)
	p.userFlags(c, &f)
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
		if err := there(cmd.Context(), core, *workspace); err != nil {
			return err
		}
		u := app.NewUser(*workspace, args[0], auth.Role(f.role))
		if err := p.apply(cmd, &f, core, &u); err != nil {
			return err
		}
		ctx, audit := app.Audited(cmd.Context(), *workspace, "user.create", u.ID)
		audit.Change(nil, u.Audited())
		if err := core.Users.AddUser(ctx, u); err != nil {
			return err
		}
		return p.showUser(u, "added ", "已添加 ")
	})
	return c
}

// showUser tells of a change: as JSON, or in a line for a person.
func (p *program) showUser(u auth.User, en, zh string) error {
	if p.json {
		return p.printJSON(u.Shown())
	}
	p.note(en+u.Login, zh+u.Login)
	return nil
}

func (p *program) userList() *cobra.Command {
	c := &cobra.Command{Use: "list", Short: p.say("Show a workspace's users", "列出空间的用户"), Args: p.args(0)}
	workspace := p.workspaceFlag(c)
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, _ []string) error {
		if err := there(cmd.Context(), core, *workspace); err != nil {
			return err
		}
		list, err := core.Users.ListUsers(cmd.Context(), *workspace)
		if err != nil {
			return err
		}
		shown := make([]auth.ShownUser, 0, len(list))
		rows := [][]string{{p.say("LOGIN", "登录名"), p.say("NAME", "姓名"), p.say("ROLE", "角色"), p.say("E-MAIL", "邮箱"), p.say("CREATED", "创建"), p.say("STATE", "状态")}}
		for _, u := range list {
			shown = append(shown, u.Shown())
			state := p.say("active", "有效")
			if u.DisabledAt != 0 {
				state = p.say("disabled", "已停用")
			}
			rows = append(rows, []string{u.Login, orDash(u.Name), string(u.Role), orDash(u.Email), day(u.CreatedAt), state})
		}
		if p.json {
			return p.printJSON(shown)
		}
		return p.table(rows)
	})
	return c
}

func (p *program) userSet() *cobra.Command {
	var f userFlags
	c := &cobra.Command{Use: "set <login>", Short: p.say("Change what is named of a user", "修改用户"), Args: p.args(1)}
	workspace := p.workspaceFlag(c)
	p.userFlags(c, &f)
	c.Flags().BoolVar(&f.disabled, "disabled", false, p.say("disable them; --disabled=false enables them again", "停用；--disabled=false 重新启用"))
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
		u, err := p.userNamed(cmd.Context(), core, *workspace, args[0])
		if err != nil {
			return err
		}
		before := u.Audited()
		if err := p.apply(cmd, &f, core, &u); err != nil {
			return err
		}
		switch {
		case !cmd.Flags().Changed("disabled"):
		case !f.disabled:
			u.DisabledAt = 0
		case u.DisabledAt == 0:
			u.DisabledAt = engine.TimeOf(time.Now())
		}
		ctx, audit := app.Audited(cmd.Context(), *workspace, "user.edit", u.ID)
		audit.Change(before, u.Audited())
		if u, err = core.Users.SaveUser(ctx, u); err != nil {
			return err
		}
		return p.showUser(u, "changed ", "已修改 ")
	})
	return c
}

func (p *program) userRemove() *cobra.Command {
	c := &cobra.Command{Use: "remove <login>", Short: p.say("Remove a user", "移除用户"), Args: p.args(1)}
	workspace := p.workspaceFlag(c)
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
		u, err := p.userNamed(cmd.Context(), core, *workspace, args[0])
		if err != nil {
			return err
		}
		ctx, audit := app.Audited(cmd.Context(), *workspace, "user.delete", u.ID)
		audit.Change(u.Audited(), nil)
		if err := core.Users.RemoveUser(ctx, u); err != nil {
			return err
		}
		return p.showUser(u, "removed ", "已移除 ")
	})
	return c
}

// userResetSecondFactor lets in again who lost their phone and their recovery codes.
func (p *program) userResetSecondFactor() *cobra.Command {
	c := &cobra.Command{Use: "reset-second-factor <login>", Short: p.say("Remove a user's second factor and sign them out", "移除用户的两步验证并结束其登录"), Args: p.args(1)}
	workspace := p.workspaceFlag(c)
	c.RunE = p.withCore(func(cmd *cobra.Command, core *app.Core, args []string) error {
		u, err := p.userNamed(cmd.Context(), core, *workspace, args[0])
		if err != nil {
			return err
		}
		ctx, audit := app.Audited(cmd.Context(), *workspace, "second-factor.reset", u.ID)
		audit.Change(u.Audited(), nil)
		if err := core.Accounts.Factors.RemoveFactor(ctx, u.Workspace, u.ID, ""); err != nil {
			return err
		}
		u.TwoFactors = false
		return p.showUser(u, "removed the second factor of ", "已移除两步验证：")
	})
	return c
}

// userNamed finds a user of a workspace that exists.
func (p *program) userNamed(ctx context.Context, core *app.Core, workspace, login string) (auth.User, error) {
	if err := there(ctx, core, workspace); err != nil {
		return auth.User{}, err
	}
	u, err := core.Users.UserByLogin(ctx, workspace, login)
	if engine.CodeOf(err) == engine.CodeNotFound {
		return u, &engine.Error{Code: engine.CodeNotFound, Message: engine.Text{
			En: fmt.Sprintf("there is no user %q; bylaw user list shows all", login), Zh: fmt.Sprintf("没有用户 %q，bylaw user list 可列出全部", login)}}
	}
	return u, err
}
