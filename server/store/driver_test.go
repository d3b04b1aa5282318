package store

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sqliteDrivers are compared by BenchmarkDriver. The one that is used is
// modernc; others are added by build tags, as two of them cannot be linked
// together with gorm's own SQLite:
//
//	go test ./server/store -run xxx -bench Driver
//	go test ./server/store -run xxx -bench Driver -tags mattn     (cgo)
//	go test ./server/store -run xxx -bench Driver -tags ncruces   (after go get github.com/ncruces/go-sqlite3@v0.30.4)
//
// CPU in microseconds a row, two shared cores, November 2026:
//
//	                                    modernc 1.61.1   ncruces 0.30.4
//	ordinary table, 100,000 to 150,000            31.2             35.9
//	rows of 32 KiB, an event's share               1.1              1.1
//	rows of 700 KiB, an event's share              4.3              3.2
//	sorted upserts                                 2.2              3.8
//	upserts at random, 20,000 keys                 3.3              6.7
//
// modernc is as good or better, links no WebAssembly runtime and needs no C.
var sqliteDrivers = map[string]string{"modernc": "sqlite"}

func BenchmarkDriver(b *testing.B) {
	for name, driver := range sqliteDrivers {
		for _, rowid := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/upsert/rowid=%v", name, rowid), func(b *testing.B) { benchUpserts(b, driver, rowid) })
		}
		for _, size := range []int{32 << 10, 700 << 10} {
			b.Run(fmt.Sprintf("%s/row=%dKiB", name, size>>10), func(b *testing.B) { benchRows(b, driver, size) })
		}
	}
}

func openDriver(b *testing.B, driver, ddl string) *sql.DB {
	pool, err := sql.Open(driver, strings.Replace(sqliteFile{filepath.Join(b.TempDir(), "x.db"), pageCache}.dsn("_txlock=immediate"), "temp_store(MEMORY)", "temp_store(2)", 1))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { pool.Close() })
	pool.SetMaxOpenConns(1)
	if _, err := pool.Exec(ddl); err != nil {
		b.Fatal(err)
	}
	return pool
}

// each operation is one transaction of 1,024 upserts among 20,000 keys.
func benchUpserts(b *testing.B, driver string, rowid bool) {
	ddl := "CREATE TABLE records (workspace TEXT, kind TEXT, record_key TEXT, body BLOB, PRIMARY KEY (workspace, kind, record_key))"
	if !rowid {
		ddl += " WITHOUT ROWID"
	}
	pool := openDriver(b, driver, ddl)
	s := &Store{dialect: sqliteDialect}
	l := newLoad(20_000)
	stmt, err := pool.Prepare(recordBulk.text(&s.dialect, maxRows))
	if err != nil {
		b.Fatal(err)
	}
	spent := time.Duration(0)
	b.ResetTimer()
	for range b.N {
		var keys []string
		for range 2 * maxRows {
			keys = append(keys, fmt.Sprintf("m-%09d", l.random.Intn(l.members)))
		}
		begun := cpu()
		tx, err := pool.Begin()
		if err != nil {
			b.Fatal(err)
		}
		for part := range 2 {
			rows := recordBulk.rows(maxRows)
			for _, k := range keys[part*maxRows : (part+1)*maxRows] {
				rows.add("default", 0, "member", k, l.member)
			}
			if _, err := tx.Stmt(stmt).Exec(rows.args...); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
		spent += cpu() - begun
	}
	b.ReportMetric(float64(spent.Nanoseconds())/1000/float64(b.N*2*maxRows), "cpu-us/row")
}

// each operation is one transaction of 1,000 events' worth of large rows.
func benchRows(b *testing.B, driver string, size int) {
	pool := openDriver(b, driver, "CREATE TABLE pages (workspace TEXT, last_position INTEGER, body BLOB, PRIMARY KEY (workspace, last_position))")
	body := make([]byte, size)
	begun := cpu()
	b.ResetTimer()
	for n := range b.N {
		tx, err := pool.Begin()
		if err != nil {
			b.Fatal(err)
		}
		for part := range max(1, (256<<10)/size) {
			if _, err := tx.Exec("INSERT INTO pages (workspace, last_position, body) VALUES (?, ?, ?)", "default", n*100+part, body); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu()-begun).Nanoseconds())/1000/float64(b.N*batch), "cpu-us/event")
}
