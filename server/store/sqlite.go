package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/callbacks"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/migrator"
	"gorm.io/gorm/schema"
	"modernc.org/sqlite"

	"github.com/bylaw-dev/bylaw/engine"
)

// sqliteFile is a database in one file, in pure Go. The driver was chosen by
// BenchmarkDriver (driver_test.go).
type sqliteFile struct {
	path  string
	cache int64 // bytes of pages for each connection; set by open
}

// sqliteReaders is how many connections read beside the one that writes.
const sqliteReaders = 8

func (f sqliteFile) open(s *Store) error {
	s.dialect, f.cache = sqliteDialect, s.options.PageCache
	if err := os.MkdirAll(filepath.Dir(f.path), 0o750); err != nil {
		return err
	}
	var err error
	// One connection writes: transactions wait for each other in Go, which is
	// fair, and not in SQLite's busy handler, which is not.
	if s.writer, err = f.connect(1, "_txlock=immediate"); err != nil {
		return err
	}
	if s.readers, err = f.connect(sqliteReaders, "_pragma=query_only(1)"); err != nil {
		return err
	}
	s.migrationPool = func() (*sql.DB, func(), error) {
		db, err := f.connect(2, "_txlock=immediate") // one for the step, one for the lease
		if err != nil {
			return nil, nil, err
		}
		return db.pool, func() { db.pool.Close() }, nil
	}
	return nil
}

func (f sqliteFile) connect(connections int, extra string) (database, error) {
	pool, err := sql.Open("sqlite", f.dsn(extra))
	if err != nil {
		return database{}, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	pool.SetConnMaxLifetime(0)
	orm, err := gorm.Open(sqliteDialector{pool}, ormConfig())
	return database{orm, pool}, err
}

// dsn sets the busy timeout first: switching to WAL may already have to wait.
func (f sqliteFile) dsn(extra string) string {
	return "file:" + (&url.URL{Path: f.path}).EscapedPath() + "?" + strings.Join([]string{
		"_pragma=busy_timeout(10000)", "_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)",
		"_pragma=cache_size(-" + strconv.FormatInt(max(f.cache>>10, 1), 10) + ")", "_pragma=temp_store(MEMORY)", "_pragma=wal_autocheckpoint(4000)", extra}, "&")
}

var sqliteDialect = dialect{
	name:  "sqlite",
	goose: "sqlite3",
	onDuplicate: func(keys, set []string) string {
		end := " ON CONFLICT (" + strings.Join(keys, ", ") + ") DO "
		if len(set) == 0 {
			return end + "NOTHING"
		}
		for i, c := range set {
			end += map[bool]string{true: "UPDATE SET ", false: ", "}[i == 0] + c + " = excluded." + c
		}
		return end
	},
	onRepeat: func(keys []string, sum string) string {
		return " ON CONFLICT (" + strings.Join(keys, ", ") + ") DO UPDATE SET " + sum + " = " + grown(sum, "excluded."+sum)
	},
	fault: sqliteFault,
	clock: "SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000000",

	serverVersion: "SELECT sqlite_version()",
	diskBytes:     "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
	// The driver reads bytes of length 0 as none.
	selectColumn: func(name string) string { return "CASE WHEN length(" + name + ") = 0 THEN '' ELSE " + name + " END" },
	primaryKey:   "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk",
}

// The result codes of SQLite that are told apart; the low byte is the class.
const (
	sqliteBusy       = 5
	sqliteLocked     = 6
	sqliteIOErr      = 10
	sqliteFull       = 13
	sqliteCantOpen   = 14
	sqlitePrimaryKey = 1555
	sqliteUnique     = 2067
)

func sqliteFault(err error) fault {
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		return faultLost
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return faultOther
	}
	if e.Code() == sqlitePrimaryKey || e.Code() == sqliteUnique {
		return faultTaken
	}
	switch e.Code() & 0xff {
	case sqliteBusy, sqliteLocked:
		return faultRetry
	case sqliteIOErr, sqliteFull, sqliteCantOpen:
		return faultDown
	}
	return faultOther
}

// sqliteDialector is what gorm has to know of SQLite. gorm's own driver would
// link a second SQLite, written in C, that nothing here uses.
type sqliteDialector struct{ pool *sql.DB }

func (d sqliteDialector) Name() string { return "sqlite" }

func (d sqliteDialector) Initialize(db *gorm.DB) error {
	db.ConnPool = d.pool
	callbacks.RegisterDefaultCallbacks(db, &callbacks.Config{
		CreateClauses: []string{"INSERT", "VALUES", "ON CONFLICT"},
		UpdateClauses: []string{"UPDATE", "SET", "WHERE"},
		DeleteClauses: []string{"DELETE", "FROM", "WHERE"},
	})
	db.ClauseBuilders["FOR"] = func(clause.Clause, clause.Builder) {} // the whole database is locked
	return nil
}

func (d sqliteDialector) Migrator(db *gorm.DB) gorm.Migrator {
	return migrator.Migrator{Config: migrator.Config{DB: db, Dialector: d}}
}

func (sqliteDialector) DataTypeOf(*schema.Field) string { return "BLOB" }

func (sqliteDialector) DefaultValueOf(*schema.Field) clause.Expression {
	return clause.Expr{SQL: "NULL"}
}

func (sqliteDialector) BindVarTo(w clause.Writer, _ *gorm.Statement, _ any) { w.WriteByte('?') }

func (sqliteDialector) QuoteTo(w clause.Writer, name string) {
	for i, part := range strings.Split(name, ".") {
		if i > 0 {
			w.WriteByte('.')
		}
		w.WriteString(`"` + strings.ReplaceAll(part, `"`, `""`) + `"`)
	}
}

func (sqliteDialector) Explain(query string, vars ...any) string {
	return logger.ExplainSQL(query, nil, `"`, vars...)
}

// Backup writes a whole, compact copy of a SQLite database to a new file while
// others go on reading and writing. Servers have tools of their own for it.
func (s *Store) Backup(ctx context.Context, path string) error {
	if s.dialect.name != "sqlite" {
		return &engine.Error{Code: engine.CodeInvalid, Message: engine.Text{
			En: "back up a MySQL or MariaDB database with mysqldump --single-transaction or the server's own tools",
			Zh: "请使用 mysqldump --single-transaction 或数据库自带工具备份 MySQL 或 MariaDB"}}
	}
	if _, err := os.Stat(path); err == nil {
		return engine.Conflict(engine.Text{En: "the file " + path + " exists; a backup is written to a new one", Zh: "文件 " + path + " 已存在，备份需写入新文件"})
	}
	pool, done, err := s.migrationPool() // readers may not write, and the writer shall not wait
	if err != nil {
		return s.failure("back up", err)
	}
	defer done()
	_, err = pool.ExecContext(ctx, "VACUUM INTO ?", path)
	return s.failure("back up", err)
}
