package service

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// Today gathers what of a workspace wants a person now, and how it does.
type Today struct {
	*core
	members  *Members
	rules    *Rules
	troubled remembered[[]TodayItem] // rules that are paused or broken, by workspace and revision
}

// TodayParts are the parts that a caller may see and asks for.
type TodayParts struct{ Work, Deliveries, Rules, Members bool }

// Agenda is what wants a person, most urgent kind first.
type Agenda struct {
	At      engine.Time  `json:"at"`
	Work    []TodayList  `json:"work"`
	Numbers []Tallied    `json:"numbers,omitempty"`
	Health  *TodayHealth `json:"health,omitempty"`
	Steps   *TodaySteps  `json:"steps,omitempty"`
}

// TodayList is one kind of work: how much there is, and the first few. With More
// there is more than Count.
type TodayList struct {
	Kind  string      `json:"kind"` // rules channels failed appeals applications reviews tasks silent rising
	Count int         `json:"count"`
	More  bool        `json:"more,omitempty"`
	State string      `json:"state,omitempty"` // of silent and rising: counting, counted or failed
	Where string      `json:"where,omitempty"` // of silent and rising: the segment's condition
	Items []TodayItem `json:"items"`
}

// TodayItem is one thing that wants a person.
type TodayItem struct {
	ID      string      `json:"id"`
	State   string      `json:"state,omitempty"`
	Title   engine.Text `json:"title,omitzero"`
	Text    engine.Text `json:"text,omitzero"` // what it says, or what is wrong
	Member  string      `json:"member,omitempty"`
	Group   string      `json:"group,omitempty"`
	Rule    string      `json:"rule,omitempty"`
	Channel string      `json:"channel,omitempty"`
	Review  string      `json:"review,omitempty"`
	Owner   string      `json:"owner,omitempty"`
	Full    bool        `json:"full,omitempty"`  // of an application: there is no seat
	Moves   int         `json:"moves,omitempty"` // of a review: that wait for a word
	At      engine.Time `json:"at,omitempty"`
	Due     engine.Time `json:"due,omitempty"`
	Version int64       `json:"version,omitempty"`
}

// TodaySteps are what a new workspace does first.
type TodaySteps struct {
	Rules    bool `json:"rules"`
	Events   bool `json:"events"`
	Channels bool `json:"channels"`
}

// How much of each kind is counted, and shown.
const (
	todayCounted = 100
	todayShown   = 20
	failedSince  = 7 * 24 * time.Hour // what failed before that is no work of today
)

// Segments are all segments by key, as they were counted last.
func (d *Today) Segments(ctx context.Context, who Caller, patience <-chan time.Time) ([]Tallied, error) {
	view, err := d.state(ctx, who)
	if err != nil {
		return nil, err
	}
	return d.members.Tally(ctx, who, patience, slices.Sorted(maps.Keys(view.Defs.Segments))...)
}

