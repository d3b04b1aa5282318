package machine_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
	"pgregory.net/rapid"
)

// raw is one event as the naive interpreter sees it.
type raw struct {
	at                     int64 // microseconds
	typ, who, group, thing string
	k                      string
	n                      int64
}

// local is the day number in Shanghai, which has no summer time.
func (r raw) local() int64 { return (r.at + 8*3600e6) / 86400e6 }

// shapes are conditions with what they mean, computed from the raw list of
// everything accepted so far; the last of it is the event being decided.
var shapes = []struct {
	when string
	is   func(all []raw, e raw) bool
}{
	{`events("act", "7d").count() >= 3`, func(all []raw, e raw) bool {
		return len(mine(all, e, "act", e.at-7*86400e6)) >= 3
	}},
	{`events("act", "24h", {k: event.props.k}).sum("n") > 10`, func(all []raw, e raw) bool {
		return sum(keep(mine(all, e, "act", e.at-86400e6), func(r raw) bool { return r.k == e.k })) > 10
	}},
	{`events("act", "today").count() == 2`, func(all []raw, e raw) bool {
		return len(keep(mine(all, e, "act", -1), func(r raw) bool { return r.local() == e.local() })) == 2
	}},
	{`events("act", "this_week").max("n") >= 8`, func(all []raw, e raw) bool {
		week := func(r raw) int64 { return (r.local() + 3) / 7 } // 1970-01-01 was a Thursday
		return highest(keep(mine(all, e, "act", -1), func(r raw) bool { return week(r) == week(e) })) >= 8
	}},
	{`events("act", "all").distinct("k") >= 3`, func(all []raw, e raw) bool {
		seen := map[string]bool{}
		for _, r := range mine(all, e, "act", -1) {
			seen[r.k] = true
		}
		return len(seen) >= 3
	}},
	{`group_events("act", "3d").count() >= 4`, func(all []raw, e raw) bool {
		return len(keep(all, func(r raw) bool {
			return r.group == e.group && r.typ == "act" && r.at <= e.at && r.at > e.at-3*86400e6
		})) >= 4
	}},
	{`content_events("act", "all").sum("n") > 15`, func(all []raw, e raw) bool {
		return sum(keep(all, func(r raw) bool { return r.thing == e.thing && r.typ == "act" && r.at <= e.at })) > 15
	}},
	{`events("act", "30d").streak() >= 3`, func(all []raw, e raw) bool {
		days := daysOf(mine(all, e, "act", e.at-30*86400e6))
		run, d := 0, e.local()
		if !days[d] {
			d--
		}
		for ; days[d]; d-- {
			run++
		}
		return run >= 3
	}},
	{`events("act", "7d").days() >= 2`, func(all []raw, e raw) bool {
		return len(daysOf(mine(all, e, "act", e.at-7*86400e6))) >= 2
	}},
	{`silent_for("2d")`, func(all []raw, e raw) bool { // leaves the event itself out
		before := all[:len(all)-1]
		return len(keep(before, func(r raw) bool { return r.who == e.who && r.at <= e.at && r.at > e.at-2*86400e6 })) == 0
	}},
	{`events("act", "7d", {k: "a"}).avg("n") > 4`, func(all []raw, e raw) bool {
		list := keep(mine(all, e, "act", e.at-7*86400e6), func(r raw) bool { return r.k == "a" })
		return len(list) > 0 && sum(list) > 4*int64(len(list))
	}},
	{`events("act", "this_month").min("n") < 2`, func(all []raw, e raw) bool {
		month := func(r raw) time.Month { return time.UnixMicro(r.at).UTC().Add(8 * time.Hour).Month() }
		for _, r := range mine(all, e, "act", -1) {
			if month(r) == month(e) && r.n < 2 {
				return true
			}
		}
		return false
	}},
	{`events("act", "2d", {group: "g1"}).count() >= 2`, func(all []raw, e raw) bool {
		return len(keep(mine(all, e, "act", e.at-2*86400e6), func(r raw) bool { return r.group == "g1" })) >= 2
	}},
	{`events("other", "12mo").count() > 1 or events("act", "1h").first() < now - duration("30m")`, func(all []raw, e raw) bool {
		first := int64(1) << 62
		for _, r := range mine(all, e, "act", e.at-3600e6) {
			first = min(first, r.at)
		}
		return len(mine(all, e, "other", -1)) > 1 || first < e.at-1800e6
	}},
}

// mine is a member's events of a type after a moment, up to the event's own.
func mine(all []raw, e raw, typ string, after int64) []raw {
	return keep(all, func(r raw) bool { return r.who == e.who && r.typ == typ && r.at > after && r.at <= e.at })
}

