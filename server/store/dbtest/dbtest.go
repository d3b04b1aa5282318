// Package dbtest gives tests real, empty databases: SQLite always, and MariaDB and MySQL when the environment
// announces a server of theirs (`bash .ci/databases go test ./server/store/...` does).
//
//	BYLAW_TEST_MARIADB  mysql://root@127.0.0.1:3306/   a server on which databases may be created and dropped
//	BYLAW_TEST_MYSQL    the same for MySQL
//	BYLAW_TEST_MYSQLD   the program that starts a private MySQL server, for StartServer
//	BYLAW_TEST_REQUIRE  sqlite,mariadb,mysql           engines that must be there: a test fails when one is not
package dbtest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The engines a test can run on.
const (
	SQLite  = "sqlite"
	MariaDB = "mariadb"
	MySQL   = "mysql"
)

// announcedBy names the environment variable that holds the address of an engine's server.
var announcedBy = map[string]string{MariaDB: "BYLAW_TEST_MARIADB", MySQL: "BYLAW_TEST_MYSQL"}

// Database is one empty database that belongs to one test and is removed after it.
type Database struct {
	// Name is the engine: SQLite, MariaDB or MySQL.
	Name string
	// URL is the address as Bylaw's setting `database` takes it: `sqlite:path` or `mysql://user:password@host:3306/name`.
	URL string
}

// Each runs a test on an empty database of every engine at hand, as subtests named after the engines.
func Each(t *testing.T, run func(t *testing.T, db Database)) {
	t.Helper()
	for _, engine := range Engines(t) {
		t.Run(engine, func(t *testing.T) { run(t, New(t, engine)) })
	}
}

// New gives an empty database of one engine; a benchmark or a test of one engine's own behaviour uses it.
func New(t testing.TB, engine string) Database {
	t.Helper()
	if engine == SQLite {
		return Database{Name: SQLite, URL: "sqlite:" + filepath.Join(t.TempDir(), "test.db")}
	}
	server := os.Getenv(announcedBy[engine])
	if server == "" {
		t.Fatalf("no server of %q is announced; run the test with: bash .ci/databases go test", engine)
	}
	db := create(t, engine, server)
	t.Cleanup(func() { db.drop(t) })
	return db
}

// Engines lists the engines at hand and fails the test when one that BYLAW_TEST_REQUIRE asks for is not among them.
func Engines(t testing.TB) []string {
	t.Helper()
	engines, err := enginesOf(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	return engines
}

func enginesOf(getenv func(string) string) ([]string, error) {
	engines := []string{SQLite}
	for _, engine := range []string{MariaDB, MySQL} {
		if getenv(announcedBy[engine]) != "" {
			engines = append(engines, engine)
		}
	}
	for required := range strings.SplitSeq(getenv("BYLAW_TEST_REQUIRE"), ",") {
		required = strings.TrimSpace(required)
		if required == "" || slices.Contains(engines, required) {
			continue
		}
		if announcedBy[required] == "" {
			return nil, fmt.Errorf("BYLAW_TEST_REQUIRE names %q; it knows sqlite, mariadb and mysql", required)
		}
		return nil, fmt.Errorf("BYLAW_TEST_REQUIRE asks for %s, but %s is not set; run: bash .ci/databases go test",
			required, announcedBy[required])
	}
	return engines, nil
}
