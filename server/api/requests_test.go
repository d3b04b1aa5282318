package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/auth"
)

func TestProtocolErrors(t *testing.T) {
	b := setup(t)
	tests := []struct {
		method, path, body string
		headers            []string
		status             int
	}{
		{"GET", "/api/v1/nothing", "", nil, 404},
		{"POST", "/api/v1/whoami", "", nil, 405},
		{"TRACE", "/api/v1/whoami", "", nil, 405},
		{"GET", "/api/v1/whoami", "", []string{"Accept: text/html"}, 406},
		{"GET", "/api/v1/whoami", "", []string{"Accept: text/html, application/*;q=0.2"}, 200},
		{"GET", "/api/v1/whoami", "", []string{"Authorization: Basic x"}, 401},
		{"GET", "/api/v1/whoami?access_token=x", "", nil, 400},
		{"PUT", "/api/v1/groups/a", `{"title":{"en":"A"}}`, []string{"Content-Type: text/html"}, 415},
		{"PUT", "/api/v1/groups/a", `{"title":{"en":"A"}}`, []string{"Content-Encoding: gzip"}, 415},
		{"PUT", "/api/v1/groups/a", `{"title":`, nil, 400},
		{"PUT", "/api/v1/groups/a", "", nil, 400},
		{"PUT", "/api/v1/groups/a", `{"title":{"en":"` + strings.Repeat("x", 1<<20) + `"}}`, nil, 413},
		{"POST", "/api/v1/rules/a/pause", `{"x":1}`, nil, 400},
		{"POST", "/api/v1/members/a:b/points", `{"amount":1}`, []string{"Idempotency-Key: " + strings.Repeat("k", 129)}, 400},
	}
	for _, test := range tests {
		a := b.as("owner", test.method, test.path, test.body, test.headers...)
		if a.Status != test.status {
			t.Errorf("%s %s %v: %d, want %d: %s", test.method, test.path, test.headers, a.Status, test.status, a.Body)
		}
		if test.status == 405 && a.Header.Get("Allow") == "" {
			t.Error("405 without Allow")
		}
	}
}

// An error of ours shows its id and nothing else; it is logged whole.
func TestInternalErrors(t *testing.T) {
	b := setup(t)
	b.world.failing = errors.New("dial tcp 10.0.0.7:3306: SELECT * FROM tokens; /var/lib/bylaw")
	a := b.as("owner", "GET", "/api/v1/whoami", "", "X-Request-Id: abc-1").want(500)
	for _, secret := range []string{"10.0.0.7", "SELECT", "/var", "goroutine"} {
		if strings.Contains(string(a.Body), secret) {
			t.Errorf("the answer shows %s: %s", secret, a.Body)
		}
	}
	if p := a.problem(); p.Request != "abc-1" || p.Code != engine.CodeInternal || len(p.Problems) != 0 {
		t.Errorf("%+v", p)
	}
	if !strings.Contains(b.log.String(), "10.0.0.7") || !strings.Contains(b.log.String(), "abc-1") {
		t.Errorf("the log lacks it: %s", b.log)
	}
	b.world.failing = &engine.Error{Code: engine.CodeUnavailable, Message: engine.Text{En: "away", Zh: "不可用"}, RetryAfter: 1500 * time.Millisecond}
	if a := b.as("owner", "GET", "/api/v1/whoami", "").want(503); a.Header.Get("Retry-After") != "2" {
		t.Error(a.Header)
	}
	if a := b.as("owner", "GET", "/api/v1/whoami", "", "X-Request-Id: "+"a b\"c"); strings.Contains(a.Header.Get("X-Request-Id"), " ") {
		t.Error("a request id of any form is taken")
	}
}

func TestPanicsAreAnswered(t *testing.T) {
	b := setup(t, func(o *Options) {
		o.Ready = func(*http.Request) map[string]string { panic("boom in /src/secret.go") }
	})
	a := b.as("", "GET", "/readyz", "").want(500)
	if strings.Contains(string(a.Body), "boom") || !strings.Contains(b.log.String(), "boom") {
		t.Errorf("%s\n%s", a.Body, b.log)
	}
}

func TestLanguages(t *testing.T) {
	b := setup(t)
	if p := b.as("", "GET", "/api/v1/whoami", "", "Accept-Language: zh-CN,zh;q=0.9").problem(); p.Detail != p.Message.Zh {
		t.Errorf("%+v", p)
	}
	if p := b.as("", "GET", "/api/v1/whoami", "").problem(); p.Detail != p.Message.En {
		t.Errorf("%+v", p)
	}
}

