package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
)

var auditBulk = bulk{table: "audit", columns: []string{"happened_at", "entry_id", "body"}, keys: 3, set: []string{"body"}}

func (t *tx) saveAudit(ctx context.Context, c *engine.Changes) error {
	return t.insertAudit(ctx, t.workspace, c.Audit)
}

func (c scope) insertAudit(ctx context.Context, workspace string, entries []engine.AuditEntry) error {
	all := auditBulk.rows(len(entries))
	for i := range entries {
		body, err := json.Marshal(&entries[i])
		if err != nil {
			return fmt.Errorf("audit entry %s: %w", entries[i].ID, err)
		}
		all.add(workspace, len(body), int64(entries[i].At), entries[i].ID, body)
	}
	return c.insert(ctx, all)
}

// audited is transact for what somebody asked for: the audit row that the
// context carries, if it was not written yet, is written in the same transaction.
func (s *Store) audited(ctx context.Context, workspace string, do func(scope) error) error {
	audit := engine.AuditOf(ctx)
	err := s.transact(ctx, workspace, func(c scope) error {
		if err := do(c); err != nil {
			return err
		}
		row, pending := audit.Pending()
		if !pending {
			return nil
		}
		return c.insertAudit(ctx, audit.Workspace(workspace), []engine.AuditEntry{row})
	})
	if err == nil {
		audit.Written()
	}
	return err
}

// AddAudit writes the audit row that the context carries by itself, for what
// changes no table of ours.
func (s *Store) AddAudit(ctx context.Context, workspace string) error {
	return s.failure("write audit row", s.audited(ctx, workspace, func(scope) error { return nil }))
}

// ListAudit gives audit entries, newest first.
func (r *reader) ListAudit(ctx context.Context, p engine.Page) (engine.Rows[engine.AuditEntry], error) {
	c := condition{r.orm(ctx)}
	if err := c.after("happened_at", "entry_id", p.Cursor, textKey); err != nil {
		return engine.Rows[engine.AuditEntry]{}, err
	}
	limit := limitOf(p)
	all, err := decoded[engine.AuditEntry](ctx, &c, "audit", "happened_at DESC, entry_id DESC", limit)
	return paged(all, limit, func(a *engine.AuditEntry) cursor { return cursor{int64(a.At), a.ID} }), r.readError("list audit", err)
}
