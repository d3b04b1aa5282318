package dbtest

import (
	"strings"
	"testing"
)

func TestEachDatabaseIsEmptyAndComparesBytes(t *testing.T) {
	Each(t, func(t *testing.T, db Database) {
		raw := db.Open(t)
		if _, err := raw.Exec("CREATE TABLE words (word VARCHAR(20) PRIMARY KEY)"); err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"a", "A", "á", "😀", "😁"} {
			if _, err := raw.Exec("INSERT INTO words VALUES (?)", word); err != nil {
				t.Errorf("%s is taken for another word: %v", word, err)
			}
		}
		if other := New(t, db.Name).Open(t); other.QueryRow("SELECT 1 FROM words").Scan(new(int)) == nil {
			t.Error("two databases share their tables")
		}
	})
}

// The line it logs is what .ci/test reports as the engine that ran.
func TestEngineVersion(t *testing.T) {
	ask := map[string]string{SQLite: "SELECT sqlite_version()", MariaDB: "SELECT version()", MySQL: "SELECT version()"}
	Each(t, func(t *testing.T, db Database) {
		var version string
		if err := db.Open(t).QueryRow(ask[db.Name]).Scan(&version); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(version, "MariaDB") != (db.Name == MariaDB) {
			t.Errorf("the server announced as %s is %s", db.Name, version)
		}
		t.Logf("engine: %s %s", db.Name, version)
	})
}

func TestDatabaseIsDroppedAfterTheTest(t *testing.T) {
	for _, engine := range Engines(t) {
		if engine == SQLite {
			continue // it lies in T.TempDir, which Go removes
		}
		var name string
		t.Run(engine, func(t *testing.T) {
			if err := New(t, engine).Open(t).QueryRow("SELECT database()").Scan(&name); err != nil {
				t.Fatal(err)
			}
		})
		var left int
		count := "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ?"
		if err := New(t, engine).Open(t).QueryRow(count, name).Scan(&left); err != nil || left != 0 || name == "" {
			t.Errorf("%s: %d databases named %q are left (%v)", engine, left, name, err)
		}
	}
}

func TestRequiredEngineMustBeThere(t *testing.T) {
	environment := map[string]string{"BYLAW_TEST_MARIADB": "mysql://root@127.0.0.1:1/"}
	getenv := func(key string) string { return environment[key] }
	tests := []struct{ require, want string }{
		{"", ""},
		{"sqlite, mariadb", ""},
		{"sqlite,mysql", "BYLAW_TEST_MYSQL is not set"},
		{"postgres", `names "postgres"`},
	}
	for _, test := range tests {
		environment["BYLAW_TEST_REQUIRE"] = test.require
		engines, err := enginesOf(getenv)
		if test.want == "" && (err != nil || strings.Join(engines, " ") != "sqlite mariadb") {
			t.Errorf("require %q: %v, %v", test.require, engines, err)
		}
		if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("require %q: error %v does not say %q", test.require, err, test.want)
		}
	}
}

func TestAddressToDSN(t *testing.T) {
	dsn, err := dsnOf("mysql://bylaw:p%40ss@db.example:3307/community")
	if err != nil || !strings.HasPrefix(dsn, "bylaw:p@ss@tcp(db.example:3307)/community") {
		t.Errorf("%q, %v", dsn, err)
	}
	for _, wrong := range []string{"postgres://h:1/x", "mysql://root@host/x", "mysql://%zz"} {
		if _, err := dsnOf(wrong); err == nil {
			t.Errorf("%q is taken for a MySQL address", wrong)
		}
	}
}