// Agenda gathers all parts. Segments are waited for as long as patience lasts.
func (d *Today) Agenda(ctx context.Context, who Caller, parts TodayParts, patience <-chan time.Time) (*Agenda, error) {
	view, err := d.state(ctx, who)
	if err != nil {
		return nil, err
	}
	g := &gathering{Today: d, ctx: ctx, who: who, view: view, out: &Agenda{At: who.Now, Work: []TodayList{}}}
	steps := []func() error{g.health, g.steps}
	if parts.Rules {
		steps = append(steps, g.rulesInTrouble)
	}
	if parts.Deliveries {
		steps = append(steps, g.failed)
	}
	if parts.Work {
		steps = append(steps, g.reviews, g.applications, g.tasks)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if parts.Members {
		if err := g.segments(patience); err != nil {
			return nil, err
		}
	}
	return g.out, nil
}

// gathering is one Agenda on its way.
type gathering struct {
	*Today
	ctx  context.Context
	who  Caller
	view *machine.View
	out  *Agenda
}

// add adds a kind of work, unless there is none of it.
func (g *gathering) add(l TodayList) {
	if l.Count > 0 || l.State == "counting" {
		l.Items = append([]TodayItem{}, l.Items[:min(len(l.Items), todayShown)]...)
		g.out.Work = append(g.out.Work, l)
	}
}

// items lists the newest items of a kind and state, one more than are counted.
func (g *gathering) items(kind, state string) ([]engine.Item, bool, error) {
	rows, err := g.reader(g.who).ListItems(g.ctx, engine.ItemQuery{Kind: kind, State: state, Page: engine.Page{Limit: todayCounted}})
	if err != nil {
		return nil, false, fmt.Errorf("list %ss: %w", kind, err)
	}
	return rows.Items, rows.Next != "", nil
}

// tasks are those that are open, first due first, then those without a time.
func (g *gathering) tasks() error {
	list, more, err := g.items("task", "open")
	if err != nil {
		return err
	}
	if more { // what is overdue may be older than those
		due, err := g.reader(g.who).ListItems(g.ctx, engine.ItemQuery{Kind: "task", State: "open", DueBefore: g.who.Now, Page: engine.Page{Limit: todayShown}})
		if err != nil {
			return fmt.Errorf("list overdue tasks: %w", err)
		}
		for _, i := range due.Items {
			if !slices.ContainsFunc(list, func(x engine.Item) bool { return x.ID == i.ID }) {
				list = append(list, i)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b engine.Item) int {
		return cmp.Or(cmp.Compare(flagOf(a.Due == 0), flagOf(b.Due == 0)), cmp.Compare(a.Due, b.Due))
	})
	out := TodayList{Kind: "tasks", Count: len(list), More: more}
	for _, i := range list {
		one := itemOf(i)
		var body struct {
			Text   taskText `json:"text"`
			Review string   `json:"review"`
		}
		if err := json.Unmarshal(i.Body, &body); err != nil {
			return fmt.Errorf("read task %s: %w", i.ID, err)
		}
		one.Text, one.Review = engine.Text(body.Text), body.Review
		out.Items = append(out.Items, one)
	}
	g.add(out)
	return nil
}

func flagOf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// taskText is a task's text: the machine's in both languages, a rule's as its
// author wrote it.
type taskText engine.Text

// UnmarshalJSON implements json.Unmarshaler.
func (t *taskText) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*t = taskText{En: one, Zh: one}
		return nil
	}
	return json.Unmarshal(b, (*engine.Text)(t))
}

func itemOf(i engine.Item) TodayItem {
	return TodayItem{ID: i.ID, State: i.State, Member: i.Member, Group: i.Group, Rule: i.Rule, Owner: i.Owner, At: i.At, Due: i.Due, Version: i.Version}
}

// applications are those that wait, who came first first.
func (g *gathering) applications() error {
	list, more, err := g.items("application", "waiting")
	if err != nil {
		return err
	}
	slices.Reverse(list)
	full, err := g.full(list)
	if err != nil {
		return err
	}
	out := TodayList{Kind: "applications", Count: len(list), More: more}
	for _, i := range list {
		one := itemOf(i)
		var body struct {
			Reasons []engine.Text `json:"reasons"`
		}
		if err := json.Unmarshal(i.Body, &body); err != nil {
			return fmt.Errorf("read application %s: %w", i.ID, err)
		}
		one.Text, one.Full = inOneLine(body.Reasons), full[i.Group]
		if def := g.view.Defs.Groups[i.Group]; def != nil {
			one.Title = def.Title
		}
		out.Items = append(out.Items, one)
	}
	g.add(out)
	return nil
}

// inOneLine puts reasons into one line.
func inOneLine(reasons []engine.Text) (out engine.Text) {
	for i, r := range reasons {
		if i > 0 {
			out.En, out.Zh = out.En+"; ", out.Zh+"；"
		}
		out.En, out.Zh = out.En+r.In("en"), out.Zh+r.In("zh")
	}
	return out
}

// full says which of the groups that are applied to have no seat left.
func (g *gathering) full(list []engine.Item) (map[string]bool, error) {
	full := map[string]bool{}
	var keys []engine.RecordKey
	for _, i := range list {
		if def := g.view.Defs.Groups[i.Group]; def != nil && def.Capacity > 0 && !full[i.Group] {
			full[i.Group] = true
			keys = append(keys, engine.RecordKey{Kind: engine.GroupRecord, Key: i.Group})
		}
	}
	found, err := g.reader(g.who).Records(g.ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read groups: %w", err)
	}
	for _, k := range keys {
		var group engine.Group
		if body := found[k]; body != nil {
			if err := json.Unmarshal(body, &group); err != nil {
				return nil, fmt.Errorf("read group %s: %w", k.Key, err)
			}
		}
		full[k.Key] = group.Size >= g.view.Defs.Groups[k.Key].Capacity
	}
	return full, nil
}
