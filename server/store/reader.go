package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"github.com/bylaw-dev/bylaw/engine"
)

// reader reads one workspace without its lane.
type reader struct{ scope }

// Reader reads one workspace.
func (s *Store) Reader(workspace string) engine.Reader { return &reader{s.outside(workspace)} }

// readError wraps an error with its step; a database that is down is CodeUnavailable.
func (c scope) readError(step string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", step, c.store.explain(err))
}

// Lane reads where the workspace's order stands; zero for one that never began.
func (r *reader) Lane(ctx context.Context) (engine.LaneState, error) {
	l, err := r.laneRow(ctx)
	return l.LaneState, r.readError("read lane", err)
}

func (r *reader) laneRow(ctx context.Context) (l laneRow, err error) {
	rows, err := r.query(ctx, selectLane)
	err = each(rows, err, l.scan)
	return l, err
}

// condition builds the WHERE of a list: only filters that are set restrict.
type condition struct{ orm *gorm.DB }

func (c *condition) is(column, value string) {
	if value != "" {
		c.orm = c.orm.Where(column+" = ?", value)
	}
}

// about is of rows about somebody, or about one of their parts.
func (c *condition) about(column, who string, parts []string) {
	if who == "" || len(parts) == 0 {
		c.is(column, who)
		return
	}
	c.orm = c.orm.Where(column+" IN ?", append(slices.Clone(parts), who))
}

func (c *condition) upTo(position int64) {
	if position != 0 {
		c.orm = c.orm.Where("position <= ?", position)
	}
}

func (c *condition) between(column string, from, to engine.Time) {
	if from != 0 {
		c.orm = c.orm.Where(column+" >= ?", int64(from))
	}
	if to != 0 {
		c.orm = c.orm.Where(column+" < ?", int64(to))
	}
}

// after goes on behind a cursor in a list ordered by number and key, newest first.
func (c *condition) after(number, key, s string, keyOf func(string) (any, error)) error {
	at, err := cursorOf(s)
	if err != nil || s == "" {
		return err
	}
	last, err := keyOf(at.key)
	if err != nil {
		return badCursor()
	}
	c.orm = c.orm.Where(number+" <= ? AND ("+number+" < ? OR "+key+" < ?)", at.number, at.number, last)
	return nil
}

func textKey(s string) (any, error) { return s, nil }

// bodies is a column of JSON documents, newest first.
func (c *condition) bodies(ctx context.Context, table, order string, limit int, read func([]byte) error) error {
	rows, err := c.orm.WithContext(ctx).Table(table).Select("body").Order(order).Limit(limit + 1).Rows()
	return each(rows, err, func(r *sql.Rows) error {
		var body []byte
		if err := r.Scan(&body); err != nil {
			return err
		}
		return read(body)
	})
}
