package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a server in a process of its own.
type process struct {
	cmd   *exec.Cmd
	url   string // with its slash
	setup string
	log   *logged
	ended chan error
}

// logged gathers what a process writes.
type logged struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (l *logged) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(b)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}

// environment is ours without settings, and with more.
func environment(more ...string) []string {
	var env []string
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "BYLAW_") && !strings.HasPrefix(entry, "LANG=") && !strings.HasPrefix(entry, "LC_") {
			env = append(env, entry)
		}
	}
	return append(env, more...)
}

// launch starts the program and waits until it serves. It is killed at the
// test's end if it still runs.
func launch(t *testing.T, env ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(bylaw, "--listen", "127.0.0.1:0", "--allow-private-addresses"), log: &logged{}, ended: make(chan error, 1)}
	p.cmd.Env = environment(env...)
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 100)
	go func() {
		for scan := bufio.NewScanner(out); scan.Scan(); {
			lines <- scan.Text()
		}
		close(lines)
		p.ended <- p.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		if t.Failed() {
			t.Logf("the server said:\n%s", p.log)
		}
	})
	p.welcome(t, lines)
	return p
}

// welcome reads what the server says when it serves.
func (p *process) welcome(t *testing.T, lines <-chan string) {
	t.Helper()
	for limit := time.After(30 * time.Second); ; {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatalf("the server ended before it served:\n%s", p.log)
			}
			if url, found := strings.CutPrefix(line, "Bylaw serves on "); found {
				p.url = url
				go p.rest(lines)
				return
			}
		case <-limit:
			t.Fatalf("the server does not come up:\n%s", p.log)
		}
	}
}

// rest keeps the set-up link, which follows.
func (p *process) rest(lines <-chan string) {
	for line := range lines {
		if strings.Contains(line, "/setup#") {
			p.log.mu.Lock()
			p.setup = strings.TrimSpace(line)
			p.log.mu.Unlock()
		}
	}
}

func (p *process) setupLink(t *testing.T) string {
	t.Helper()
	var link string
	eventually(t, "the set-up link is printed", func() bool {
		p.log.mu.Lock()
		defer p.log.mu.Unlock()
		link = p.setup
		return link != ""
	})
	return link
}

// stop asks the server to end and wants it to end well.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-p.ended:
		if err != nil {
			t.Fatalf("the server ended with %v:\n%s", err, p.log)
		}
	case <-time.After(40 * time.Second):
		t.Fatalf("the server does not stop:\n%s", p.log)
	}
}

// died waits until the server has killed itself.
func (p *process) died(t *testing.T) {
	t.Helper()
	select {
	case err := <-p.ended:
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Success() {
			t.Fatalf("the server ended with %v, it was not killed", err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the server lives")
	}
}

// tool runs a command of the program and gives its stdout.
func tool(t *testing.T, env []string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, bylaw, args...)
	cmd.Env = environment(env...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("bylaw %v: %v\n%s%s", args, err, &out, &said)
	}
	return strings.TrimSpace(out.String())
}

// eventually waits for something that others bring about.
func eventually(t *testing.T, what string, true func() bool) {
	t.Helper()
	limit := time.After(30 * time.Second)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for !true() {
		select {
		case <-limit:
			t.Fatalf("in vain: %s", what)
		case <-look.C:
		}
	}
}