func TestIdempotencyKeys(t *testing.T) {
	b := community(t)
	const key = "Idempotency-Key: k-1"
	first := b.as("operator", "POST", lin+"/points", `{"amount":5}`, key).want(200)
	audited := len(b.audit())
	again := b.as("operator", "POST", lin+"/points", `{"amount":5}`, key).want(200)
	if string(first.Body) != string(again.Body) || again.Header.Get("Idempotency-Replayed") != "true" || len(b.audit()) != audited {
		t.Errorf("not the same answer, or audited twice: %s", again.Body)
	}
	b.as("operator", "POST", lin+"/points", `{"amount":6}`, key).want(422).is("key_reused", "problems", 0, "code")
	b.as("operator", "PUT", lin+"/tags/a", "", key).want(200) // another call
	b.as("admin", "POST", lin+"/points", `{"amount":5}`, key).want(200).is(10, "accounts", "points", "balance")
	for k := range b.world.once {
		if k.Token == "tok_operator" && strings.HasSuffix(k.Call, "/points") {
			b.world.once[k] = nil
		}
	}
	b.as("operator", "POST", lin+"/points", `{"amount":5}`, key).want(409)
	// The answer was lost, even to us: the change itself has happened once.
	clear(b.world.once)
	audited = len(b.audit())
	b.as("operator", "POST", lin+"/points", `{"amount":5}`, key).want(200).is(10, "accounts", "points", "balance")
	if n := len(b.audit()); n != audited {
		t.Errorf("%d rows for one change", n-audited+1)
	}
	// What failed is not remembered.
	b.as("operator", "POST", lin+"/points", `{"amount":0}`, "Idempotency-Key: k-2").want(422)
	b.as("operator", "POST", lin+"/points", `{"amount":1}`, "Idempotency-Key: k-2").want(200).is(11, "accounts", "points", "balance")
}

// Every change writes exactly one audit row; reading and failing write none.
func TestAuditRows(t *testing.T) {
	b := community(t)
	old := len(b.audit())
	b.now = b.now.Add(time.Second)
	b.as("operator", "PUT", lin+"/tags/a", "").want(200)
	id := b.as("viewer", "GET", lin, "").get("id")
	b.now = b.now.Add(time.Second)
	b.as("operator", "PUT", "/api/v1/groups/g", `{"title":{"en":"G"}}`, "X-Request-Id: r1").want(201)
	b.as("operator", "PUT", "/api/v1/groups/g", `{"title":{}}`).want(422)
	b.as("viewer", "PUT", "/api/v1/groups/g", `{"title":{"en":"H"}}`).want(403)
	b.as("operator", "POST", "/api/v1/events", checkin("z")).want(200)
	b.now = b.now.Add(time.Second)
	b.as("operator", "PUT", "/api/v1/groups/g", `{"title":{"en":"H"}}`).want(200)
	all := b.audit()
	rows, _ := json.Marshal(all)
	if len(all) != old+3 {
		t.Fatalf("%s", rows)
	}
	replaced, put, tag := all[0], all[1], all[2]
	if tag.Action != "member.tag.add" || tag.Key != id || tag.By != "tok_operator" || tag.Noun != "member" || tag.After != `{"tag":"a"}` {
		t.Errorf("%+v", tag)
	}
	if put.Action != "group.save" || put.Key != "g" || put.Request != "r1" || put.Before != "" || !strings.Contains(put.After, `"G"`) || !strings.Contains(replaced.Before, `"G"`) {
		t.Errorf("%s", rows)
	}
}

// A row says what was there before and after, and nothing of who somebody is.
func TestAuditBeforeAndAfter(t *testing.T) {
	b := community(t)
	row := func(method, path, body string) engine.AuditEntry {
		t.Helper()
		b.now = b.now.Add(time.Second)
		if a := b.as("owner", method, path, body); a.Status >= 300 {
			t.Fatalf("%s %s: %d %s", method, path, a.Status, a.Body)
		}
		return b.audit()[0]
	}
	equal := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	row("PUT", "/api/v1/attributes/phone", `{"type":"string","personal":true}`)
	patch := row("PATCH", lin, `{"name":"Lin Secret","attrs":{"city":"Berlin","phone":"0170"},"zone":"Europe/Berlin"}`)
	equal("patched before", patch.Before, "")
	equal("patched after", patch.After, `{"attrs":{"city":"Berlin"},"zone":"Europe/Berlin"}`)
	moved := row("PATCH", lin, `{"attrs":{"city":"Bonn"}}`)
	equal("moved before", moved.Before, `{"attrs":{"city":"Berlin"}}`)
	equal("moved after", moved.After, `{"attrs":{"city":"Bonn"}}`)
	identity := row("PUT", lin+"/identities/email:secret@example.com", "")
	equal("channels before", identity.Before, `{"channels":{"wecom":1}}`)
	equal("channels after", identity.After, `{"channels":{"email":1,"wecom":1}}`)
	apply := row("POST", "/api/v1/groups/runners/applications", `{"member":"wecom:applicant-secret"}`)
	equal("applied to", apply.Key, "runners")
	erased := row("DELETE", lin, "")
	equal("erased before", erased.Before, "")
	for _, e := range b.audit() {
		if text := e.Key + e.Before + e.After; strings.Contains(strings.ToLower(text), "secret") || strings.Contains(text, "0170") {
			t.Errorf("a row tells who somebody is: %+v", e)
		}
	}
}

