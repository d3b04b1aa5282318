package app

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bylaw-dev/bylaw/admin"
)

const consoleIndex = `<base href="/" /><meta name="csp-nonce" content="" /><script src="./assets/a-1.js"></script>`

func consoleUnder(base string) http.Handler {
	files := fstest.MapFS{"index.html": {Data: []byte(consoleIndex)}, "assets/a-1.js": {Data: []byte("1")}, "icon.svg": {Data: []byte("<svg/>")}}
	return newConsole(files, base, true, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
	}))
}

func askConsole(h http.Handler, method, path, accept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestConsoleServes(t *testing.T) {
	const html, any = "text/html,*/*", "*/*"
	for _, base := range []string{"", "/bylaw"} {
		h := consoleUnder(base)
		for _, c := range []struct {
			method, path, accept string
			status               int
		}{
			{"GET", "/", any, 200}, {"HEAD", "/", html, 200}, {"GET", "/rules/first-week?tab=cases", html, 200}, {"GET", "/setup", html, 200},
			{"GET", "/assets/a-1.js", any, 200}, {"GET", "/icon.svg", any, 200},
			{"GET", "/assets/gone.js", any, 418}, {"GET", "/rules", any, 418}, {"POST", "/rules", html, 418}, {"GET", "/index.html", any, 418},
			{"GET", "/api/v1/rules", html, 418}, {"GET", "/hooks/v1/x", html, 418}, {"GET", "/healthz", html, 418}, {"GET", "/readyz", html, 418},
			{"GET", "/metrics", html, 418}, {"GET", "/openapi.json", html, 418}, {"GET", "/reference", html, 418}, {"GET", "/unsubscribe", html, 418},
			{"GET", "/assets/../../http.go", any, 418},
		} {
			if got := askConsole(h, c.method, base+c.path, c.accept); got.Code != c.status {
				t.Errorf("%s %s%s: %d, not %d", c.method, base, c.path, got.Code, c.status)
			}
		}
	}
	if got := askConsole(consoleUnder("/bylaw"), "GET", "/rules", html); got.Code != http.StatusTeapot {
		t.Errorf("outside the base path: %d", got.Code)
	}
}

// TestConsoleIsPacked asks for all that a browser loads first, as browsers do.
func TestConsoleIsPacked(t *testing.T) {
	h := newConsole(admin.Files(), "/bylaw", true, http.NotFoundHandler())
	page := askConsole(h, "GET", "/bylaw/", "text/html").Body.String()
	scripts := regexp.MustCompile(`assets/[\w.-]+\.js`).FindAllString(page, -1)
	if len(scripts) < 3 {
		t.Fatalf("the page loads %v", scripts)
	}
	sent := 0
	for _, name := range scripts {
		r := httptest.NewRequest("GET", "/bylaw/"+name, nil)
		r.Header.Set("Accept-Encoding", "gzip, deflate, br")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		sent += w.Body.Len()
		plain := askConsole(h, "GET", "/bylaw/"+name, "*/*")
		if plain.Body.Len() < 2000 {
			continue
		}
		if w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("Vary") == "" || w.Header().Get("Content-Length") != "" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %v", name, w.Header())
		}
		unpacked, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(unpacked); err != nil || string(text) != plain.Body.String() {
			t.Errorf("%s: %d bytes for %d: %v", name, len(text), plain.Body.Len(), err)
		}
		r.Header.Set("Range", "bytes=0-9")
		part := httptest.NewRecorder()
		h.ServeHTTP(part, r)
		if part.Code != http.StatusPartialContent || part.Body.String() != plain.Body.String()[:10] {
			t.Errorf("a part of %s: %d %q", name, part.Code, part.Body)
		}
	}
	if sent == 0 || sent > 320_000 {
		t.Errorf("the first load is %d bytes of script", sent)
	}
}

// TestConsoleIsGuarded: its page may run nothing but its own files, its styles
// carry a nonce that is never the same, and its base is the server's.
func TestConsoleIsGuarded(t *testing.T) {
	h := consoleUnder("/bylaw")
	nonces := map[string]bool{}
	for range 3 {
		w := askConsole(h, "GET", "/bylaw/members", "text/html")
		found := regexp.MustCompile(`style-src 'self' 'nonce-([^']{20,})'`).FindStringSubmatch(w.Header().Get("Content-Security-Policy"))
		if found == nil || !strings.Contains(w.Body.String(), `name="csp-nonce" content="`+found[1]+`"`) {
			t.Fatalf("policy and page: %v\n%s", w.Header(), w.Body)
		}
		nonces[found[1]] = true
		if !strings.Contains(w.Body.String(), `<base href="/bylaw/" />`) || strings.Contains(w.Header().Get("Content-Security-Policy"), "unsafe") {
			t.Errorf("%v\n%s", w.Header(), w.Body)
		}
		if w.Header().Get("Cache-Control") != "no-store" {
			t.Error("the page may be kept")
		}
		if w.Header().Get("Strict-Transport-Security") == "" || w.Header().Get("X-Frame-Options") != "DENY" {
			t.Errorf("%v", w.Header())
		}
	}
	if len(nonces) != 3 {
		t.Error("a nonce came twice")
	}
	if got := askConsole(h, "GET", "/bylaw/assets/a-1.js", "*/*").Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("assets: %q", got)
	}
}
