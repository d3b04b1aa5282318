package store

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bylaw-dev/bylaw/engine"
)

// A backup is a gzipped text of one JSON value a line: a header, then each table
// as its head, its rows in the order of its primary key and its end, then the
// end of all. It says the same whichever database it came from, so it can be
// brought into any other.
//
//	{"backup":"bylaw","format":1,"schema":26,"at":...,"rows":{"lanes":1,...}}
//	{"table":"lanes","columns":["workspace",...]}
//	["default",0,...]                 a value is null, an integer, a text or {"b64":"..."}
//	{"end":"lanes","rows":1,"sha256":"..."}      over the lines of the rows
//	{"end":"backup","rows":1,"sha256":"..."}     over all lines before

// backupFormat is the version of the format that is written.
const backupFormat = 1

// BackupTable is what a backup holds of one table.
type BackupTable struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"` // of its rows; equal rows give equal sums on every database
}

// BackupInfo is what a whole backup holds.
type BackupInfo struct {
	Format int           `json:"format"`
	Schema int64         `json:"schema"` // version of the tables
	At     engine.Time   `json:"at"`
	Rows   int64         `json:"rows"`
	Tables []BackupTable `json:"tables"`
}

type backupHead struct {
	Backup string           `json:"backup"`
	Format int              `json:"format"`
	Schema int64            `json:"schema"`
	At     engine.Time      `json:"at"`
	Rows   map[string]int64 `json:"rows"`
}

type backupTableHead struct {
	Table   string   `json:"table"`
	Columns []string `json:"columns"`
}

type backupEnd struct {
	End    string `json:"end"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"`
}

// tableOrder is the order of tables in a backup.
func tableOrder() []string { return slices.Sorted(slices.Values(workspaceTables)) }

// WriteBackup writes all that the database holds, as it was at one moment, while
// servers go on. progress is told rows done and rows in all.
func (s *Store) WriteBackup(ctx context.Context, to io.Writer, at engine.Time, progress func(done, total int64)) (BackupInfo, error) {
	current, needed, err := s.Version(ctx)
	if err != nil {
		return BackupInfo{}, err
	}
	if current != needed {
		return BackupInfo{}, newerSchema(current, needed)
	}
	tx, done, err := s.snapshot(ctx)
	if err != nil {
		return BackupInfo{}, s.failure("back up", err)
	}
	defer done()
	packed := gzip.NewWriter(to)
	w := &backupWriter{store: s, tx: tx, out: bufio.NewWriterSize(packed, 1<<16), whole: sha256.New(), progress: progress}
	w.info = BackupInfo{Format: backupFormat, Schema: current, At: at}
	if err := w.write(ctx); err != nil {
		return BackupInfo{}, s.failure("back up", err)
	}
	if err := w.out.Flush(); err != nil {
		return BackupInfo{}, err
	}
	return w.info, packed.Close()
}

// snapshot is a transaction that sees one moment, on connections that may be silent for long.
func (s *Store) snapshot(ctx context.Context) (*sql.Tx, func(), error) {
	pool, done, options := s.readers.pool, func() {}, &sql.TxOptions{} // SQLite's own transactions see one moment
	if s.dialect.name != sqliteDialect.name {
		var err error
		if pool, done, err = s.migrationPool(); err != nil {
			return nil, nil, err
		}
		options.Isolation = sql.LevelRepeatableRead
	}
	tx, err := pool.BeginTx(ctx, options)
	if err != nil {
		done()
		return nil, nil, err
	}
	return tx, func() {
		tx.Rollback() // nothing was written
		done()
	}, nil
}

type backupWriter struct {
	store       *Store
	tx          *sql.Tx
	out         *bufio.Writer
	whole       hash.Hash
	info        BackupInfo
	done, total int64
	progress    func(done, total int64)
}

func (w *backupWriter) write(ctx context.Context) error {
	head := backupHead{"bylaw", backupFormat, w.info.Schema, w.info.At, map[string]int64{}}
	for _, table := range tableOrder() {
		var n int64
		if err := w.tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+table).Scan(&n); err != nil {
			return err
		}
		head.Rows[table] = n
		w.total += n
	}
	if err := w.line(head, w.whole); err != nil {
		return err
	}
	for _, table := range tableOrder() {
		if err := w.table(ctx, table); err != nil {
			return err
		}
	}
	w.info.Rows = w.done
	return w.line(backupEnd{"backup", w.done, sum(w.whole)}, io.Discard)
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

