package store

import (
	"context"
	"database/sql"
	"slices"

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

// PersonalFields gives members' personal values, by member, those of the profile first.
func (r *reader) PersonalFields(ctx context.Context, members ...string) (all []engine.PersonalField, err error) {
	sorted := slices.Sorted(slices.Values(members))
	for portion := range slices.Chunk(slices.Compact(sorted), maxRows) {
		keys := make([]any, len(portion))
		for i, member := range portion {
			keys[i] = member
		}
		keys = filledUp(keys)
		rows, err := r.query(ctx, "SELECT member, position, name, value FROM personal WHERE workspace = ? AND member IN ("+marks(len(keys))+") ORDER BY member, position, name", keys...)
		err = each(rows, err, func(r *sql.Rows) error {
			var p engine.PersonalField
			err := r.Scan(&p.Member, &p.Position, &p.Name, &p.Value)
			all = append(all, p)
			return err
		})
		if err != nil {
			return nil, r.readError("read personal fields", err)
		}
	}
	return all, nil
}
