package api

import (
	"context"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/bylaw-dev/bylaw/server/auth"
)

// operationAt finds the operation behind a request, for tests.
func (s *Server) operationAt(method, path string) *operation {
	best := -1
	var found *operation
	for _, op := range s.spec.operations {
		pattern := "^" + regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(op.Path, `[^/]+`) + "$"
		if fixed := strings.Count(op.Path, "{"); op.Method == method && regexp.MustCompile(pattern).MatchString(path) && (best < 0 || fixed < best) {
			best, found = fixed, op
		}
	}
	return found
}

// The description is sound OpenAPI, and openapi.json says what openapi.yaml says.
func TestDescription(t *testing.T) {
	doc, err := readDoc()
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background(), openapi3.DisableExamplesValidation()); err != nil {
		t.Error(err)
	}
	written, err := doc.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(kept)) != strings.TrimSpace(string(written)) {
		t.Error("openapi.json is older than openapi.yaml: run go generate ./server/api")
	}
}

// Every route has a row in the description and every row has its route.
func TestRoutesAreTheDescription(t *testing.T) {
	b := setup(t)
	var described, routed []string
	for _, op := range b.server.spec.operations {
		described = append(described, op.Method+" "+regexp.MustCompile(`\{([^}]+)\}`).ReplaceAllString(op.Path, ":$1"))
	}
	for _, r := range b.server.echo.Routes() {
		if r.Method != "echo_route_not_found" && !slices.Contains([]string{"/", "/reference", "/reference.css", "/reference.js", "/openapi.yaml", "/openapi.json", "/hooks/v1/*"}, r.Path) {
			routed = append(routed, r.Method+" "+r.Path)
		}
	}
	slices.Sort(described)
	slices.Sort(routed)
	if !slices.Equal(described, routed) {
		t.Errorf("described and routed differ:\n%s\n%s", strings.Join(described, "\n"), strings.Join(routed, "\n"))
	}
}

// sampled fills a path's holes with names of nothing.
func sampled(path string) string {
	path = strings.ReplaceAll(path, "{identity}", "wecom:nobody")
	path = strings.ReplaceAll(path, "{role}", "assistant")
	return regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(path, "nothing")
}

// Every route with every role: those below the row's role get 403, the others
// get past the guard; nobody gets in without a credential.
func TestRolesOnEveryRoute(t *testing.T) {
	b := setup(t)
	callers := []string{"owner", "admin", "operator", "analyst", "viewer", "server"}
	for _, op := range b.server.spec.operations {
		path := sampled(op.Path)
		if op.Public {
			if a := b.as("", op.Method, path, ""); a.Status == http.StatusUnauthorized && op.ID != "setUp" {
				t.Errorf("%s asks for a credential", op.ID)
			}
			continue
		}
		if a := b.as("", op.Method, path, ""); a.Status != http.StatusUnauthorized || a.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s answers %d without a credential", op.ID, a.Status)
		}
		for _, who := range callers {
			role, server := auth.Role(who), who == "server"
			if server {
				role = auth.Owner
			}
			may := role.Covers(op.Need.Role) && (!op.Need.Server || server)
			if op.Need.Scope == auth.PersonalRead && !role.Covers(auth.Operator) {
				may = false
			}
			a := b.as(who, op.Method, path, "")
			if (a.Status != http.StatusForbidden) != may {
				t.Errorf("%s as %s: status %d, may %v: %s", op.ID, who, a.Status, may, a.Body)
			}
			if a.Status >= 500 {
				t.Errorf("%s as %s: %d %s\n%s", op.ID, who, a.Status, a.Body, b.log)
			}
		}
	}
}

// Whatever is not there is called by its name in the reader's language.
func TestWhatIsMissingHasAName(t *testing.T) {
	b := setup(t)
	latin := regexp.MustCompile(`[A-Za-z]{3,}`)
	quoted := regexp.MustCompile(`"[^"]*"`)
	missing := 0
	for _, op := range b.server.spec.operations {
		body := ""
		if r := op.raw.RequestBody; r != nil {
			body = string(r.Content["application/json"].Example)
		}
		a := b.as("server", op.Method, sampled(op.Path), body)
		if a.Status != http.StatusNotFound {
			continue
		}
		missing++
		if zh := a.get("message", "zh").(string); latin.MatchString(quoted.ReplaceAllString(zh, "")) {
			t.Errorf("%s says in Chinese: %s", op.ID, zh)
		}
	}
	if missing < 60 {
		t.Errorf("only %d routes miss what they are asked for", missing)
	}
}

// A token with one scope gets past the guard of that scope's routes alone.
func TestScopesOnEveryRoute(t *testing.T) {
	b := setup(t)
	b.token("narrow", auth.Token{Workspace: "ws_a", Role: auth.Owner, Server: true, Scopes: []auth.Scope{auth.MembersRead}})
	for _, op := range b.server.spec.operations {
		if op.Public {
			continue
		}
		may := op.Need.Scope == auth.MembersRead || op.Need.Scope == auth.Any
		if a := b.as("narrow", op.Method, sampled(op.Path), ""); (a.Status != http.StatusForbidden) != may {
			t.Errorf("%s: status %d, may %v", op.ID, a.Status, may)
		}
	}
}

// Headers that protect stand on every kind of answer.
func TestHeaders(t *testing.T) {
	b := setup(t, func(o *Options) { o.HTTPS = true })
	for _, path := range []string{"/", "/reference", "/reference.js", "/api/v1/whoami", "/api/v1/nothing", "/healthz"} {
		for _, who := range []string{"owner", ""} {
			a := b.as(who, "GET", path, "")
			for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
				"Strict-Transport-Security": "max-age=31536000", "Access-Control-Allow-Origin": ""} {
				if got := a.Header.Get(name); got != want {
					t.Errorf("%s: %s is %q", path, name, got)
				}
			}
			if csp := a.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
				t.Errorf("%s: policy %q", path, csp)
			}
		}
	}
}
