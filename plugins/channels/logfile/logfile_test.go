package logfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

func setup(dir, config string) sdk.Setup {
	return sdk.Setup{Config: json.RawMessage(config), DataDir: dir, Now: func() time.Time { return time.Unix(1700000000, 0) }}
}

func opened(t *testing.T, dir, config string) *instance {
	t.Helper()
	i, err := Channel().Open(t.Context(), setup(dir, config))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.(*instance).Close() })
	return i.(*instance)
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
}

func TestAppendsAndKnowsKeysAgain(t *testing.T) {
	dir := t.TempDir()
	batch := []sdk.Message{
		{Key: "a", Text: "hello\nworld", Target: sdk.Target{Kind: sdk.ToMember, Address: "m1"}},
		{Key: "b", Data: json.RawMessage(`{"n":1}`)},
		{Key: "a", Text: "again"},
		{Key: "c", Data: json.RawMessage(`{`)},
	}
	for round := range 3 { // the third after a restart
		i := opened(t, dir, `{}`)
		for n, r := range i.SendBatch(t.Context(), batch) {
			want := sdk.Delivered
			if n == 3 {
				want = sdk.Permanent
			}
			if r.Outcome != want {
				t.Fatalf("round %d message %d: %+v", round, n, r)
			}
		}
		if round == 2 {
			break
		}
		_ = i.Close()
	}
	got := lines(t, filepath.Join(dir, defaultFile))
	if len(got) != 2 || !strings.Contains(got[0], `"text":"hello\nworld"`) || !strings.Contains(got[0], `"address":"m1"`) || !strings.Contains(got[1], `"data":{"n":1}`) {
		t.Fatalf("%q", got)
	}
}

func TestATornLineIsEndedFirst(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "x.log"), []byte("{\"key\":\"a\"}\n{\"key\":\"tor"), 0o600); err != nil {
		t.Fatal(err)
	}
	i := opened(t, dir, `{"file":"x.log"}`)
	i.SendBatch(t.Context(), []sdk.Message{{Key: "a"}, {Key: "tor"}})
	got := lines(t, filepath.Join(dir, "x.log"))
	if len(got) != 3 || !strings.Contains(got[2], `"key":"tor"`) {
		t.Fatalf("%q", got)
	}
}

func TestNothingOutsideTheDirectory(t *testing.T) {
	outside := t.TempDir()
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(outside, "target"), filepath.Join(dir, "link.log")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../x.log", "/etc/x.log", "a/../../x.log", "link.log", ""} {
		if _, err := Channel().Open(t.Context(), setup(dir, fmt.Sprintf(`{"file":%q}`, name))); err == nil {
			t.Errorf("%q was opened", name)
		}
	}
	if left, _ := os.ReadDir(outside); len(left) > 0 {
		t.Errorf("%v was written outside", left)
	}
	if _, err := Channel().Open(t.Context(), setup("", `{}`)); err == nil {
		t.Error("opened without a directory")
	}
}

func TestAFullDiskIsHonest(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	i := opened(t, t.TempDir(), `{}`)
	_ = i.file.f.Close()
	i.file.f = full
	if r := i.Send(t.Context(), sdk.Message{Key: "k"}); r.Outcome == sdk.Delivered {
		t.Fatalf("%+v", r)
	}
	if i.file.seen[hash("k")] {
		t.Fatal("a message that wasn't written is remembered as written")
	}
}

func TestOldKeysMakeRoom(t *testing.T) {
	l := &file{seen: map[uint64]bool{}}
	for n := range keysKept + 10 {
		l.remember(fmt.Sprint(n))
	}
	if len(l.seen) != keysKept || l.seen[hash("3")] || !l.seen[hash("10")] {
		t.Fatal(len(l.seen))
	}
}

// What an operator reads says what went wrong and not where on the server's disk.
func TestFaultsNameNoPlace(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "taken.log"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Channel().Open(t.Context(), setup(dir, `{"file":"taken.log"}`))
	var problems sdk.Problems
	if !errors.As(err, &problems) || len(problems) != 1 {
		t.Fatalf("got %v", err)
	}
	for _, said := range []string{problems[0].Message.En, problems[0].Message.Zh} {
		if strings.Contains(said, dir) || !strings.Contains(said, "directory") {
			t.Errorf("says %q", said)
		}
	}
}
