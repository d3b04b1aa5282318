package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// cutter stands between the store and a server and cuts the connection when it
// is told to, before or after the server hears COMMIT.
type cutter struct {
	listener net.Listener
	server   string
	mode     atomic.Int32
	cuts     atomic.Int32
	between  func() // runs while the store still waits for the answer
	mu       sync.Mutex
	open     []net.Conn
}

const (
	pass int32 = iota
	cutBeforeCommit
	cutAfterCommit
	refuseAll
)

func newCutter(t *testing.T, server string) *cutter {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	c := &cutter{listener: l, server: server}
	t.Cleanup(func() { l.Close(); c.closeAll() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go c.serve(client)
		}
	}()
	return c
}

func (c *cutter) closeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.open {
		conn.Close()
	}
	c.open = nil
}

func (c *cutter) serve(client net.Conn) {
	if c.mode.Load() == refuseAll {
		client.Close()
		return
	}
	server, err := net.Dial("tcp", c.server)
	if err != nil {
		client.Close()
		return
	}
	c.mu.Lock()
	c.open = append(c.open, client, server)
	c.mu.Unlock()
	var cutting atomic.Bool
	go func() {
		io.Copy(client, server) //nolint:errcheck // ends when either side does
		if !cutting.Load() {
			client.Close()
		}
	}()
	defer server.Close()
	defer client.Close()
	for {
		packet, err := readPacket(client)
		if err != nil {
			return
		}
		mode := c.mode.Load()
		if mode == pass || !bytes.HasSuffix(packet, []byte("COMMIT")) { // not READ COMMITTED
			if _, err := server.Write(packet); err != nil {
				return
			}
			continue
		}
		c.cuts.Add(1)
		c.mode.Store(pass)
		cutting.Store(true)
		if mode == cutAfterCommit {
			server.(*net.TCPConn).CloseRead() //nolint:errcheck // no answer comes through any more
			server.Write(packet)              //nolint:errcheck // it may be gone
			time.Sleep(50 * time.Millisecond)
		}
		server.Close()
		if c.between != nil {
			c.between()
		}
		return
	}
}

func readPacket(r io.Reader) ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	size := int(binary.LittleEndian.Uint32(append(head[:3:3], 0)))
	packet := append(head[:len(head):len(head)], make([]byte, size)...) //nolint:makezero // the head is full: it was read
	_, err := io.ReadFull(r, packet[4:])
	return packet, err
}

// through is the address of a database by way of a cutter.
func (c *cutter) through(t *testing.T, db dbtest.Database) dbtest.Database {
	t.Helper()
	u, err := url.Parse(db.URL)
	must(t, err)
	u.Host = c.listener.Addr().String()
	return dbtest.Database{Name: db.Name, URL: u.String()}
}

func onServers(t *testing.T, run func(t *testing.T, s *Store, c *cutter)) {
	t.Helper()
	for _, name := range dbtest.Engines(t) {
		if name == dbtest.SQLite {
			continue // it has no connection that could be lost
		}
		t.Run(name, func(t *testing.T) {
			db := dbtest.New(t, name)
			u, err := url.Parse(db.URL)
			must(t, err)
			openStore(t, db, small) // migrates
			c := newCutter(t, u.Host)
			run(t, openStore(t, c.through(t, db), small), c)
		})
	}
}

