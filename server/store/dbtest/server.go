package dbtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Server is a private database server of one test, which may kill it and start it again: what was committed is on
// its disk. The Database in it is an empty one on this server.
type Server struct {
	Database

	t      testing.TB
	engine engine
	dir    string
	port   int
	proc   *exec.Cmd
	ended  chan struct{}
}

// startWithin is how long a server may take until it answers, also after a kill; generous, as machines are shared.
const startWithin = 90 * time.Second

// EachServer runs a test on a private server of each engine that has servers and is at hand: none in a plain `go test`.
func EachServer(t *testing.T, run func(t *testing.T, server *Server)) {
	t.Helper()
	for _, engine := range Engines(t) {
		if engine != SQLite {
			t.Run(engine, func(t *testing.T) { run(t, StartServer(t, engine)) })
		}
	}
}

// StartServer starts a private server of MariaDB or MySQL on a free loopback port, with its data in a temporary
// folder and durable settings, and stops it after the test. It fails the test when the engine is not installed.
func StartServer(t testing.TB, name string) *Server {
	t.Helper()
	found, err := findEngine(name)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, engine: found, dir: privateFolder(t)}
	if err := found.prepare(s.dir); err != nil {
		t.Fatalf("prepare %s: %v", name, err)
	}
	t.Cleanup(s.stop)
	for try := 1; ; try++ {
		s.port = freePort(t)
		err := s.start()
		if err == nil {
			break
		}
		if try == 3 { // a free port may be taken by another before the server has it; three times is no accident
			t.Fatal(err)
		}
	}
	s.Database = create(t, name, s.address())
	return s
}

// Kill ends the server as a power cut would (SIGKILL) and returns when the process is gone.
func (s *Server) Kill() {
	s.t.Helper()
	s.stop()
}

// Start starts a killed server on the same data and port and returns when it answers.
func (s *Server) Start() {
	s.t.Helper()
	if s.proc != nil {
		s.t.Fatalf("the %s server is running already", s.Name)
	}
	if err := s.start(); err != nil {
		s.t.Fatal(err)
	}
}

func (s *Server) stop() {
	if s.proc == nil {
		return
	}
	s.proc.Process.Kill() // an error means that it has ended by itself, which is as good
	<-s.ended
	s.proc = nil
}

func (s *Server) start() error {
	log, err := os.OpenFile(s.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	proc := s.engine.command(s.dir, s.port)
	proc.Stdout, proc.Stderr = log, log
	if err := dieWithParent(proc); err != nil {
		return err
	}
	if err := proc.Start(); err != nil {
		return fmt.Errorf("start %s: %w", s.engine.name, err)
	}
	ended := make(chan struct{})
	go func() { proc.Wait(); close(ended) }()
	s.proc, s.ended = proc, ended
	if err := s.awaitAnswer(); err != nil {
		s.stop()
		return fmt.Errorf("start %s: %w; its log ends:\n%s", s.engine.name, err, s.logTail())
	}
	return nil
}

func (s *Server) awaitAnswer() error {
	raw, err := open(s.address())
	if err != nil {
		return err
	}
	defer raw.Close()
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	for {
		if err = raw.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-s.ended:
			return fmt.Errorf("it ended at once")
		case <-ctx.Done():
			return fmt.Errorf("no answer within %s: %w", startWithin, err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *Server) address() string { return fmt.Sprintf("mysql://root@127.0.0.1:%d/", s.port) }

func (s *Server) logFile() string { return filepath.Join(s.dir, "server.log") }

func (s *Server) logTail() string {
	log, err := os.ReadFile(s.logFile())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
