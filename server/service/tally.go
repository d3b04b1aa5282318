package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Tallied is a segment as it was counted last. Before is how many it had Days ago,
// by the same words; nil when that is not known.
type Tallied struct {
	Segment string       `json:"segment"`
	Title   engine.Text  `json:"title,omitzero"`
	Where   string       `json:"where"`
	Builtin bool         `json:"builtin,omitempty"` // as it comes with Bylaw
	State   string       `json:"state"`             // counting, counted or failed
	At      engine.Time  `json:"at,omitempty"`      // of the count
	Count   int          `json:"count"`
	Unknown int          `json:"unknown,omitempty"`
	Before  *int         `json:"before,omitempty"`
	Problem *engine.Text `json:"problem,omitempty"` // why it cannot be counted

	newest []*engine.Member // some of them, heard of last first
}

// What counting all segments at once may read, and how many members it compares
// with how they were.
const (
	maxTallied  = 10_000_000 // events
	maxCompared = 50_000     // members
	tallyDays   = 7
	shownFirst  = 5 // of a segment's members
)

// tallies keeps what was counted of each workspace: counting looks at everybody,
// which no request waits for in a large community.
type tallies struct {
	mu   sync.Mutex
	kept map[string]*tally // by workspace and what is asked for
}

// tally is one look at all members of a workspace.
type tally struct {
	at       engine.Time
	asked    []Tallied // what was to be counted
	segments []Tallied // what came out; nil while it is being counted
	cost     int       // members and events that were read
	last     *tally    // what was known before, until this one is done
	done     chan struct{}
}

// fresh is whether a tally need not be made again: the dearer it was the longer.
func (t *tally) fresh(now engine.Time, ask []Tallied) bool {
	lasts := 10*time.Second + time.Duration(t.cost)*time.Millisecond
	return now.Sub(t.at) < lasts && slices.EqualFunc(t.asked, ask, sameWords)
}

func sameWords(a, b Tallied) bool { return a.Segment == b.Segment && a.Where == b.Where }

// maxTallies bounds what is remembered.
const maxTallies = 1000

