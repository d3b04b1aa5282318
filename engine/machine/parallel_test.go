package machine_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// atOnce sends each batch from a goroutine of its own, to two machines on the
// same store in turn.
func atOnce(t *testing.T, w *world, batches [][]engine.Event) [][]machine.Result {
	t.Helper()
	machines := []*machine.Machine{w.m, w.another().m}
	out := make([][]machine.Result, len(batches))
	var wg sync.WaitGroup
	for i := range batches {
		wg.Go(func() {
			r, err := machines[i%2].Accept(context.Background(), "w", machine.Batch{Source: "test", Received: w.now, Show: machine.ShowAll, Events: batches[i]})
			if err != nil {
				t.Errorf("batch %d: %v", i, err)
			}
			out[i] = r
		})
	}
	wg.Wait()
	return out
}

func TestFiftyApplicationsForTenSeats(t *testing.T) {
	w := newWorld(t)
	w.group("hall", 10)
	w.publish(`
key: door
kind: threshold
title: {en: Door, zh: 门}
group: hall
when: 'true'
then:
  - admit
`)
	var batches [][]engine.Event
	for i := range 50 {
		e := w.by(fmt.Sprint("m", i), "group.applied")
		e.Group = "hall"
		batches = append(batches, []engine.Event{e})
	}
	admitted, waiting := 0, 0
	for _, r := range atOnce(t, w, batches) {
		switch d := r[0].Decisions[0]; {
		case d.Answer == "admit":
			admitted++
		case d.Answer == "wait" && d.Reason == engine.NoSeat:
			waiting++
		default:
			t.Errorf("answered %+v", d)
		}
	}
	g := record[engine.Group](w, engine.GroupRecord, "hall")
	if admitted != 10 || waiting != 40 || g.Size != 10 {
		t.Errorf("%d admitted, %d wait, size %d; want 10, 40, 10", admitted, waiting, g.Size)
	}
	w.hand("bylaw.group.leave", func(e *engine.Event) { e.Member, e.Group = engine.MemberRef{ID: firstIn(w, "hall")}, "hall" })
	w.hand("bylaw.group.release", func(e *engine.Event) { e.Group = "hall" }, "count", 5)
	if g := record[engine.Group](w, engine.GroupRecord, "hall"); g.Size != 10 {
		t.Errorf("after one left and up to five were let in: size %d, want 10", g.Size)
	}
	states := map[string]int{}
	for _, i := range w.items("application") {
		states[i.State]++
	}
	if states["admitted"] != 11 || states["waiting"] != 39 {
		t.Errorf("applications %v, want 11 admitted and 39 waiting", states)
	}
	w.verify()
}

func firstIn(w *world, group string) string {
	rows, err := w.store.Reader("w").ListRecords(context.Background(), engine.MarkRecord, machine.RosterPrefix(group), engine.Page{Limit: 1})
	if err != nil || len(rows.Items) == 0 {
		w.t.Fatalf("nobody is in %s: %v", group, err)
	}
	return rows.Items[0].Key[len(machine.RosterPrefix(group)):]
}

func TestOneIDFromManyGoroutinesIsOneEffect(t *testing.T) {
	w := newWorld(t, `
key: gift
kind: reward
title: {en: Gift, zh: 礼物}
on: hello
when: 'true'
then:
  - grant_points: {amount: 5}
`)
	e := w.by("ada", "hello")
	batches := make([][]engine.Event, 64)
	for i := range batches {
		batches[i] = []engine.Event{e}
	}
	accepted := 0
	for _, r := range atOnce(t, w, batches) {
		if r[0].Status == machine.Accepted {
			accepted++
		}
		if len(r[0].Decisions) != 1 || len(r[0].Decisions[0].Effects) != 1 {
			t.Errorf("answered %+v", r[0])
		}
	}
	if n := w.member("ada").Accounts["points"].Balance; accepted != 1 || n != 5 {
		t.Errorf("accepted %d times, %d points; want once and 5", accepted, n)
	}
}

