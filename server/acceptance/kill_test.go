package acceptance

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

const (
	killsOnAFile   = 26 // of SQLite
	killsOnAServer = 12 // of MariaDB and of MySQL: 50 in all
	killsShort     = 12
	databaseKills  = 5 // of each server: 10 in all
)

// failpoints are where the server dies, in turn.
var failpoints = []string{"before_commit", "after_commit", "after_send"}

// verified ends the server in order, which leaves no plugin, and replays its log.
func (c *crowd) verified(t *testing.T) {
	t.Helper()
	if onLinux() && len(c.s.plugins(t)) == 0 {
		t.Error("no plugin is seen while the server runs: looking for those that are left shows nothing")
	}
	c.s.stop()
	if out, err := c.s.command("verify").CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	for deadline := time.Now().Add(10 * time.Second); onLinux(); time.Sleep(50 * time.Millisecond) {
		left := c.s.plugins(t)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("plugins are left: %v", left)
		}
	}
}

// onLinux is whether processes can be seen in /proc.
func onLinux() bool { return runtime.GOOS == "linux" }

// plugins lists the processes of plugins that this server and those before it on
// its folder have started and that live.
func (s *server) plugins(t *testing.T) (found []string) {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(processes) == 0 {
		t.Fatalf("no processes are seen: %v", err)
	}
	for _, path := range processes {
		line, _ := os.ReadFile(path + "/cmdline") // it may have ended meanwhile
		exe, _ := os.Readlink(path + "/exe")
		dir, _ := os.Readlink(path + "/cwd")
		if exe == binary && dir == s.dir && bytes.Contains(line, []byte("\x00__plugin\x00")) {
			found = append(found, path)
		}
	}
	return found
}

// dies runs the server with a failpoint until it has killed itself.
func (s *server) dies(point string) error {
	cmd := s.command("serve", "--listen", s.listen)
	cmd.Env = append(cmd.Env, "BYLAW_TEST_FAILPOINTS=1", "BYLAW_FAILPOINT="+point)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = 5 * time.Second // an orphan that keeps our pipe is found later
	if err := cmd.Start(); err != nil {
		return err
	}
	limit := time.AfterFunc(60*time.Second, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	defer limit.Stop()
	err := cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
			return nil
		}
	}
	return fmt.Errorf("at %s it did not kill itself: %w\n%s", point, err, said.String())
}

// TestTheServerIsKilledAgainAndAgain kills the server before and after commits
// and between a send and its settle, under load, and then counts.
func TestTheServerIsKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		t.Parallel() // most of it is waiting for claims of the dead to run out
		kills := killsOnAServer
		if db.Name == dbtest.SQLite {
			kills = killsOnAFile
		}
		if testing.Short() {
			kills = killsShort
		}
		s := newServer(t, db.URL).start().owner()
		c := newCrowd(t, s)
		s.kill()
		c.start()
		hit := map[string]int{}
		for n := range kills {
			point := failpoints[n%len(failpoints)]
			if err := s.dies(fmt.Sprintf("%s:%d", point, 1+rand.IntN(40))); err != nil {
				c.stop.Store(true)
				t.Error(err)
				break
			}
			hit[point]++
		}
		s.start()
		c.finish()
		c.reckon(t)
		c.verified(t)
		for _, point := range failpoints {
			if hit[point] == 0 {
				t.Errorf("%s was never reached", point)
			}
		}
		t.Logf("killed %v", hit)
	})
}

// TestTheDatabaseIsKilled kills the database server while events flow: callers
// are told to come again, and the server goes on by itself when it is back.
func TestTheDatabaseIsKilled(t *testing.T) {
	t.Parallel()
	dbtest.EachServer(t, func(t *testing.T, db *dbtest.Server) {
		t.Parallel()
		s := newServer(t, db.URL).start().owner()
		c := newCrowd(t, s)
		c.start()
		for range databaseKills {
			await(t, "events flow", c.acked.Load()+50, c.acked.Load)
			db.Kill()
			await(t, "callers are told to come again", c.away.Load()+1, c.away.Load)
			db.Start()
		}
		await(t, "events flow", c.acked.Load()+50, c.acked.Load)
		c.finish()
		c.reckon(t)
		c.verified(t)
	})
}

// await waits until a count is reached.
func await(t *testing.T, what string, want int64, count func() int64) {
	t.Helper()
	for deadline := time.Now().Add(90 * time.Second); count() < want; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: %d, not %d", what, count(), want)
		}
	}
}
