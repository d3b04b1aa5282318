package auth

import (
	"fmt"
	"maps"
	"net/mail"
	"regexp"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// User is a person who signs in to the console, as they are kept.
type User struct {
	ID         string            `json:"id"`
	Workspace  string            `json:"-"`
	Login      string            `json:"login"`
	Name       string            `json:"name,omitempty"`
	Role       Role              `json:"role"`
	Email      string            `json:"email,omitempty"`
	Identities map[string]string `json:"identities,omitempty"` // who they are on other channels, by the channel's name
	Password   string            `json:"-"`                    // encoded hash; "": cannot sign in by password
	CreatedAt  engine.Time       `json:"created_at,omitempty"`
	DisabledAt engine.Time       `json:"disabled_at,omitempty"` // 0: active
	Version    int64             `json:"version"`
	TwoFactors bool              `json:"second_factor"` // signing in asks for a code
}

// ShownUser is a user as answers show them: never with the password's hash.
type ShownUser struct {
	User
	HasPassword bool `json:"has_password"`
}

// Shown is the user as answers show them.
func (u User) Shown() ShownUser { return ShownUser{u, u.Password != ""} }

// AuditedUser is what audit rows say of a user: no secret, no personal field.
type AuditedUser struct {
	Login    string   `json:"login"`
	Role     Role     `json:"role"`
	Channels []string `json:"channels,omitempty"` // on which they have an address
	Password bool     `json:"has_password"`
	Disabled bool     `json:"disabled"`
}

// Audited is the user as audit rows tell of them.
func (u User) Audited() AuditedUser {
	channels := slices.Sorted(maps.Keys(u.Identities))
	if u.Email != "" {
		channels = append([]string{EmailChannel}, channels...)
	}
	return AuditedUser{u.Login, u.Role, channels, u.Password != "", u.DisabledAt != 0}
}

// EmailChannel is the channel on which a user's e-mail address is who they are.
const EmailChannel = "email"

// Address is where a user is reached on a channel that goes by the first of the
// names which they have an address on; "" when they have none.
func (u *User) Address(names ...string) string {
	for _, name := range names {
		if a := u.Identities[name]; a != "" {
			return a
		}
		if name == EmailChannel && u.Email != "" {
			return u.Email
		}
	}
	return ""
}

var (
	loginPattern   = regexp.MustCompile(`^[\p{L}\p{N}_][\p{L}\p{N}._@+-]*$`)
	channelPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)
)

const (
	maxLogin   = 128 // bytes
	maxAddress = 191 // bytes
)

// Check says all that is wrong with a user, each with its place.
func (u *User) Check() (problems []engine.Problem) {
	wrong := func(code, path, en, zh string) {
		problems = append(problems, engine.Problem{Code: code, Path: path, Message: engine.Text{En: en, Zh: zh}})
	}
	if len(u.Login) > maxLogin || !loginPattern.MatchString(u.Login) {
		wrong("bad_login", "/login", fmt.Sprintf("a login has 1 to %d bytes: letters, digits and . _ @ + -", maxLogin), fmt.Sprintf("登录名为 1 到 %d 字节，可用文字、数字和 . _ @ + -", maxLogin))
	}
	if !u.Role.Valid() {
		wrong("unknown_role", "/role", fmt.Sprintf("there is no role %.64q; there are %s", string(u.Role), RoleNames()), fmt.Sprintf("没有角色 %.64q，可选：%s", string(u.Role), RoleNames()))
	}
	if a, err := mail.ParseAddress(u.Email); u.Email != "" && (err != nil || a.Address != u.Email || len(u.Email) > maxAddress) {
		wrong("bad_email", "/email", "this is no e-mail address such as an@example.org", "邮箱格式不对，应如 an@example.org")
	}
	for _, channel := range slices.Sorted(maps.Keys(u.Identities)) {
		path := "/identities/" + channel
		switch address := u.Identities[channel]; {
		case channel == EmailChannel:
			wrong("use_email", path, "the e-mail address is written as email", "邮箱请写在 email 中")
		case !channelPattern.MatchString(channel) || len(channel) > 64:
			wrong("bad_key", path, "this is no channel's name", "不是渠道名称")
		case address == "" || len(address) > maxAddress:
			wrong("bad_address", path, fmt.Sprintf("an address has 1 to %d bytes", maxAddress), fmt.Sprintf("地址为 1 到 %d 字节", maxAddress))
		}
	}
	return problems
}

// MayManage refuses who would give a role above their own, or change somebody
// who has one.
func (p *Principal) MayManage(roles ...Role) error {
	for _, role := range roles {
		if role.Valid() && !p.Role.Covers(role) {
			return forbidden("nobody gives a role above their own, nor changes a user who has one", "不能授予高于自己的角色，也不能修改角色高于自己的用户")
		}
	}
	return nil
}
