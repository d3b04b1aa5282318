package app

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"strings"

	"github.com/bylaw-dev/bylaw/server/api"
)

// console serves the console's files under the base path. Every address that is
// not the API's and is asked for by a person's browser is the console's page,
// which knows by itself what it shows there.
type console struct {
	base  string // "" or /path
	files http.Handler
	fs    fs.FS
	index []byte
	https bool
	api   http.Handler
}

// What the console's page may do: run and style itself from its own files, and
// ask its own server. Its editor makes style sheets of its own, by the nonce.
const consolePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-%s'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"

// notPages are the addresses of the API and of machines, by how they begin.
var notPages = []string{"/api/", "/hooks/", "/healthz", "/readyz", "/metrics", "/openapi.", "/reference", "/unsubscribe"}

func newConsole(files fs.FS, base string, https bool, rest http.Handler) *console {
	index, err := fs.ReadFile(files, "index.html")
	if err != nil {
		panic(err) // it is in the binary
	}
	index = bytes.Replace(index, []byte(`<base href="/" />`), []byte(`<base href="`+html.EscapeString(base)+`/" />`), 1)
	return &console{base: base, fs: files, files: api.Packed(http.StripPrefix(base, http.FileServerFS(files))), index: index, https: https, api: rest}
}

// ServeHTTP gives a file, the page, or what the API answers.
func (c *console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, ours := strings.CutPrefix(r.URL.Path, c.base)
	switch {
	case !ours || r.Method != http.MethodGet && r.Method != http.MethodHead:
		c.api.ServeHTTP(w, r)
	case path != "/" && c.has(path):
		c.file(w, r, path)
	case c.page(path, r):
		c.show(w)
	default:
		c.api.ServeHTTP(w, r)
	}
}

func (c *console) has(path string) bool {
	info, err := fs.Stat(c.fs, strings.TrimPrefix(path, "/"))
	return err == nil && !info.IsDir() && path != "/index.html"
}

// file gives one of the console's files. Those under assets have a hash of what
// is in them in their names, so a browser may keep them for ever.
func (c *console) file(w http.ResponseWriter, r *http.Request, path string) {
	keep := "no-cache"
	if strings.HasPrefix(path, "/assets/") {
		keep = "public, max-age=31536000, immutable"
	}
	api.Guard(w.Header(), "default-src 'none'; frame-ancestors 'none'", c.https)
	w.Header().Set("Cache-Control", keep)
	c.files.ServeHTTP(w, r)
}

// page is whether a person asks for a page of the console. Who follows the set-up
// link with a tool shall get the page too, and not that there is nothing.
func (c *console) page(path string, r *http.Request) bool {
	for _, p := range notPages {
		if strings.HasPrefix(path, p) {
			return false
		}
	}
	return path == "/" || path == "/setup" || strings.HasPrefix(path, "/") && strings.Contains(r.Header.Get("Accept"), "text/html")
}

func (c *console) show(w http.ResponseWriter) {
	nonce := rand.Text()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	api.Guard(w.Header(), fmt.Sprintf(consolePolicy, nonce), c.https)
	_, _ = w.Write(bytes.Replace(c.index, []byte(`name="csp-nonce" content=""`), []byte(`name="csp-nonce" content="`+nonce+`"`), 1)) // a browser that is gone needs no answer
}
