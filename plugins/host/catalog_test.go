//go:build linux

package host

import (
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// install puts this test binary in place as an external plugin. The program is
// a script, because a plugin's own program gets no arguments.
func install(t *testing.T, data, id, version string) string {
	t.Helper()
	dir := versionDir(data, id, version)
	if err := os.MkdirAll(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	m := Manifest{ID: id, Version: version, Protocol: []int{1}, Platforms: map[string]string{runtime.GOOS + "/" + runtime.GOARCH: "bin/plugin"}}
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\nexec " + self + " __plugin " + id + "\n"
	writeFile(t, filepath.Join(dir, ManifestName), string(raw), 0o644)
	writeFile(t, filepath.Join(dir, "bin", "plugin"), script, 0o755)
	return dir
}

func writeFile(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil { // whatever the umask
		t.Fatal(err)
	}
}

func external(t *testing.T) (*Host, string) {
	h := newTestHost(t, func(o *Options, _ *timing) { o.Bundled = nil })
	return h, h.o.DataDir
}

func TestExternalPluginsRunOnlyOnceTrusted(t *testing.T) {
	h, data := external(t)
	if r := send(t, h, "calm", 2*time.Second, "a")[0]; r.Outcome != engine.Retryable || r.Code != "plugin_missing" {
		t.Fatalf("%+v", r)
	}
	install(t, data, "calm", "0.1.0")
	time.Sleep(2 * time.Millisecond)
	r := send(t, h, "calm", 2*time.Second, "a")[0]
	if r.Outcome != engine.Retryable || r.Code != "plugin_refused" || !strings.Contains(r.Detail, "bylaw plugin trust calm@0.1.0") {
		t.Fatalf("%+v", r)
	}
	if s := stateOf(h, "calm"); s.State != StateRefused || s.Version != "0.1.0" || s.PID != 0 {
		t.Fatalf("%+v", s)
	}
	trusted, err := Trust(data, "calm")
	if err != nil || len(trusted.SHA256) != 64 || trusted.Version != "0.1.0" {
		t.Fatalf("%v %+v", err, trusted)
	}
	time.Sleep(2 * time.Millisecond)
	if r := send(t, h, "calm", 5*time.Second, "a")[0]; r.Outcome != engine.Delivered {
		t.Fatalf("%+v", r)
	}
	found, err := Discover(data)
	if err != nil || len(found) != 1 || !found[0].Trusted {
		t.Fatalf("%v %+v", err, found)
	}
	if err := Distrust(data, "calm", ""); err != nil {
		t.Fatal(err)
	}
	if found, _ := Discover(data); found[0].Trusted || found[0].Problem == "" {
		t.Fatalf("%+v", found)
	}
}

func TestChangedOrUnsafeFilesNeverRun(t *testing.T) {
	spoils := map[string]func(*testing.T, string){
		"program changed": func(t *testing.T, dir string) {
			writeFile(t, filepath.Join(dir, "bin", "plugin"), "#!/bin/sh\ntouch "+dir+"/ran\n", 0o755)
		},
		"file added":       func(t *testing.T, dir string) { writeFile(t, filepath.Join(dir, "more"), "x", 0o644) },
		"manifest changed": func(t *testing.T, dir string) { appendTo(t, filepath.Join(dir, ManifestName), " ") },
		"link inside": func(t *testing.T, dir string) {
			if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
				t.Fatal(err)
			}
		},
		"program is a link": func(t *testing.T, dir string) {
			path := filepath.Join(dir, "bin", "plugin")
			if err := os.Rename(path, dir+".moved"); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(dir+".moved", path); err != nil {
				t.Fatal(err)
			}
		},
		"hard link": func(t *testing.T, dir string) {
			if err := os.Link(filepath.Join(dir, "bin", "plugin"), dir+".other"); err != nil {
				t.Fatal(err)
			}
		},
		"world-writable program": func(t *testing.T, dir string) { chmod(t, filepath.Join(dir, "bin", "plugin"), 0o777) },
		"world-writable folder":  func(t *testing.T, dir string) { chmod(t, dir, 0o777) },
		"world-writable parent":  func(t *testing.T, dir string) { chmod(t, filepath.Dir(filepath.Dir(dir)), 0o777) },
	}
	for name, spoil := range spoils {
		t.Run(name, func(t *testing.T) {
			h, data := external(t)
			dir := install(t, data, "calm", "0.1.0")
			if _, err := Trust(data, "calm@0.1.0"); err != nil {
				t.Fatal(err)
			}
			spoil(t, dir)
			if r := send(t, h, "calm", 2*time.Second, "a")[0]; r.Code != "plugin_refused" || r.Outcome != engine.Retryable {
				t.Fatalf("%+v", r)
			}
			if _, err := os.Stat(filepath.Join(dir, "ran")); err == nil {
				t.Fatal("the changed program ran")
			}
		})
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := io.WriteString(f, text); err != nil {
		t.Fatal(err)
	}
}

func TestTheFileIsHashedAgainRightBeforeItRuns(t *testing.T) {
	h, data := external(t)
	dir := install(t, data, "calm", "0.1.0")
	if _, err := Trust(data, dir); err != nil {
		t.Fatal(err)
	}
	prog, err := h.find("calm")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a start must not spoil the check of the next
		p, err := launch(h, prog, newPump("calm", h.log))
		if err != nil {
			t.Fatal(err)
		}
		p.end(time.Second)
	}
	writeFile(t, prog.path, "#!/bin/sh\ntouch "+dir+"/ran\n", 0o755)
	if _, err := launch(h, prog, newPump("calm", h.log)); err == nil || !strings.Contains(err.Error(), "not the file that was trusted") {
		t.Fatalf("%v", err)
	}
}

func TestTheNewestTrustedVersionRuns(t *testing.T) {
	h, data := external(t)
	for _, v := range []string{"0.1.0", "0.10.0", "0.9.0", "0.10.0-rc.1"} {
		install(t, data, "calm", v)
	}
	for _, v := range []string{"0.1.0", "0.9.0"} {
		if _, err := Trust(data, "calm@"+v); err != nil {
			t.Fatal(err)
		}
	}
	if prog, err := h.find("calm"); err != nil || prog.version != "0.9.0" {
		t.Fatalf("%v %+v", err, prog)
	}
	if trusted, err := Trust(data, "calm"); err != nil || trusted.Version != "0.10.0" {
		t.Fatalf("%v %+v", err, trusted)
	}
}

func TestTrustRefusesWhatItCannotKnow(t *testing.T) {
	_, data := external(t)
	install(t, data, "calm", "0.1.0")
	wrong := install(t, data, "calm", "0.2.0")
	writeFile(t, filepath.Join(wrong, ManifestName), `{"id":"calm","version":"0.3.0","protocol":[1],"platforms":{}}`, 0o644)
	other := install(t, data, "calm", "0.4.0")
	writeFile(t, filepath.Join(other, ManifestName), `{"id":"calm","version":"0.4.0","protocol":[2],"platforms":{}}`, 0o644)
	escape := install(t, data, "calm", "0.5.0")
	writeFile(t, filepath.Join(escape, ManifestName), `{"id":"calm","version":"0.5.0","protocol":[1],"platforms":{"linux/amd64":"../0.1.0/bin/plugin"}}`, 0o644)
	for _, name := range []string{"nobody", "calm@9.9.9", "calm@../..", "../calm", "/etc", data, "calm@0.2.0", "calm@0.4.0", "calm@0.5.0", "", "Calm"} {
		if got, err := Trust(data, name); err == nil {
			t.Errorf("%q: trusted %+v", name, got)
		}
	}
	if s, err := readTrust(data); err != nil || len(s.Plugins) != 0 {
		t.Fatalf("%v %+v", err, s)
	}
}

func TestSocketDirectoriesOfDeadHostsAreSwept(t *testing.T) {
	parent := t.TempDir()
	dead, fresh := filepath.Join(parent, socketPrefix+"1"), filepath.Join(parent, socketPrefix+"2")
	held := filepath.Join(parent, socketPrefix+"3")
	for _, dir := range []string{dead, fresh, held} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, socketLock), "", 0o600)
	}
	old := time.Now().Add(-time.Hour)
	for _, dir := range []string{dead, held} {
		if err := os.Chtimes(dir, old, old); err != nil {
			t.Fatal(err)
		}
	}
	lock, err := os.OpenFile(filepath.Join(held, socketLock), os.O_RDWR, 0)
	if err != nil || !hold(lock) {
		t.Fatal(err)
	}
	defer func() { _ = lock.Close() }()
	sweep(parent)
	for dir, stays := range map[string]bool{dead: false, fresh: true, held: true} {
		if _, err := os.Stat(dir); (err == nil) != stays {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

func TestALongTemporaryPathIsNoProblem(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("d", 100))
	if err := os.MkdirAll(long, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", long)
	h, err := newHost(Options{DataDir: t.TempDir(), Bundled: testPlugins, Log: slog.New(slog.DiscardHandler)}, hasty())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Close(t.Context()) }()
	if info, err := os.Stat(h.sockets.path); err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("%v %v", err, info.Mode())
	}
	if r := send(t, h, "calm", 5*time.Second, "a")[0]; r.Outcome != engine.Delivered {
		t.Fatalf("%+v", r)
	}
}

func TestBackoffGrowsAndIsBounded(t *testing.T) {
	for n, seconds := range []int64{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		base := time.Duration(seconds * int64(time.Second))
		for range 50 {
			got := backoff(time.Second, 300*time.Second, n)
			if low, high := base*8/10, base*12/10; got < low || got > high {
				t.Fatalf("crash %d: %s is not between %s and %s", n+1, got, low, high)
			}
		}
	}
	if got := backoff(time.Second, 300*time.Second, 1000); got > 360*time.Second {
		t.Fatal(got)
	}
}