func keep(all []raw, is func(raw) bool) (out []raw) {
	for _, r := range all {
		if is(r) {
			out = append(out, r)
		}
	}
	return out
}

func sum(list []raw) (n int64) {
	for _, r := range list {
		n += r.n
	}
	return n
}

func highest(list []raw) int64 {
	n := int64(-1 << 62)
	for _, r := range list {
		n = max(n, r.n)
	}
	return n
}

func daysOf(list []raw) map[int64]bool {
	days := map[int64]bool{}
	for _, r := range list {
		days[r.local()] = true
	}
	return days
}

func shapeRule(i int) string {
	return fmt.Sprintf("key: shape-%d\nkind: reward\ntitle: {en: Shape, zh: 形状}\non: [act, other]\nwhen: '%s'\nthen:\n  - add_tag: {tag: t%d}\n",
		i, shapes[i].when, i)
}

// naive is a world beside the raw list of what was accepted in it.
type naive struct {
	*world
	all    []raw
	newest map[string]int64
}

func newNaive(t fataler, published ...int) *naive {
	w := &naive{world: newWorld(t), newest: map[string]int64{}}
	var types []machine.Write
	for _, typ := range []string{"act", "other"} {
		types = append(types, machine.Write{Kind: engine.DefineEventType, Key: typ, Body: body(engine.EventType{Key: typ, Subject: engine.SubjectMember,
			CoveredFrom: at("2020-01-01 00:00"), Fields: []engine.Field{{Name: "n", Type: "integer"}, {Name: "k", Type: "string"}}})})
	}
	w.world.define(types...)
	for _, who := range []string{"ada", "bo", "cy"} {
		long := w.by(who, "member.joined")
		long.At = at("2020-01-01 00:00")
		w.try(machine.Batch{Source: "test", History: true, Events: []engine.Event{long}})
	}
	var documents []string
	for _, i := range published {
		documents = append(documents, shapeRule(i))
	}
	w.publish(documents...)
	return w
}

// draw makes an event: mostly now, sometimes late, rarely too late to decide.
func (w *naive) draw(t *rapid.T) (engine.Event, raw) {
	w.now += engine.Time(rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, int64(hour)), rapid.Int64Range(0, int64(3*day))).Draw(t, "gap"))
	r := raw{at: int64(w.now), typ: rapid.SampledFrom([]string{"act", "act", "act", "other"}).Draw(t, "type"),
		who:   rapid.SampledFrom([]string{"ada", "bo", "cy"}).Draw(t, "who"),
		group: rapid.SampledFrom([]string{"g1", "g2"}).Draw(t, "group"),
		thing: rapid.SampledFrom([]string{"c1", "c2"}).Draw(t, "content"),
		k:     rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "k"),
		n:     rapid.Int64Range(0, 9).Draw(t, "n")}
	if rapid.IntRange(0, 4).Draw(t, "late") == 0 {
		r.at -= rapid.Int64Range(0, int64(3*day)).Draw(t, "behind")
	}
	e := w.by(r.who, r.typ, "k", r.k, "n", r.n)
	e.At, e.Group, e.Content = engine.Time(r.at), r.group, r.thing
	return e, r
}

// check compares the decisions of one event with the raw list.
func (w *naive) check(t fataler, r raw, got []engine.Decision, published []int) {
	t.Helper()
	late := w.newest[r.who]-r.at > int64(2*day)
	w.newest[r.who] = max(w.newest[r.who], r.at)
	w.all = append(w.all, r)
	outcomes := byRule(got)
	for _, i := range published {
		d := outcomes[fmt.Sprint("shape-", i)]
		want := engine.OutcomeFalse
		switch {
		case late:
			want = engine.OutcomeUnknown
		case shapes[i].is(w.all, r):
			want = engine.OutcomeTrue
		}
		have := d.Outcome
		if have == engine.OutcomeUnknown && want == engine.OutcomeFalse && d.Reason == engine.NoData {
			have = engine.OutcomeFalse // the average of nothing, which the list calls no
		}
		if (have == engine.OutcomeUnknown && d.Reason == engine.TooLate || w.show == machine.ShowMatched && have == "") && w.behindAnybody(r) {
			continue // a group's or content's window answers as far back as a member's
		}
		if w.show == machine.ShowMatched && d.Outcome == "" && want != engine.OutcomeTrue {
			continue // not listed, and rightly
		}
		if have != want {
			t.Fatalf("%s\nat %v said %s (%s), the raw list of %d events says %s", shapes[i].when, engine.Time(r.at), d.Outcome, d.Reason, len(w.all), want)
		}
	}
}

