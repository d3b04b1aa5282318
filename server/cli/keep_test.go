package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEraseAsksFirstAndLeavesNothingOfThePerson(t *testing.T) {
	s := at(t)
	s.must(t, "token", "create")
	if r := s.run(t, "erase", "app:zoe"); r.code == exitOK || !strings.Contains(r.err, "--yes") {
		t.Errorf("erasing without --yes: %+v", r)
	}
	if r := s.run(t, "erase", "app:nobody", "--yes"); r.code == exitOK || !strings.Contains(r.err, "app:nobody") {
		t.Errorf("erasing somebody who is not there: %+v", r)
	}
}

func TestBackupIsAWholeDatabaseAndOverwritesNothing(t *testing.T) {
	s := at(t)
	s.must(t, "token", "create")
	file := filepath.Join(t.TempDir(), "copy.db")
	s.must(t, "backup", file)
	if r := s.run(t, "backup", file); r.code == exitOK || !strings.Contains(r.err, "already") {
		t.Errorf("backup over a file: %+v", r)
	}
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	copied := shell{env: append(s.env, "BYLAW_DATABASE=sqlite:"+file)}
	if list := copied.must(t, "workspace", "list"); !strings.Contains(list, "default") {
		t.Errorf("the copy has no workspace default: %s", list)
	}
}
