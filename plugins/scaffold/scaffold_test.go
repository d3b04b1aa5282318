package scaffold

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/plugins/host"
)

// TestFromNothingToTheFirstMessage is the way of a plugin's author: new, test,
// pack, trust, send.
func TestFromNothingToTheFirstMessage(t *testing.T) {
	module, data := filepath.Join(t.TempDir(), "acme-chat"), t.TempDir()
	files, err := New(Options{Dir: module, ID: "acme-chat", Replace: "../.."})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"main.go", "channel.go", "channel_test.go", "schema.json", "bylaw-plugin.json", "go.mod", "README.md", "README.zh.md"} {
		if !strings.Contains(strings.Join(files, " "), name) {
			t.Errorf("no %s among %v", name, files)
		}
	}
	dir, err := Install(t.Context(), module, data)
	if err != nil {
		t.Fatal(err)
	}
	if dir != filepath.Join(data, "plugins", "acme-chat", "0.1.0") {
		t.Fatal(dir)
	}
	test := exec.CommandContext(t.Context(), "go", "test", "-mod=mod", "./...")
	test.Dir = module
	test.Env = append(os.Environ(), "GOWORK=off")
	if said, err := test.CombinedOutput(); err != nil {
		t.Fatalf("the new plugin's own tests: %v\n%s", err, said)
	}
	firstMessage(t, data)
}

func firstMessage(t *testing.T, data string) {
	var got struct{ To, Text string }
	remote := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer tok-1234" && r.Header.Get("Idempotency-Key") == "k1" {
			_ = json.NewDecoder(r.Body).Decode(&got)
		}
	}))
	defer remote.Close()
	h, err := host.New(host.Options{DataDir: data, AllowPrivate: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Close(t.Context()) }()
	config, _ := json.Marshal(map[string]string{"url": remote.URL})
	c := engine.ChannelConfig{Workspace: "default", Key: "chat", Plugin: "acme-chat", Revision: 1, Config: config, Secrets: map[string]string{"token": "tok-1234"}}
	message := []engine.Message{{Key: "k1", Attempt: 1, Text: "hello", Target: engine.Target{Kind: engine.ToMember, Address: "m1"}}}
	if r := h.Send(t.Context(), c, message)[0]; r.Code != "plugin_refused" || got.Text != "" {
		t.Fatalf("it ran before it was trusted: %+v", r)
	}
	if _, err := host.Trust(data, "acme-chat"); err != nil {
		t.Fatal(err)
	}
	if err := h.Release("acme-chat"); err != nil {
		t.Fatal(err)
	}
	if r := h.Send(t.Context(), c, message)[0]; r.Outcome != engine.Delivered || got.To != "m1" || got.Text != "hello" {
		t.Fatalf("%+v %+v", r, got)
	}
	for _, s := range h.List() {
		t.Logf("%s %s: %s, resident set %.1f MB", s.ID, s.Version, s.State, float64(s.RSS)/1e6)
	}
}

func TestNewRefuses(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"bad id":        {Dir: t.TempDir(), ID: "Acme Chat"},
		"path as id":    {Dir: t.TempDir(), ID: "../x"},
		"full folder":   {Dir: full, ID: "acme"},
		"no such Bylaw": {Dir: filepath.Join(t.TempDir(), "p"), ID: "acme", Replace: "/no/such/place"},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := Pack(t.Context(), t.TempDir(), t.TempDir()); err == nil || !strings.Contains(err.Error(), host.ManifestName) {
		t.Errorf("%v", err)
	}
}
