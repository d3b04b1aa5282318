package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand"
	"syscall"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// load makes batches as the machine writes them: for 1,000 events of 20,000
// members 1,000 ids, 1,000 member records, 2,000 window cells, 100 ledger
// entries and 100 decisions.
type load struct {
	random   *rand.Rand
	members  int
	position int64
	body     []byte // of an event, about 180 bytes
	member   []byte // a member record
	cell     []byte // a window cell
}

const batch = 1000

func newLoad(members int) *load {
	l := &load{random: rand.New(rand.NewSource(1)), members: members, body: make([]byte, 180), member: make([]byte, 300), cell: make([]byte, 120)}
	for _, b := range [][]byte{l.body, l.member, l.cell} {
		for i := range b {
			b[i] = byte('a' + l.random.Intn(26))
		}
	}
	return l
}

func (l *load) next() (*engine.Changes, []engine.EventClaim) {
	c, claims := &engine.Changes{Revision: 1}, make([]engine.EventClaim, batch)
	picked := map[int]bool{}
	for i := range batch {
		l.position++
		p := l.position
		m := l.random.Intn(l.members)
		at := engine.Time(1_760_000_000_000_000 + p*1000)
		id := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(p)))
		claims[i] = engine.EventClaim{ID: [16]byte(id[:16]), Body: [8]byte(id[16:24]), Position: p}
		member := fmt.Sprintf("m-%09d", m)
		c.Events = append(c.Events, engine.StoredEvent{Position: p, Revision: 1, At: at, Type: "message.sent", Member: member, Body: l.body})
		if i%10 == 0 {
			c.Ledger = append(c.Ledger, engine.LedgerEntry{ID: fmt.Sprintf("%012d-00", p), Position: p, Member: member, Account: "points", Amount: 5, Kind: "grant", Rule: "nice-answer", Version: 3, Occurrence: "content-123", At: at, Balance: p})
			c.Decisions = append(c.Decisions, engine.Decision{Position: p, Rule: fmt.Sprintf("rule-%03d", p%1000), Version: 1, Subject: member, Occurrence: "content-123", Outcome: engine.OutcomeTrue, At: at,
				Effects: []engine.Effect{{Kind: engine.GrantPoints, Ref: "x"}}})
		}
		if picked[m] {
			m = -i - 1 // keep the number of records exact
			member = fmt.Sprintf("m-%09d", l.random.Intn(l.members))
		}
		picked[m] = true
		c.Records = append(c.Records, engine.Record{Kind: engine.MemberRecord, Key: member, Body: l.member},
			engine.Record{Kind: engine.CellRecord, Key: member + "\x1fmessage.sent", Body: l.cell},
			engine.Record{Kind: engine.CellRecord, Key: member + "\x1fvote.received", Body: l.cell})
	}
	c.Position = l.position
	return c, claims
}

// write saves one batch.
func (l *load) write(b testing.TB, s engine.Store) {
	ctx := context.Background()
	c, claims := l.next()
	if err := s.Within(ctx, "default", func(tx engine.Tx) error {
		if seen, err := tx.Claim(ctx, claims); err != nil || len(seen) > 0 {
			return fmt.Errorf("%d duplicates: %w", len(seen), err)
		}
		return tx.Save(ctx, c)
	}); err != nil {
		b.Fatal(err)
	}
}

// rawTable is the ordinary table that the goals compare with.
type rawTable struct {
	s    *Store
	next int64
}

func newRawTable(b testing.TB, s *Store) *rawTable {
	key, text, blob := "TEXT", "TEXT", "BLOB"
	if s.dialect.name == "mysql" {
		key, text, blob = "VARCHAR(64) COLLATE utf8mb4_bin", "VARCHAR(64) COLLATE utf8mb4_bin", "BLOB"
	}
	for _, ddl := range []string{
		"CREATE TABLE raw_events (id BIGINT NOT NULL PRIMARY KEY, ak " + key + " NOT NULL UNIQUE, member " + text + " NOT NULL, at BIGINT NOT NULL, body " + blob + " NOT NULL)",
		"CREATE INDEX raw_member ON raw_events (member, at)",
	} {
		if _, err := s.writer.pool.Exec(ddl); err != nil {
			b.Fatal(err)
		}
	}
	return &rawTable{s: s}
}

