package app

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// browser is somebody at the console: it keeps cookies and says where it is.
type browser struct {
	t      *testing.T
	base   string
	client http.Client
}

func newBrowser(t *testing.T, a *App) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, "http://" + a.Addr(), http.Client{Jar: jar}}
}

// do sends a call and wants a status.
func (b *browser) do(want int, method, path, body string) map[string]any {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+"/api/v1/"+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Origin", b.base)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != want {
		b.t.Fatalf("%s %s: %d, want %d: %s %v", method, path, answer.StatusCode, want, raw, err)
	}
	out := map[string]any{}
	if len(raw) > 0 && json.Unmarshal(raw, &out) != nil {
		b.t.Fatalf("%s", raw)
	}
	return out
}

const longWord = "correct horse battery"

// From an empty server to a person with a second factor, on two replicas.
func TestAccountsOnTwoReplicas(t *testing.T) {
	s := settings(t, nil)
	a := begin(t, s)
	_, secret, _ := strings.Cut(a.Setup, "#")
	desk := newBrowser(t, a)
	made := desk.do(201, "POST", "setup", `{"secret":"`+secret+`","workspace":{"name":"跑步群"},"user":{"login":"an","password":"`+longWord+`"}}`)
	if session, _ := made["session"].(map[string]any); session["workspace_name"] != "跑步群" || session["role"] != "owner" {
		t.Fatalf("%v", made)
	}
	other := begin(t, s) // a second replica on the same database
	if other.Setup != "" {
		t.Error("a server with an owner offers set-up")
	}
	phone := newBrowser(t, other)
	phone.do(401, "POST", "session", `{"login":"an","password":"another word"}`)
	phone.do(201, "POST", "session", `{"login":"an","password":"`+longWord+`"}`)
	desk.do(200, "GET", "users", "")
	phone.do(201, "POST", "tokens", `{"name":"n","role":"viewer"}`)

	factor := desk.do(201, "POST", "session/totp", `{"password":"`+longWord+`"}`)["secret"].(string)
	kept, err := a.Store.SecondFactor(t.Context(), DefaultWorkspace, me(desk))
	if err != nil || bytes.Contains(kept.Secret, []byte(factor)) {
		t.Fatalf("the secret is kept as it is: %v", err)
	}
	code := func() string {
		code, err := totp.GenerateCode(factor, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	recovery := desk.do(200, "PUT", "session/totp", `{"code":"`+code()+`"}`)["recovery_codes"].([]any)
	eventually(t, "the other sessions end on the other replica", func() bool {
		_, status := phone.status("session")
		return status == 401
	})
	phone.do(401, "POST", "session", `{"login":"an","password":"`+longWord+`"}`)
	phone.do(201, "POST", "session", `{"login":"an","password":"`+longWord+`","code":"`+recovery[0].(string)+`"}`)
	desk.do(401, "POST", "session", `{"login":"an","password":"`+longWord+`","code":"`+recovery[0].(string)+`"}`) // used, on either
	desk.do(204, "PUT", "session/password", `{"current":"`+longWord+`","new":"another long word"}`)
	desk.do(200, "GET", "session", "")
	eventually(t, "a new password ends them", func() bool {
		_, status := phone.status("session")
		return status == 401
	})

	actions := map[string]bool{}
	for _, row := range asList(desk.do(200, "GET", "audit?limit=100", "")["items"]) {
		action := row["action"].(string)
		actions[action] = true
		if row["by"] != me(desk) || row["by_name"] != "an" {
			t.Errorf("%v", row)
		}
	}
	for _, want := range []string{"server.setup", "session.start", "second-factor.begin", "second-factor.confirm", "user.password", "token.create"} {
		if !actions[want] {
			t.Errorf("no row of %s: %v", want, actions)
		}
	}
}

func me(b *browser) string { return b.do(200, "GET", "session", "")["user"].(string) }

func (b *browser) status(path string) (string, int) {
	answer, err := b.client.Get(b.base + "/api/v1/" + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.Header.Get("Content-Type"), answer.StatusCode
}

// The address without a path is the console, and the reference has its own.
func TestConsoleAndReferenceHaveTheirAddresses(t *testing.T) {
	a := begin(t, settings(t, map[string]string{"base-path": "/b"}))
	for path, has := range map[string]string{"/b/": `<base href="/b/" />`, "/b/setup": `<base href="/b/" />`, "/b/reference": "openapi"} {
		page, err := http.Get("http://" + a.Addr() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(page.Body)
		_ = page.Body.Close()
		if err != nil || page.StatusCode != http.StatusOK || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") || !strings.Contains(string(body), has) {
			t.Errorf("%s: %d %s, without %s\n%.300s", path, page.StatusCode, page.Header.Get("Content-Type"), has, body)
		}
	}
}
