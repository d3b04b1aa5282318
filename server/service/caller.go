package service

import (
	"github.com/bylaw-dev/bylaw/engine"
)

// Caller is who asks for something, from where and when.
type Caller struct {
	Workspace string
	By        string      // token or user id
	Now       engine.Time // receipt
	Personal  bool        // may see personal fields
	// Once is the caller's idempotency key, "" when none was sent: a change made
	// by hand with the same one happens once.
	Once string
	// Origin is the name of the files that the caller writes rules from, "" for a
	// person. Rules that files provide are changed by them alone.
	Origin string
	any    bool // of whatever origin: what is no edit
}

// anyOrigin is the caller of a step that is no edit.
func (c Caller) anyOrigin() Caller {
	c.any = true
	return c
}

// Match is what a caller who edits says they saw.
type Match struct {
	Given    bool
	Revision int64 // of a definition, or the version of a state; 0: it must not exist
	Exists   bool  // it must exist, in whatever revision
}

// ErrStale is the error of an edit that comes too late: the thing changed since
// it was read. Test with errors.Is.
var ErrStale = &engine.Error{Code: engine.CodeConflict, Message: engine.Text{
	En: "somebody changed this since you read it; read it again and repeat your change",
	Zh: "读取之后已被他人修改，请重新读取后再改",
}}

// check compares with what is there now.
func (m Match) check(now int64) error {
	if m.Given && m.Revision != now || m.Exists && now == 0 {
		return ErrStale
	}
	return nil
}