func TestTokens(t *testing.T) {
	b := setup(t)
	a := b.as("admin", "POST", "/api/v1/tokens", `{"name":"shop","role":"operator","scopes":["events:write"]}`).want(201)
	secret, id := a.get("secret").(string), a.get("token", "id").(string)
	if !auth.WellFormed(secret) || !strings.HasPrefix(secret, a.get("token", "prefix").(string)) {
		t.Fatal(secret)
	}
	b.secrets["shop"] = secret
	b.as("shop", "GET", "/api/v1/whoami", "").want(200).is("operator", "role").is("[events:write]", "scopes").is("ws_a", "workspace").is(false, "personal")
	b.as("shop", "POST", "/api/v1/events", checkin("s")).want(200)
	b.as("shop", "GET", "/api/v1/members", "").want(403)
	if list := b.as("admin", "GET", "/api/v1/tokens", "").want(200); strings.Contains(string(list.Body), secret[11:]) || strings.Contains(string(list.Body), auth.HashSecret(secret)) {
		t.Error("the list shows a secret")
	}
	b.as("admin", "POST", "/api/v1/tokens", `{"name":"x","role":"owner"}`).want(403)
	b.as("admin", "POST", "/api/v1/tokens", `{"name":"","role":"king","scopes":["all"]}`).want(422).problem()
	b.as("admin", "POST", "/api/v1/tokens", `{"name":"x","role":"viewer","expires_at":"2020-01-01T00:00:00Z"}`).want(422)
	b.token("narrow", auth.Token{Workspace: "ws_a", Role: auth.Owner, Scopes: []auth.Scope{auth.AdminWrite}})
	b.as("narrow", "POST", "/api/v1/tokens", `{"name":"x","role":"viewer","scopes":["pii:read"]}`).want(403)
	b.as("narrow", "POST", "/api/v1/tokens", `{"name":"x","role":"viewer"}`).want(201).is("[admin:write]", "token", "scopes")
	b.as("foreign", "DELETE", "/api/v1/tokens/"+id, "").want(404)
	b.as("admin", "DELETE", "/api/v1/tokens/"+id, "").want(204)
	b.as("shop", "POST", "/api/v1/events", checkin("s2")).want(401)
	for _, e := range append(b.audit(), b.world.audit...) {
		if strings.Contains(e.Before+e.After, secret) {
			t.Error("the audit has a secret")
		}
	}
}

func TestSetUp(t *testing.T) {
	b := setup(t)
	b.world.setUp = auth.HashSecret("once-only")
	b.as("", "POST", "/api/v1/setup", `{"secret":"wrong"}`).want(401)
	a := b.as("", "POST", "/api/v1/setup", `{"secret":"once-only"}`).want(201).is("owner", "token", "role")
	b.secrets["first"] = a.get("secret").(string)
	b.as("first", "GET", "/api/v1/whoami", "").want(200).is(true, "server").is("ws_a", "workspace")
	b.as("", "POST", "/api/v1/setup", `{"secret":"once-only"}`).want(401)
	if n := len(b.world.audit); n != 1 || b.world.audit[0].Action != "server.setup" || b.world.audit[0].Noun != "ws_a server" {
		t.Errorf("%+v", b.world.audit)
	}
	limited := 0
	for range 30 {
		if b.as("", "POST", "/api/v1/setup", `{"secret":"guess"}`).Status == 429 {
			limited++
		}
	}
	if limited < 15 {
		t.Errorf("%d of 30 guesses were held back", limited)
	}
}

func TestWorkspaces(t *testing.T) {
	b := setup(t)
	b.as("owner", "GET", "/api/v1/workspaces", "").want(403)
	a := b.as("server", "POST", "/api/v1/workspaces", `{"name":"Chengdu","external_id":"shop-7"}`).want(201)
	b.secrets["chengdu"] = a.get("secret").(string)
	id := a.get("workspace", "id").(string)
	b.as("chengdu", "GET", "/api/v1/whoami", "").want(200).is(id, "workspace").is("owner", "role").is(nil, "server")
	b.as("chengdu", "GET", "/api/v1/workspaces/"+id, "").want(403)
	one := b.as("server", "GET", "/api/v1/workspaces/"+id, "").want(200)
	b.as("server", "PATCH", "/api/v1/workspaces/"+id, `{"state":"suspended"}`, "If-Match: "+one.Header.Get("ETag")).want(200).is("suspended", "state")
	b.as("chengdu", "GET", "/api/v1/whoami", "").want(403)
	b.as("server", "PATCH", "/api/v1/workspaces/"+id, `{"state":"active"}`, "If-Match: "+one.Header.Get("ETag")).want(412)
	b.as("server", "PATCH", "/api/v1/workspaces/ws_a", `{"state":"suspended"}`).want(409)
	b.as("server", "GET", "/api/v1/workspaces/nothing", "").want(404)
}

