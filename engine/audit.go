package engine

import (
	"context"
	"encoding/json"
	"sync"
)

// Audit is the audit row of one request, on its way to the transaction that
// makes the change. It travels with the context, as a deadline does, because it
// tells of the request and not of the change: whatever the change is and however
// many hands it goes through, the row is written where the change is, in the
// same transaction. All methods may be called on nil, which is nobody's row.
type Audit struct {
	mu        sync.Mutex
	workspace string
	entry     AuditEntry
	written   bool
}

type auditKey struct{}

// WithAudit gives a context that carries a row. workspace is whose the row is,
// "" that in which the change happens.
func WithAudit(ctx context.Context, workspace string, e AuditEntry) (context.Context, *Audit) {
	a := &Audit{workspace: workspace, entry: e}
	return context.WithValue(ctx, auditKey{}, a), a
}

// WithoutAudit gives a context without a row, for simulations: what happens in
// them is nobody's change.
func WithoutAudit(ctx context.Context) context.Context {
	return context.WithValue(ctx, auditKey{}, (*Audit)(nil))
}

// AuditOf is the row that a context carries, or nil.
func AuditOf(ctx context.Context) *Audit {
	a, _ := ctx.Value(auditKey{}).(*Audit)
	return a
}

// About says what was changed, where that is not known from the start.
func (a *Audit) About(key string) {
	if a != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.entry.Key = key
	}
}

// By says who changes it, where that is not known from the start.
func (a *Audit) By(who, name string) {
	if a != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.entry.By, a.entry.ByName = who, name
	}
}

// Change says what was there before and is there now; nil leaves what was said.
// Callers give neither secrets nor personal fields.
func (a *Audit) Change(before, after any) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if before != nil {
		a.entry.Before = AuditText(before)
	}
	if after != nil {
		a.entry.After = AuditText(after)
	}
}

// Pending is the row as it stands, and whether it has still to be written.
func (a *Audit) Pending() (AuditEntry, bool) {
	if a == nil {
		return AuditEntry{}, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.entry, !a.written
}

// Workspace is whose the row is, given where the change happens.
func (a *Audit) Workspace(of string) string {
	if a == nil || a.workspace == "" {
		return of
	}
	return a.workspace
}

// Written notes that the row was committed.
func (a *Audit) Written() {
	if a != nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.written = true
	}
}

// maxAuditText bounds what a row keeps of a thing, in bytes.
const maxAuditText = 64 << 10

// AuditText is a thing as audit rows keep it: JSON, and of what is too long for
// a row its size.
func AuditText(v any) string {
	if raw, ok := v.(json.RawMessage); ok && len(raw) == 0 {
		return ""
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	if len(b) > maxAuditText {
		b, err = json.Marshal(map[string]int{"bytes": len(b)})
	}
	if err != nil {
		return ""
	}
	return string(b)
}
