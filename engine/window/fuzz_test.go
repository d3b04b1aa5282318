package window

import (
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// everything is a plan whose one shape keeps all that a cell can keep.
func everything(tb testing.TB) *Plan {
	return planOf(tb, metric("7d", engine.Sum, "amount"), metric("all", engine.Max, "price"), metric("all", engine.Distinct, "item"),
		metric("all", engine.Streak, ""), metric("all", engine.First, ""), metric("this_month", engine.Distinct, "amount"),
		metric("7d", engine.Growth, ""), metric("this_week", engine.Growth, ""))
}

// full is a cell with old totals, days of all kinds, and segments.
func full(tb testing.TB, p *Plan) *Cell {
	z := zoneOf(tb, "Asia/Shanghai")
	c := p.NewCell(0)
	for i := range 300 {
		at := benchStart + engine.Time(i)*dayMicros/3
		p.Fold(0, c, event(at, prop("amount", engine.IntValue(int64(i-150))), prop("item", engine.StringValue(string(rune('a'+i%26)))),
			prop("price", engine.DecimalValue(int64(i)*333_333))), z)
		if i%10 == 0 { // imported
			p.Fold(0, c, event(at-70*dayMicros, prop("amount", engine.StringValue("none")), prop("price", engine.IntValue(1<<62))), z)
		}
	}
	return c
}

// FuzzOpen feeds rows and segments that are damaged: an error, or a cell that can
// be read, folded, written and opened again. Never a panic.
func FuzzOpen(f *testing.F) {
	p := everything(f)
	p.spillAt = 12
	c := full(f, p)
	for _, rec := range c.Records(nil, "k") {
		f.Add(rec.Body, rec.Body)
	}
	small := planOf(f, metric("30d", engine.Count, ""))
	f.Add(fifteen(small, zoneOf(f, "UTC"), 1, 1).AppendBinary(nil), []byte{})
	f.Fuzz(func(t *testing.T, row, segment []byte) {
		z := zoneOf(t, "Asia/Shanghai")
		c, err := p.Open(0, row)
		if err != nil {
			return
		}
		now := c.newest
		for _, s := range c.Segments()[:min(3, len(c.Segments()))] {
			if err := c.Attach(s, segment); err != nil {
				break
			}
		}
		if t0 := engine.Time(time.Date(1800, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()); now < t0 || now > -t0*2 {
			return // no event has such a time
		}
		read := func() {
			r := &Reading{Now: now, Zone: z, Current: event(now)}
			p.Needs(0, c, r)
			for id := range p.metrics {
				p.Value(id, c, r)
			}
			p.Fits(0, c)
		}
		read()
		p.Fold(0, c, event(now+dayMicros, prop("item", engine.StringValue("z"))), z)
		p.Fold(0, c, event(now-40*dayMicros, prop("amount", engine.IntValue(1))), z)
		now += dayMicros
		read()
		if _, err := p.Open(0, c.AppendBinary(nil)); err != nil {
			t.Fatalf("a cell that was opened, written again, does not open: %v", err)
		}
	})
}

// TestOpenDamaged cuts and flips every byte of a row in turn.
func TestOpenDamaged(t *testing.T) {
	p := everything(t)
	p.spillAt = 12
	row := full(t, p).AppendBinary(nil)
	if _, err := p.Open(0, row); err != nil {
		t.Fatal(err)
	}
	for n := range row {
		if _, err := p.Open(0, row[:n]); err == nil {
			t.Errorf("the first %d of %d bytes open as a cell", n, len(row))
		}
		if _, err := p.Open(0, append(row[:n:n], append([]byte{0}, row[n:]...)...)); err != nil {
			continue
		}
	}
	if _, err := p.Open(0, append(row, 0)); err == nil {
		t.Errorf("a byte too many is not noticed")
	}
}
