package auth

import (
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// Principal is the caller of one request.
type Principal struct {
	Token     string // its id; "" of a person
	User      string // id of a person who signed in; "" of a token
	Session   string // of the person, its id
	Login     string // of the person
	Name      string
	Workspace string
	Role      Role
	Scopes    []Scope
	Server    bool
}

// By is the id of who calls: a token or a user.
func (p *Principal) By() string {
	if p.User != "" {
		return p.User
	}
	return p.Token
}

// ByName is what who calls is called: the user's login or the token's name.
func (p *Principal) ByName() string {
	if p.User != "" {
		return p.Login
	}
	return p.Name
}

// Need is what a call asks of its caller.
type Need struct {
	Role   Role
	Scope  Scope
	Server bool // works on the server, not on one workspace
}

// May tells whether the principal may make a call: nil, or an error with
// engine.CodeForbidden that says what is missing.
func (p *Principal) May(n Need) error {
	switch {
	case !p.Role.Covers(n.Role):
		return forbidden(fmt.Sprintf("this needs the role %s; this credential has %s", n.Role, p.Role),
			fmt.Sprintf("需要角色 %s，当前凭证为 %s", n.Role, p.Role))
	case n.Server && !p.Server:
		return forbidden("this needs a credential of the server's owner", "需要服务器所有者的凭证")
	case !p.Has(n.Scope):
		return forbidden(fmt.Sprintf("this needs the scope %s", n.Scope), fmt.Sprintf("需要权限范围 %s", n.Scope))
	}
	return nil
}

func forbidden(en, zh string) error {
	return &engine.Error{Code: engine.CodeForbidden, Message: engine.Text{En: en, Zh: zh}}
}

// Has is whether the principal's scopes, or with none its role, hold a scope.
// Personal fields are never a viewer's or analyst's without being named.
func (p *Principal) Has(s Scope) bool {
	if s == Any {
		return true
	}
	if len(p.Scopes) > 0 {
		return slices.Contains(p.Scopes, s)
	}
	return s != PersonalRead || p.Role.Covers(Operator)
}

// Personal is whether personal fields may be shown.
func (p *Principal) Personal() bool { return p.Has(PersonalRead) }
