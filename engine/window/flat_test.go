package window

import (
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// cost is the most that one batch or decision of a stretch took.
type cost struct{ row, segment, attached, days int }

// busy is a cell that is folded, stored and trimmed as in batches of 50 events.
type busy struct {
	t     *testing.T
	p     *Plan
	c     *Cell
	store map[string][]byte
}

// run folds n events, 1,000 a day, and notes what they cost.
func (b *busy) run(at engine.Time, n int) (worst cost) {
	z := zoneOf(b.t, "Asia/Shanghai")
	for i := range n {
		at += 86e6
		b.p.Fold(0, b.c, event(at, prop("amount", engine.IntValue(int64(i%100)))), z)
		if i%50 != 0 {
			continue
		}
		if v := b.p.Value(0, b.c, &Reading{Now: at, Zone: z}); v.Kind != engine.Int {
			b.t.Fatalf("sum: %+v", v)
		}
		for k, rec := range b.c.Records(nil, "k") {
			b.store[rec.Key] = rec.Body
			if k == 0 {
				worst.row = max(worst.row, len(rec.Body))
			} else {
				worst.segment = max(worst.segment, len(rec.Body))
			}
		}
		b.p.Trim(0, b.c, z)
		worst.attached, worst.days = max(worst.attached, b.attached()), max(worst.days, len(b.c.days))
		need := b.p.Needs(0, b.c, &Reading{Now: at + 50*86e6, Zone: z})
		if len(need) > 4 {
			b.t.Fatalf("needs %d segments", len(need))
		}
		for _, s := range need {
			if err := b.c.Attach(s, b.store[s.Key("k")]); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	return worst
}

// attached is how many stamps of segments the cell holds.
func (b *busy) attached() (n int) {
	for i := range b.c.days {
		if out := b.c.days[i].out; out != nil {
			for _, chunk := range out.chunks {
				if chunk != nil {
					n += chunk.len()
				}
			}
		}
	}
	return n
}

// TestFlat: a cell's row, the records a batch writes and the stamps at hand for
// decisions stay the same however long the history is.
func TestFlat(t *testing.T) {
	p := planOf(t, metric("24h", engine.Sum, "amount"), metric("7d", engine.Count, ""), metric("all", engine.Sum, "amount"))
	b := &busy{t: t, p: p, c: p.NewCell(0), store: map[string][]byte{}}
	early := b.run(benchStart, 20_000)
	later := b.run(b.c.newest, 200_000)
	t.Logf("the first 20,000 events: %+v; the next 200,000: %+v", early, later)
	if later.row > early.row*11/10+16 || later.segment > early.segment*11/10 || later.days > early.days+1 || later.attached > early.attached*3/2 {
		t.Errorf("cost grows with history: first %+v, later %+v", early, later)
	}
	if later.row > 4096 {
		t.Errorf("the row takes %d bytes", later.row)
	}
}
