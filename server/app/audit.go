package app

import (
	"context"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// CommandLine is who audit rows name for what is done on the server's own
// command line.
const CommandLine = "command line"

// Audited gives a context that carries the audit row of what a command does in a
// workspace, such as "token.create", to the transaction that does it.
func Audited(ctx context.Context, workspace, action, key string) (context.Context, *engine.Audit) {
	noun, _, _ := strings.Cut(action, ".")
	return engine.WithAudit(ctx, workspace, engine.AuditEntry{ID: newID(), At: now(), By: CommandLine, Action: action, Noun: noun, Key: key})
}
