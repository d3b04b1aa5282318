package service

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/simulate"
	"github.com/bylaw-dev/bylaw/rules"
)

// ReviewPlan is what the version of a rule that opened a review says.
type ReviewPlan struct {
	Title    engine.Text     `json:"title,omitzero"`
	Every    string          `json:"every"`
	Ladder   string          `json:"ladder,omitempty"` // "": the places are groups
	Places   []string        `json:"places"`
	Score    string          `json:"score"`
	Exempt   string          `json:"exempt,omitempty"`
	Ties     []string        `json:"ties"`
	Notice   int64           `json:"notice,omitempty"` // seconds
	MinGroup int             `json:"min_group,omitempty"`
	Up       *ReviewPlanMove `json:"up,omitempty"`
	Down     *ReviewPlanMove `json:"down,omitempty"`
	Back     *ReviewPlanMove `json:"back,omitempty"`
}

// ReviewPlanMove is one of its moves. Count is of the top or bottom, 0 all.
type ReviewPlanMove struct {
	Count int    `json:"count,omitempty"`
	From  string `json:"from"`
	To    string `json:"to"`
	When  string `json:"when,omitempty"`
}

// Plan finds what a review went by; nil when that version cannot be read any more.
func (w *Work) Plan(ctx context.Context, who Caller, i engine.Item) (*ReviewPlan, error) {
	rev, err := readReview(i)
	if err != nil {
		return nil, err
	}
	history, err := w.reader(who).DefinitionVersions(ctx, engine.DefineRule, rev.Rule)
	if err != nil {
		return nil, fmt.Errorf("read versions of rule %s: %w", rev.Rule, err)
	}
	live, err := versionOf(history, rev.Version)
	if err != nil || live == nil {
		return nil, err
	}
	doc, _ := rules.Parse([]byte(live.Document))
	if doc == nil || doc.Review == nil {
		return nil, nil
	}
	return planOf(doc), nil
}

func planOf(doc *rules.Document) *ReviewPlan {
	r := doc.Review
	out := &ReviewPlan{Title: doc.Title, Every: r.Every, Ladder: r.Ladder, Places: r.Groups, Score: scalarText(r.Score), Exempt: scalarText(r.Exempt),
		Ties: r.Ties, Notice: int64(r.Notice / time.Second), MinGroup: r.MinGroup, Up: planMove(r.Up), Down: planMove(r.Down), Back: planMove(r.Back)}
	for _, m := range []*ReviewPlanMove{out.Up, out.Down, out.Back} {
		if m != nil && out.Ladder != "" && !slices.Contains(out.Places, m.From) {
			out.Places = append(out.Places, m.From)
		}
	}
	if out.Places == nil {
		out.Places = []string{}
	}
	return out
}

func planMove(m *rules.Move) *ReviewPlanMove {
	if m == nil {
		return nil
	}
	return &ReviewPlanMove{Count: m.Count, From: m.From, To: m.To, When: scalarText(m.When)}
}

func scalarText(s *rules.Scalar) string {
	if s == nil {
		return ""
	}
	return s.Text()
}

func readReview(i engine.Item) (*machine.Review, error) {
	rev := &machine.Review{}
	if err := json.Unmarshal(i.Body, rev); err != nil {
		return nil, fmt.Errorf("read review %s: %w", i.ID, err)
	}
	return rev, nil
}

// versionOf finds a published version of a rule in its history; nil without one.
func versionOf(history []engine.Definition, version int) (*rules.Live, error) {
	for _, d := range history {
		if d.Body == nil {
			continue
		}
		s, err := rules.ReadStored(d.Body)
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", d.Key, err)
		}
		if s.Live != nil && s.Live.Version == version {
			return s.Live, nil
		}
	}
	return nil, nil
}

// Standing is how a member's place in a review came about: the score and the
// conditions of the moves, made again on the state at the period's end.
type Standing struct {
	Member  string          `json:"member"`
	Place   string          `json:"place"` // group or tier
	Rule    string          `json:"rule"`
	Version int             `json:"version"`
	Score   *engine.Finding `json:"score,omitempty"`
	Exempt  *engine.Finding `json:"exempt,omitempty"`
	Up      *engine.Finding `json:"up,omitempty"`
	Down    *engine.Finding `json:"down,omitempty"`
	Back    *engine.Finding `json:"back,omitempty"`
}

// Standing explains where a member stands in a review; engine.CodeNotFound for
// whom it does not rank. Without findings where the version no longer compiles.
func (w *Why) Standing(ctx context.Context, who Caller, review, member string) (*Standing, error) {
	i, err := w.item(ctx, who, "review", review)
	if err != nil {
		return nil, err
	}
	rev, err := readReview(i)
	if err != nil {
		return nil, err
	}
	m, err := w.members.find(ctx, who, member)
	if err != nil {
		return nil, err
	}
	place, ranked := standsIn(rev, m.ID)
	if place == "" {
		return nil, engine.NotFound("member", member)
	}
	out := &Standing{Member: m.ID, Place: place, Rule: rev.Rule, Version: rev.Version}
	a := &asking{Why: w, ctx: ctx, who: who, member: m, reader: w.reader(who), q: WhyQuery{At: rev.End}, out: &WhyAnswer{Member: m.ID, At: rev.End}}
	history, err := a.reader.DefinitionVersions(ctx, engine.DefineRule, rev.Rule)
	if err != nil {
		return nil, fmt.Errorf("read versions of rule %s: %w", rev.Rule, err)
	}
	f := &inForce{}
	if f.live, err = versionOf(history, rev.Version); err != nil || f.live == nil {
		return out, err
	}
	f.text = f.live.Document
	if ok, err := a.compile(f); err != nil || !ok {
		return out, err
	}
	return out, a.explainStanding(f, rev, ranked, out)
}

// standsIn finds where a review ranks a member.
func standsIn(rev *machine.Review, member string) (string, machine.Ranked) {
	for _, g := range rev.Groups {
		for _, x := range slices.Concat(g.Ranking, g.Unknown) {
			if x.Member == member {
				return g.Key, x
			}
		}
	}
	return "", machine.Ranked{}
}

func (a *asking) explainStanding(f *inForce, rev *machine.Review, ranked machine.Ranked, out *Standing) error {
	plan := f.rule.Review
	if plan == nil {
		return nil
	}
	s, err := a.moment(simulate.Rules{Alone: f.book})
	if err != nil {
		return err
	}
	q := machine.Question{Member: ranked.Member, Now: rev.End, Score: ranked.Score, Period: &engine.Period{Key: rev.Period, Start: rev.Start, End: rev.End}}
	if plan.Ladder == "" {
		q.Group = out.Place
	}
	return s.Ask(a.ctx, q, func(h *machine.Rehearsal) error {
		out.Score = plan.Score.Explain(h.Refresh())
		if plan.Exempt != nil {
			out.Exempt = plan.Exempt.Explain(h.Refresh())
		}
		explain := func(m *engine.ReviewMove) *engine.Finding {
			if m == nil || m.When == nil || m.From != out.Place {
				return nil
			}
			return m.When.Explain(h.Refresh())
		}
		out.Up, out.Down, out.Back = explain(plan.Up), explain(plan.Down), explain(plan.Back)
		return h.Err()
	})
}
