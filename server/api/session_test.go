package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/auth"
)

// person adds a user who signs in with secretWord.
func (b *bundle) person(workspace, login string, role auth.Role) auth.User {
	b.t.Helper()
	hash, err := b.world.passwords.Hash(b.t.Context(), secretWord)
	if err != nil {
		b.t.Fatal(err)
	}
	u := auth.User{ID: "usr_" + workspace + "_" + login, Workspace: workspace, Login: login, Name: "安", Role: role, Password: hash, Version: 1}
	b.world.users = append(b.world.users, u)
	return u
}

func credentials(login, password string, more ...string) string {
	return fmt.Sprintf(`{"login":%q,"password":%q%s}`, login, password, strings.Join(more, ""))
}

// enter signs somebody in, whom tests call by a name from then on.
func (b *bundle) enter(name, body string, headers ...string) *answer {
	b.t.Helper()
	a := b.as("", "POST", "/api/v1/session", body, headers...).want(201)
	b.cookies[name] = a.cookies()
	return a
}

// cookies are what an answer sets, as a browser sends them back.
func (a *answer) cookies() string {
	var list []string
	for _, c := range (&http.Response{Header: a.Header}).Cookies() {
		if c.MaxAge >= 0 {
			list = append(list, c.Name+"="+c.Value)
		}
	}
	return strings.Join(list, "; ")
}

// because is the code of a problem's first reason.
func (a *answer) because(code string) *answer {
	a.t.Helper()
	if p := a.problem(); len(p.Problems) == 0 || p.Problems[0].Code != code {
		a.t.Errorf("the reason is not %s: %s", code, a.Body)
	}
	return a
}

func TestSignIn(t *testing.T) {
	b := setup(t)
	u := b.person("ws_a", "an", auth.Operator)
	b.person("ws_b", "bo", auth.Owner)
	a := b.enter("an", credentials("an", secretWord), "User-Agent: Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
	a.is(u.ID, "user").is("an", "login").is("安", "name").is("operator", "role").is("ws_a", "workspace").is("A", "workspace_name").is(nil, "scopes").
		is(true, "personal").is(false, "second_factor").is("2026-03-02T14:00:00Z", "expires_at").is(nil, "token")
	b.as("an", "GET", "/api/v1/session", "").want(200).is(a.get("id"), "id").is("an", "login").is("2026-03-02T14:00:00Z", "expires_at")
	b.as("an", "GET", "/api/v1/whoami", "").want(200).is(u.ID, "user").is(nil, "token")
	b.as("owner", "GET", "/api/v1/session", "").want(200).is("tok_owner", "token").is(nil, "user").is(false, "second_factor")
	b.enter("bo", `{"workspace":"ws_b",`+credentials("bo", secretWord)[1:]).is("ws_b", "workspace")
	b.as("bo", "GET", "/api/v1/session", "").want(200).is("ws_b", "workspace")

	wrong := b.as("", "POST", "/api/v1/session", credentials("an", "not the password")).want(401).because("wrong_credentials")
	for _, body := range []string{credentials("nobody", secretWord), credentials("bo", secretWord), `{"workspace":"ws_c",` + credentials("an", secretWord)[1:]} {
		a := b.as("", "POST", "/api/v1/session", body).want(401)
		if a.problem().Message != wrong.problem().Message || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s is told apart: %s", body, a.Body)
		}
	}
	if text := b.log.String() + fmt.Sprint(b.world.sessions); strings.Contains(text, secretWord) || strings.Contains(text, b.cookies["an"][len("bylaw_session="):40]) {
		t.Error("a secret is kept or logged")
	}
	e := b.world.audit[0]
	if e.Action != "session.start" || e.By != u.ID || e.ByName != "an" || e.Noun != "ws_a session" || e.Key != a.get("id") {
		t.Errorf("%+v", e)
	}
	b.as("an", "PUT", "/api/v1/groups/runners", `{"title":{"en":"Runners"}}`).want(201)
	rows := b.audit()
	if len(rows) == 0 {
		t.Error("a change has no row")
	}
	for _, e := range rows {
		if e.By != u.ID || e.ByName != "an" {
			t.Errorf("a change names %q %q", e.By, e.ByName)
		}
	}
}

