package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

var timerBulk = bulk{table: "timers", columns: []string{"timer_key", "due", "kind", "body"}, keys: 2, set: []string{"due", "kind", "body"}}

// saveTimers ends timers first, so that one may end and be set again.
func (t *tx) saveTimers(ctx context.Context, c *engine.Changes) error {
	for _, done := range c.TimersDone {
		if _, err := t.exec(ctx, "DELETE FROM timers WHERE workspace = ? AND timer_key = ? AND due = ?", done.Key, int64(done.Due)); err != nil {
			return err
		}
	}
	timers := slices.SortedStableFunc(slices.Values(c.Timers), func(a, b engine.Timer) int { return cmp.Compare(a.Key, b.Key) })
	all := timerBulk.rows(len(timers))
	for _, w := range timers {
		all.add(t.workspace, len(w.Body), w.Key, int64(w.Due), w.Kind, w.Body)
	}
	return t.insert(ctx, all)
}

// DueTimers lists timers of all workspaces due at or before now, oldest first.
func (s *Store) DueTimers(ctx context.Context, now engine.Time, limit int) ([]engine.DueTimer, error) {
	var due []engine.DueTimer
	rows, err := s.across(ctx, s.readers, "timers of all workspaces fire").Table("timers").
		Select("workspace, timer_key, due, kind, body").Where("due <= ?", int64(now)).
		Order("due, workspace, timer_key").Limit(max(limit, 0)).Rows()
	err = each(rows, err, func(r *sql.Rows) error {
		var d engine.DueTimer
		err := r.Scan(&d.Workspace, &d.Key, &d.Due, &d.Kind, &d.Body)
		due = append(due, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list due timers: %w", s.explain(err))
	}
	return due, nil
}
