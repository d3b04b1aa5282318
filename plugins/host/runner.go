package host

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
)

// osProcess runs one program for go-plugin. go-plugin's own runner lets the
// plugin inherit stdin, parses its log (and panics on some), stops reading its
// output after a long line and kills one process instead of the group.
type osProcess struct {
	cmd  *exec.Cmd
	pump *pump
	sum  string // expected sha256 of the program; empty for this binary

	pid    atomic.Int64  // 0 until it runs
	death  *os.File      // kept open: its end tells the plugin that the host is gone
	exited chan struct{} // closed when the process is reaped and its group killed
	exit   string        // how it ended; read it after exited
	// reported is closed when the supervisor has counted the end.
	reported chan struct{}

	hello, silence           *io.PipeReader // what go-plugin sees of stdout and stderr
	helloWrite, silenceWrite *io.PipeWriter
}

var _ runner.Runner = (*osProcess)(nil)

func newOSProcess(p program, env []string, log *pump) *osProcess {
	cmd := exec.Command(p.path, p.args...)
	cmd.Env = env
	cmd.SysProcAttr = isolate()
	r := &osProcess{cmd: cmd, pump: log, sum: p.sum, exited: make(chan struct{}), reported: make(chan struct{})}
	r.hello, r.helloWrite = io.Pipe()
	r.silence, r.silenceWrite = io.Pipe()
	return r
}

// forGoPlugin adds go-plugin's variables and hands the runner over.
func (r *osProcess) forGoPlugin(_ hclog.Logger, spec *exec.Cmd, _ string) (runner.Runner, error) {
	r.cmd.Env = append(r.cmd.Env, spec.Env...)
	return r, nil
}

// verify hashes the program right before it runs. The config is made afresh:
// go-plugin's cannot be used twice.
func (r *osProcess) verify() error {
	if r.sum == "" {
		return nil
	}
	want, err := hex.DecodeString(r.sum)
	if err != nil {
		return err
	}
	once := plugin.SecureConfig{Checksum: want, Hash: sha256.New()}
	if same, err := once.Check(r.cmd.Path); err != nil || !same {
		return errors.Join(fmt.Errorf("%s is not the file that was trusted", r.cmd.Path), err)
	}
	return nil
}

// Start implements runner.Runner.
func (r *osProcess) Start(context.Context) error {
	if err := r.verify(); err != nil {
		return err
	}
	stdout, stdoutChild, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	stderr, stderrChild, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	watched, death, err := deathPipe()
	if err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	r.cmd.Stdout, r.cmd.Stderr, r.death = stdoutChild, stderrChild, death
	if watched != nil {
		r.cmd.ExtraFiles = []*os.File{watched}
	}
	started := make(chan error)
	go r.live(started, stdout, stderr)
	err = <-started
	for _, f := range []*os.File{stdoutChild, stderrChild, watched} {
		if f != nil {
			_ = f.Close()
		}
	}
	return err
}

// live is the life of the process, on a thread that stays: the kernel kills a
// plugin when the thread that started it ends.
func (r *osProcess) live(started chan<- error, stdout, stderr *os.File) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := r.cmd.Start(); err != nil {
		r.exit = err.Error()
		r.finish(stdout, stderr)
		close(r.exited)
		started <- fmt.Errorf("start %s: %w", r.cmd.Path, err)
		return
	}
	pid := r.cmd.Process.Pid
	r.pid.Store(int64(pid))
	var reading sync.WaitGroup
	reading.Go(func() { r.readOutput(stdout) })
	reading.Go(func() { _, _ = io.Copy(r.pump, stderr) })
	started <- nil
	awaitExit(pid)
	killGroup(pid)
	_ = r.cmd.Wait()
	r.exit = r.cmd.ProcessState.String()
	drained := make(chan struct{})
	go func() { reading.Wait(); close(drained) }()
	select {
	case <-drained:
	case <-time.After(drainFor): // somebody outside the group has the pipe
	}
	r.finish(stdout, stderr)
	close(r.exited)
}

const drainFor = 500 * time.Millisecond

func (r *osProcess) finish(stdout, stderr *os.File) {
	_ = stdout.Close()
	_ = stderr.Close()
	_ = r.helloWrite.Close()
	_ = r.silenceWrite.Close()
	if r.death != nil {
		_ = r.death.Close()
	}
}

const maxHandshake = 16 << 10

// readOutput gives go-plugin the first line and the log all others.
func (r *osProcess) readOutput(stdout io.Reader) {
	in := bufio.NewReaderSize(stdout, maxHandshake)
	line, err := in.ReadSlice('\n')
	if err == nil || errors.Is(err, bufio.ErrBufferFull) {
		_, _ = r.helloWrite.Write(append(line[:len(line):len(line)], '\n'))
	}
	_, _ = io.Copy(r.pump, in)
}

// Kill implements runner.Runner: the whole group, at once.
func (r *osProcess) Kill(context.Context) error {
	select {
	case <-r.exited:
	default:
		if pid := int(r.pid.Load()); pid > 0 {
			killGroup(pid)
		}
	}
	return nil
}

// Wait implements runner.Runner.
func (r *osProcess) Wait(context.Context) error {
	<-r.exited
	return nil
}

// Stdout implements runner.Runner.
func (r *osProcess) Stdout() io.ReadCloser { return r.hello }

// Stderr implements runner.Runner: go-plugin sees an empty one, see pump.
func (r *osProcess) Stderr() io.ReadCloser { return r.silence }

// Name implements runner.Runner.
func (r *osProcess) Name() string { return r.cmd.Path }

// ID implements runner.Runner.
func (r *osProcess) ID() string { return strconv.FormatInt(r.pid.Load(), 10) }

// Diagnose implements runner.Runner.
func (r *osProcess) Diagnose(context.Context) string {
	return "the program is not a Bylaw plugin for this machine, or it failed before it could say hello: see its log lines"
}

// PluginToHost implements runner.Runner.
func (*osProcess) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

// HostToPlugin implements runner.Runner.
func (*osProcess) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
