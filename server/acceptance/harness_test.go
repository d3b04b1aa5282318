package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the server, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "bylaw-accept")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "bylaw")
	build := exec.Command("go", "build", "-o", binary, "github.com/bylaw-dev/bylaw/server")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the server: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

// server is a running server process. Its data directory outlives it.
type server struct {
	t        testing.TB
	dir      string
	database string
	listen   string
	env      []string
	cmd      *exec.Cmd
	logs     *bytes.Buffer
	mu       sync.Mutex
	token    string
	http     http.Client
}

// newServer prepares a server on a database; start runs it.
func newServer(t testing.TB, database string, env ...string) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, dir: t.TempDir(), database: database, listen: l.Addr().String(), env: env}
	s.http.Timeout = 2 * time.Minute
	s.http.Transport = &http.Transport{MaxIdleConnsPerHost: 64}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.kill() })
	return s
}

func (s *server) command(args ...string) *exec.Cmd {
	cmd := exec.Command(binary, append(args, "--data-dir", s.dir, "--database", s.database)...)
	cmd.Env = append(os.Environ(), "BYLAW_ALLOW_PRIVATE_ADDRESSES=true", "LANG=C")
	cmd.Env = append(cmd.Env, s.env...)
	cmd.Dir = s.dir // the plugins' too: so a test knows its own
	return cmd
}

// start runs the server and waits until it is ready.
func (s *server) start() *server {
	s.t.Helper()
	s.logs = &bytes.Buffer{}
	s.cmd = s.command("serve", "--listen", s.listen)
	s.cmd.Stdout, s.cmd.Stderr = lockedWriter{s}, lockedWriter{s}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) {
		resp, err := s.http.Get("http://" + s.listen + "/readyz")
		if err == nil {
			_ = resp.Body.Close() // only the status counts
			if resp.StatusCode == http.StatusOK {
				return s
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.t.Fatalf("the server is not ready after 60 s:\n%s", s.log())
	return nil
}

type lockedWriter struct{ s *server }

func (w lockedWriter) Write(b []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return w.s.logs.Write(b)
}

func (s *server) log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logs.String()
}

// kill ends the server with SIGKILL and waits for it.
func (s *server) kill() { s.end(syscall.SIGKILL) }

// stop ends the server in order.
func (s *server) stop() { s.end(syscall.SIGTERM) }

func (s *server) end(sig syscall.Signal) {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	_ = s.cmd.Process.Signal(sig) // it may have died by itself
	_ = s.cmd.Wait()              // killed is an error here, and wanted
	s.cmd = nil
}

// owner makes an owner's token of the default workspace with the command line.
func (s *server) owner() *server {
	s.t.Helper()
	s.token = s.mint("default", "owner")
	return s
}

func (s *server) mint(workspace, role string) string {
	s.t.Helper()
	out, err := s.command("token", "create", "--workspace", workspace, "--role", role).Output()
	if err != nil {
		s.t.Fatalf("token create: %v %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// answer is a status and a body.
type answer struct {
	status int
	body   []byte
	header http.Header
}

// decode reads the body as JSON.
func (a answer) decode(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("decode %.300s: %v", a.body, err)
	}
}

// try makes a call with the server's token; the error is the network's.
func (s *server) try(method, path, kind string, body []byte) (answer, error) {
	req, err := http.NewRequestWithContext(context.Background(), method, "http://"+s.listen+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }() // read to its end below
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, b, resp.Header}, err
}

// call makes a call that must succeed.
func (s *server) call(method, path string, body any) answer {
	s.t.Helper()
	var b []byte
	kind := "application/json"
	switch v := body.(type) {
	case nil:
	case []byte:
		b = v
	case yaml:
		b, kind = []byte(v), "application/yaml"
	default:
		var err error
		if b, err = json.Marshal(v); err != nil {
			s.t.Fatal(err)
		}
	}
	a, err := s.try(method, path, kind, b)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", method, path, err, s.log())
	}
	if a.status >= 300 {
		s.t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	return a
}

// yaml is a rule document.
type yaml string

// publish saves a rule and puts it in force.
func (s *server) publish(key string, doc yaml) {
	s.t.Helper()
	s.call("PUT", "/rules/"+key, doc)
	s.call("POST", "/rules/"+key+"/publish", map[string]any{})
}

// hooked makes the channel hook to a receiver, which hears messages at whatever
// hour the test runs.
func (s *server) hooked(url string) {
	s.t.Helper()
	s.call("PUT", "/channels/hook", map[string]any{"plugin": "webhook", "title": map[string]string{"en": "Hook"}, "config": map[string]string{"url": url}})
	far := time.Now().UTC().Add(10 * time.Hour)
	s.call("PUT", "/settings", map[string]any{"zone": "UTC", "currency": "CNY", "lang": "zh",
		"quiet_from": far.Format("15:04"), "quiet_to": far.Add(time.Hour).Format("15:04")})
}

// result is one event's answer.
type result struct {
	ID        string     `json:"id"`
	Status    string     `json:"status"`
	Decisions []decision `json:"decisions"`
}

type decision struct {
	Rule    string   `json:"rule"`
	Outcome string   `json:"outcome"`
	Answer  string   `json:"answer"`
	Effects []effect `json:"effects"`
}

type effect struct {
	Kind   string         `json:"kind"`
	Fields map[string]any `json:"fields"`
}

// send posts events as they are and answers the results.
func (s *server) send(events []json.RawMessage) []result {
	s.t.Helper()
	a := s.call("POST", "/events", map[string]any{"events": events})
	var out struct{ Results []result }
	a.decode(s.t, &out)
	return out.Results
}
