package machine

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// Review is the body of an item of kind "review": a frozen ranking with the
// moves that follow from it. Its id is made of the rule and the period.
type Review struct {
	Rule    string          `json:"rule"`
	Version int             `json:"version"`
	Period  string          `json:"period"`
	Start   engine.Time     `json:"start"`
	End     engine.Time     `json:"end"`
	Until   engine.Time     `json:"until,omitempty"` // notice ends
	Groups  []ReviewedGroup `json:"groups"`
	Moves   []Move          `json:"moves"`
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

// Move is one proposed move of a review. State is proposed, appealed, upheld
// (the appeal was, so nobody moves), skipped, moved or failed.
type Move struct {
	Member string        `json:"member"`
	Kind   string        `json:"kind"` // up, down, back
	From   string        `json:"from"`
	To     string        `json:"to"`
	State  string        `json:"state"`
	Appeal string        `json:"appeal,omitempty"`
	Reason engine.Reason `json:"reason,omitempty"`
}

func reviewID(rule, period string) string { return rule + "@" + period }
func reviewKey(id string) string          { return "review|" + hashID(id)[:32] }

// planReview opens a review for each period that ended since the last look. The
// first look only notes the running period.
func (t *turn) planReview(r *engine.Rule, now engine.Time) error {
	cadence, err := t.cadence(r, now)
	if err != nil {
		return err
	}
	loc := t.view.Zone.Location()
	key := "period|" + r.Key
	b, err := t.mark(key)
	if err != nil {
		return err
	}
	if b == nil {
		t.setMark(key, []byte(cadence.PeriodOf(now.Std(), loc).Key()))
		return nil
	}
	p, err := calendar.ParsePeriod(string(b))
	if err != nil {
		return fmt.Errorf("rule %s: %w", r.Key, err)
	}
	for n := 0; engine.TimeOf(p.End(loc)) <= now && n < 100; n++ {
		end := engine.TimeOf(p.End(loc))
		t.timer(end, "review", "review|"+reviewID(r.Key, p.Key()), timerBody{Rule: r.Key, Version: r.Version, Key: p.Key(), Planned: end})
		p = cadence.Next(p)
		t.setMark(key, []byte(p.Key()))
	}
	return nil
}

// cadence is how often a rule reviews; "15d" counts from the day it was first seen.
func (t *turn) cadence(r *engine.Rule, now engine.Time) (calendar.Cadence, error) {
	c, err := calendar.ParseCadence(r.Review.Every)
	if err != nil || !c.NeedsAnchor() {
		return c, err
	}
	key := "anchor|" + r.Key
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

// openReview ranks, freezes and proposes. Once per rule and period.
func (t *turn) openReview(o *occasion, b timerBody, due engine.Time) error {
	r := t.rule(b.Rule)
	if r == nil || r.Review == nil {
		return nil
	}
	id := reviewID(b.Rule, b.Key)
	if have, err := t.mark(reviewKey(id)); err != nil || have != nil {
		return err
	}
	rev, err := t.rank(o, r, b.Key)
	if err != nil {
		return err
	}
	if r.Review.Notice > 0 {
		rev.Until = due.Add(r.Review.Notice)
		t.timer(rev.Until, "review_close", "close|"+id, timerBody{Key: id})
	}
	t.timer(due.Add(engine.LateAfter), "review_correct", "correct|"+id, timerBody{Key: id, Rule: b.Rule, Ref: b.Key})
	if r.Review.Notice == 0 {
		if err := t.carryOutMoves(o, r, rev); err != nil {
			return err
		}
	}
	t.saveReview(id, rev, due)
	return nil
}

// saveReview writes the review as an item and as a mark, because a turn cannot
// read items.
func (t *turn) saveReview(id string, rev *Review, at engine.Time) {
	state := "done"
	if slices.ContainsFunc(rev.Moves, func(m Move) bool { return m.State == "proposed" || m.State == "appealed" }) {
		state = "open"
	}
	body := mustJSON(rev)
	t.setMark(reviewKey(id), body)
	t.changes.Items = append(t.changes.Items, engine.Item{Kind: "review", ID: id, State: state, Rule: rev.Rule,
		At: rev.End, Due: rev.Until, Version: t.outer, Body: body})
}

func (t *turn) review(id string) (*Review, error) {
	b, err := t.mark(reviewKey(id))
	if err != nil || b == nil {
		return nil, err
	}
	rev := new(Review)
	if err := unmarshal(b, rev); err != nil {
		return nil, fmt.Errorf("review %s: %w", id, err)
	}
	return rev, nil
}

// rank scores everybody under review and works out the moves.
func (t *turn) rank(o *occasion, r *engine.Rule, periodKey string) (*Review, error) {
	p, err := calendar.ParsePeriod(periodKey)
	if err != nil {
		return nil, fmt.Errorf("rule %s: %w", r.Key, err)
	}
	loc := t.view.Zone.Location()
	rev := &Review{Rule: r.Key, Version: r.Version, Period: periodKey,
		Start: engine.TimeOf(p.Start(loc)), End: engine.TimeOf(p.End(loc))}
	for _, key := range r.Review.Places() {
		g, err := t.rankOne(o, r, rev, key)
		if err != nil {
			return nil, err
		}
		rev.Groups = append(rev.Groups, *g)
		rev.Moves = append(rev.Moves, t.moves(o, r, rev, g)...)
	}
	return rev, nil
}

// rankOne ranks the members of one group or tier.
func (t *turn) rankOne(o *occasion, r *engine.Rule, rev *Review, key string) (*ReviewedGroup, error) {
	prefix := RosterPrefix(key)
	if r.Review.Ladder != "" {
		prefix = TierPrefix(r.Review.Ladder, key)
	}
	ids, err := t.marksUnder(prefix)
	if err != nil {
		return nil, err
	}
	if err := t.preloadCells(nil, slices.Clone(ids)); err != nil {
		return nil, err
	}
	g := &ReviewedGroup{Key: key}
	for _, id := range ids {
		m, err := t.member(id)
		if err != nil {
			return nil, err
		}
		if m == nil || m.ID != id || m.LeftAt != 0 {
			continue
		}
		ranked, err := t.score(o, r, rev, key, m)
		if err != nil {
			return nil, err
		}
		if ranked.Reason != "" {
			g.Unknown = append(g.Unknown, ranked)
		} else {
			g.Ranking = append(g.Ranking, ranked)
		}
	}
	slices.SortFunc(g.Ranking, func(a, b Ranked) int { return compareRanked(a, b, r.Review.Ties) })
	return g, nil
}

// compareRanked puts the better first: by default score and active days higher,
// joined earlier, then id.
func compareRanked(a, b Ranked, ties []string) int {
	if len(ties) == 0 {
		ties = []string{"score", "active_days", "joined_at", "id"}
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
	if c := cmp.Compare(x[0], y[0]); c != 0 {
		return c
	}
	return cmp.Compare(x[1], y[1])
}

// reviewFacts sets the facts of a member under review, at the period's end.
func (t *turn) reviewFacts(o *occasion, r *engine.Rule, rev *Review, place string, m *engine.Member) *occasion {
	x := &occasion{event: scheduledEvent(o.event, ""), member: m, family: o.family}
	if r.Review.Ladder == "" {
		x.event.Group = place
		x.group, _ = t.group(place) // known: its roster was just read
	}
	t.setFacts(x, rev.End)
	t.facts.Event = nil
	t.facts.Period = &engine.Period{Key: rev.Period, Start: rev.Start, End: rev.End}
	t.reader.reset(x, &t.facts)
	return x
}

func (t *turn) score(o *occasion, r *engine.Rule, rev *Review, place string, m *engine.Member) (Ranked, error) {
	x := t.reviewFacts(o, r, rev, place, m)
	out := Ranked{Member: m.ID, JoinedAt: m.JoinedAt}
	t.facts.Steps = engine.MaxSteps
	v, err := r.Review.Score.Eval(&t.facts)
	if t.reader.err != nil {
		return out, t.reader.err
	}
	switch {
	case err != nil:
		d := t.ruling(r, x)
		d.Occurrence = "period:" + rev.Period
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
	exempt, err := engine.No, error(nil)
	if r.Review.Exempt != nil {
		exempt, err = t.ask(r, r.Review.Exempt)
	}
	out.Exempt = err != nil || exempt != engine.No // unknown is exempt
	return out, t.reader.err
}

// moves takes the top and the bottom of a ranking, then asks each move's own
// condition. Nobody moves both ways: up is worked out first.
func (t *turn) moves(o *occasion, r *engine.Rule, rev *Review, g *ReviewedGroup) []Move {
	plan, taken := r.Review, map[string]bool{}
	var out []Move
	add := func(kind string, mv *engine.ReviewMove, from []Ranked) {
		if mv == nil || mv.From != g.Key {
			return
		}
		if mv.Count > 0 && len(from) > mv.Count {
			from = from[:mv.Count]
		}
		for _, x := range from {
			if !taken[x.Member] && t.moveWhen(o, r, rev, g.Key, mv, x) {
				taken[x.Member] = true
				out = append(out, Move{Member: x.Member, Kind: kind, From: mv.From, To: mv.To, State: "proposed"})
			}
		}
	}
	add("up", plan.Up, g.Ranking)
	add("back", plan.Back, g.Ranking)
	if plan.MinGroup > 0 && len(g.Ranking)+len(g.Unknown) < plan.MinGroup {
		return out // small groups only promote
	}
	var bottom []Ranked
	for i := len(g.Ranking) - 1; i >= 0; i-- {
		if x := g.Ranking[i]; !x.Exempt && !taken[x.Member] {
			bottom = append(bottom, x)
		}
	}
	add("down", plan.Down, bottom)
	return out
}

func (t *turn) moveWhen(o *occasion, r *engine.Rule, rev *Review, place string, mv *engine.ReviewMove, x Ranked) bool {
	if mv.When == nil {
		return true
	}
	m, err := t.member(x.Member)
	if err != nil || m == nil {
		return false
	}
	t.reviewFacts(o, r, rev, place, m)
	t.facts.Score = x.Score
	yes, err := t.ask(r, mv.When)
	return err == nil && yes == engine.Yes
}

// carryOutMoves makes every proposed move and decides it for the record.
func (t *turn) carryOutMoves(o *occasion, r *engine.Rule, rev *Review) error {
	for i := range rev.Moves {
		mv := &rev.Moves[i]
		if mv.State != "proposed" {
			continue
		}
		if err := t.carryOutMove(o, r, rev, mv); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) carryOutMove(o *occasion, r *engine.Rule, rev *Review, mv *Move) error {
	m, err := t.member(mv.Member)
	if err != nil || m == nil {
		return err
	}
	x := t.reviewFacts(o, r, rev, mv.From, m)
	d := t.ruling(r, x)
	d.Occurrence, d.Outcome = "period:"+rev.Period, engine.OutcomeTrue
	kind := engine.MoveGroup
	fields := map[string]engine.Value{"from": engine.StringValue(mv.From), "to": engine.StringValue(mv.To)}
	if r.Review.Ladder != "" {
		kind = engine.MoveTier
		fields = map[string]engine.Value{"to": engine.StringValue(mv.To), "ladder": engine.StringValue(r.Review.Ladder)}
	}
	if r.Shadow {
		d.Reason, mv.State = engine.InShadow, "skipped"
		t.store(d)
		return nil
	}
	d.plan = []evaluated{{plan: &engine.EffectPlan{Kind: kind}, fields: fields}}
	if err := t.effect(d, 0); err != nil {
		return err
	}
	mv.State, mv.Reason = "moved", d.Effects[0].Reason
	if mv.Reason != "" {
		mv.State = "failed"
	}
	t.store(d)
	return nil
}

// closeReview tells the officers, when the notice is over, that the review
// waits for their word.
func (t *turn) closeReview(o *occasion, b timerBody, due engine.Time) error {
	rev, err := t.review(b.Key)
	if err != nil || rev == nil {
		return err
	}
	open := 0
	for _, m := range rev.Moves {
		if m.State == "proposed" || m.State == "appealed" {
			open++
		}
	}
	if open > 0 {
		t.item(due, engine.Item{Kind: "task", State: "open", Owner: "operators", Rule: rev.Rule}, map[string]any{
			"review": b.Key, "reason": "review_notice_over", "text": engine.Text{
				En: "the notice of review " + b.Key + " is over: " + strconv.Itoa(open) + " moves wait for a word",
				Zh: "评审 " + b.Key + " 公示期已满，有 " + strconv.Itoa(open) + " 项变动待确认"}})
	}
	return nil
}

// correctReview looks again 48 h after the period, when late events have come:
// a ranking that would move other people becomes a task, never a silent change.
func (t *turn) correctReview(o *occasion, b timerBody, due engine.Time) error {
	r := t.rule(b.Rule)
	rev, err := t.review(b.Key)
	if err != nil || rev == nil || r == nil || r.Review == nil {
		return err
	}
	again, err := t.rank(o, r, b.Ref)
	if err != nil {
		return err
	}
	same := func(a, b []Move) []Move {
		var out []Move
		for _, m := range a {
			if !slices.ContainsFunc(b, func(n Move) bool { return m.Member == n.Member && m.Kind == n.Kind }) {
				out = append(out, m)
			}
		}
		return out
	}
	more, fewer := same(again.Moves, rev.Moves), same(rev.Moves, again.Moves)
	if r.Review.Notice == 0 {
		more = slices.DeleteFunc(more, func(m Move) bool {
			return slices.ContainsFunc(rev.Moves, func(n Move) bool { return n.Member == m.Member })
		})
	}
	if len(more)+len(fewer) == 0 || !rev.scoresDiffer(again) {
		return nil
	}
	t.item(due, engine.Item{Kind: "task", State: "open", Owner: "operators", Rule: rev.Rule}, map[string]any{
		"review": b.Key, "reason": "review_correction", "would_move": more, "would_not_move": fewer, "text": engine.Text{
			En: "late events change review " + b.Key, Zh: "迟到的事件改变了评审 " + b.Key}})
	return nil
}

// scoresDiffer is whether somebody's score changed: moves also differ because
// people have been moved since.
func (rev *Review) scoresDiffer(again *Review) bool {
	scores := map[string]engine.Value{}
	for _, g := range rev.Groups {
		for _, x := range g.Ranking {
			scores[x.Member] = x.Score
		}
	}
	for _, g := range again.Groups {
		for _, x := range g.Ranking {
			if was, ok := scores[x.Member]; ok && !was.Equal(x.Score) {
				return true
			}
		}
	}
	return false
}

// appealReview files a member's appeal against their own move.
func appealReview(t *turn, o *occasion) error {
	return t.editMove(o, func(mv *Move) {
		if mv.State == "proposed" {
			mv.State, mv.Appeal = "appealed", o.text("text")
		}
	})
}

// decideAppeal is an officer's word on an appeal: upheld, nobody moves;
// otherwise the move is proposed again.
func decideAppeal(t *turn, o *occasion) error {
	return t.editMove(o, func(mv *Move) {
		switch {
		case mv.State != "appealed":
		case o.event.Prop("uphold").Num != 0:
			mv.State = "upheld"
		default:
			mv.State = "proposed"
		}
	})
}

func (t *turn) editMove(o *occasion, edit func(*Move)) error {
	id := o.text("review")
	rev, err := t.review(id)
	if err != nil || rev == nil || o.member == nil {
		return err
	}
	for i := range rev.Moves {
		if rev.Moves[i].Member == o.member.ID {
			edit(&rev.Moves[i])
		}
	}
	t.saveReview(id, rev, o.event.At)
	return nil
}

// confirmReview is the officers' word: every proposed move happens, but for
// those of the members listed in "skip".
func confirmReview(t *turn, o *occasion) error {
	id := o.text("review")
	rev, err := t.review(id)
	if err != nil || rev == nil {
		return err
	}
	r := t.rule(rev.Rule)
	if r == nil || r.Review == nil {
		return nil
	}
	for i := range rev.Moves {
		mv := &rev.Moves[i]
		for _, s := range o.event.Prop("skip").List {
			if s.Str == mv.Member && mv.State == "proposed" {
				mv.State = "skipped"
			}
		}
	}
	if err := t.carryOutMoves(o, r, rev); err != nil {
		return err
	}
	t.saveReview(id, rev, o.event.At)
	return nil
}
