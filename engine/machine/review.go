package machine

import (
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// Review is the body of an item of kind "review": a frozen ranking with the
// moves that follow from it. Its id is made of the rule and the period.
type Review struct {
	Rule      string          `json:"rule"`
	Version   int             `json:"version"`
	Period    string          `json:"period"`
	Start     engine.Time     `json:"start"`
	End       engine.Time     `json:"end"`
	Until     engine.Time     `json:"until,omitempty"`     // notice ends
	Confirmed bool            `json:"confirmed,omitempty"` // the officers' word was given; it counts from Until on
	Corrects  string          `json:"corrects,omitempty"`  // the review that this one proposes to correct
	Groups    []ReviewedGroup `json:"groups,omitempty"`
	Moves     []Move          `json:"moves"`
}

// ReviewedGroup is one group's (or tier's) ranking, best first.
type ReviewedGroup struct {
	Key     string   `json:"key"`
	Ranking []Ranked `json:"ranking"`
	Unknown []Ranked `json:"unknown,omitempty"` // left out: their score is not known
}

// Ranked is one member of a ranking.
type Ranked struct {
	Member     string        `json:"member"`
	Score      engine.Value  `json:"score"`
	ActiveDays int64         `json:"active_days"`
	JoinedAt   engine.Time   `json:"joined_at"`
	Exempt     bool          `json:"exempt,omitempty"`
	Reason     engine.Reason `json:"reason,omitempty"`
}

// The kinds of move. Corrections take moves back: undo those that happened,
// withdraw those that are only proposed.
const (
	moveUp       = "up"
	moveDown     = "down"
	moveBack     = "back"
	moveUndo     = "undo"
	moveWithdraw = "withdraw"
)

// The states of a move. Upheld is the appeal, so nobody moves.
const (
	MoveProposed = "proposed"
	MoveAppealed = "appealed"
	moveUpheld   = "upheld"
	moveSkipped  = "skipped"
	moveDone     = "moved"
	moveFailed   = "failed"
)

// Move is one proposed move of a review. Kind is up, down or back; of
// corrections also undo and withdraw. State is proposed, appealed, upheld (the
// appeal was, so nobody moves), skipped, moved or failed.
type Move struct {
	Member string        `json:"member"`
	Kind   string        `json:"kind"`
	From   string        `json:"from"`
	To     string        `json:"to"`
	State  string        `json:"state"`
	Appeal string        `json:"appeal,omitempty"`
	Word   string        `json:"word,omitempty"` // the officer's, on the appeal
	Reason engine.Reason `json:"reason,omitempty"`
}

// open is whether a move still waits for a word.
func (m *Move) open() bool { return m.State == MoveProposed || m.State == MoveAppealed }

func reviewID(rule, period string) string { return rule + "@" + period }
func reviewKey(id string) string          { return "review|" + hashID(id)[:32] }

// reviewClock is where a review's clock stands: the period that runs.
type reviewClock struct {
	Period string `json:"period"`
	Every  string `json:"every"`
	From   int64  `json:"from"` // the rule's LiveFrom
}

// planReview opens a review for each period that ended since the last look. The
// first look only notes the running period, and so does the first one after a
// rule was away for longer than late events are waited for.
func (t *turn) planReview(r *engine.Rule, now engine.Time) error {
	cadence, err := t.cadence(r, now)
	if err != nil {
		return fmt.Errorf("rule %s: %w", r.Key, err)
	}
	loc := t.view.Zone.Location()
	key := periodKey(r.Key)
	var c reviewClock
	known, err := t.recallMark(key, &c)
	if err != nil {
		return err
	}
	p := cadence.PeriodOf(now.Std(), loc)
	if known && c.Every == r.Review.Every {
		if p, err = calendar.ParsePeriod(c.Period); err != nil {
			return fmt.Errorf("rule %s: %w", r.Key, err)
		}
		if c.From != r.LiveFrom && now.Sub(engine.TimeOf(p.End(loc))) > engine.LateAfter {
			p = cadence.PeriodOf(now.Std(), loc)
		}
	}
	for n := 0; engine.TimeOf(p.End(loc)) <= now && n < planAtOnce; n++ {
		end := engine.TimeOf(p.End(loc))
		t.timer(end, "review", keyOf("review", r.Key, p.Key()), timerBody{Rule: r.Key, Version: r.Version, Key: p.Key(), Planned: end})
		p = cadence.Next(p)
	}
	if next := (reviewClock{p.Key(), r.Review.Every, r.LiveFrom}); !known || next != c {
		t.setMark(key, mustJSON(next))
	}
	return nil
}

// AnchorMark is where the local date is noted from which a rule's review counts
// periods of so many days.
func AnchorMark(rule string) engine.RecordKey {
	return engine.RecordKey{Kind: engine.MarkRecord, Key: keyOf("anchor", rule)}
}

// cadence is how often a rule reviews; "15d" counts from the day it was first seen.
func (t *turn) cadence(r *engine.Rule, now engine.Time) (calendar.Cadence, error) {
	c, err := calendar.ParseCadence(r.Review.Every)
	if err != nil || !c.NeedsAnchor() {
		return c, err
	}
	key := AnchorMark(r.Key).Key
	b, err := t.mark(key)
	if err != nil {
		return c, err
	}
	if b == nil {
		b = []byte(t.view.Zone.Day(now.Std()).String())
		t.setMark(key, b)
	}
	d, err := calendar.ParseDate(string(b))
	return c.Anchored(d), err
}

// openReview ranks, freezes and proposes, or moves at once where no notice is
// asked for. Once per rule and period.
func (t *turn) openReview(o *occasion, b *timerBody, due engine.Time) error {
	r := t.view.begunBy(b.Rule, b.Version)
	if r == nil || r.Review == nil {
		return nil
	}
	id := reviewID(b.Rule, b.Key)
	if have, err := t.mark(reviewKey(id)); err != nil || have != nil {
		return err
	}
	rev, err := t.newReview(r, b.Key)
	if err != nil {
		return err
	}
	work := &reviewing{turn: t, o: o, r: r, rev: rev}
	if err := work.rank(); err != nil {
		return err
	}
	t.timer(due.Add(engine.LateAfter), "review_correct", keyOf("correct", id), timerBody{Key: id, Rule: b.Rule, Ref: b.Key})
	if r.Review.Notice > 0 {
		rev.Until = due.Add(r.Review.Notice)
		t.timer(rev.Until, "review_close", keyOf("close", id), timerBody{Key: id})
	} else if err := work.carryOut(); err != nil {
		return err
	}
	t.saveReview(id, rev)
	return nil
}

func (t *turn) newReview(r *engine.Rule, period string) (*Review, error) {
	p, err := calendar.ParsePeriod(period)
	if err != nil {
		return nil, fmt.Errorf("rule %s: %w", r.Key, err)
	}
	loc := t.view.Zone.Location()
	return &Review{Rule: r.Key, Version: r.Version, Period: period, Moves: []Move{},
		Start: engine.TimeOf(p.Start(loc)), End: engine.TimeOf(p.End(loc))}, nil
}

// saveReview writes the review as an item and as a mark, because a turn cannot
// read items.
func (t *turn) saveReview(id string, rev *Review) {
	state := "done"
	if slices.ContainsFunc(rev.Moves, func(m Move) bool { return m.open() }) {
		state = "open"
	}
	body := mustJSON(rev)
	t.setMark(reviewKey(id), body)
	t.changes.Items = append(t.changes.Items, engine.Item{Kind: "review", ID: id, State: state, Rule: rev.Rule,
		At: rev.End, Due: rev.Until, Version: t.outer, Body: body})
}

func (t *turn) review(id string) (*Review, error) {
	rev := new(Review)
	if ok, err := t.recallMark(reviewKey(id), rev); err != nil || !ok {
		return nil, err
	}
	return rev, nil
}
