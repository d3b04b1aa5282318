package outbox

import (
	"context"
	"fmt"
	"sync"

	"github.com/bylaw-dev/bylaw/engine"
)

// tally counts messages for caps, shares and quotas. The store counts a claimed
// delivery as being sent from the claim on, so that workers see each other's; but
// of those in our own hands we know which are not decided yet, and take them off
// again: otherwise five claimed at once would hold each other.
//
// What is taken off must be counted by the store for certain, or a cap could be
// passed: so a delivery is entered after its claim was committed, it leaves
// before its settle is written, and counting holds the workspace's lock from
// asking the store until the decisions stand.
type tally struct {
	store engine.OutboxStore
	mu    sync.Mutex // guards wards
	wards map[string]*ward
}

// ward is the tally of one workspace.
type ward struct {
	mu     sync.Mutex // held while deciding
	byName map[string]map[string]*entry
	store  engine.OutboxStore
}

// entry is a claimed delivery in our hands.
type entry struct {
	claimed, lease engine.Time
	sentAt         engine.Time // when it was decided to go; 0 while undecided
	promotes       bool
	maybe          bool // an earlier attempt may have arrived: it counts for others, decided or not
}

func newTally(store engine.OutboxStore) *tally {
	return &tally{store: store, wards: map[string]*ward{}}
}

func (t *tally) ward(workspace string) *ward {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.wards[workspace]
	if w == nil {
		w = &ward{byName: map[string]map[string]*entry{}, store: t.store}
		t.wards[workspace] = w
	}
	return w
}

// names are what a delivery is counted under.
func names(d *engine.Delivery) [3]string {
	return [3]string{"m" + d.Member, "g" + d.Group, "c" + d.Channel}
}

// enter notes a delivery that was claimed.
func (w *ward) enter(d *engine.Delivery, claimed engine.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := &entry{claimed: claimed, lease: d.Lease, promotes: d.Promotes, maybe: d.SentAt != 0}
	for _, name := range names(d) {
		if len(name) == 1 {
			continue
		}
		if w.byName[name] == nil {
			w.byName[name] = map[string]*entry{}
		}
		w.byName[name][d.ID] = e
	}
}

// leave forgets a delivery. The lock must be held.
func (w *ward) leave(d *engine.Delivery) {
	for _, name := range names(d) {
		delete(w.byName[name], d.ID)
		if len(w.byName[name]) == 0 {
			delete(w.byName, name)
		}
	}
}

// approve notes that a delivery goes out now. The lock must be held.
func (w *ward) approve(d *engine.Delivery, now engine.Time) {
	for _, name := range names(d) {
		if e := w.byName[name][d.ID]; e != nil {
			e.sentAt = now
		}
	}
}

// count is a worker's counting within one batch: the store is asked once for
// each question, since what changes in between is either decided under the lock
// or another worker's, which sees ours.
type count struct {
	ward      *ward
	workspace string
	now       engine.Time
	asked     map[engine.SentQuery][2]int
}

func (w *ward) counting(workspace string, now engine.Time) *count {
	return &count{ward: w, workspace: workspace, now: now, asked: map[engine.SentQuery][2]int{}}
}

// fill answers what the gate needs to know of other messages.
func (c *count) fill(ctx context.Context, q *Question) (err error) {
	sum := func(all, promotional *int, since engine.Time, of engine.SentQuery) {
		if err != nil {
			return
		}
		of.Since = since
		var n [2]int
		n, err = c.others(ctx, of, q.Delivery.ID)
		*all, *promotional = *all+n[0], *promotional+n[1]
	}
	var rest int
	if q.capped() {
		for _, member := range persons(q) {
			of := engine.SentQuery{Member: member}
			if q.Settings.CapDay > 0 {
				sum(&rest, &q.Sent.Day, dayStart(q.Now, q.Zone), of)
			}
			if q.Settings.CapWeek > 0 {
				sum(&rest, &q.Sent.Week, weekAgo(q.Now), of)
			}
		}
	}
	if q.shared() {
		sum(&q.Sent.GroupAll, &q.Sent.GroupPromote, weekAgo(q.Now), engine.SentQuery{Group: q.Delivery.Group})
	}
	if q.limited() {
		sum(&q.Sent.Minute, &rest, minuteAgo(q.Now), engine.SentQuery{Channel: q.Delivery.Channel})
	}
	return err
}

// persons are the ids under which a person's messages were sent: their own, and
// the one the delivery names when that was merged into it.
func persons(q *Question) []string {
	if q.Member == nil || q.Member.ID == q.Delivery.Member {
		return []string{q.Delivery.Member}
	}
	return []string{q.Delivery.Member, q.Member.ID}
}

// others counts what was sent, or is decided to be, since a time, besides one.
func (c *count) others(ctx context.Context, of engine.SentQuery, self string) ([2]int, error) {
	of.Workspace = c.workspace
	n, known := c.asked[of]
	if !known {
		all, promotional, err := c.ward.store.SentSince(ctx, of)
		if err != nil {
			return n, fmt.Errorf("count what was sent: %w", err)
		}
		n = [2]int{all, promotional}
		c.asked[of] = n
	}
	for id, e := range c.ward.matching(of) {
		change := 0
		switch {
		case e.sentAt == 0 && e.claimed >= of.Since && e.lease > c.now && (id == self || !e.maybe):
			change = -1 // counted by the store, but undecided
		case e.sentAt >= of.Since && e.claimed < of.Since:
			change = 1 // on its way in this span, and counted by the store before it
		}
		n[0] += change
		if e.promotes {
			n[1] += change
		}
	}
	return [2]int{max(n[0], 0), max(n[1], 0)}, nil
}

func (w *ward) matching(of engine.SentQuery) map[string]*entry {
	switch {
	case of.Member != "":
		return w.byName["m"+of.Member]
	case of.Group != "":
		return w.byName["g"+of.Group]
	}
	return w.byName["c"+of.Channel]
}
