package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
	"github.com/bylaw-dev/bylaw/engine/simulate"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/service"
	"github.com/bylaw-dev/bylaw/server/service/trials"
)

// bundle is a server on a store in memory, with a token of every role.
type bundle struct {
	t       *testing.T
	server  *Server
	world   *world
	log     *bytes.Buffer
	now     engine.Time
	cookies map[string]string // of who signed in, by name
	secrets map[string]string // by role; "server" is the server's owner, "foreign" another workspace's owner
	doc     *openapi3.T
}

var start = engine.TimeOf(time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC))

var readDoc = sync.OnceValues(func() (*openapi3.T, error) { return openapi3.NewLoader().LoadFromFile("openapi.yaml") })

func setup(t *testing.T, edit ...func(*Options)) *bundle {
	t.Helper()
	b := &bundle{t: t, now: start, secrets: map[string]string{}, cookies: map[string]string{}, log: &bytes.Buffer{}, world: newWorld()}
	var err error
	if b.doc, err = readDoc(); err != nil {
		t.Fatal(err)
	}
	store := scratch.NewKeeping()
	books := &rules.Books{}
	m := machine.New(machine.Options{Store: store, Books: books})
	shapes, err := Shapes()
	if err != nil {
		t.Fatal(err)
	}
	number := 0
	newID := func() string { number++; return fmt.Sprintf("id%06d", number) }
	svc := service.New(service.Options{Machine: m, Books: books, Readers: store, Outbox: store.Outbox(), Past: simulate.New(store, books),
		Language: service.Bylaw{}, Plugins: b.world, Trials: trials.Runner{}, Shapes: shapes, NewID: newID, Queue: b.world})
	o := Options{Events: m, Service: svc, Tokens: b.world, Users: b.world, Workspaces: b.world, SetUps: b.world, Once: b.world, Audit: b.world,
		Jobs: b.world, Transfers: b.world, Channels: b.world, Hooks: b.world, Suppressions: b.world, Origin: func() string { return "https://bylaw.example.com" }, Now: func() engine.Time { return b.now }, NewID: newID,
		Secret: func() (string, error) { return auth.NewSecret(rand.Reader) },
		Links:  auth.NewLinks([]byte("a key of the tests")), HashPassword: b.world.passwords.Hash, Sessions: b.world, Accounts: auth.NewAccounts(auth.AccountOptions{
			Users: b.world, Sessions: b.world, Factors: b.world, Active: b.world.WorkspaceActive, Passwords: b.world.passwords, Strangers: b.world.passwords,
			Devices: auth.NewDevices([]byte("a key of the tests"), rand.Reader), Workspace: "ws_a", Random: rand.Reader, NewID: newID}),
		Log: slog.New(slog.NewTextHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, f := range edit {
		f(&o)
	}
	b.world.accounts = o.Accounts
	if b.server, err = New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // a row is written with its change, but for what changes no table
		for _, action := range b.world.late {
			if action != "channel.test" && action != "user.invite" {
				t.Errorf("the audit row of %s was not written with its change", action)
			}
		}
	})
	for _, role := range auth.Roles {
		b.token(string(role), auth.Token{Workspace: "ws_a", Role: role})
	}
	b.token("server", auth.Token{Workspace: "ws_a", Role: auth.Owner, Server: true})
	b.token("foreign", auth.Token{Workspace: "ws_b", Role: auth.Owner})
	return b
}

// token adds a token that tests call by name.
func (b *bundle) token(name string, t auth.Token) {
	b.t.Helper()
	secret, err := auth.NewSecret(rand.Reader)
	if err != nil {
		b.t.Fatal(err)
	}
	t.ID, t.Name, t.Hash, t.Prefix = "tok_"+name, name, auth.HashSecret(secret), auth.PrefixOf(secret)
	b.secrets[name] = secret
	if err := b.world.AddToken(context.Background(), t); err != nil {
		b.t.Fatal(err)
	}
}

// audit gives the rows of ws_a, newest first, but for those of the world's tables.
func (b *bundle) audit() []engine.AuditEntry {
	b.t.Helper()
	var rows engine.Rows[engine.AuditEntry]
	if err := json.Unmarshal(b.as("owner", "GET", "/api/v1/audit?limit=1000", "").want(200).Body, &rows); err != nil {
		b.t.Fatal(err)
	}
	return rows.Items
}

// answer is what came back, checked against the API description.
type answer struct {
	t      *testing.T
	Status int
	Header http.Header
	Body   []byte
}

