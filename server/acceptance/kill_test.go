package acceptance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/channels/webhook/hooktest"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

const (
	killsOnAFile   = 26 // of SQLite
	killsOnAServer = 12 // of MariaDB and of MySQL: 50 in all
	killsShort     = 12
	databaseKills  = 4
	crowdClients   = 8
	hookSecret     = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

// failpoints are where the server dies, in turn.
var failpoints = []string{"before_commit", "after_commit", "after_send"}

// everyMessage gives points for every message, and tells the receiver which.
const everyMessage yaml = `key: every-message
kind: reward
title: {en: Every message, zh: 每条消息}
on: message.sent
then:
  - grant_points: {amount: 'event.props.n'}
  - send: {channel: hook, text: '{{ event.id }}'}
`

// crowd are clients that send until they are told to stop, send again what got
// no answer, and keep their own books of what was acknowledged.
type crowd struct {
	s    *server
	hook *hooktest.Receiver
	stop atomic.Bool
	wg   sync.WaitGroup

	acked, away, badWord atomic.Int64 // events answered; 503 as promised; other refusals

	mu       sync.Mutex
	accepted map[string]int // event id -> times it was answered as new
	points   map[string]int64
	events   map[string]int // of a member
	problems []string
}

// newCrowd sets a running server up for a crowd.
func newCrowd(t *testing.T, s *server) *crowd {
	c := &crowd{s: s, hook: hooktest.New(t, hookSecret), accepted: map[string]int{}, points: map[string]int64{}, events: map[string]int{}}
	s.call("PUT", "/channels/hook", map[string]any{"plugin": "webhook", "title": map[string]string{"en": "Hook"}, "config": map[string]string{"url": c.hook.URL}})
	s.call("PUT", "/channels/hook/secrets", map[string]any{"secrets": map[string]string{"secret": hookSecret}})
	s.publish("every-message", everyMessage)
	return c
}

func (c *crowd) start() {
	for n := range crowdClients {
		c.wg.Go(func() { c.client(n) })
	}
}

// finish lets every client get the answer it waits for.
func (c *crowd) finish() {
	c.stop.Store(true)
	c.wg.Wait()
}

func (c *crowd) problem(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

// said is an event as its client remembers it.
type said struct {
	id, member string
	n          int64
}

func (c *crowd) client(n int) {
	random := rand.New(rand.NewPCG(uint64(n), 7))
	var before []said
	for next := 0; !c.stop.Load(); {
		var batch []said
		for range 1 + random.IntN(5) {
			batch = append(batch, said{fmt.Sprintf("c%d-%d", n, next), fmt.Sprintf("m%d-%d", n, random.IntN(2)), 1 + random.Int64N(100)})
			next++
		}
		c.insist(batch, false)
		if len(before) > 0 && random.IntN(10) == 0 {
			c.insist(before, true) // as a client that forgot its answer
		}
		before = batch
		time.Sleep(time.Duration(random.IntN(8)) * time.Millisecond)
	}
}

// insist sends a batch until it is answered.
func (c *crowd) insist(batch []said, known bool) {
	var events []any
	for _, e := range batch {
		events = append(events, map[string]any{"id": e.id, "type": "message.sent", "props": map[string]any{"n": e.n},
			"member": map[string]string{"channel": "test", "external_id": e.member}})
	}
	body, err := json.Marshal(map[string]any{"events": events})
	if err != nil {
		c.problem("%v", err)
		return
	}
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		a, err := c.s.try("POST", "/events", "application/json", body)
		switch {
		case err == nil && a.status == http.StatusOK:
			c.book(batch, a, known)
			return
		case err == nil:
			c.refused(a)
		}
		if time.Now().After(deadline) {
			c.problem("no answer for %s in 3 minutes", batch[0].id)
			return
		}
	}
}

// refused notes an answer that is no acknowledgement: only 503 that says when to
// come again is one that a client can live with.
func (c *crowd) refused(a answer) {
	wait, err := strconv.Atoi(a.header.Get("Retry-After"))
	if a.status == http.StatusServiceUnavailable && err == nil && wait > 0 {
		c.away.Add(1)
		return
	}
	if c.badWord.Add(1) < 5 {
		c.problem("refused with %d, Retry-After %q: %.300s", a.status, a.header.Get("Retry-After"), a.body)
	}
}

// book enters an answer into the books.
func (c *crowd) book(batch []said, a answer, known bool) {
	var out struct{ Results []result }
	if err := json.Unmarshal(a.body, &out); err != nil || len(out.Results) != len(batch) {
		c.problem("answer to %s: %v %.300s", batch[0].id, err, a.body)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, r := range out.Results {
		e := batch[i]
		right := r.ID == e.id && len(r.Decisions) == 1 && len(r.Decisions[0].Effects) == 2 && r.Decisions[0].Outcome == "true"
		if known && r.Status != "duplicate" || !known && r.Status != "accepted" && r.Status != "duplicate" || !right {
			c.problems = append(c.problems, fmt.Sprintf("%s (known %v): %+v", e.id, known, r))
		}
		if r.Status == "accepted" {
			c.accepted[e.id]++
		}
		if !known {
			c.points[e.member] += e.n
			c.events[e.member]++
			c.acked.Add(1)
		}
	}
}

// reckon holds the server's books against the crowd's.
func (c *crowd) reckon(t *testing.T) {
	t.Helper()
	for _, p := range c.problems {
		t.Error(p)
	}
	for id, times := range c.accepted {
		if times > 1 {
			t.Errorf("%s was accepted %d times", id, times)
		}
	}
	if c.acked.Load() < 100 {
		t.Fatalf("only %d events were acknowledged: nothing is shown", c.acked.Load())
	}
	for member, want := range c.points {
		var m struct {
			Accounts map[string]struct{ Balance int64 }
		}
		c.s.call("GET", "/members/test:"+member, nil).decode(t, &m)
		entries, sum := c.ledger(t, member)
		if got := m.Accounts["points"].Balance; got != want || sum != want || entries != c.events[member] {
			t.Errorf("%s has %d points in %d entries with a sum of %d; acknowledged were %d points in %d events",
				member, got, entries, sum, want, c.events[member])
		}
	}
	c.arrived(t)
}

// ledger reads a member's entries and says how many there are and their sum.
func (c *crowd) ledger(t *testing.T, member string) (entries int, sum int64) {
	t.Helper()
	seen := map[string]bool{}
	for cursor := ""; ; {
		var page struct {
			Items []struct {
				Amount     int64
				Occurrence string
			}
			Next string
		}
		c.s.call("GET", "/members/test:"+member+"/points?limit=1000&cursor="+cursor, nil).decode(t, &page)
		for _, e := range page.Items {
			if seen[e.Occurrence] {
				t.Errorf("%s got points twice for %s", member, e.Occurrence)
			}
			seen[e.Occurrence] = true
			sum += e.Amount
		}
		entries += len(page.Items)
		if cursor = page.Next; cursor == "" {
			return entries, sum
		}
	}
}

// arrived waits for every message and holds their ids against each other: one
// event's message has one id, however often it came.
func (c *crowd) arrived(t *testing.T) {
	t.Helper()
	ids, texts, calls := map[string]string{}, map[string]string{}, 0
	want := int(c.acked.Load())
	for deadline := time.Now().Add(3 * time.Minute); len(texts) < want && time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		all := c.hook.Calls()
		for _, call := range all[calls:] {
			var body struct{ Data struct{ Text string } }
			if err := json.Unmarshal(call.Body, &body); err != nil {
				t.Fatalf("a webhook says %s: %v", call.Body, err)
			}
			if other, had := texts[body.Data.Text]; had && other != call.ID {
				t.Errorf("the message of %s came as %s and as %s", body.Data.Text, other, call.ID)
			}
			if other, had := ids[call.ID]; had && other != body.Data.Text {
				t.Errorf("%s is the id of %s and of %s", call.ID, other, body.Data.Text)
			}
			texts[body.Data.Text], ids[call.ID] = call.ID, body.Data.Text
		}
		calls = len(all)
	}
	if len(texts) != want || len(ids) != want {
		t.Errorf("%d messages with %d ids arrived in %d calls, not %d", len(texts), len(ids), calls, want)
	}
	t.Logf("%d events acknowledged, %d calls for %d messages", want, calls, len(ids))
}

// verified ends the server in order and replays its log.
func (c *crowd) verified(t *testing.T) {
	t.Helper()
	c.s.stop()
	if out, err := c.s.command("verify").CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	noPluginLeft(t)
}

// noPluginLeft waits until no process of a plugin of ours lives.
func noPluginLeft(t *testing.T) {
	t.Helper()
	var left []string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if left = plugins(t); len(left) == 0 {
			return
		}
	}
	t.Errorf("plugins are left: %v", left)
}

// plugins lists the processes of plugins that our binary runs, of this test's run alone.
func plugins(t *testing.T) []string {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(lines) == 0 {
		t.Fatalf("no processes are seen: %v", err)
	}
	var found []string
	for _, path := range lines {
		line, _ := os.ReadFile(path)                                       // it may have ended meanwhile
		exe, _ := os.Readlink(strings.TrimSuffix(path, "cmdline") + "exe") // likewise
		if exe == binary && bytes.Contains(line, []byte("\x00__plugin\x00")) {
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
	return fmt.Errorf("at %s it did not kill itself: %v\n%s", point, err, said.String())
}

// TestTheServerIsKilledAgainAndAgain kills the server before and after commits
// and between a send and its settle, under load, and then counts.
func TestTheServerIsKilledAgainAndAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
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
	dbtest.EachServer(t, func(t *testing.T, db *dbtest.Server) {
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