func (w *backupWriter) line(v any, sums ...io.Writer) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.raw(append(text, '\n'), sums...)
}

func (w *backupWriter) raw(text []byte, sums ...io.Writer) error {
	for _, h := range sums {
		h.Write(text) //nolint:errcheck // a hash takes everything
	}
	_, err := w.out.Write(text)
	return err
}

func (w *backupWriter) table(ctx context.Context, table string) error {
	own, begun := sha256.New(), w.done
	err := w.store.eachRow(ctx, w.tx, table, func(columns []string) error {
		return w.line(backupTableHead{table, columns}, w.whole)
	}, func(line []byte) error {
		if w.done++; w.done%256 == 0 && w.progress != nil {
			w.progress(w.done, w.total)
		}
		return w.raw(line, w.whole, own)
	})
	if err != nil {
		return err
	}
	end := backupEnd{table, w.done - begun, sum(own)}
	w.info.Tables = append(w.info.Tables, BackupTable{table, end.Rows, end.SHA256})
	return w.line(end, w.whole)
}

// eachRow gives a table's columns and then its rows as lines, in the order of its key.
func (s *Store) eachRow(ctx context.Context, tx *sql.Tx, table string, head func([]string) error, row func([]byte) error) error {
	var keys []string
	found, err := tx.QueryContext(ctx, s.dialect.primaryKey, table)
	err = each(found, err, func(r *sql.Rows) error {
		var name string
		err := r.Scan(&name)
		keys = append(keys, name)
		return err
	})
	if err != nil {
		return err
	}
	cells, err := s.cellsOf(ctx, tx, table)
	if err != nil {
		return err
	}
	if err := head(cells.names); err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, "SELECT "+strings.Join(cells.selected, ", ")+" FROM "+table+" ORDER BY "+strings.Join(keys, ", "))
	var line []byte
	return each(rows, err, func(r *sql.Rows) error {
		if err := r.Scan(cells.targets...); err != nil {
			return err
		}
		line = cells.appendLine(line[:0])
		return row(line)
	})
}

// cells is where one row after the other is read to.
type cells struct {
	names    []string
	selected []string // how each is read
	targets  []any
	integers []sql.NullInt64
	texts    []sql.RawBytes
	integer  []bool
}

func (s *Store) cellsOf(ctx context.Context, tx *sql.Tx, table string) (*cells, error) {
	types, err := columnsOf(ctx, tx, table)
	if err != nil {
		return nil, err
	}
	c := &cells{integers: make([]sql.NullInt64, len(types)), texts: make([]sql.RawBytes, len(types))}
	for i, t := range types {
		c.names, c.selected = append(c.names, t.Name()), append(c.selected, s.dialect.selectColumn(t.Name()))
		if c.integer = append(c.integer, isInteger(t.DatabaseTypeName())); c.integer[i] {
			c.targets = append(c.targets, &c.integers[i])
		} else {
			c.targets = append(c.targets, &c.texts[i])
		}
	}
	return c, nil
}

// columnsOf says what columns a table has.
func columnsOf(ctx context.Context, tx *sql.Tx, table string) ([]*sql.ColumnType, error) {
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+table+" LIMIT 0")
	if err != nil {
		return nil, fmt.Errorf("look at table %s: %w", table, err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	return types, errors.Join(err, rows.Err())
}

func isInteger(kind string) bool { return strings.Contains(strings.ToUpper(kind), "INT") }

// isBytes is whether a column holds bytes and not text.
func isBytes(kind string) bool {
	kind = strings.ToUpper(kind)
	return strings.Contains(kind, "BLOB") || strings.Contains(kind, "BINARY")
}

func (c *cells) appendLine(b []byte) []byte {
	b = append(b, '[')
	for i := range c.targets {
		if i > 0 {
			b = append(b, ',')
		}
		switch {
		case c.integer[i] && !c.integers[i].Valid, !c.integer[i] && c.texts[i] == nil:
			b = append(b, "null"...)
		case c.integer[i]:
			b = strconv.AppendInt(b, c.integers[i].Int64, 10)
		default:
			b = appendBytes(b, c.texts[i])
		}
	}
	return append(b, ']', '\n')
}

func appendBytes(b, value []byte) []byte {
	var text []byte
	if utf8.Valid(value) {
		text, _ = json.Marshal(string(value)) // a valid text always has one
	} else {
		text, _ = json.Marshal(map[string][]byte{"b64": value}) // so have bytes
	}
	return append(b, text...)
}
