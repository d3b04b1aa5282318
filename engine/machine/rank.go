package machine

import (
	"cmp"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// frozen is who stood where in a review that is looked at again: the same
// people are ranked, and who was exempt stays so.
type frozen map[string][]Ranked

func (rev *Review) frozen() frozen {
	f := frozen{}
	for _, g := range rev.Groups {
		f[g.Key] = slices.Concat(g.Ranking, g.Unknown)
	}
	return f
}

// reviewing is one review being worked.
type reviewing struct {
	*turn
	o     *occasion // the event that it is worked on
	r     *engine.Rule
	rev   *Review
	again frozen // when it is looked at again
}

// rank scores everybody under review and works out the moves.
func (t *reviewing) rank() error {
	for _, key := range t.r.Review.Places() {
		g, err := t.rankOne(key)
		if err != nil {
			return err
		}
		t.rev.Groups = append(t.rev.Groups, *g)
	}
	return t.propose()
}

// rankOne ranks the members of one group or tier.
func (t *reviewing) rankOne(key string) (*ReviewedGroup, error) {
	ids, err := t.underReview(key)
	if err != nil {
		return nil, err
	}
	g := &ReviewedGroup{Key: key}
	for chunk := range slices.Chunk(ids, chunkSize) {
		if err := t.ensureMembers(chunk); err != nil {
			return nil, err
		}
		if err := t.preloadMetrics(t.r.Metrics, chunk, key); err != nil {
			return nil, err
		}
		for _, id := range chunk {
			if err := t.rankMember(g, id); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(g.Ranking, func(a, b Ranked) int { return compareRanked(a, b, t.r.Review.Ties) })
	return g, nil
}

// underReview lists who is ranked in a place.
func (t *reviewing) underReview(place string) ([]string, error) {
	if t.again != nil {
		ids := make([]string, len(t.again[place]))
		for i, x := range t.again[place] {
			ids[i] = x.Member
		}
		slices.Sort(ids)
		return ids, nil
	}
	if ladder := t.r.Review.Ladder; ladder != "" {
		return t.marksUnder(TierPrefix(ladder, place))
	}
	return t.marksUnder(RosterPrefix(place))
}

func (t *reviewing) rankMember(g *ReviewedGroup, id string) error {
	m, err := t.present(id)
	if err != nil || m == nil {
		return err
	}
	x, err := t.score(g.Key, m)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(t.again[g.Key], func(was Ranked) bool { return was.Member == id }); i >= 0 {
		x.Exempt = t.again[g.Key][i].Exempt
	}
	if x.Reason != "" {
		g.Unknown = append(g.Unknown, x)
	} else {
		g.Ranking = append(g.Ranking, x)
	}
	return nil
}

// compareRanked puts the better first: by default score and active days higher,
// joined earlier, then id.
func compareRanked(a, b Ranked, ties []string) int {
	if len(ties) == 0 {
		ties = []string{"score", "active_days", "joined_at"}
	}
	for _, tie := range ties {
		c := 0
		switch tie {
		case "score":
			c = -compareNumbers(a.Score, b.Score)
		case "active_days":
			c = -cmp.Compare(a.ActiveDays, b.ActiveDays)
		case "joined_at":
			c = cmp.Compare(a.JoinedAt, b.JoinedAt)
		case "id":
			c = cmp.Compare(a.Member, b.Member)
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(a.Member, b.Member)
}

func compareNumbers(a, b engine.Value) int {
	x, y := numberKey(a), numberKey(b)
	return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
}

// focus sets the facts of a member under review, at the period's end.
func (t *reviewing) focus(place string, m *engine.Member) (*occasion, error) {
	x := &occasion{event: clockEvent(t.o.event, ""), member: m, family: t.o.family, clock: true}
	if t.r.Review.Ladder == "" {
		x.event.Group = place
		g, err := t.group(place)
		if err != nil {
			return nil, err
		}
		x.group = g
	}
	t.setFacts(x, t.rev.End)
	t.facts.Period = &engine.Period{Key: t.rev.Period, Start: t.rev.Start, End: t.rev.End}
	return x, nil
}

// score works out where a member stands. Unknown is exempt.
func (t *reviewing) score(place string, m *engine.Member) (Ranked, error) {
	out := Ranked{Member: m.ID, JoinedAt: m.JoinedAt}
	x, err := t.focus(place, m)
	if err != nil {
		return out, err
	}
	v, err := t.r.Review.Score.Eval(&t.facts)
	switch {
	case t.reader.err != nil:
		return out, t.reader.err
	case err != nil:
		d := t.ruling(t.r, x)
		d.Occurrence = periodOccurrence(t.rev)
		out.Reason = engine.RuleError
		return out, t.failed(d, err)
	case !v.Known():
		out.Reason = v.Reason()
		return out, nil
	}
	out.Score = v
	if days := t.reader.Metric(t.r.Review.ActiveDays, &t.facts); days.Kind == engine.Int {
		out.ActiveDays = days.Num
	}
	t.facts.Score = v
	if t.r.Review.Exempt != nil {
		exempt, err := t.ask(t.r.Review.Exempt)
		out.Exempt = err != nil || exempt != engine.No
	}
	return out, t.reader.err
}

func periodOccurrence(rev *Review) string { return "period:" + rev.Period }
