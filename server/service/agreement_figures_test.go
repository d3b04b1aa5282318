package service_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/backtesting"
)

// tally are the figures of a back-test that the naive interpreter has too.
type tally struct {
	Matches, Tasks int64
	Members        map[string]int64
	Days           map[string]int64
	Stopped        map[string]int64
	Answers        map[string]int64
	Points         int64
	Badges         map[string]int64
	Effects        map[string]int64
}

func newTally() *tally {
	m := func() map[string]int64 { return map[string]int64{} }
	return &tally{Members: m(), Days: m(), Stopped: m(), Answers: m(), Badges: m(), Effects: m()}
}

// words writes a tally; maps are sorted.
func (x *tally) words() string {
	b, err := json.Marshal(x)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// figures are those of a back-test. As the rule is tested from the beginning,
// or against itself, both sides of it must be alike where both are.
func (w *square) figures(r *backtesting.Result) string {
	c, out := &r.After, newTally()
	out.Matches, out.Tasks, out.Points, out.Badges, out.Effects, out.Answers = c.Matches, c.Tasks, c.Points[engine.DefaultAccount], c.Badges, c.Effects, c.Answers
	for why, n := range c.Stopped {
		out.Stopped[string(why)] = n
	}
	for _, m := range r.Members {
		name, ok := w.ids[m.ID]
		if !ok {
			name = m.ID
		}
		out.Members[name] = m.Matches
	}
	for _, d := range r.Days {
		out.Days[d.Day] = d.New
	}
	return out.words()
}

// byHand are the same figures by the list.
func (w *square) byHand(r said, from int64) string {
	out := newTally()
	for _, v := range w.naive.verdicts {
		if v.rule != r.key || v.at < from {
			continue
		}
		if v.answer != "" {
			out.Answers[v.answer]++
		}
		switch {
		case v.outcome == "unknown":
			continue
		case v.reason != "" && v.reason != "not_matched":
			out.Stopped[v.reason]++
			continue
		case v.outcome == "true":
			out.Matches++
			out.Members[v.subject]++
			out.Days[time.Unix(day(v.at)*86400, 0).UTC().Format("2006-01-02")]++
		}
		for _, e := range v.effects {
			out.effect(e)
		}
	}
	return out.words()
}

// effect counts one that happened.
func (x *tally) effect(words string) {
	parts := strings.Fields(words)
	if slices.Contains([]string{"already_done", "cap"}, parts[len(parts)-1]) {
		return
	}
	x.Effects[parts[0]]++
	switch parts[0] {
	case "grant_points":
		n, _ := strconv.ParseInt(parts[1], 10, 64) // we wrote it
		x.Points += n
	case "award_badge":
		x.Badges[parts[1]]++
	case "create_task":
		x.Tasks++
	}
}
