package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/scaffold"
)

// sharedText is what several goroutines write to.
type sharedText struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *sharedText) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *sharedText) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// An author's way: a message arrives, a change is built and sent again by itself.
func TestPluginDevFollowsTheSources(t *testing.T) {
	module := filepath.Join(t.TempDir(), "acme-chat")
	if _, err := scaffold.New(scaffold.Options{Dir: module, ID: "acme-chat", Replace: "../.."}); err != nil {
		t.Fatal(err)
	}
	texts := make(chan string, 8)
	remote := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var m struct{ Text string }
		if json.NewDecoder(r.Body).Decode(&m) == nil && r.Header.Get("Authorization") == "Bearer tok-1234" {
			texts <- m.Text
		}
	}))
	defer remote.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, said sharedText
	done := make(chan int, 1)
	go func() {
		config := fmt.Sprintf(`{"url":%q,"token":"tok-1234"}`, remote.URL)
		done <- Run(ctx, []string{"plugin", "dev", module, "--send-config", config, "--text", "hello"}, Streams{In: strings.NewReader(""), Out: &out, Err: &said})
	}()
	next := func() string {
		select {
		case text := <-texts:
			return text
		case code := <-done:
			t.Fatalf("it ended with %d:\n%s%s", code, out.String(), said.String())
		case <-time.After(5 * time.Minute):
			t.Fatalf("nothing arrives:\n%s%s", out.String(), said.String())
		}
		return ""
	}
	if text := next(); text != "hello" {
		t.Errorf("arrived: %q", text)
	}
	source := filepath.Join(module, "channel.go")
	code, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(code), `"text": m.Text}`, `"text": m.Text + " again"}`, 1)
	if changed == string(code) {
		t.Fatal("the scaffold's source has changed")
	}
	if err := os.WriteFile(source, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if text := next(); text != "hello again" {
		t.Errorf("after the change: %q", text)
	}
	cancel()
	if code := <-done; code != exitOK || !strings.Contains(out.String(), "acme-chat 0.1.0 sha256:") {
		t.Errorf("%d %s", code, out.String())
	}
}

func TestPluginDevSaysWhatIsWrong(t *testing.T) {
	for args, want := range map[string]string{"plugin dev " + t.TempDir() + " --once": "bylaw-plugin.json", "plugin dev nowhere --once": "nowhere", "plugin dev . --send-config {": "no JSON"} {
		if r := (shell{}).run(t, strings.Fields(args)...); r.code == exitOK || !strings.Contains(r.err, want) {
			t.Errorf("%s: %+v", args, r)
		}
	}
}