// Cookies are as strict as the address allows.
func TestCookies(t *testing.T) {
	for _, test := range []struct {
		name   string
		edit   func(*Options)
		prefix string
		rest   string
	}{
		{"http", func(*Options) {}, "bylaw_", "Path=/; Max-Age=%d; HttpOnly; SameSite=Lax"},
		{"https", func(o *Options) { o.HTTPS = true }, "__Host-bylaw_", "Path=/; Max-Age=%d; HttpOnly; Secure; SameSite=Lax"},
		{"https below a path", func(o *Options) { o.HTTPS, o.BasePath = true, "/b" }, "__Secure-bylaw_", "Path=/b; Max-Age=%d; HttpOnly; Secure; SameSite=Lax"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := setup(t, test.edit)
			b.person("ws_a", "an", auth.Viewer)
			base := b.server.BasePath
			a := b.as("", "POST", base+"/api/v1/session", credentials("an", secretWord)).want(201)
			for i, want := range []struct {
				name string
				age  int
			}{{"session", 30 * 24 * 3600}, {"device", 180 * 24 * 3600}} {
				got := a.Header.Values("Set-Cookie")[i]
				first, rest, _ := strings.Cut(got, "; ")
				if !strings.HasPrefix(first, test.prefix+want.name+"=") || rest != fmt.Sprintf(test.rest, want.age) {
					t.Errorf("cookie %s", got)
				}
			}
			b.cookies["an"] = a.cookies()
			out := b.as("an", "DELETE", base+"/api/v1/session", "").want(204).Header.Get("Set-Cookie")
			if !strings.HasPrefix(out, test.prefix+"session=; ") || !strings.Contains(out, "Max-Age=0") {
				t.Errorf("cookie %s", out)
			}
			b.as("an", "GET", base+"/api/v1/session", "").want(401).because("session_over")
		})
	}
}

// A session ends 12 hours after its last use, and 30 days after it began.
func TestSessionsExpire(t *testing.T) {
	b := setup(t)
	b.person("ws_a", "an", auth.Viewer)
	b.enter("an", credentials("an", secretWord))
	b.enter("idle", credentials("an", secretWord))
	began := b.now
	for b.now < began.Add(auth.SessionMost-11*time.Hour) {
		b.now = b.now.Add(11 * time.Hour)
		b.as("an", "GET", "/api/v1/session", "").want(200)
	}
	b.as("an", "GET", "/api/v1/session", "").want(200).is(began.Add(auth.SessionMost).Std().Format(time.RFC3339), "expires_at")
	b.as("an", "GET", "/api/v1/sessions", "").want(200).is(true, "items", 0, "current").is(nil, "items", 1)
	b.now = began.Add(auth.SessionMost)
	a := b.as("an", "GET", "/api/v1/session", "").want(401).because("session_over")
	if !strings.Contains(a.Header.Get("Set-Cookie"), "bylaw_session=; ") {
		t.Error("the cookie of a session that is over stays")
	}
	b.enter("an", credentials("an", secretWord))
	b.now = b.now.Add(auth.SessionIdle - time.Second)
	b.as("an", "GET", "/api/v1/session", "").want(200)
	b.now = b.now.Add(auth.SessionIdle)
	b.as("an", "GET", "/api/v1/session", "").want(401)
}

