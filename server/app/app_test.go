package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/config"
)

// settings for a server on a free port with a folder of its own.
func settings(t *testing.T, flags map[string]string) *config.Loaded {
	t.Helper()
	all := map[string]string{"listen": "127.0.0.1:0", "data-dir": t.TempDir(), "allow-private-addresses": "true", "drain-timeout": "5s"}
	for name, value := range flags {
		all[name] = value
	}
	s, err := config.Load(config.Sources{Flags: all})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// begin starts a server that ends with the test.
func begin(t *testing.T, s *config.Loaded) *App {
	t.Helper()
	a, err := New(t.Context(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

// ask sends a request and reads its answer.
func ask(t *testing.T, method, url, token string, body any) (int, map[string]any) {
	t.Helper()
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(t.Context(), method, url, in)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer := map[string]any{}
	if err := json.Unmarshal(raw, &answer); err != nil {
		answer["raw"] = string(raw)
	}
	return response.StatusCode, answer
}

func TestStartAndStopLeaveNothingBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	s := settings(t, map[string]string{"metrics-listen": "127.0.0.1:0"})
	a, err := New(t.Context(), s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	base := strings.TrimSuffix(a.URL(), "/")
	if status, answer := ask(t, "GET", base+"/readyz", "", nil); status != 200 {
		t.Fatal(status, answer)
	}
	if _, err := a.channels.Plugins(t.Context()); err != nil { // starts every bundled plugin's process
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Error("a second stop:", err)
	}
	if _, err := http.Get(base + "/readyz"); err == nil {
		t.Error("it still answers")
	}
	if left, _ := filepath.Glob(filepath.Join(s.DataDir, "*-wal")); len(left) > 0 {
		t.Errorf("the database was not closed: %v", left)
	}
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
		runtime.Gosched()
	}
}

func TestTheSetupLinkWorksOnce(t *testing.T) {
	s := settings(t, map[string]string{"public-url": "http://bylaw.test:9"})
	a := begin(t, s)
	local := "http://" + a.Addr()
	link, secret, ok := strings.Cut(a.Setup, "#")
	if !ok || link != "http://bylaw.test:9/setup" || len(secret) < 43 {
		t.Fatalf("the link is %q", a.Setup)
	}
	if status, answer := ask(t, "POST", local+"/api/v1/setup", "", map[string]string{"secret": secret + "x"}); status != 401 {
		t.Fatalf("a wrong secret: %d %v", status, answer)
	}
	var together sync.WaitGroup
	var mu sync.Mutex
	var tokens []string
	for range 8 {
		together.Go(func() {
			status, answer := ask(t, "POST", local+"/api/v1/setup", "", map[string]string{"secret": secret})
			mu.Lock()
			defer mu.Unlock()
			if token, _ := answer["secret"].(string); status == 201 {
				tokens = append(tokens, token)
			} else if status != 401 {
				t.Errorf("%d %v", status, answer)
			}
		})
	}
	together.Wait()
	if len(tokens) != 1 {
		t.Fatalf("the link worked %d times", len(tokens))
	}
	if status, me := ask(t, "GET", local+"/api/v1/whoami", tokens[0], nil); status != 200 || me["role"] != "owner" || me["workspace"] != DefaultWorkspace {
		t.Errorf("whoami: %d %v", status, me)
	}
	if link, err := a.setups.offer(t.Context(), local); err != nil || link != "" {
		t.Errorf("a server with an owner offers %q, %v", link, err)
	}
}

func TestASetupLinkEndsAfterADayAndWhenThereIsAnOwner(t *testing.T) {
	a := begin(t, settings(t, nil))
	redeem := func(link string, at engine.Time) error {
		_, secret, _ := strings.Cut(link, "#")
		token, _, err := NewToken("", "owner", "owner")
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.setups.Redeem(t.Context(), hashOf(secret), at, token)
		return err
	}
	first := a.Setup
	second, err := a.setups.offer(t.Context(), "http://x")
	if err != nil {
		t.Fatal(err)
	}
	if err := redeem(first, now()); engine.CodeOf(err) != engine.CodeUnauthorized {
		t.Errorf("a link that was replaced: %v", err)
	}
	if err := redeem(second, now().Add(setupLasts+time.Minute)); engine.CodeOf(err) != engine.CodeUnauthorized {
		t.Errorf("a link after a day: %v", err)
	}
	token, _, err := NewToken(DefaultWorkspace, "by hand", "owner")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Tokens.AddToken(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	if err := redeem(second, now()); engine.CodeOf(err) != engine.CodeUnauthorized {
		t.Errorf("a link beside an owner: %v", err)
	}
}

func TestSecretsOfChannelsAreSealedAndOpened(t *testing.T) {
	a := begin(t, settings(t, nil))
	token := ownerToken(t, a)
	base := "http://" + a.Addr() + "/api/v1"
	if status, answer := ask(t, "PUT", base+"/channels/hook", token, map[string]any{"plugin": "webhook", "title": map[string]string{"en": "Hook"}, "config": map[string]any{"url": "http://127.0.0.1:9/"}}); status != 201 {
		t.Fatal(status, answer)
	}
	if status, answer := ask(t, "PUT", base+"/channels/hook/secrets", token, map[string]any{"secrets": map[string]string{"secret": "whsec_CANARYCANARYCANARYCANARYCANARYCA"}}); status != 204 {
		t.Fatal(status, answer)
	}
	sealed, err := a.Store.ChannelSecrets(t.Context(), DefaultWorkspace, "hook")
	if err != nil || len(sealed["secret"]) == 0 || bytes.Contains(sealed["secret"], []byte("CANARY")) {
		t.Fatalf("at rest: %q, %v", sealed, err)
	}
	c, err := facts{a.Store, a.Machine, a.channels, a.Log}.Channel(t.Context(), DefaultWorkspace, "hook")
	if err != nil || c.Config.Secrets["secret"] != "whsec_CANARYCANARYCANARYCANARYCANARYCA" || c.Down != "" {
		t.Fatal(c, err)
	}
	_, shown := ask(t, "GET", base+"/channels/hook", token, nil)
	raw, _ := json.Marshal(shown)
	if strings.Contains(string(raw), "CANARY") {
		t.Errorf("a secret is shown: %s", raw)
	}
	if status, answer := ask(t, "PUT", base+"/channels/other", token, map[string]any{"plugin": "webhook", "title": map[string]string{"en": "Hook"}, "config": map[string]any{"url": "http://127.0.0.1:9/", "secret": "whsec_CANARY"}}); status != 422 {
		t.Errorf("a secret in the configuration: %d %v", status, answer)
	}
	if status, answer := ask(t, "PUT", base+"/channels/other", token, map[string]any{"plugin": "wechat-teleport", "title": map[string]string{"en": "Hook"}}); status != 422 {
		t.Errorf("a plugin that does not exist: %d %v", status, answer)
	}
}

func TestPlainHTTPBeyondLoopbackIsRefused(t *testing.T) {
	_, err := New(t.Context(), settings(t, map[string]string{"listen": "0.0.0.0:0"}), slog.New(slog.DiscardHandler))
	var e *config.Error
	if !errors.As(err, &e) || !strings.Contains(e.Error(), "--insecure-http") {
		t.Error(err)
	}
}

func TestMetricsAndReadiness(t *testing.T) {
	a := begin(t, settings(t, map[string]string{"base-path": "/bylaw"}))
	if info, err := os.Stat(a.Settings.SQLitePath()); err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others can read the database: %v, %v", info.Mode(), err)
	}
	token := ownerToken(t, a)
	base := "http://" + a.Addr() + "/bylaw"
	event := map[string]any{"events": []any{map[string]any{"id": "1", "type": "message.sent", "member": map[string]string{"channel": "c", "external_id": "x"}}}}
	for _, want := range []string{"accepted", "duplicate"} {
		status, answer := ask(t, "POST", base+"/api/v1/events", token, event)
		if results, _ := answer["results"].([]any); status != 200 || results[0].(map[string]any)["status"] != want {
			t.Fatal(status, answer)
		}
	}
	_, answer := ask(t, "GET", base+"/metrics", serverToken(t, a), nil)
	text, _ := answer["raw"].(string)
	for _, line := range []string{`bylaw_events_accepted_total{status="accepted",workspace="default"} 1`, `bylaw_events_accepted_total{status="duplicate",workspace="default"} 1`,
		"bylaw_outbox_oldest_seconds 0", `bylaw_transaction_seconds_count{result="ok"}`, `bylaw_plugin_restarts_total{plugin="webhook"} 0`} {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in the metrics", line)
		}
	}
	a.stopping.Store(true)
	if status, answer := ask(t, "GET", base+"/readyz", "", nil); status != 503 {
		t.Errorf("ready while it stops: %d %v", status, answer)
	}
}

func TestWorkspaceLabelsAreBounded(t *testing.T) {
	m := newMetrics()
	for i := range 3 * maxLabels {
		m.workspace(string(rune('A' + i)))
	}
	if len(m.labels) != maxLabels || m.workspace("A") != "A" || m.workspace("new") != "other" {
		t.Errorf("%d labels", len(m.labels))
	}
}

func TestMaxWorkspaces(t *testing.T) {
	a := begin(t, settings(t, map[string]string{"max-workspaces": "2"}))
	token := serverToken(t, a)
	base := "http://" + a.Addr() + "/api/v1/workspaces"
	if status, answer := ask(t, "POST", base, token, map[string]string{"name": "second", "external_id": "shop-2"}); status != 201 {
		t.Fatal(status, answer)
	}
	if status, answer := ask(t, "POST", base, token, map[string]string{"name": "third"}); status != 409 {
		t.Error(status, answer)
	}
}

func TestIDsSortByTimeAndDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := newID()
		if len(id) != 26 || seen[id] {
			t.Fatalf("%q", id)
		}
		seen[id] = true
	}
	early := newID()
	for begun := time.Now(); time.Since(begun) < 2*time.Millisecond; {
		runtime.Gosched()
	}
	if late := newID(); late <= early {
		t.Errorf("%s is not before %s", early, late)
	}
}

// A port that is taken is said in both languages, with what to do.
func TestATakenPortSaysWhatToDo(t *testing.T) {
	a := begin(t, settings(t, nil))
	second, err := New(t.Context(), settings(t, map[string]string{"listen": a.Addr()}), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	err = second.Start(t.Context())
	if stop := second.Stop(context.Background()); stop != nil {
		t.Error(stop)
	}
	var known *engine.Error
	if !errors.As(err, &known) || !strings.Contains(known.Message.En, "--listen chooses another port") || !strings.Contains(known.Message.Zh, "换一个端口") {
		t.Errorf("%v", err)
	}
}