// as sends a request as a token; headers are "Name: value".
func (b *bundle) as(who, method, path, body string, headers ...string) *answer {
	b.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body == "" {
		r.Body = http.NoBody
		r.ContentLength = 0
	}
	if c := b.cookies[who]; c != "" {
		r.Header.Set("Cookie", c)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if secret := b.secrets[who]; secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, v, _ := strings.Cut(h, ": ")
		r.Header.Set(name, v)
	}
	w := httptest.NewRecorder()
	b.server.ServeHTTP(w, r)
	out, _ := io.ReadAll(w.Result().Body)
	a := &answer{t: b.t, Status: w.Code, Header: w.Result().Header, Body: out}
	b.conforms(method, path, a.unpacked())
	return a
}

// unpacked is the answer as it was before it was gzipped, if it was.
func (a *answer) unpacked() *answer {
	if a.Header.Get("Content-Encoding") != "gzip" {
		return a
	}
	a.t.Helper()
	from, err := gzip.NewReader(bytes.NewReader(a.Body))
	if err != nil {
		a.t.Fatal(err)
	}
	text, err := io.ReadAll(from)
	if err != nil {
		a.t.Fatal(err)
	}
	return &answer{t: a.t, Status: a.Status, Header: a.Header, Body: text}
}

// conforms checks an answer against the API description by another reading than ours.
func (b *bundle) conforms(method, path string, a *answer) {
	b.t.Helper()
	path, _, _ = strings.Cut(path, "?")
	if a.Status >= 400 && len(a.Body) > 0 {
		b.isProblem(a)
		return
	}
	op := b.server.operationAt(method, path)
	if op == nil {
		return
	}
	if a.Status == http.StatusNotModified {
		return
	}
	described := b.doc.Paths.Value(op.Path).GetOperation(method).Responses.Status(a.Status)
	if described == nil {
		b.t.Errorf("%s answers %d, which is not described", op.ID, a.Status)
		return
	}
	media := described.Value.Content["application/json"]
	if media == nil || len(a.Body) == 0 || a.Header.Get("Content-Type") != "application/json" {
		return
	}
	var v any
	if err := json.Unmarshal(a.Body, &v); err != nil {
		b.t.Fatalf("%s: %v: %s", op.ID, err, a.Body)
	}
	if err := media.Schema.Value.VisitJSON(v, openapi3.MultiErrors()); err != nil {
		b.t.Errorf("%s: the answer is not as described: %.300v\n%.300s", op.ID, err, a.Body)
	}
}

func (b *bundle) isProblem(a *answer) {
	b.t.Helper()
	if ct := a.Header.Get("Content-Type"); ct != problemType {
		b.t.Errorf("status %d comes as %s: %s", a.Status, ct, a.Body)
		return
	}
	var v any
	if err := json.Unmarshal(a.Body, &v); err != nil {
		b.t.Fatalf("%v: %s", err, a.Body)
	}
	if err := b.doc.Components.Schemas["Problem"].Value.VisitJSON(v); err != nil {
		b.t.Errorf("the problem is not as described: %v\n%s", err, a.Body)
	}
	p := a.problem()
	texts := []engine.Text{p.Message}
	for _, x := range p.Problems {
		texts = append(texts, x.Message)
		if (x.Hint.En == "") != (x.Hint.Zh == "") {
			b.t.Errorf("a hint lacks a language: %+v", x)
		}
	}
	for _, x := range texts {
		if x.En == "" || x.Zh == "" {
			b.t.Errorf("a message lacks a language: %s", a.Body)
		}
	}
	if p.Status != a.Status || p.Request == "" || p.Request != a.Header.Get("X-Request-Id") {
		b.t.Errorf("status or request id differ: %s", a.Body)
	}
}

func (a *answer) problem() problemBody {
	a.t.Helper()
	var p problemBody
	if err := json.Unmarshal(a.Body, &p); err != nil {
		a.t.Fatalf("%v: %s", err, a.Body)
	}
	return p
}

// want checks the status.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("status %d, want %d: %s", a.Status, status, a.Body)
	}
	return a
}

// places writes a problem's entries as "code path; ...".
func (a *answer) places() string {
	a.t.Helper()
	var list []string
	for _, p := range a.problem().Problems {
		list = append(list, p.Code+" "+p.Path)
	}
	return strings.Join(list, "; ")
}

// get reads a value out of a JSON answer by a path of names and numbers.
func (a *answer) get(path ...any) any {
	a.t.Helper()
	var v any
	if err := json.Unmarshal(a.Body, &v); err != nil {
		a.t.Fatalf("%v: %s", err, a.Body)
	}
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			l, _ := v.([]any)
			if step >= len(l) {
				return nil
			}
			v = l[step]
		}
	}
	return v
}

func (a *answer) is(want any, path ...any) *answer {
	a.t.Helper()
	if got := a.get(path...); fmt.Sprint(got) != fmt.Sprint(want) {
		a.t.Errorf("%v is %v, want %v: %s", path, got, want, a.Body)
	}
	return a
}