func TestOwnSessions(t *testing.T) {
	b := setup(t)
	b.person("ws_a", "an", auth.Viewer)
	b.person("ws_a", "bo", auth.Owner)
	b.enter("phone", credentials("an", secretWord), "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 18) MicroMessenger/8.0", "X-Forwarded-For: 198.51.100.7")
	b.enter("desk", credentials("an", secretWord), "User-Agent: Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140")
	b.enter("bo", credentials("bo", secretWord))
	list := b.as("desk", "GET", "/api/v1/sessions", "").want(200).is("WeChat · iPhone", "items", 0, "device").is(false, "items", 0, "current").
		is("Edge · Windows", "items", 1, "device").is(true, "items", 1, "current").is("192.0.2.0/24", "items", 1, "ip").is(nil, "items", 2)
	phone := list.get("items", 0, "id").(string)
	b.as("bo", "DELETE", "/api/v1/sessions/"+phone, "").want(404)
	b.as("desk", "DELETE", "/api/v1/sessions/"+phone, "").want(204)
	b.as("phone", "GET", "/api/v1/session", "").want(401)
	b.as("desk", "DELETE", "/api/v1/sessions/"+phone, "").want(404)
	b.enter("phone", credentials("an", secretWord))
	b.as("desk", "DELETE", "/api/v1/sessions", "").want(204)
	b.as("phone", "GET", "/api/v1/session", "").want(401)
	b.as("desk", "GET", "/api/v1/session", "").want(200)
	b.as("bo", "GET", "/api/v1/session", "").want(200)

	// Signing in again in the same browser ends what was there.
	before := b.cookies["desk"]
	a := b.as("", "POST", "/api/v1/session", credentials("an", secretWord), "Cookie: "+before).want(201)
	b.as("desk", "GET", "/api/v1/session", "").want(401)
	b.cookies["desk"] = a.cookies()
	b.as("desk", "DELETE", "/api/v1/session", "").want(204)

	for _, call := range [][3]string{{"GET", "sessions"}, {"DELETE", "sessions"}, {"DELETE", "sessions/x"}, {"DELETE", "session"}, {"PUT", "session/password", `{"current":"x","new":"y"}`},
		{"POST", "session/totp", `{"password":"x"}`}, {"PUT", "session/totp", `{"code":"x"}`}, {"DELETE", "session/totp", `{"code":"x"}`}} {
		b.as("owner", call[0], "/api/v1/"+call[1], call[2]).want(409) // a token has no account
	}
}

// Another role, being disabled, a new password and a suspended workspace count at once.
func TestSessionsFollowTheirUser(t *testing.T) {
	b := setup(t)
	u := b.person("ws_a", "an", auth.Admin)
	user := "/api/v1/users/" + u.ID
	b.enter("an", credentials("an", secretWord))
	b.as("an", "GET", "/api/v1/users", "").want(200)
	b.as("owner", "PATCH", user, `{"role":"analyst"}`).want(200)
	b.as("an", "GET", "/api/v1/users", "").want(403)
	b.as("an", "GET", "/api/v1/session", "").want(200).is("analyst", "role").is(false, "personal")
	b.as("owner", "PATCH", user, `{"disabled":true}`).want(200)
	b.as("an", "GET", "/api/v1/session", "").want(401)
	b.as("", "POST", "/api/v1/session", credentials("an", secretWord)).want(401).because("wrong_credentials")
	b.as("owner", "PATCH", user, `{"disabled":false}`).want(200)
	b.enter("an", credentials("an", secretWord))
	b.as("owner", "PATCH", user, `{"password":"another long word"}`).want(200)
	b.as("an", "GET", "/api/v1/session", "").want(401)
	b.enter("an", credentials("an", "another long word"))
	b.as("server", "PATCH", "/api/v1/workspaces/ws_b", `{"state":"suspended"}`).want(200)
	b.as("an", "GET", "/api/v1/session", "").want(200)
	b.as("owner", "DELETE", user, "").want(204)
	b.as("an", "GET", "/api/v1/session", "").want(401)

	b.person("ws_b", "bo", auth.Owner)
	b.as("", "POST", "/api/v1/session", `{"workspace":"ws_b",`+credentials("bo", secretWord)[1:]).want(403)
	b.as("server", "PATCH", "/api/v1/workspaces/ws_b", `{"state":"active"}`).want(200)
	b.enter("bo", `{"workspace":"ws_b",`+credentials("bo", secretWord)[1:])
	b.as("server", "PATCH", "/api/v1/workspaces/ws_b", `{"state":"suspended"}`).want(200)
	b.as("bo", "GET", "/api/v1/session", "").want(403)
}