func TestRateLimit(t *testing.T) {
	b := setup(t, func(o *Options) { o.PerSecond, o.Burst = 1, 2 })
	b.as("viewer", "GET", "/api/v1/whoami", "").want(200)
	b.as("viewer", "GET", "/api/v1/whoami", "").want(200)
	if a := b.as("viewer", "GET", "/api/v1/whoami", "").want(429); a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	b.as("analyst", "GET", "/api/v1/whoami", "").want(200)
	b.now = b.now.Add(time.Second)
	b.as("viewer", "GET", "/api/v1/whoami", "").want(200)
}

// X-Forwarded-For is believed from the proxies that were named, and from nobody else.
func TestClientAddress(t *testing.T) {
	seen := func(trusted ...string) string {
		var list []netip.Prefix
		for _, p := range trusted {
			list = append(list, netip.MustParsePrefix(p))
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "192.0.2.9:1234"
		r.Header.Set("X-Forwarded-For", "203.0.113.5, 198.51.100.1")
		return clientIP(list)(r)
	}
	if got := seen(); got != "192.0.2.9" {
		t.Errorf("without proxies: %s", got)
	}
	if got := seen("192.0.2.0/24"); got != "198.51.100.1" {
		t.Errorf("behind one: %s", got)
	}
	if got := seen("192.0.2.9/32", "198.51.100.0/24"); got != "203.0.113.5" {
		t.Errorf("behind two: %s", got)
	}
	if got := seen("10.0.0.0/8"); got != "192.0.2.9" {
		t.Errorf("behind another: %s", got)
	}
}

func TestBasePath(t *testing.T) {
	b := setup(t, func(o *Options) { o.BasePath = "/bylaw" })
	b.as("owner", "GET", "/bylaw/api/v1/whoami", "").want(200)
	b.as("owner", "GET", "/api/v1/whoami", "").want(404)
	if a := b.as("", "GET", "/bylaw/reference", "").want(200); !strings.Contains(string(a.Body), `href="/bylaw/reference.css"`) {
		t.Error("the page does not know its base path")
	}
}

func TestReference(t *testing.T) {
	b := setup(t)
	if to := b.as("", "GET", "/", "").want(302).Header.Get("Location"); to != "/reference" {
		t.Errorf("the way leads to %s", to)
	}
	en := b.as("", "GET", "/reference", "").want(200)
	zh := b.as("", "GET", "/reference", "", "Accept-Language: zh-CN").want(200)
	for _, op := range b.server.spec.operations {
		for _, page := range []*answer{en, zh} {
			if !strings.Contains(string(page.Body), `<article id="`+op.ID+`"`) {
				t.Errorf("%s is not on the page", op.ID)
			}
		}
		if !strings.Contains(string(zh.Body), op.Summary.Zh) {
			t.Errorf("%s has no Chinese summary", op.ID)
		}
	}
	for _, bad := range []string{"<script>", " style=", "onclick", "http://", "//cdn"} {
		if strings.Contains(string(en.Body), bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	b.as("", "GET", "/reference.css", "").want(200)
	b.as("", "GET", "/openapi.yaml", "").want(200)
}

func TestReady(t *testing.T) {
	failing := map[string]string{}
	b := setup(t, func(o *Options) { o.Ready = func(*http.Request) map[string]string { return failing } })
	b.as("", "GET", "/readyz", "").want(200)
	failing["database"] = "away"
	if a := b.as("", "GET", "/readyz", "").want(503); a.places() != "not_ready /database" || a.Header.Get("Retry-After") != "1" {
		t.Errorf("%s", a.Body)
	}
	b.as("", "GET", "/healthz", "").want(200)
}

func FuzzCursors(f *testing.F) {
	f.Add("abc", uint32(1))
	f.Add(sealCursor("x 12", 7), uint32(7))
	f.Fuzz(func(t *testing.T, text string, print uint32) {
		if inner, ok := openCursor(text, print); ok && sealCursor(inner, print) != text {
			t.Fatalf("%q opens as %q, which seals as %q", text, inner, sealCursor(inner, print))
		}
		if text != "" {
			if inner, ok := openCursor(sealCursor(text, print), print); !ok || inner != text {
				t.Fatalf("%q does not survive", text)
			}
		}
	})
}