func TestParallelAwardsStayWithinTheBudget(t *testing.T) {
	w := newWorld(t, `
key: gift
kind: reward
title: {en: Gift, zh: 礼物}
on: hello
when: 'true'
once: 'event.props.ref'
then:
  - grant_points: {amount: 'event.props.n'}
limits: {budget: {points: 100, per: month}, per_member: {times: 3, per: day}}
`)
	var batches [][]engine.Event
	for i := range 50 {
		n := 3 + i%9
		batches = append(batches, []engine.Event{
			w.by(fmt.Sprint("m", i%20), "hello", "n", n, "ref", fmt.Sprint(i)), w.by(fmt.Sprint("m", i%20), "hello", "n", n, "ref", fmt.Sprint(i, "b"))})
	}
	stopped := map[engine.Reason]int{}
	for _, r := range atOnce(t, w, batches) {
		for _, x := range r {
			stopped[x.Decisions[0].Reason]++
		}
	}
	total := int64(0)
	for i := range 20 {
		m := w.member(fmt.Sprint("m", i))
		total += m.Accounts["points"].Balance
		if n := len(w.ledger(m.ID)); n > 3 {
			t.Errorf("%s was given %d times", m.ID, n)
		}
	}
	if total > 100 || total < 90 || stopped[engine.OverBudget] == 0 {
		t.Errorf("%d points given of 100; decisions %v", total, stopped)
	}
	// What the budget stopped is not used up: next month it is given.
	w.now += 31 * day
	given := 0
	for i := range 10 {
		d := w.do("late", "hello", "n", 1, "ref", fmt.Sprint("x", i))["gift"]
		if d.Reason == "" {
			given++
		}
	}
	if given != 3 {
		t.Errorf("next month given %d times, want 3 (per member and day)", given)
	}
	w.verify()
}

// long is a name as long as one may be.
func long(c string) string { return strings.Repeat(c, engine.MaxIDLength/len(c)) }

// TestLongNamesFitIntoKeys: everything that becomes part of a key may be as
// long as it is allowed to be.
func TestLongNamesFitIntoKeys(t *testing.T) {
	group, content := long("群"), long("c|")
	w := newWorld(t)
	w.group(group, 1)
	w.publish(`
key: `+long("a")[:64]+`
kind: reward
title: {en: Long, zh: 长}
on: [hello]
subject: group
when: 'true'
once: 'event.content'
then:
  - set_group: {group: `+group+`, stage: "2"}
limits: {per_member: {times: 5, per: week}, cooldown: 1h, total: {times: 9, per: month}}
`, `
key: `+long("b")[:64]+`
kind: reward
title: {en: Long, zh: 长}
on: [hello]
when: 'group_events("hello", "all", {content_id: event.props.content_id}).count() > 0'
once: 'event.props.content_id'
after: 1d
then:
  - join_group: {group: `+group+`}
  - grant_points: {amount: 1, expires: 1d}
limits: {per_member: {times: 5, per: week}, cooldown: 1h}
`)
	e := w.by(long("m")[:100], "hello", "content_id", long("x")+long("y")+long("z"))
	e.Group, e.Content, e.ID = group, content, long("i")
	for _, d := range w.send(e)[0].Decisions {
		if d.Outcome != engine.OutcomeTrue || d.Reason != "" {
			t.Errorf("%s: %+v", d.Rule[:1], d)
		}
	}
	w.pass(3 * day)
	if m := w.member(long("m")[:100]); !m.InGroup(group) || len(w.ledger(m.ID)) != 2 {
		t.Errorf("member %+v, entries %+v", m, w.ledger(m.ID))
	}
	other := w.by("bo", "group.applied")
	other.Group = group
	w.send(other)
	w.hand("bylaw.officer.appoint", func(e *engine.Event) { e.Member, e.Group = identity(long("m")[:100]), group }, "role", "assistant")
	w.verify()
}
