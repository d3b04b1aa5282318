package service

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// reviews are the appeals that wait for an officer's word, and the reviews that
// wait for one, those whose notice ends first.
func (g *gathering) reviews() error {
	list, more, err := g.items("review", "open")
	if err != nil {
		return err
	}
	appeals, open := TodayList{Kind: "appeals", More: more}, TodayList{Kind: "reviews", More: more}
	for _, i := range list {
		rev, err := readReview(i)
		if err != nil {
			return err
		}
		one := itemOf(i)
		one.Rule, one.Review, one.Due, one.Title = rev.Rule, i.ID, rev.Until, g.titleOf(rev.Rule)
		if one.State = "waits"; rev.Until > g.who.Now {
			one.State = "notice"
		}
		for _, mv := range rev.Moves {
			switch mv.State {
			case machine.MoveAppealed:
				appeal := one
				appeal.ID, appeal.Member, appeal.Text, appeal.Group = i.ID+" "+mv.Member, mv.Member, engine.Text{En: mv.Appeal, Zh: mv.Appeal}, mv.From
				appeals.Items = append(appeals.Items, appeal)
			case machine.MoveProposed:
				one.Moves++
			}
		}
		if one.Moves > 0 && !rev.Confirmed {
			open.Items = append(open.Items, one)
		}
	}
	for _, l := range []TodayList{appeals, open} {
		l.Count = len(l.Items)
		slices.SortStableFunc(l.Items, func(a, b TodayItem) int { return cmp.Compare(a.Due, b.Due) })
		g.add(l)
	}
	return nil
}

func (g *gathering) titleOf(rule string) engine.Text {
	for _, r := range g.view.Book.Rules {
		if r.Key == rule {
			return r.Title
		}
	}
	return engine.Text{}
}

// rulesInTrouble are those that are broken, that fail, and that are paused.
func (g *gathering) rulesInTrouble() error {
	list, err := g.stopped()
	if err != nil {
		return err
	}
	failing, err := g.failing()
	if err != nil {
		return err
	}
	all := append(failing, list...)
	slices.SortStableFunc(all, func(a, b TodayItem) int { return cmp.Compare(trouble[a.State], trouble[b.State]) })
	g.add(TodayList{Kind: "rules", Count: len(all), Items: all})
	return nil
}

var trouble = map[string]int{"broken": 0, "stopped": 1, "failing": 2, "paused": 3}

// stopped are the rules that are broken or paused, read once a revision.
func (g *gathering) stopped() ([]TodayItem, error) {
	key := sha256.Sum256([]byte(g.who.Workspace + "\x00" + strconv.FormatInt(g.view.Lane.Revision, 10)))
	if list, ok := g.troubled.get(key); ok {
		return list, nil
	}
	all, err := g.rules.List(g.ctx, g.who, RuleFilter{})
	if err != nil {
		return nil, err
	}
	list := []TodayItem{}
	for i := range all {
		r := &all[i]
		if r.State != "broken" && r.State != "paused" {
			continue
		}
		one := TodayItem{ID: r.Key, State: r.State, Rule: r.Key, Title: r.Title, At: r.At, Version: r.Revision}
		if broken := g.view.Book.Broken[r.Key]; broken != nil {
			if why := problemOf(broken); why != nil {
				one.Text = *why
			}
		}
		list = append(list, one)
	}
	g.troubled.put(key, list)
	return list, nil
}

// failing are the live rules that failed the last time they were asked; the machine
// stops one that goes on failing.
func (g *gathering) failing() ([]TodayItem, error) {
	rows, err := g.reader(g.who).ListRecords(g.ctx, engine.MarkRecord, machine.FailurePrefix, engine.Page{Limit: todayCounted})
	if err != nil {
		return nil, fmt.Errorf("list failures: %w", err)
	}
	times := map[string]string{}
	for _, r := range rows.Items {
		times[r.Key] = string(r.Body)
	}
	var list []TodayItem
	for _, r := range g.view.Book.Rules {
		n, err := strconv.Atoi(times[machine.FailureKey(r)])
		if err != nil || n == 0 {
			continue
		}
		one := TodayItem{ID: r.Key, State: "failing", Rule: r.Key, Title: r.Title}
		if n >= machine.MaxFailures {
			one.State = "stopped"
		}
		last, err := g.reader(g.who).ListDecisions(g.ctx, engine.DecisionQuery{Rule: r.Key, Outcome: engine.OutcomeError, Page: engine.Page{Limit: 1}})
		if err != nil {
			return nil, fmt.Errorf("read the last failure of %s: %w", r.Key, err)
		}
		for _, d := range last.Items {
			one.At, one.Text = d.At, engine.Text{En: d.Detail, Zh: d.Detail}
		}
		list = append(list, one)
	}
	return list, nil
}

// failed are the messages of the last days that failed for good.
func (g *gathering) failed() error {
	after, err := g.reader(g.who).PositionAt(g.ctx, g.who.Now.Add(-failedSince))
	if err != nil {
		return fmt.Errorf("find the moment: %w", err)
	}
	list, err := g.reader(g.who).ListDeliveries(g.ctx, engine.DeliveryQuery{State: engine.DeliveryDead, After: after, Page: engine.Page{Limit: todayCounted}})
	if err != nil {
		return fmt.Errorf("list deliveries: %w", err)
	}
	out := TodayList{Kind: "failed", Count: len(list.Items), More: list.Next != ""}
	for i := range list.Items {
		x := &list.Items[i]
		veil(g.who, x)
		text := cmp.Or(x.Title, x.Text)
		out.Items = append(out.Items, TodayItem{ID: x.ID, State: string(x.State), Member: x.Member, Group: x.Group, Rule: x.Rule, Channel: x.Channel,
			Title: engine.Text{En: text, Zh: text}, Text: engine.Text{En: cmp.Or(x.Detail, string(x.Because)), Zh: cmp.Or(x.Detail, string(x.Because))}, At: x.CreatedAt})
	}
	g.add(out)
	return nil
}

// segments are the numbers that matter, and whom to look at.
func (g *gathering) segments(patience <-chan time.Time) error {
	keys := []string{machine.SegmentEffective, machine.SegmentPromoting, machine.SegmentConverted, machine.SegmentMobilisable, machine.SegmentSilent, machine.SegmentRising}
	all, err := g.members.Tally(g.ctx, g.who, patience, keys...)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.Segment != machine.SegmentSilent && x.Segment != machine.SegmentRising {
			g.out.Numbers = append(g.out.Numbers, x)
			continue
		}
		l := TodayList{Kind: x.Segment, Count: x.Count, State: x.State, Where: x.Where}
		for _, m := range x.newest {
			l.Items = append(l.Items, TodayItem{ID: m.ID, Member: m.ID, At: m.NewestAt})
		}
		g.add(l)
	}
	return nil
}
