package dbtest

import (
	"strings"
	"testing"
)

func TestServerKeepsCommittedRowsOverAKill(t *testing.T) {
	EachServer(t, func(t *testing.T, server *Server) {
		raw := server.Open(t)
		if _, err := raw.Exec("CREATE TABLE kept (id INT PRIMARY KEY)"); err != nil {
			t.Fatal(err)
		}
		for id := range 50 {
			if _, err := raw.Exec("INSERT INTO kept VALUES (?)", id); err != nil {
				t.Fatal(err)
			}
		}
		server.Kill()
		if err := raw.Ping(); err == nil {
			t.Fatal("the server answers after it was killed")
		}
		server.Start()
		var rows, flush int
		if err := server.Open(t).QueryRow("SELECT COUNT(*), @@innodb_flush_log_at_trx_commit FROM kept").Scan(&rows, &flush); err != nil {
			t.Fatal(err)
		}
		if rows != 50 || flush != 1 {
			t.Errorf("%d of 50 committed rows are left (innodb_flush_log_at_trx_commit=%d)", rows, flush)
		}
	})
}

// A test may leave its server dead: nothing of it is to be tidied but its folder.
func TestServerMayStayDead(t *testing.T) {
	EachServer(t, func(t *testing.T, server *Server) { server.Kill() })
}

func TestMissingEngineIsAnError(t *testing.T) {
	t.Setenv("BYLAW_TEST_MYSQLD", "/nowhere/mysqld")
	for _, name := range []string{MySQL, SQLite, "oracle"} {
		if _, err := findEngine(name); err == nil {
			t.Errorf("%s is found", name)
		}
	}
	if _, err := findEngine(MySQL); !strings.Contains(err.Error(), ".ci/databases") {
		t.Errorf("the error does not say what to do: %v", err)
	}
}
