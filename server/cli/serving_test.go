package cli

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/app"
	"github.com/bylaw-dev/bylaw/server/config"
)

// serving starts a server on the shell's data and gives a shell that talks to it.
func serving(t *testing.T, s shell) (served shell, stop func()) {
	t.Helper()
	loaded, err := config.Load(config.Sources{Env: s.env, Flags: map[string]string{"listen": "127.0.0.1:0"}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), loaded, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	token := strings.TrimSpace(s.must(t, "token", "create"))
	return shell{env: append(s.env[:len(s.env):len(s.env)], "BYLAW_SERVER="+a.URL(), "BYLAW_TOKEN="+token)}, func() {
		if err := a.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// post calls the server of a shell and gives the answer, which must be a success.
func post(t *testing.T, s shell, method, path, body string) string {
	t.Helper()
	var url, token string
	for _, v := range s.env {
		if after, is := strings.CutPrefix(v, "BYLAW_SERVER="); is {
			url = after
		}
		if after, is := strings.CutPrefix(v, "BYLAW_TOKEN="); is {
			token = after
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), method, strings.TrimSuffix(url, "/")+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	if strings.HasPrefix(path, "/imports") {
		r.Header.Set("Content-Type", "text/csv")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s (%v)", method, path, answer.StatusCode, text, err)
	}
	return string(text)
}
