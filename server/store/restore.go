package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// Restoring says how a backup is brought back.
type Restoring struct {
	Overwrite bool // replace what the database holds
	Progress  func(done, total int64)
}

// Restore brings a backup into this database: all of it, or after an error
// nothing. Check it first (CheckBackup); then give the same text again. No
// server may run on the database. Tables are made as they were when the backup
// was written, filled, compared with its check sums, and then brought up to date.
func (s *Store) Restore(ctx context.Context, from io.Reader, info BackupInfo, how Restoring) error {
	if err := s.prepareRestore(ctx, info, how.Overwrite); err != nil {
		return err
	}
	pool, done, err := s.migrationPool()
	if err != nil {
		return s.failure("restore", err)
	}
	defer done()
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return s.failure("restore", err)
	}
	defer tx.Rollback() // after a commit there is nothing to take back
	r := &restorer{store: s, tx: tx, ctx: ctx, how: how, total: info.Rows}
	if err := r.all(from, info); err != nil {
		return s.failure("restore", err)
	}
	if err := tx.Commit(); err != nil {
		return s.failure("restore", err)
	}
	return s.Migrate(ctx)
}

// prepareRestore refuses what cannot be, and leaves tables of the backup's version.
func (s *Store) prepareRestore(ctx context.Context, info BackupInfo, overwrite bool) error {
	current, needed, err := s.Version(ctx)
	if err != nil {
		return err
	}
	if info.Schema > needed || current > needed {
		return newerSchema(max(info.Schema, current), needed)
	}
	if current == 0 {
		return s.migrateTo(ctx, info.Schema)
	}
	filled, err := s.filledTable(ctx)
	if err != nil {
		return err
	}
	if filled != "" && !overwrite {
		return engine.Conflict(engine.Text{
			En: "the database is not empty (table " + filled + " has rows): restore into an empty one, or replace all that it holds with --overwrite",
			Zh: "数据库不为空（表 " + filled + " 中有数据）：请恢复到空数据库，或加 --overwrite 替换其全部内容"})
	}
	if current == info.Schema {
		return nil // what is there goes in the same transaction in which the new comes
	}
	if err := s.MigrateDown(ctx, 0); err != nil {
		return err
	}
	return s.migrateTo(ctx, info.Schema)
}

// filledTable names a table with rows; "" when none has any.
func (s *Store) filledTable(ctx context.Context) (string, error) {
	for _, table := range tableOrder() {
		rows, err := s.readers.pool.QueryContext(ctx, "SELECT 1 FROM "+table+" LIMIT 1")
		if err != nil && s.missing(err) {
			continue // a version before this table
		}
		some := false
		if err := each(rows, err, func(*sql.Rows) error { some = true; return nil }); err != nil {
			return "", s.failure("look at table "+table, err)
		}
		if some {
			return table, nil
		}
	}
	return "", nil
}

type restorer struct {
	store       *Store
	tx          *sql.Tx
	ctx         context.Context
	how         Restoring
	done, total int64

	table   string
	columns []string
	bytes   []bool // which columns take bytes
	args    []any
	sizes   []int
	size    int
}

// all empties the tables, fills them from the backup and compares.
func (r *restorer) all(from io.Reader, info BackupInfo) error {
	for _, table := range tableOrder() {
		if _, err := r.tx.ExecContext(r.ctx, "DELETE FROM "+table); err != nil && !r.store.missing(err) {
			return fmt.Errorf("empty table %s: %w", table, err)
		}
	}
	again, err := readBackup(from, backupVisitor{table: r.begin, row: r.row, end: r.compare})
	if err != nil {
		return err
	}
	if !slices.Equal(again.Tables, info.Tables) {
		return damaged("", "the file has changed since it was checked", "文件在检查之后发生了变化")
	}
	return nil
}

// missing is whether an error says that there is no such table.
func (s *Store) missing(err error) bool {
	return strings.Contains(err.Error(), "no such table") || strings.Contains(err.Error(), "doesn't exist")
}

func (r *restorer) begin(table string, columns []string) error {
	types, err := columnsOf(r.ctx, r.tx, table)
	if err != nil {
		return err
	}
	r.table, r.columns, r.bytes = table, columns, make([]bool, len(columns))
	for i, column := range columns {
		at := slices.IndexFunc(types, func(t *sql.ColumnType) bool { return t.Name() == column })
		if at < 0 {
			return damaged(fmt.Sprintf("table %s", table), fmt.Sprintf("column %.40q is not one of this table", column), fmt.Sprintf("没有列 %.40q", column))
		}
		r.bytes[i] = isBytes(types[at].DatabaseTypeName())
	}
	return nil
}

// row gathers rows for one statement.
func (r *restorer) row(values []any) error {
	size := 0
	for i, v := range values {
		switch v := v.(type) {
		case string:
			size += len(v)
			if r.bytes[i] {
				values[i] = []byte(v)
			}
		case []byte:
			size += len(v)
			if !r.bytes[i] {
				values[i] = string(v)
			}
		}
	}
	r.args, r.sizes, r.size = append(r.args, values...), append(r.sizes, size), r.size+size
	if len(r.sizes) < maxRows && r.size < maxStatement && (len(r.sizes)+1)*len(r.columns) <= maxArguments {
		return nil
	}
	return r.flush()
}

func (r *restorer) flush() error {
	if len(r.sizes) == 0 {
		return nil
	}
	row := "(" + marks(len(r.columns)) + ")"
	text := "INSERT INTO " + r.table + " (" + strings.Join(r.columns, ", ") + ") VALUES " +
		strings.TrimSuffix(strings.Repeat(row+", ", len(r.sizes)), ", ")
	if _, err := r.tx.ExecContext(r.ctx, text, r.args...); err != nil {
		return fmt.Errorf("fill table %s: %w", r.table, err)
	}
	r.done += int64(len(r.sizes))
	r.args, r.sizes, r.size = r.args[:0], r.sizes[:0], 0
	if r.how.Progress != nil {
		r.how.Progress(r.done, r.total)
	}
	return nil
}

// compare reads back what was written: a database that keeps something else
// must not look restored.
func (r *restorer) compare(want BackupTable) error {
	if err := r.flush(); err != nil {
		return err
	}
	own, n := sha256.New(), int64(0)
	err := r.store.eachRow(r.ctx, r.tx, want.Name, func(columns []string) error {
		if !slices.Equal(columns, r.columns) {
			return damaged("table "+want.Name, "its columns are not those of this database", "其列与本数据库不一致")
		}
		return nil
	}, func(line []byte) error {
		n++
		_, err := own.Write(line)
		return err
	})
	if err != nil {
		return err
	}
	if got := (BackupTable{want.Name, n, sum(own)}); got != want {
		return fmt.Errorf("table %s: the database keeps something else than it was given (%d of %d rows)", want.Name, n, want.Rows)
	}
	return nil
}