// behindAnybody is whether an event is too late for the newest of anybody's.
func (w *naive) behindAnybody(r raw) bool {
	for _, newest := range w.newest {
		if newest-r.at > int64(2*day) {
			return true
		}
	}
	return false
}

// TestASmallCacheChangesNothing decides the same with next to no memory.
func TestASmallCacheChangesNothing(t *testing.T) {
	defer machine.KeepOpen(2)()
	every := []int{0, 1, 4, 5, 6, 7, 12}
	rapid.Check(t, func(t *rapid.T) {
		w := newNaive(t, every...)
		w.m = machine.New(machine.Options{Store: w.store, Books: &rules.Books{}, CacheMembers: 1})
		for range rapid.IntRange(1, 12).Draw(t, "batches") {
			var batch []engine.Event
			var raws []raw
			for range rapid.IntRange(1, 4).Draw(t, "size") {
				e, r := w.draw(t)
				batch, raws = append(batch, e), append(raws, r)
			}
			for i, result := range w.send(batch...) {
				w.check(t, raws[i], result.Decisions, every)
			}
			if known, opened := machine.Cached(w.m, "w"); opened > 30 || known > 60 { // what the last turn used stays for one more
				t.Fatalf("%d windows in memory, %d opened", known, opened)
			}
		}
		w.verify()
	})
}

// TestDecisionsAgreeWithTheRawList sends random events and computes each rule
// from the raw list of all events so far, sharing nothing with the engine.
func TestDecisionsAgreeWithTheRawList(t *testing.T) {
	every := make([]int, len(shapes))
	for i := range every {
		every[i] = i
	}
	rapid.Check(t, func(t *rapid.T) {
		w := newNaive(t, every...)
		w.show = rapid.SampledFrom([]machine.Show{machine.ShowAll, machine.ShowMatched}).Draw(t, "show") // decides nothing else
		for range rapid.IntRange(1, 8).Draw(t, "batches") {
			var batch []engine.Event
			var raws []raw
			for range rapid.IntRange(1, 6).Draw(t, "size") {
				e, r := w.draw(t)
				batch, raws = append(batch, e), append(raws, r)
			}
			for i, result := range w.send(batch...) {
				w.check(t, raws[i], result.Decisions, every)
			}
			if rapid.IntRange(0, 3).Draw(t, "restart") == 0 {
				show := w.show
				w.world = w.another()
				w.show = show
			}
		}
	})
}

// TestRulesAreExactFromTheMomentTheyAreLive publishes and removes rules among
// events, on two machines: windows are built from the log.
func TestRulesAreExactFromTheMomentTheyAreLive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newNaive(t)
		other := w.another()
		live := map[int]bool{}
		for range rapid.IntRange(5, 20).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "machine") {
				w.world, other = mirrored(other, w.world)
			}
			if i := rapid.IntRange(-2*len(shapes), len(shapes)-1).Draw(t, "rule"); i >= 0 {
				if live[i] {
					w.unpublish(fmt.Sprint("shape-", i))
				} else {
					w.publish(shapeRule(i))
				}
				live[i] = !live[i]
				continue
			}
			e, r := w.draw(t)
			var published []int
			for i, on := range live {
				if on {
					published = append(published, i)
				}
			}
			w.check(t, r, w.send(e)[0].Decisions, published)
		}
	})
}

// mirrored swaps two machines of one world and keeps the clock and numbers.
func mirrored(a, b *world) (*world, *world) {
	a.now, a.sent = b.now, b.sent
	return a, b
}

// TestALowerBoundIsUnknownUntilItSuffices: where nobody was listening yet,
// no events are not zero.
func TestALowerBoundIsUnknownUntilItSuffices(t *testing.T) {
	w := newWorld(t, strings.ReplaceAll(shapeRule(0), "shape-0", "bound"))
	for i, want := range []engine.Outcome{engine.OutcomeUnknown, engine.OutcomeUnknown, engine.OutcomeTrue} {
		if d := w.do("ada", "act", "n", 1, "k", "a")["bound"]; d.Outcome != want {
			t.Errorf("event %d: %s (%s), want %s", i+1, d.Outcome, d.Reason, want)
		}
	}
	w.now += 9 * day
	if d := w.do("ada", "act", "n", 1, "k", "a")["bound"]; d.Outcome != engine.OutcomeFalse {
		t.Errorf("when the window is covered: %s (%s)", d.Outcome, d.Reason)
	}
}
