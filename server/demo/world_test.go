package demo

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/bylaw-dev/bylaw/engine"
)

// story tells a whole world.
func story(size Size) (*World, []told) {
	w := NewWorld(size)
	var all []told
	for day := -importedDays; day < size.Days; day++ {
		all = append(all, w.Day(day)...)
	}
	return w, all
}

// fullStory is that of the full size, told once.
var fullStory = sync.OnceValues(func() (*World, []told) { return story(Full) })

func hashOf(all []told) string {
	h := sha256.New()
	for i := range all {
		e := &all[i].event
		fmt.Fprintln(h, all[i].sent, e.ID, e.Type, e.At, e.Member, e.To, e.Group, e.Content, e.Origin, e.Props)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestTheStoryIsTheSameEachTime(t *testing.T) {
	small := Size{Members: 200, Days: 40}
	_, one := story(small)
	_, two := story(small)
	if hashOf(one) != hashOf(two) {
		t.Error("two tellings differ")
	}
	_, other := story(Size{Members: 201, Days: 40})
	if hashOf(one) == hashOf(other) {
		t.Error("the hash does not see another story")
	}
}

func TestTheStoryIsTold(t *testing.T) {
	w, all := fullStory()
	if n := len(all); n < 140_000 || n > 160_000 {
		t.Errorf("%d events, not about 150,000", n)
	}
	if estimate := Full.Events(); estimate < int64(len(all))*9/10 || estimate > int64(len(all))*11/10 {
		t.Errorf("Events says %d of %d", estimate, len(all))
	}
	ids := map[string]bool{}
	last := engine.Time(0)
	for i := range all {
		e := &all[i].event
		if ids[e.ID] {
			t.Fatalf("the id %s is there twice", e.ID)
		}
		ids[e.ID] = true
		switch {
		case all[i].sent < last:
			t.Fatalf("%s (%s) is sent before the one before it", e.ID, e.Type)
		case e.At > all[i].sent, all[i].sent >= Now:
			t.Fatalf("%s (%s) is told before it happens, or after the end", e.ID, e.Type)
		}
		last = all[i].sent
	}
	if w.next != Full.Members {
		t.Errorf("%d of %d joined", w.next, Full.Members)
	}
	for _, p := range w.people {
		for _, r := range p.name {
			if !unicode.Is(unicode.Han, r) {
				t.Fatalf("%q is no Chinese name", p.name)
			}
		}
	}
}

// money is what a source brought and cost.
type money struct {
	joined, orders, refunds int
	paid, back, spent       int64
}

func TestSourcesTellTheirStory(t *testing.T) {
	_, all := fullStory()
	by := map[string]*money{}
	paid := map[string]int64{}
	for i := range all {
		e := &all[i].event
		m := by[e.Origin]
		if m == nil {
			m = &money{}
			by[e.Origin] = m
		}
		amount := e.Prop("amount").Num
		switch e.Type {
		case "member.joined":
			m.joined++
		case "order.paid":
			m.orders++
			m.paid += amount
			paid[e.Prop("order_id").Str] += amount
		case "order.refunded":
			m.refunds++
			m.back += amount
			if order := e.Prop("order_id").Str; amount <= 0 || amount > paid[order] {
				t.Errorf("%d is refunded of the %d of order %s", amount, paid[order], order)
			}
		case "spend.recorded":
			m.spent += amount
		}
	}
	for _, s := range sources {
		m := by[s.key]
		if m == nil || m.joined < 150 || m.orders < 20 || m.paid <= m.back || m.spent == 0 {
			t.Errorf("%s: %+v", s.key, m)
		}
		t.Logf("%s: %d joined, %d orders, %d refunds, %d paid, %d spent", s.key, m.joined, m.orders, m.refunds, m.paid/1e6, m.spent/1e6)
	}
	friend, douyin := by["friend"], by["douyin"]
	if friend.paid < 3*friend.spent || douyin.paid > douyin.spent {
		t.Errorf("friends should pay off and short video should not: %+v, %+v", friend, douyin)
	}
}

func TestFewDoMost(t *testing.T) {
	w, all := fullStory()
	said := map[string]int{}
	groups := map[string]int{}
	for i := range all {
		if e := &all[i].event; e.Type == "message.sent" {
			said[e.Member.ExternalID]++
			groups[e.Group]++
		}
	}
	var counts []int
	total := 0
	for _, p := range w.people {
		counts = append(counts, said[p.key])
		total += said[p.key]
	}
	slices.Sort(counts)
	loud := 0
	for _, n := range counts[len(counts)*4/5:] {
		loud += n
	}
	if share := loud * 100 / total; share < 75 || share > 97 {
		t.Errorf("a fifth of the members says %d %% of everything", share)
	}
	if groups[groupMain] < 1000 || groups[groupCore] < 1000 || groups[groupSecond] < 1000 || groups[groupHeld] == 0 || groups[groupHeld] > groups[groupCore]/10 {
		t.Errorf("messages by group: %v", groups)
	}
}

func TestSeasons(t *testing.T) {
	_, all := fullStory()
	perDay := map[string]map[string]int{}
	for i := range all {
		e := &all[i].event
		if perDay[e.Type] == nil {
			perDay[e.Type] = map[string]int{}
		}
		perDay[e.Type][e.At.Std().In(zone).Format(time.DateOnly)]++
	}
	sum := func(typ, from string, days int) (n int) {
		at, err := time.Parse(time.DateOnly, from)
		if err != nil {
			t.Fatal(err)
		}
		for i := range days {
			n += perDay[typ][at.AddDate(0, 0, i).Format(time.DateOnly)]
		}
		return n
	}
	for _, c := range []struct {
		typ, more, less string
		times           float64
	}{
		{"member.joined", "2026-08-24", "2026-08-10", 1.5}, // the promotion
		{"order.paid", "2026-09-17", "2026-09-10", 1.6},    // Mid-Autumn presents
		{"message.sent", "2026-09-14", "2026-10-01", 1.2},  // National Day
	} {
		if more, less := sum(c.typ, c.more, 7), sum(c.typ, c.less, 7); float64(more) < c.times*float64(less) {
			t.Errorf("%s: %d in the week of %s, %d in that of %s", c.typ, more, c.more, less, c.less)
		}
	}
}
