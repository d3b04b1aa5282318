package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// Demo starts a server with the sample community, in a process of its own, and
// measures how long loading takes, what memory the process holds then and after
// it was idle for a while, and what its plugins hold. program is this program,
// folder an empty one.
func (r *Report) Demo(ctx context.Context, program, folder string, idle time.Duration) (err error) {
	c := exec.CommandContext(ctx, program, "serve", "--demo", "--data-dir", folder, "--listen", "127.0.0.1:0")
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = time.Minute
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	begun := time.Now()
	if err := c.Start(); err != nil {
		return fmt.Errorf("start the demo: %w", err)
	}
	defer func() {
		err = errors.Join(err, c.Process.Signal(os.Interrupt), c.Wait())
	}()
	if err := serving(bufio.NewScanner(out)); err != nil {
		return err
	}
	took := time.Since(begun)
	loaded := memoryOf(c.Process.Pid)
	select {
	case <-time.After(idle):
	case <-ctx.Done():
		return ctx.Err()
	}
	r.atMost(limit{"the demo, until it serves: seconds", took.Seconds(), 20}, "150,000 events through the engine, once")
	if now := memoryOf(c.Process.Pid); now.Now > 0 {
		r.atMost(limit{"memory of the server with the demo, idle: MiB", now.Now, 150}, fmt.Sprintf("%s after it began to serve; %.0f MiB then", idle, loaded.Now))
		r.atMost(limit{"most memory while the demo loads: MiB", loaded.Peak, 300}, "resident")
	}
	var plugins []float64
	for _, pid := range childrenOf(c.Process.Pid) {
		plugins = append(plugins, memoryOf(pid).Now)
	}
	if len(plugins) > 0 {
		r.atMost(limit{"memory of a plugin: MiB", slices.Max(plugins), 30}, fmt.Sprintf("%d started by now", len(plugins)))
	}
	return nil
}

// serving reads what the server says until it is there.
func serving(lines *bufio.Scanner) error {
	for lines.Scan() {
		if strings.Contains(lines.Text(), "http://") {
			return nil
		}
	}
	return errors.Join(errors.New("the demo ended before it served"), lines.Err())
}

// limit is a figure that has a most.
type limit struct {
	name    string
	is, may float64
}

func (r *Report) atMost(l limit, detail string) {
	r.add(Figure{Name: l.name, Ratio: l.is, Goal: fmt.Sprintf("<= %.0f", l.may), Met: l.is <= l.may, Detail: detail})
}
