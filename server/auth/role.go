package auth

import (
	"slices"
	"strings"
)

// Role is what somebody may do in a workspace. Each role may all that the one
// after it may.
type Role string

// The roles, highest first.
const (
	Owner    Role = "owner"
	Admin    Role = "admin"
	Operator Role = "operator"
	Analyst  Role = "analyst"
	Viewer   Role = "viewer"
)

// Roles lists the roles, highest first.
var Roles = []Role{Owner, Admin, Operator, Analyst, Viewer}

// RoleNames lists the roles for people, highest first.
func RoleNames() string {
	var names []string
	for _, r := range Roles {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// Valid is whether the role exists.
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// Covers is whether r may all that need may. An unknown role covers nothing.
func (r Role) Covers(need Role) bool {
	have, want := slices.Index(Roles, r), slices.Index(Roles, need)
	return have >= 0 && want >= 0 && have <= want
}
