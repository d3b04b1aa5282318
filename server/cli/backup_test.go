package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/store"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

func TestBackupCopyIsAWholeDatabase(t *testing.T) {
	s := at(t)
	s.must(t, "token", "create")
	file := filepath.Join(t.TempDir(), "copy.db")
	s.must(t, "backup", "--copy", file)
	copied := shell{env: append(s.env, "BYLAW_DATABASE=sqlite:"+file)}
	if list := copied.must(t, "workspace", "list"); !strings.Contains(list, "default") {
		t.Errorf("the copy has no workspace default: %s", list)
	}
	if r := s.run(t, "restore", file); r.code != exitProblems || !strings.Contains(r.err, "--database sqlite:") {
		t.Errorf("restoring a database file: %+v", r)
	}
}

// A community with points and a channel's secret moves from engine to engine,
// and verifies wherever it comes to.
func TestBackupMovesACommunityFromEngineToEngine(t *testing.T) {
	s := at(t)
	file := filepath.Join(t.TempDir(), "community.bylaw")
	populate(t, s)
	first := decode[store.BackupInfo](t, s.must(t, "backup", "--json", file))
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup can be read by others: %v, %v", info.Mode(), err)
	}
	if r := s.run(t, "backup", file); r.code != exitUsage || !strings.Contains(r.err, "already") {
		t.Errorf("backup over a file: %+v", r)
	}
	if checked := s.must(t, "restore", "--check", "--json", file); decode[store.BackupInfo](t, checked).Rows != first.Rows {
		t.Errorf("checking says %s", checked)
	}
	if r := s.run(t, "restore", file); r.code != exitProblems || !strings.Contains(r.err, "--overwrite") {
		t.Errorf("restoring over a community: %+v", r)
	}
	for i, name := range append(dbtest.Engines(t), dbtest.SQLite) {
		to := at(t)
		to.env = append(to.env, "BYLAW_DATABASE="+dbtest.New(t, name).URL)
		if r := to.run(t, "restore", file); r.code != exitOK || !strings.Contains(r.err, "secrets of channels need the secret.key") {
			t.Fatalf("%s: %+v", name, r)
		}
		if out := to.must(t, "verify"); !strings.Contains(out, "replayed 40 events") || strings.Contains(out, "differs") {
			t.Errorf("%s: %s", name, out)
		}
		file = filepath.Join(t.TempDir(), fmt.Sprint(i))
		again := decode[store.BackupInfo](t, to.must(t, "backup", "--json", file))
		for n, table := range again.Tables {
			if table != first.Tables[n] {
				t.Errorf("%s: table %v, want %v", name, table, first.Tables[n])
			}
		}
	}
	if r := s.run(t, "restore", filepath.Join(t.TempDir(), "nothing")); r.code != exitUsage {
		t.Errorf("a file that is not there: %+v", r)
	}
}

// populate gives the workspace a rule, members with points, and a channel with a secret.
func populate(t *testing.T, s shell) {
	t.Helper()
	served, stop := serving(t, s)
	defer stop()
	post(t, served, "PUT", "/channels/hook", `{"plugin":"webhook","title":{"en":"Hook"},"config":{"url":"https://example.com/"}}`)
	post(t, served, "PUT", "/channels/hook/secrets", `{"secrets":{"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}`)
	post(t, served, "PUT", "/rules/welcome", `{"key":"welcome","kind":"reward","title":{"en":"Welcome","zh":"欢迎"},"on":"message.sent","when":"true","once":"member","then":[{"grant_points":{"amount":5}}]}`)
	post(t, served, "POST", "/rules/welcome/publish", `{}`)
	var lines strings.Builder
	for i := range 40 {
		fmt.Fprintf(&lines, `{"id":"e%d","type":"message.sent","member":{"channel":"c","external_id":"群友%d"}}`+"\n", i, i%7)
	}
	served.in = lines.String()
	served.must(t, "event", "send")
}
