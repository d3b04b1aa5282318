package store

import (
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

func TestAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"":                                    "must begin with",
		"postgres://u@h/db":                   "must begin with",
		"sqlite:":                             "needs the path",
		"sqlite::memory:":                     "needs the path",
		"mysql://u:p@h":                       "needs a user, a host and a database name",
		"mysql://h/db":                        "needs a user",
		"mysql://u:p%zz@h/db":                 "not a URL",
		"mysql://u@h/db?clientFoundRows=true": "a duplicate would be counted as new",
		"mysql://u@h/db?parseTime=true":       "times are integers",
		"mysql://u@h/db?collation=utf8mb4_general_ci": "by letters",
		"mysql://u@h/db?multiStatements=1":            "injections",
		"mysql://u@h/db?whatever=1":                   "is not known; there are",
		"mysql://u@h/db?timeout=soon":                 "not a duration",
	} {
		_, err := parseAddress(address)
		if err == nil || !strings.Contains(err.Error(), want) || engine.CodeOf(err) != engine.CodeInvalid {
			t.Errorf("%q: the error is %v, it should say %q", address, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "p%zz") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func TestServerAddress(t *testing.T) {
	at, err := parseAddress("mysql://us%40er:p%2F%3Aw@db.example.org/name?tls=true&timeout=3s&readTimeout=20s")
	must(t, err)
	c := at.(mysqlServer).config()
	equal(t, "where", show(c.User, c.Passwd, c.Addr, c.DBName, c.TLSConfig), "us@er p/:w db.example.org:3306 name true")
	equal(t, "timeouts", show(c.Timeout, c.ReadTimeout, c.WriteTimeout), show(3*time.Second, 20*time.Second, 30*time.Second))
	equal(t, "what is forced", show(c.ClientFoundRows, c.ParseTime, c.Collation, c.RejectReadOnly), "false false utf8mb4_bin true")
}

func TestSQLiteFileNames(t *testing.T) {
	for _, name := range []string{"plain.db", "with blank.db", "a?b#c%41&d.db", "数据.db"} {
		path := t.TempDir() + "/sub/" + name
		s, err := Open(t.Context(), Options{URL: "sqlite:" + path})
		must(t, err)
		must(t, s.Migrate(t.Context()))
		must(t, s.Close())
		again, err := Open(t.Context(), Options{URL: "sqlite:" + path})
		must(t, err)
		current, needed, err := again.Version(t.Context())
		must(t, err)
		equal(t, name, current, needed)
		must(t, again.Close())
	}
}
