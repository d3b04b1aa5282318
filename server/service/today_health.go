package service

import (
	"fmt"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// TodayHealth is how the workspace does. Of events and decisions of the last hour
// so many are counted; with More there are more than that.
type TodayHealth struct {
	Events        int         `json:"events"`
	MoreEvents    bool        `json:"more_events,omitempty"`
	Decisions     int         `json:"decisions"`
	MoreDecisions bool        `json:"more_decisions,omitempty"`
	Waiting       int64       `json:"waiting"` // messages that are to go out
	Channels      int         `json:"channels"`
	Ill           int         `json:"ill"`              // channels that cannot send; filled in by who knows plugins
	Newest        engine.Time `json:"newest,omitempty"` // when the last event was accepted from, by its own time
}

// What is counted of an hour.
const (
	countedEvents    = 10_000
	countedDecisions = 1000
)

func (g *gathering) health() error {
	h := &TodayHealth{}
	g.out.Health = h
	hour := g.who.Now.Add(-time.Hour)
	if err := g.hourOfEvents(h, hour); err != nil {
		return err
	}
	if err := g.hourOfDecisions(h, hour); err != nil {
		return err
	}
	for _, c := range g.view.Defs.Channels {
		if !c.Disabled {
			h.Channels++
		}
	}
	if g.Backlog == nil {
		return nil
	}
	var err error
	if h.Waiting, err = g.Backlog(g.ctx, g.who.Workspace); err != nil {
		return fmt.Errorf("count what is to go out: %w", err)
	}
	return nil
}

// hourOfEvents counts what was accepted since, changes by hand and imports aside.
func (g *gathering) hourOfEvents(h *TodayHealth, hour engine.Time) error {
	r := g.reader(g.who)
	q := engine.EventQuery{Limit: 1000, From: hour}
	var err error
	if q.After, err = r.PositionAt(g.ctx, hour); err != nil {
		return fmt.Errorf("find the moment: %w", err)
	}
	for h.Events < countedEvents {
		page, err := r.Events(g.ctx, q)
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
		for _, e := range page {
			if !strings.HasPrefix(e.Type, engine.ReservedPrefix) && !engine.PeekEvent(e.Body).History {
				h.Events++
				h.Newest = max(h.Newest, e.At)
			}
			q.After = e.Position
		}
		if len(page) < q.Limit {
			return nil
		}
	}
	h.MoreEvents = true
	return nil
}

// hourOfDecisions counts the stored decisions since, newest first.
func (g *gathering) hourOfDecisions(h *TodayHealth, hour engine.Time) error {
	q := engine.DecisionQuery{Page: engine.Page{Limit: 200}}
	for h.Decisions < countedDecisions {
		rows, err := g.reader(g.who).ListDecisions(g.ctx, q)
		if err != nil {
			return fmt.Errorf("list decisions: %w", err)
		}
		fresh := 0
		for _, d := range rows.Items {
			if d.At >= hour {
				fresh++
			}
		}
		h.Decisions += fresh
		if q.Cursor = rows.Next; q.Cursor == "" || fresh == 0 {
			return nil
		}
	}
	h.MoreDecisions = true
	return nil
}

// steps are what a new workspace has done of its first steps.
func (g *gathering) steps() error {
	r := g.reader(g.who)
	somebody, err := r.ListRecords(g.ctx, engine.MarkRecord, machine.Everybody, engine.Page{Limit: 1})
	if err != nil {
		return fmt.Errorf("look whether anybody is there: %w", err)
	}
	s := &TodaySteps{Events: len(somebody.Items) > 0, Channels: len(g.view.Defs.Channels) > 0, Rules: len(g.view.Book.Rules)+len(g.view.Book.Broken) > 0}
	if !s.Rules { // drafts count too
		all, err := g.rules.List(g.ctx, g.who, RuleFilter{})
		if err != nil {
			return err
		}
		s.Rules = len(all) > 0
	}
	g.out.Steps = s
	return nil
}
