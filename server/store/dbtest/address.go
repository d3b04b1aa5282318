package dbtest

import (
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	_ "modernc.org/sqlite" // the driver named "sqlite"
)

// Open connects to the database without any of Bylaw's own code, to look at or to break what Bylaw stored.
func (db Database) Open(t testing.TB) *sql.DB {
	t.Helper()
	raw, err := open(db.URL)
	if err != nil {
		t.Fatalf("open %s: %v", db.URL, err)
	}
	t.Cleanup(func() { raw.Close() })
	return raw
}

func open(address string) (*sql.DB, error) {
	if path, isFile := strings.CutPrefix(address, "sqlite:"); isFile {
		return sql.Open("sqlite", path)
	}
	dsn, err := dsnOf(address)
	if err != nil {
		return nil, err
	}
	return sql.Open("mysql", dsn)
}

// dsnOf turns `mysql://user:password@host:port/name` into what the driver takes.
func dsnOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("read database address: %w", err)
	}
	if u.Scheme != "mysql" || u.Port() == "" {
		return "", fmt.Errorf("database address %q is not mysql://user:password@host:port/name", u.Redacted())
	}
	config := mysql.NewConfig()
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	config.Net, config.Addr = "tcp", u.Host
	config.DBName = strings.Trim(u.Path, "/")
	config.Collation = "utf8mb4_bin"
	return config.FormatDSN(), nil
}

// create makes a database with a name of its own on a server.
func create(t testing.TB, engine, server string) Database {
	t.Helper()
	raw, err := open(server)
	if err != nil {
		t.Fatalf("%s: %v", engine, err)
	}
	defer raw.Close()
	name := "bylaw_test_" + randomHex()
	if _, err := raw.Exec("CREATE DATABASE " + name + " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"); err != nil {
		t.Fatalf("%s: create a database for the test: %v", engine, err)
	}
	u, err := url.Parse(server)
	if err != nil {
		t.Fatalf("%s: %v", engine, err)
	}
	u.Path, u.RawQuery = "/"+name, ""
	return Database{Name: engine, URL: u.String()}
}

// drop removes what create made.
func (db Database) drop(t testing.TB) {
	raw, err := open(db.URL)
	if err != nil {
		t.Errorf("drop %s: %v", db.URL, err)
		return
	}
	defer raw.Close()
	if _, err := raw.Exec("DROP DATABASE " + db.URL[strings.LastIndex(db.URL, "/")+1:]); err != nil {
		t.Errorf("drop %s: %v", db.URL, err)
	}
}

func randomHex() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
