package bench

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
	_ "modernc.org/sqlite" // the same driver as the server's
)

// Raw is the limit that ingest is held against: the same events as multi-row
// inserts into an ordinary table, with a primary key, a unique random key and an
// index on member and time, 1,000 a transaction, on the same driver.
type Raw struct {
	db   *sql.DB
	stmt *sql.Stmt
	load *Load
	drop func()
}

const rawRows = 500 // a statement

// OpenRaw makes the table beside the server's own: in a file next to SQLite's, in
// the same MySQL database.
func OpenRaw(ctx context.Context, database string, l *Load) (*Raw, error) {
	r := &Raw{load: l, drop: func() {}}
	var err error
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		file := filepath.Join(filepath.Dir(path), "raw.db")
		r.drop = func() {
			for _, suffix := range []string{"", "-wal", "-shm"} {
				_ = os.Remove(file + suffix) // a leftover of the measurement; the report does not depend on it
			}
		}
		r.db, err = sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-65536)&_txlock=immediate")
	} else {
		r.db, err = openMySQL(database)
	}
	if err != nil {
		return nil, err
	}
	writers := Senders
	if strings.HasPrefix(database, "sqlite:") {
		writers = 1 // of several, all but one would wait in SQLite's busy handler
	}
	r.db.SetMaxOpenConns(writers)
	r.db.SetMaxIdleConns(writers)
	for _, q := range rawTables(strings.HasPrefix(database, "sqlite:")) {
		if _, err := r.db.ExecContext(ctx, q); err != nil {
			return nil, fmt.Errorf("make the raw table: %w", err)
		}
	}
	row := ",(?,?,?,?,?,?)"
	r.stmt, err = r.db.PrepareContext(ctx, "INSERT INTO bench_raw (id, event_id, type, member, at, body) VALUES "+strings.Repeat(row, rawRows)[1:])
	return r, err
}

func openMySQL(database string) (*sql.DB, error) {
	u, err := url.Parse(database)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr, cfg.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	return sql.Open("mysql", cfg.FormatDSN())
}

func rawTables(sqlite bool) []string {
	if sqlite {
		return []string{
			"DROP TABLE IF EXISTS bench_raw",
			"CREATE TABLE bench_raw (id INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, member TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL)",
			"CREATE INDEX bench_raw_member ON bench_raw (member, at)",
		}
	}
	return []string{
		"DROP TABLE IF EXISTS bench_raw",
		"CREATE TABLE bench_raw (id BIGINT PRIMARY KEY, event_id VARCHAR(64) NOT NULL UNIQUE, type VARCHAR(64) NOT NULL, member VARCHAR(64) NOT NULL, at BIGINT NOT NULL, body TEXT NOT NULL, KEY (member, at)) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
	}
}

// Insert writes n events (a multiple of 1,000), each thousand a transaction,
// over several connections at once. It tells how long that took; the rows are
// made before.
func (r *Raw) Insert(ctx context.Context, n int) (took time.Duration, err error) {
	rows := make([][]any, n/rawRows)
	for i := range rows {
		rows[i] = r.row()
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	failed := make(chan error, Senders)
	begun := time.Now()
	for range Senders {
		wg.Go(func() {
			for {
				from := int(next.Add(1)-1) * (1000 / rawRows)
				if from >= len(rows) {
					return
				}
				if err := r.thousand(ctx, rows[from:from+1000/rawRows]); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	wg.Wait()
	took = time.Since(begun)
	close(failed)
	return took, <-failed
}

func (r *Raw) thousand(ctx context.Context, statements [][]any) error {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, args := range statements {
		if _, err := tx.StmtContext(ctx, r.stmt).ExecContext(ctx, args...); err != nil {
			_ = tx.Rollback() // the insert's error says more
			return err
		}
	}
	return tx.Commit()
}

func (r *Raw) row() []any {
	args := make([]any, 0, rawRows*6)
	for range rawRows {
		e := r.load.Next()
		args = append(args, r.load.next, e.ID, e.Type, e.Member, int64(e.At), string(e.AppendJSON(nil)))
	}
	return args
}

// Close drops the table.
func (r *Raw) Close() error {
	_, err := r.db.Exec("DROP TABLE IF EXISTS bench_raw")
	if e := r.db.Close(); err == nil {
		err = e
	}
	r.drop()
	return err
}
