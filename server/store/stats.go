package store

import (
	"context"
	"database/sql"

	"github.com/bylaw-dev/bylaw/engine"
)

// Stats is how the database does, for doctor and metrics.
type Stats struct {
	Database   string           // sqlite or mysql
	Server     string           // its version
	Bytes      int64            // on disk
	Tables     map[string]int64 // rows of each table; estimates on MySQL
	Workspaces int64
	Backlog    int64       // deliveries that want attention, now or later
	OldestDue  engine.Time // of the backlog; 0 when it is empty
	Timers     int64
	Jobs       int64 // not finished
}

// Stats counts. On SQLite it reads every table's keys: not for every second.
func (s *Store) Stats(ctx context.Context) (Stats, error) {
	st := Stats{Database: s.dialect.name, Tables: map[string]int64{}}
	if err := s.sizes(ctx, &st); err != nil {
		return st, s.failure("read sizes", err)
	}
	db := s.across(ctx, s.readers, "the server's own figures")
	count := func(n *int64, table, where string) error {
		return db.Table(table).Where(where).Count(n).Error
	}
	for _, c := range []struct {
		n            *int64
		table, where string
	}{{&st.Workspaces, "lanes", ""}, {&st.Backlog, "outbox", ""}, {&st.Timers, "timers", ""}, {&st.Jobs, "jobs", "state IN ('queued', 'running')"}} {
		if err := count(c.n, c.table, c.where); err != nil {
			return st, s.failure("count "+c.table, err)
		}
	}
	next, err := s.Outbox().NextDue(ctx)
	st.OldestDue = next
	return st, err
}

func (s *Store) sizes(ctx context.Context, st *Stats) error {
	if err := s.readers.pool.QueryRowContext(ctx, s.dialect.serverVersion).Scan(&st.Server); err != nil {
		return err
	}
	if err := s.readers.pool.QueryRowContext(ctx, s.dialect.diskBytes).Scan(&st.Bytes); err != nil {
		return err
	}
	if s.dialect.tableRows != "" {
		rows, err := s.readers.pool.QueryContext(ctx, s.dialect.tableRows)
		return each(rows, err, func(r *sql.Rows) error {
			var name string
			var n int64
			err := r.Scan(&name, &n)
			st.Tables[name] = n
			return err
		})
	}
	for _, table := range workspaceTables {
		var n int64
		if err := s.across(ctx, s.readers, "the server's own figures").Table(table).Count(&n).Error; err != nil {
			return err
		}
		st.Tables[table] = n
	}
	return nil
}
