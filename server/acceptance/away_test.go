package acceptance

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// cable is a line to a database that can be cut.
type cable struct {
	net.Listener
	to  string
	mu  sync.Mutex
	cut bool
	all map[net.Conn]bool
}

// wired gives the address of a database through a cable.
func wired(t *testing.T, database string) (*cable, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{Listener: l, to: u.Host, all: map[net.Conn]bool{}}
	t.Cleanup(func() { l.Close(); c.set(true) })
	go c.serve()
	u.Host = l.Addr().String()
	return c, u.String()
}

func (c *cable) serve() {
	for {
		from, err := c.Accept()
		if err != nil {
			return
		}
		to, err := net.Dial("tcp", c.to)
		if c.mu.Lock(); err != nil || c.cut {
			c.mu.Unlock()
			from.Close()
			if err == nil {
				to.Close()
			}
			continue
		}
		c.all[from], c.all[to] = true, true
		c.mu.Unlock()
		go func() { _, _ = io.Copy(to, from); to.Close() }()   // the other end sees why it ended
		go func() { _, _ = io.Copy(from, to); from.Close() }() // likewise
	}
}

// set cuts the cable, or mends it.
func (c *cable) set(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = cut
	for conn := range c.all {
		if cut {
			conn.Close()
			delete(c.all, conn)
		}
	}
}

// TestEveryRouteSaysWhenToComeAgain cuts the database off right after each route
// was let through, and wants 503 with a time, or what needs no database; and that
// the same server goes on when the database is back.
func TestEveryRouteSaysWhenToComeAgain(t *testing.T) {
	t.Parallel() // most of it is waiting for what does not answer
	for _, engine := range dbtest.Engines(t) {
		if engine == dbtest.SQLite {
			continue // a file is not cut off
		}
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			line, address := wired(t, dbtest.New(t, engine).URL)
			s := newServer(t, address, "BYLAW_METRICS_LISTEN=").start()
			out, err := s.command("token", "create", "--server").Output()
			if err != nil {
				t.Fatal(err)
			}
			s.token = strings.TrimSpace(string(out))
			s.call("POST", "/events", map[string]any{"events": []any{map[string]any{"id": "a", "type": "message.sent", "member": map[string]string{"channel": "c", "external_id": "x"}}}})
			away := 0
			for _, o := range operations(t) {
				path := strings.NewReplacer("{member}", "c:x", "{position}", "4096", "{identity}", "d:y").Replace(o.path)
				path = regexp.MustCompile(`\{[^}]+\}`).ReplaceAllString(path, "praise")
				if strings.HasSuffix(path, "healthz") || o.path == "/metrics" || o.path == "/readyz" {
					continue // tested below, and beside the API
				}
				s.call("GET", "/whoami", nil) // the credential is known for a moment
				line.set(true)
				a, err := s.try(o.method, path, "application/json", o.example)
				line.set(false)
				if err != nil {
					t.Fatalf("%s %s: %v\n%s", o.method, path, err, s.log())
				}
				seconds, _ := strconv.Atoi(a.header.Get("Retry-After"))
				switch {
				case a.status == http.StatusServiceUnavailable && seconds > 0:
					away++
				case a.status >= 500, a.status == http.StatusServiceUnavailable:
					t.Errorf("%s %s: %d, Retry-After %q: %.300s", o.method, path, a.status, a.header.Get("Retry-After"), a.body)
				}
			}
			if away < 100 {
				t.Errorf("only %d routes needed the database", away)
			}
			await(t, "the server goes on", 1, func() int64 {
				a, err := s.try("GET", "/members", "", nil)
				if err != nil || a.status != http.StatusOK {
					return 0
				}
				return 1
			})
			if said := s.log(); strings.Contains(said, "panic") {
				t.Errorf("%.2000s", said)
			}
		})
	}
}