// Tally gives the counts of segments as they were counted last, which is begun
// again when that is too long ago. It waits as long as patience lasts, at most
// until the counts are new.
func (s *Members) Tally(ctx context.Context, who Caller, patience <-chan time.Time, keys ...string) ([]Tallied, error) {
	view, err := s.state(ctx, who)
	if err != nil {
		return nil, err
	}
	ask := segmentsOf(view.Defs, keys)
	last, running := s.tallies.look(who, ask, func(t *tally) { s.begin(who, t) })
	if running != nil {
		select {
		case <-running.done:
			last = running
		case <-patience:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	out := slices.Clone(ask)
	for i := range out {
		if last == nil {
			continue
		}
		if at := slices.IndexFunc(last.segments, func(x Tallied) bool { return sameWords(x, ask[i]) }); at >= 0 {
			title := out[i].Title
			out[i] = last.segments[at]
			out[i].Title = title
		}
	}
	return out, nil
}

// segmentsOf are the segments of some keys, those that exist.
func segmentsOf(defs *engine.Definitions, keys []string) []Tallied {
	var out []Tallied
	for _, key := range keys {
		if s := defs.Segments[key]; s != nil {
			out = append(out, Tallied{Segment: key, Title: s.Title, Where: s.Where, Builtin: s.Builtin, State: "counting"})
		}
	}
	return out
}

// look gives the last tally that is done, and the one that runs, which it begins
// where none is fresh.
func (k *tallies) look(who Caller, ask []Tallied, begin func(*tally)) (last, running *tally) {
	slot := who.Workspace
	for i := range ask {
		slot += "\x00" + ask[i].Segment
	}
	k.mu.Lock()
	have := k.kept[slot]
	switch {
	case have != nil && have.segments == nil && slices.EqualFunc(have.asked, ask, sameWords):
		k.mu.Unlock()
		return have.last, have
	case have != nil && have.fresh(who.Now, ask):
		k.mu.Unlock()
		return have, nil
	}
	if k.kept == nil || len(k.kept) >= maxTallies {
		k.kept = map[string]*tally{}
	}
	if have != nil && have.segments == nil {
		have = have.last
	}
	next := &tally{at: who.Now, asked: ask, last: have, done: make(chan struct{})}
	k.kept[slot] = next
	k.mu.Unlock()
	begin(next)
	return have, next
}

// begin counts aside.
func (s *Members) begin(who Caller, t *tally) {
	work := func(ctx context.Context, rest func(context.Context) error) {
		c := &tallying{Members: s, ctx: ctx, who: who, rest: rest}
		segments, err := c.guarded(t.asked)
		if err != nil {
			segments = slices.Clone(t.asked)
			for i := range segments {
				segments[i].State, segments[i].At, segments[i].Problem = "failed", who.Now, problemOf(err)
			}
		}
		s.tallies.mu.Lock()
		defer s.tallies.mu.Unlock()
		t.segments, t.cost, t.last = segments, c.looked+c.log.read, nil
		close(t.done)
	}
	if s.Aside == nil {
		work(context.Background(), func(context.Context) error { return nil })
		return
	}
	s.Aside(work)
}

// problemOf is what can be said of an error: the words of one that is meant for people.
func problemOf(err error) *engine.Text {
	var e *engine.Error
	if errors.As(err, &e) {
		if len(e.Problems) > 0 {
			return &e.Problems[0].Message
		}
		return &e.Message
	}
	return &engine.Text{En: "counting failed; it is tried again", Zh: "统计失败，稍后重试"}
}

// tallying is one count of several segments over all members.
type tallying struct {
	*Members
	ctx    context.Context
	who    Caller
	rest   func(context.Context) error
	log    memberLog
	sieves []*sieve
	looked int
}

// guarded counts; what panics has failed. Nobody else would catch it: no request is
// there, and the process must live.
func (c *tallying) guarded(ask []Tallied) (out []Tallied, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = nil, fmt.Errorf("counting segments: panic: %v", p)
		}
	}()
	return c.count(ask)
}

// count looks at everybody now, and at those who were there some days ago.
func (c *tallying) count(ask []Tallied) ([]Tallied, error) {
	out := slices.Clone(ask)
	if err := c.prepare(out, c.who, 0); err != nil {
		return nil, err
	}
	if err := c.gather(); err != nil {
		return nil, err
	}
	for at := (engine.Page{Limit: lookPage}); ; {
		if err := c.rest(c.ctx); err != nil {
			return nil, err
		}
		list, next, err := c.page(c.ctx, c.who, "", at)
		if err == nil {
			err = c.heard(c.ctx, c.who, list)
		}
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			c.ask(out, m, func(x *Tallied) { x.add(m) })
		}
		if at.Cursor = next; next == "" {
			break
		}
	}
	return out, c.compare(out)
}

// prepare compiles the segments for a moment; one that does not compile has failed.
func (c *tallying) prepare(list []Tallied, who Caller, upTo int64) error {
	c.sieves = make([]*sieve, len(list))
	c.log = memberLog{reader: c.reader(who), most: maxTallied, upTo: upTo, read: c.log.read, kept: c.log.kept, types: c.log.types}
	var queries []*engine.EventQuery
	for i := range list {
		f, err := c.sieve(c.ctx, who, list[i].Where)
		if err != nil {
			if engine.CodeOf(err) != engine.CodeInvalid {
				return err
			}
			list[i].fail(err, c.who.Now)
			continue
		}
		if list[i].State != "failed" {
			list[i].State, list[i].At, c.sieves[i] = "counted", c.who.Now, f
		}
		if f.counting != nil {
			f.counting.log = &c.log
			queries = append(queries, &f.counting.query)
		}
	}
	c.log.queries = covering(queries)
	return nil
}

// gather reads the log once, where that tells the segments all that they count; it
// reaches far enough for the comparison too.
func (c *tallying) gather() error {
	for _, f := range c.sieves {
		if f != nil && f.counting != nil && (!f.counting.bare || f.counting.query.From == 0) {
			return nil
		}
	}
	if len(c.log.queries) == 0 {
		return nil
	}
	return c.log.gather(c.ctx, c.log.from()-tallySpan, c.rest)
}

