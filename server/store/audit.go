package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
)

var auditBulk = bulk{table: "audit", columns: []string{"happened_at", "entry_id", "body"}, keys: 3, set: []string{"body"}}

func (t *tx) saveAudit(ctx context.Context, c *engine.Changes) error {
	all := auditBulk.rows(len(c.Audit))
	for i := range c.Audit {
		body, err := json.Marshal(&c.Audit[i])
		if err != nil {
			return fmt.Errorf("audit entry %s: %w", c.Audit[i].ID, err)
		}
		all.add(t.workspace, len(body), int64(c.Audit[i].At), c.Audit[i].ID, body)
	}
	return t.insert(ctx, all)
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