func TestOwnPassword(t *testing.T) {
	b := setup(t)
	u := b.person("ws_a", "an", auth.Owner)
	b.enter("an", credentials("an", secretWord))
	b.enter("other", credentials("an", secretWord))
	b.as("an", "PUT", "/api/v1/session/password", `{"current":"wrong","new":"another long word"}`).want(422).because("wrong_password")
	b.as("an", "PUT", "/api/v1/session/password", `{"current":"`+secretWord+`","new":"short"}`).want(422).because("too_short")
	b.as("an", "PATCH", "/api/v1/users/"+u.ID, `{"password":"another long word"}`).want(409) // past the question
	b.as("other", "GET", "/api/v1/session", "").want(200)
	b.as("an", "PUT", "/api/v1/session/password", `{"current":"`+secretWord+`","new":"another long word"}`).want(204)
	b.as("other", "GET", "/api/v1/session", "").want(401)
	b.as("an", "GET", "/api/v1/session", "").want(200)
	b.as("", "POST", "/api/v1/session", credentials("an", secretWord)).want(401)
	for range 5 {
		b.as("an", "PUT", "/api/v1/session/password", `{"current":"wrong","new":"another long word"}`).want(422)
	}
	if a := b.as("an", "PUT", "/api/v1/session/password", `{"current":"another long word","new":"yet another word"}`).want(429); a.Header.Get("Retry-After") == "" {
		t.Error("nothing says when to come back")
	}
	b.now = b.now.Add(time.Minute)
	b.as("an", "PUT", "/api/v1/session/password", `{"current":"another long word","new":"yet another word"}`).want(204)
	if text := fmt.Sprint(b.world.audit); strings.Contains(text, "word") && strings.Contains(text, "another") {
		t.Error("an audit row tells a password")
	}
}

// What another site makes a browser send changes nothing.
func TestOtherSitesChangeNothing(t *testing.T) {
	b := setup(t, func(o *Options) { o.HTTPS = true })
	b.person("ws_a", "an", auth.Owner)
	b.enter("an", credentials("an", secretWord))
	b.world.setUp = auth.HashSecret("s")
	for _, from := range [][]string{
		{"Sec-Fetch-Site: cross-site"}, {"Sec-Fetch-Site: same-site"}, {"Sec-Fetch-Site: ", "Origin: https://evil.example"}, {"Sec-Fetch-Site: ", "Origin: null"},
	} {
		b.as("an", "DELETE", "/api/v1/session", "", from...).want(403).because("cross_site")
		b.as("", "POST", "/api/v1/session", credentials("an", secretWord), from...).want(403).because("cross_site")
		b.as("", "POST", "/api/v1/setup", `{"secret":"s"}`, from...).want(403).because("cross_site")
		b.as("an", "GET", "/api/v1/session", "", from...).want(200)
		b.as("owner", "POST", "/api/v1/tokens", `{"name":"x","role":"viewer"}`, from...).want(201) // no browser adds a token by itself
	}
	for _, from := range [][]string{
		{"Sec-Fetch-Site: same-origin"}, {"Sec-Fetch-Site: none"}, {"Sec-Fetch-Site: ", "Origin: https://bylaw.example.com"}, {"Sec-Fetch-Site: cross-site", "Origin: https://bylaw.example.com"}, {"Sec-Fetch-Site: ", "Origin: "},
	} {
		b.as("an", "POST", "/api/v1/tokens", `{"name":"x","role":"viewer"}`, from...).want(201)
	}
}