// tallySpan is tallyDays in microseconds.
const tallySpan = engine.Time(tallyDays * 24 * time.Hour / time.Microsecond)

func (x *Tallied) fail(err error, at engine.Time) {
	x.State, x.At, x.Problem, x.Before = "failed", at, problemOf(err), nil
}

// ask asks every segment about a member.
func (c *tallying) ask(list []Tallied, m *engine.Member, admitted func(*Tallied)) {
	c.looked++
	for i, f := range c.sieves {
		if f == nil {
			continue
		}
		switch in := f.admits(m); {
		case f.err != nil:
			list[i].fail(f.err, c.who.Now)
			c.sieves[i] = nil
		case in == engine.Yes:
			admitted(&list[i])
		case in == engine.Maybe:
			list[i].Unknown++
		}
	}
}

// add counts a member and keeps them where they are among the newest.
func (x *Tallied) add(m *engine.Member) {
	x.Count++
	at, _ := slices.BinarySearchFunc(x.newest, m, func(a, b *engine.Member) int {
		return cmp.Or(cmp.Compare(b.NewestAt, a.NewestAt), cmp.Compare(a.ID, b.ID))
	})
	if at < shownFirst {
		x.newest = slices.Insert(x.newest, at, m)
		x.newest = x.newest[:min(len(x.newest), shownFirst)]
	}
}

// compare counts the same segments among those who were there some days ago, as
// they were then, where the past is kept that long and they are not too many.
func (c *tallying) compare(list []Tallied) error {
	then := c.who
	then.Now = c.who.Now.Add(-tallyDays * 24 * time.Hour)
	r := c.reader(c.who)
	position, known, err := c.pastAt(c.ctx, c.who, then.Now)
	if err != nil || !known || position == 0 || c.looked > maxCompared {
		return err
	}
	rows, err := r.ListRecordsAt(c.ctx, position, engine.RecordList{Kind: engine.MemberRecord, Limit: maxCompared + 1})
	if err != nil {
		return fmt.Errorf("list who was there: %w", err)
	}
	if len(rows) > maxCompared {
		return nil
	}
	before := slices.Clone(list)
	if err := c.prepare(before, then, position); err != nil {
		return err
	}
	counts := make(map[string]*int, len(list))
	for i := range before {
		counts[before[i].Segment] = new(int)
	}
	for part := range slices.Chunk(rows, lookPage) {
		if err := c.compareThese(before, part, then.Now, func(x *Tallied) { *counts[x.Segment]++ }); err != nil {
			return err
		}
	}
	for i := range list {
		if before[i].State == "counted" && list[i].State == "counted" {
			list[i].Before = counts[list[i].Segment]
		}
	}
	return nil
}

func (c *tallying) compareThese(list []Tallied, rows []engine.Record, then engine.Time, admitted func(*Tallied)) error {
	if err := c.rest(c.ctx); err != nil {
		return err
	}
	var members []*engine.Member
	for _, row := range rows {
		m, err := readMember(row.Body)
		if err != nil {
			return err
		}
		if m.MergedInto == "" {
			members = append(members, m)
		}
	}
	if err := c.heard(c.ctx, c.who, members); err != nil {
		return err
	}
	for _, m := range members {
		if m.NewestAt > then {
			m.NewestAt = 0 // what was the newest then is to be read
		}
		c.ask(list, m, admitted)
	}
	return nil
}

// pastAt is where the log stood at a moment; not known where the past is not kept
// that long.
func (c *core) pastAt(ctx context.Context, who Caller, at engine.Time) (position int64, known bool, err error) {
	r := c.reader(who)
	if position, err = r.PositionAt(ctx, at); err != nil {
		return 0, false, fmt.Errorf("find the moment: %w", err)
	}
	from, err := keptFrom(ctx, r)
	return position, err == nil && from >= 0 && position >= from, err
}
