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

// rank scores everybody under review and works out the moves.
func (t *turn) rank(o *occasion, r *engine.Rule, rev *Review, again frozen) error {
	for _, key := range r.Review.Places() {
		g, err := t.rankOne(o, r, rev, key, again)
		if err != nil {
			return err
		}
		rev.Groups = append(rev.Groups, *g)
	}
	return t.propose(o, r, rev)
}

// rankOne ranks the members of one group or tier.
func (t *turn) rankOne(o *occasion, r *engine.Rule, rev *Review, key string, again frozen) (*ReviewedGroup, error) {
	ids, err := t.underReview(r, key, again)
	if err != nil {
		return nil, err
	}
	g := &ReviewedGroup{Key: key}
	for chunk := range slices.Chunk(ids, chunkSize) {
		if err := t.ensureMembers(chunk); err != nil {
			return nil, err
		}
		if err := t.preloadMetrics(r.Metrics, chunk, key); err != nil {
			return nil, err
		}
		for _, id := range chunk {
			if err := t.rankMember(o, r, rev, g, id, again); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(g.Ranking, func(a, b Ranked) int { return compareRanked(a, b, r.Review.Ties) })
	return g, nil
}

// underReview lists who is ranked in a place.
func (t *turn) underReview(r *engine.Rule, place string, again frozen) ([]string, error) {
	if again != nil {
		ids := make([]string, len(again[place]))
		for i, x := range again[place] {
			ids[i] = x.Member
		}
		slices.Sort(ids)
		return ids, nil
	}
	if r.Review.Ladder != "" {
		return t.marksUnder(TierPrefix(r.Review.Ladder, place))
	}
	return t.marksUnder(RosterPrefix(place))
}

func (t *turn) rankMember(o *occasion, r *engine.Rule, rev *Review, g *ReviewedGroup, id string, again frozen) error {
	m, err := t.present(id)
	if err != nil || m == nil {
		return err
	}
	x, err := t.score(o, r, rev, g.Key, m)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(again[g.Key], func(was Ranked) bool { return was.Member == id }); i >= 0 {
		x.Exempt = again[g.Key][i].Exempt
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

// reviewFacts sets the facts of a member under review, at the period's end.
func (t *turn) reviewFacts(o *occasion, r *engine.Rule, rev *Review, place string, m *engine.Member) (*occasion, error) {
	x := &occasion{event: clockEvent(o.event, ""), member: m, family: o.family, clock: true}
	if r.Review.Ladder == "" {
		x.event.Group = place
		g, err := t.group(place)
		if err != nil {
			return nil, err
		}
		x.group = g
	}
	t.setFacts(x, rev.End)
	t.facts.Period = &engine.Period{Key: rev.Period, Start: rev.Start, End: rev.End}
	return x, nil
}

// score works out where a member stands. Unknown is exempt.
func (t *turn) score(o *occasion, r *engine.Rule, rev *Review, place string, m *engine.Member) (Ranked, error) {
	out := Ranked{Member: m.ID, JoinedAt: m.JoinedAt}
	x, err := t.reviewFacts(o, r, rev, place, m)
	if err != nil {
		return out, err
	}
	v, err := r.Review.Score.Eval(&t.facts)
	switch {
	case t.reader.err != nil:
		return out, t.reader.err
	case err != nil:
		d := t.ruling(r, x)
		d.Occurrence = periodOccurrence(rev)
		out.Reason = engine.RuleError
		return out, t.failed(d, err)
	case !v.Known():
		out.Reason = v.Reason()
		return out, nil
	}
	out.Score = v
	if days := t.reader.Metric(r.Review.ActiveDays, &t.facts); days.Kind == engine.Int {
		out.ActiveDays = days.Num
	}
	t.facts.Score = v
	if r.Review.Exempt != nil {
		exempt, err := t.ask(r.Review.Exempt)
		out.Exempt = err != nil || exempt != engine.No
	}
	return out, t.reader.err
}

func periodOccurrence(rev *Review) string { return "period:" + rev.Period }
