package store

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

func randomEvents(r *rand.Rand, n int) (events []engine.StoredEvent) {
	position := r.Int63n(1 << 40)
	for range n {
		position += 1 + r.Int63n(3)
		body := make([]byte, r.Intn(300))
		r.Read(body)
		events = append(events, engine.StoredEvent{Position: position, Revision: r.Int63n(5), At: engine.Time(r.Int63() - r.Int63()),
			Type: []string{"message.sent", "签到", ""}[r.Intn(3)], Member: []string{"", "m1", "成员😀"}[r.Intn(3)], Body: body})
	}
	return events
}

func all(*engine.StoredEvent) bool { return true }

func TestPagesRoundTrip(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 200 {
		events := randomEvents(r, 1+r.Intn(600))
		var back []engine.StoredEvent
		last := int64(math.MinInt64)
		for rest := events; len(rest) > 0; {
			var p page
			p, rest = newPage(rest)
			decoded, err := decodePage(p.body, "", all)
			must(t, err)
			if decoded[0].Position != p.first || decoded[len(decoded)-1].Position != p.last || p.first <= last || len(decoded) > pageEvents {
				t.Fatalf("a page of %d events says %d to %d", len(decoded), p.first, p.last)
			}
			last = p.last
			for _, e := range decoded {
				if e.At < p.atMin || e.At > p.atMax {
					t.Fatalf("%d is outside %d to %d", e.At, p.atMin, p.atMax)
				}
			}
			for _, of := range []string{"m1", ""} {
				some, err := decodePage(p.body, of, func(e *engine.StoredEvent) bool { return e.Member == "m1" })
				must(t, err)
				n := 0
				for _, e := range decoded {
					if e.Member == "m1" {
						sameEvent(t, some[n], e)
						n++
					}
				}
				equal(t, "events of a member", len(some), n)
			}
			back = append(back, decoded...)
		}
		equal(t, "events", len(back), len(events))
		for i := range events {
			sameEvent(t, back[i], events[i])
		}
	}
}

func sameEvent(t *testing.T, got, want engine.StoredEvent) {
	t.Helper()
	if !bytes.Equal(got.Body, want.Body) {
		t.Fatalf("body %x, want %x", got.Body, want.Body)
	}
	equal(t, "event", fmt.Sprint(got.Position, got.Revision, got.At, got.Type, got.Member), fmt.Sprint(want.Position, want.Revision, want.At, want.Type, want.Member))
}

// TestDamageIsFound: what is cut off or changed is an error or other events,
// never a panic.
func TestDamageIsFound(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	p, _ := newPage(randomEvents(r, 40))
	for n := range p.body {
		if _, err := decodePage(p.body[:n], "", all); err == nil {
			t.Fatalf("%d of %d bytes were taken for a page", n, len(p.body))
		}
	}
	part := appendRecord(appendRecord(nil, &engine.Record{Kind: "member", Key: "m1", Body: []byte("12345")}), &engine.Record{Kind: "mark", Key: "x"})
	whole := &logged{}
	must(t, whole.add(part))
	equal(t, "records", whole.taken, 2)
	for n := 1; n < len(part); n++ {
		if cut := (&logged{}); cut.add(part[:n]) == nil && cut.taken >= whole.taken {
			t.Fatalf("%d of %d bytes were taken for all records", n, len(part))
		}
	}
	if err := (claimRow{body: make([]byte, claimBytes+1)}).each(func([16]byte, taken) {}); err == nil {
		t.Fatal("a cut row of ids was taken")
	}
}

func FuzzDecode(f *testing.F) {
	p, _ := newPage(randomEvents(rand.New(rand.NewSource(3)), 5))
	f.Add(p.body)
	f.Add(appendRecord(nil, &engine.Record{Kind: "member", Key: "m1", Body: []byte("12345")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if events, err := decodePage(b, "", all); err == nil {
			for _, e := range events {
				if len(e.Body) > len(b) {
					t.Fatal("a body is larger than its page")
				}
			}
		}
		if l := (&logged{}); l.add(b) == nil {
			equal(t, "records in order", len(l.inOrder()), l.taken)
		}
	})
}

func idOf(n int) (id [16]byte) {
	r := rand.New(rand.NewSource(int64(n)))
	binary.LittleEndian.PutUint64(id[:8], r.Uint64())
	binary.LittleEndian.PutUint64(id[8:], r.Uint64())
	return id
}

// TestFilters closes enough generations for word groups, and asks for every id.
func TestFilters(t *testing.T) {
	const generations, ids = 75, 300
	var f filters
	for g := range generations {
		filter := newFilter(ids)
		for i := range ids {
			setFilter(filter, idOf(g*ids+i))
		}
		f.add(int64(g+1), filter)
	}
	equal(t, "groups", fmt.Sprint(len(f.large), len(f.small)), "1 2")
	for g := range generations {
		for i := range ids {
			found := false
			for _, s := range f.suspect(nil, 7, idOf(g*ids+i)) {
				found = found || s.generation == int64(g+1) && s.claim == 7
			}
			if !found {
				t.Fatalf("id %d of generation %d is not suspected", i, g+1)
			}
		}
	}
	wrong := 0
	const strangers = 20_000
	for i := range strangers {
		wrong += len(f.suspect(nil, 0, idOf(generations*ids+i)))
	}
	if rate := float64(wrong) / (strangers * generations); rate > 3e-4 {
		t.Errorf("a filter takes %.6f of new ids for old ones", rate)
	}
}

func TestPortions(t *testing.T) {
	sizes := make([]int, 1000)
	for _, c := range []struct{ rows, size, most, want int }{{1000, 1, 512, 512}, {511, 1, 512, 256}, {3, 1, 512, 2}, {1, 1 << 30, 512, 1}, {10, 300 << 10, 512, 2}, {10, 2 << 20, 512, 1}, {700, 10, 100, 64}} {
		for i := range sizes {
			sizes[i] = c.size
		}
		equal(t, fmt.Sprint(c), portion(sizes[:c.rows], c.most), c.want)
	}
}
