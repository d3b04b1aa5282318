package demo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/config"
)

func TestAFolderIsLoadedOnce(t *testing.T) {
	f := Folder(filepath.Join(t.TempDir(), "x-demo"))
	begin := func(want bool) {
		t.Helper()
		if loaded, err := f.Begin(); err != nil || loaded != want {
			t.Fatalf("loaded %v, %v", loaded, err)
		}
	}
	begin(false)
	database := f.file(databaseFile)
	if err := os.WriteFile(database, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	begin(false) // the load before did not come to its end
	if _, err := os.Stat(database); !os.IsNotExist(err) {
		t.Errorf("the unfinished database is still there: %v", err)
	}
	if err := f.Done(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(database, []byte("whole"), 0o600); err != nil {
		t.Fatal(err)
	}
	begin(true)
	if err := os.WriteFile(f.file(markFile), []byte("ready version=0 seed=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	begin(false) // another version made it
}

func TestSomebodyElsesDatabaseIsLeftAlone(t *testing.T) {
	f := Folder(t.TempDir())
	if err := os.WriteFile(f.file(databaseFile), []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := f.Begin()
	if engine.CodeOf(err) != engine.CodeConflict || !strings.Contains(err.Error(), string(f)) {
		t.Errorf("the folder is taken: %v", err)
	}
	if b, err := os.ReadFile(f.file(databaseFile)); string(b) != "theirs" || err != nil {
		t.Errorf("their database is %q, %v", b, err)
	}
}

// The settings keep a demo away from everything real, and say what to do.
func TestSettingsOfADemo(t *testing.T) {
	for _, c := range []struct{ flag, value, says string }{
		{"database", "mysql://u:p@db:3306/real", "leave --database out"},
		{"database", "sqlite:real.db", "leave --database out"},
		{"listen", "0.0.0.0:8080", "127.0.0.1"},
		{"listen", "192.168.1.7:8080", "127.0.0.1"},
	} {
		for _, insecure := range []string{"false", "true"} {
			_, err := config.Load(config.Sources{Flags: map[string]string{"demo": "true", "insecure-http": insecure, c.flag: c.value}})
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "--"+c.flag) {
				t.Errorf("--%s %s: %v", c.flag, c.value, err)
			}
		}
	}
	l, err := config.Load(config.Sources{Flags: map[string]string{"demo": "true", "data-dir": "/srv/real"}})
	if err != nil || l.DataDir != "/srv/real-demo" || l.Database != "sqlite:/srv/real-demo/bylaw.db" {
		t.Errorf("the demo of /srv/real: %+v, %v", l, err)
	}
}
