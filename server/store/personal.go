package store

import (
	"context"
	"database/sql"

	"github.com/bylaw-dev/bylaw/engine"
)

var personalBulk = bulk{table: "personal", columns: []string{"member", "position", "name", "value"}, keys: 4, set: []string{"value"}}

// savePersonal writes in the order given, as one value may be set and erased in a batch.
func (t *tx) savePersonal(ctx context.Context, c *engine.Changes) error {
	all := personalBulk.rows(len(c.Personal))
	for _, p := range c.Personal {
		if p.Value != "" {
			all.add(t.workspace, len(p.Value), p.Member, p.Position, p.Name, p.Value)
			continue
		}
		if err := t.insert(ctx, all); err != nil {
			return err
		}
		all = personalBulk.rows(1)
		if _, err := t.exec(ctx, "DELETE FROM personal WHERE workspace = ? AND member = ? AND position = ? AND name = ?", p.Member, p.Position, p.Name); err != nil {
			return err
		}
	}
	return t.insert(ctx, all)
}

// PersonalFields gives a member's personal values, those of the profile first.
func (r *reader) PersonalFields(ctx context.Context, member string) (all []engine.PersonalField, err error) {
	rows, err := r.query(ctx, "SELECT position, name, value FROM personal WHERE workspace = ? AND member = ? ORDER BY position, name", member)
	err = each(rows, err, func(r *sql.Rows) error {
		p := engine.PersonalField{Member: member}
		err := r.Scan(&p.Position, &p.Name, &p.Value)
		all = append(all, p)
		return err
	})
	return all, r.readError("read personal fields", err)
}