// TestLostCommit: a COMMIT whose answer is lost counts once, whether the server
// heard it or not, with event ids and without.
func TestLostCommit(t *testing.T) {
	onServers(t, func(t *testing.T, s *Store, c *cutter) {
		for round := range 12 {
			c.mode.Store([]int32{cutBeforeCommit, cutAfterCommit}[round%2])
			isNew, err := countUp(s, round)
			must(t, err)
			if round%2 == 1 && !isNew {
				t.Fatalf("round %d: the transaction that was committed ran again and found its own event", round)
			}
			c.mode.Store([]int32{cutAfterCommit, cutBeforeCommit}[round%2])
			must(t, s.Within(context.Background(), "w", func(tx engine.Tx) error { // nothing here is recognised by an id
				p := tx.Lane().Position + 1
				return tx.Save(context.Background(), &engine.Changes{Position: p, Ledger: []engine.LedgerEntry{{ID: fmt.Sprintf("%04d", p), Position: p, Member: "m"}}})
			}))
		}
		equal(t, "cuts", c.cuts.Load(), 24)
		rows, err := s.Reader("w").ListLedger(context.Background(), engine.LedgerQuery{Member: "m"})
		must(t, err)
		equal(t, "entries", len(rows.Items), 12)
		lane, err := s.Reader("w").Lane(context.Background())
		must(t, err)
		equal(t, "position", lane.Position, 24)
		equal(t, "the counter", counter(t, s), "12")
	})
}

// TestLostCommitOvertaken: another process commits under the number that the
// lost transaction had, or after it.
func TestLostCommitOvertaken(t *testing.T) {
	for _, name := range dbtest.Engines(t) {
		if name == dbtest.SQLite {
			continue
		}
		t.Run(name, func(t *testing.T) {
			db := dbtest.New(t, name)
			u, err := url.Parse(db.URL)
			must(t, err)
			other := openStore(t, db, small)
			c := newCutter(t, u.Host)
			s := openStore(t, c.through(t, db), small)
			for round := range 6 {
				c.between = func() {
					for i := range 1 + round%2*3 {
						if _, err := countUp(other, 1000+round*10+i); err != nil {
							t.Error(err)
						}
					}
				}
				c.mode.Store([]int32{cutBeforeCommit, cutAfterCommit}[round/3])
				isNew, err := countUp(s, round)
				must(t, err)
				equal(t, "new", isNew, true)
			}
			equal(t, "the counter", counter(t, s), "21") // 6 of ours, 1 or 4 of the other's each time
		})
	}
}

func counter(t *testing.T, s *Store) string {
	t.Helper()
	k := engine.RecordKey{Kind: engine.MarkRecord, Key: "n"}
	found, err := s.Reader("w").Records(context.Background(), []engine.RecordKey{k})
	must(t, err)
	return string(found[k])
}

// TestDatabaseDown: while the server is away everything is CodeUnavailable, and
// after it is back everything goes on.
func TestDatabaseDown(t *testing.T) {
	onServers(t, func(t *testing.T, s *Store, c *cutter) {
		ctx := context.Background()
		_, err := countUp(s, 1)
		must(t, err)
		c.mode.Store(refuseAll)
		c.closeAll()
		c.listener.Close()
		_, err = countUp(s, 2)
		isCode(t, err, engine.CodeUnavailable)
		_, err = s.Reader("w").Lane(ctx)
		isCode(t, err, engine.CodeUnavailable)
		_, err = s.Outbox().Claim(ctx, now, now, 1)
		isCode(t, err, engine.CodeUnavailable)
		_, err = s.Outbox().NextDue(ctx)
		isCode(t, err, engine.CodeUnavailable)
		if strings.Contains(fmt.Sprint(err), "password") {
			t.Error("the error shows the password")
		}
		l, err := net.Listen("tcp", c.listener.Addr().String())
		must(t, err)
		defer l.Close()
		c.mode.Store(pass)
		go func() {
			for {
				client, err := l.Accept()
				if err != nil {
					return
				}
				go c.serve(client)
			}
		}()
		_, err = countUp(s, 3)
		must(t, err)
		equal(t, "the counter", counter(t, s), "2")
	})
}

func TestNoServer(t *testing.T) {
	_, err := Open(context.Background(), Options{URL: "mysql://root:secret@127.0.0.1:1/x"})
	isCode(t, err, engine.CodeUnavailable)
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("the error shows the password: %v", err)
	}
	_, err = Open(context.Background(), Options{URL: "sqlite:/proc/nowhere/x.db"})
	if err == nil {
		t.Error("a database was opened where none can be")
	}
}