// Every route with a session of every role, as with a token of it.
func TestRolesOnEveryRouteForSessions(t *testing.T) {
	b := setup(t)
	for _, role := range auth.Roles {
		b.person("ws_a", string(role), role)
	}
	for _, role := range auth.Roles {
		name := "person " + string(role)
		for _, op := range b.server.spec.operations {
			if op.Public {
				continue
			}
			if op.Tag == "accounts" || len(b.cookies[name]) == 0 { // may have signed out
				b.enter(name, credentials(string(role), secretWord))
			}
			may := role.Covers(op.Need.Role) && !op.Need.Server && (op.Need.Scope != auth.PersonalRead || role.Covers(auth.Operator))
			a := b.as(name, op.Method, sampled(op.Path), "")
			if (a.Status != http.StatusForbidden) != may || a.Status == http.StatusUnauthorized || a.Status >= 500 {
				t.Errorf("%s as %s: status %d, may %v: %s", op.ID, role, a.Status, may, a.Body)
			}
			if a := b.as(name, op.Method, sampled(op.Path), "", "Sec-Fetch-Site: cross-site"); op.Method != "GET" && op.ID != "signOut" && a.Status != http.StatusForbidden {
				t.Errorf("%s as %s from another site: %d", op.ID, role, a.Status)
			}
		}
	}
}

// A session reaches its own workspace alone.
func TestSessionsOfTwoWorkspaces(t *testing.T) {
	b := setup(t)
	a := b.person("ws_a", "an", auth.Owner)
	foreign := b.person("ws_b", "an", auth.Owner)
	b.enter("a", credentials("an", secretWord))
	b.enter("b", `{"workspace":"ws_b",`+credentials("an", secretWord)[1:])
	b.as("a", "GET", "/api/v1/users/"+a.ID, "").want(200)
	b.as("a", "GET", "/api/v1/users/"+foreign.ID, "").want(404)
	b.as("a", "DELETE", "/api/v1/users/"+foreign.ID+"/second-factor", "").want(404)
	theirs := b.as("b", "GET", "/api/v1/sessions", "").want(200).is(nil, "items", 1).get("items", 0, "id").(string)
	b.as("a", "DELETE", "/api/v1/sessions/"+theirs, "").want(404)
	b.as("a", "PUT", "/api/v1/session/password", `{"current":"`+secretWord+`","new":"another long word"}`).want(204)
	b.as("b", "GET", "/api/v1/session", "").want(200)
	b.enter("b", `{"workspace":"ws_b",`+credentials("an", secretWord)[1:])
}

func TestSetUpByAPerson(t *testing.T) {
	b := setup(t)
	b.world.setUp = auth.HashSecret("once-only")
	ask := func(secret, user string) string {
		return fmt.Sprintf(`{"secret":%q,"workspace":{"name":"Runners"},"user":%s}`, secret, user)
	}
	good := `{"login":"an","name":"安","email":"an@example.org","password":"` + secretWord + `"}`
	var said struct{ Problems []engine.Problem }
	if err := json.Unmarshal(b.as("", "POST", "/api/v1/setup", ask("once-only", `{"login":"a b","email":"no","password":""}`)).want(422).Body, &said); err != nil {
		t.Fatal(err)
	}
	if len(said.Problems) != 3 || said.Problems[0].Path != "/user/login" || said.Problems[2].Path != "/user/password" {
		t.Errorf("%+v", said)
	}
	b.as("", "POST", "/api/v1/setup", ask("wrong", good)).want(401)
	a := b.as("", "POST", "/api/v1/setup", ask("once-only", good)).want(201).is("an", "session", "login").is("owner", "session", "role").is(nil, "secret")
	b.cookies["an"] = a.cookies()
	b.as("an", "GET", "/api/v1/users", "").want(200).is("an", "items", 0, "login")
	if e := b.world.audit[0]; e.Action != "server.setup" || e.ByName != "an" || strings.Contains(e.After, "example.org") {
		t.Errorf("%+v", e)
	}
	b.as("", "POST", "/api/v1/setup", ask("once-only", good)).want(401)
}