func (r *rawTable) write(b testing.TB, l *load) {
	const half = batch / 2
	text := "INSERT INTO raw_events (id, ak, member, at, body) VALUES (?, ?, ?, ?, ?)"
	for range half - 1 {
		text += ", (?, ?, ?, ?, ?)"
	}
	ctx := context.Background()
	stmt, err := r.s.statements.prepared(ctx, statementKey{r.s.writer.pool, text})
	if err != nil {
		b.Fatal(err)
	}
	tx, err := r.s.writer.pool.Begin()
	if err != nil {
		b.Fatal(err)
	}
	for range 2 {
		args := make([]any, 0, half*5)
		for range half {
			r.next++
			id := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(r.next)))
			args = append(args, r.next, fmt.Sprintf("k%028x", id[:14]), fmt.Sprintf("m-%09d", l.random.Intn(l.members)), r.next*1000, l.body)
		}
		if _, err := tx.Stmt(stmt).Exec(args...); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
}

func cpu() time.Duration {
	var r syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &r) //nolint:errcheck // never fails
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkSave prints what a batch costs beside the raw insert of the same
// events, interleaved, with both tables between 100,000 and 300,000 rows when
// run with -benchtime=200x.
func BenchmarkSave(b *testing.B) {
	for _, name := range dbtest.Engines(b) {
		b.Run(name, func(b *testing.B) {
			s := openStore(b, dbtest.New(b, name), nil)
			l, raw := newLoad(20_000), newRawTable(b, s)
			for range 100 {
				l.write(b, s)
				raw.write(b, l)
			}
			var ours, theirs, oursCPU, theirsCPU time.Duration
			b.ResetTimer()
			for range b.N {
				c, t := cpu(), time.Now()
				l.write(b, s)
				ours, oursCPU = ours+time.Since(t), oursCPU+cpu()-c
				c, t = cpu(), time.Now()
				raw.write(b, l)
				theirs, theirsCPU = theirs+time.Since(t), theirsCPU+cpu()-c
			}
			events := float64(b.N) * batch
			b.ReportMetric(float64(ours.Microseconds())/events, "us/event")
			b.ReportMetric(float64(oursCPU.Microseconds())/events, "cpu-us/event")
			b.ReportMetric(float64(theirs.Microseconds())/events, "raw-us/event")
			b.ReportMetric(float64(theirsCPU.Microseconds())/events, "raw-cpu-us/event")
			b.ReportMetric(float64(theirs)/float64(ours), "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkFlat fills the log with a million events and compares what a batch
// costs then with what it cost at ten thousand. Run it with -benchtime=1x.
func BenchmarkFlat(b *testing.B) {
	for _, name := range dbtest.Engines(b) {
		b.Run(name, func(b *testing.B) {
			s := openStore(b, dbtest.New(b, name), nil)
			l := newLoad(20_000)
			stretch := func(batches int) (perEvent float64) {
				begun := cpu()
				for range batches {
					l.write(b, s)
				}
				return float64((cpu() - begun).Nanoseconds()) / 1000 / float64(batches*batch)
			}
			for range b.N {
				stretch(10)
				early := stretch(200) // long enough for the log of records to be folded
				stretch(790)
				late := stretch(200)
				b.ReportMetric(early, "cpu-us/event-at-10^4")
				b.ReportMetric(late, "cpu-us/event-at-10^6")
				b.ReportMetric(late/early, "late/early")
			}
		})
	}
}

// BenchmarkRestart opens a workspace with 300,000 events behind it and takes
// the first batch.
func BenchmarkRestart(b *testing.B) {
	for _, name := range dbtest.Engines(b) {
		b.Run(name, func(b *testing.B) {
			db := dbtest.New(b, name)
			l := newLoad(20_000)
			first := openStore(b, db, nil)
			for range 300 {
				l.write(b, first)
			}
			b.ResetTimer()
			for range b.N {
				l.write(b, openStore(b, db, nil))
			}
		})
	}
}
