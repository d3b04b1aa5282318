package service

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// Progress is how far a member is from what can still be had, fit to show to
// the member, in one language.
type Progress struct {
	Member string         `json:"member"`
	Lang   string         `json:"lang"`
	Tiers  []TierNow      `json:"tiers,omitempty"`
	Items  []ProgressGoal `json:"items"`
}

// TierNow is where a member stands on a ladder.
type TierNow struct {
	Ladder    string `json:"ladder"`
	Title     string `json:"title"`
	Tier      string `json:"tier,omitempty"`
	TierTitle string `json:"tier_title,omitempty"`
}

// ProgressGoal is one tier or reward.
type ProgressGoal struct {
	Kind    string         `json:"kind"` // tier or reward
	Rule    string         `json:"rule"`
	Title   string         `json:"title"`
	Gives   []string       `json:"gives,omitempty"`
	Ladder  string         `json:"ladder,omitempty"`
	Tier    string         `json:"tier,omitempty"`
	Percent int            `json:"percent"`
	Steps   []ProgressStep `json:"steps"`
}

// ProgressStep is one condition.
type ProgressStep struct {
	Text     string        `json:"text"`
	Met      bool          `json:"met"`
	Known    bool          `json:"known"`
	Done     *engine.Value `json:"done,omitempty"`
	Required *engine.Value `json:"required,omitempty"`
	Percent  int           `json:"percent"`
}

// Progress works out a member's progress towards each next tier and each reward
// that can still be had.
func (w *Why) Progress(ctx context.Context, who Caller, name, lang string) (*Progress, error) {
	m, err := w.members.find(ctx, who, name)
	if err != nil {
		return nil, err
	}
	view, err := w.state(ctx, who)
	if err != nil {
		return nil, err
	}
	p := &progressing{Why: w, ctx: ctx, who: who, lang: lang, view: view, out: &Progress{Member: m.ID, Lang: lang, Items: []ProgressGoal{}}}
	p.ladders(m)
	list, err := p.goals(m)
	if err != nil {
		return nil, err
	}
	asker, err := w.asker(ctx, who)
	if err != nil {
		return nil, err
	}
	return p.out, asker.Rehearse(ctx, who.Workspace, machine.Question{Now: who.Now}, func(h *machine.Rehearsal) error {
		return h.Each([]string{m.ID}, func(f *engine.Facts) error {
			for _, rule := range list {
				p.out.Items = append(p.out.Items, p.goal(rule, f))
			}
			return nil
		})
	})
}

type progressing struct {
	*Why
	ctx  context.Context
	who  Caller
	lang string
	view *machine.View
	out  *Progress
}

func (p *progressing) ladders(m *engine.Member) {
	for _, l := range inOrder(p.view.Defs.Ladders) {
		now := TierNow{Ladder: l.Key, Title: orKey(l.Title.In(p.lang), l.Key), Tier: m.Tiers[l.Key].Tier}
		if now.Tier != "" {
			now.TierTitle = tierTitle(l, now.Tier, p.lang)
		}
		p.out.Tiers = append(p.out.Tiers, now)
	}
}

func orKey(title, key string) string {
	if title == "" {
		return key
	}
	return title
}

func tierTitle(l *engine.Ladder, tier, lang string) string {
	for _, t := range l.Tiers {
		if t.Key == tier {
			return orKey(t.Title.In(lang), tier)
		}
	}
	return tier
}

// goals picks the rules to show: those in force for this member that give the
// next tier of a ladder, or a reward not had yet. Rules in shadow, paused ones,
// drafts and those that speak of personal fields are nobody's business.
func (p *progressing) goals(m *engine.Member) ([]*engine.Rule, error) {
	var tiers, rewards []*engine.Rule
	next := map[string]int64{}
	for _, r := range p.view.Book.Rules {
		if r.Shadow || r.Personal || r.When == nil || !machine.ActsFor(r, m.ID) || r.Subject != engine.SubjectMember && r.Subject != "" {
			continue
		}
		switch {
		case r.Tier != nil:
			l := p.view.Defs.Ladders[r.Tier.Ladder]
			if l == nil || l.Rank(r.Tier.To) <= l.Rank(m.Tiers[r.Tier.Ladder].Tier) {
				continue
			}
			if to := l.Rank(r.Tier.To); next[l.Key] == 0 || to < next[l.Key] {
				next[l.Key] = to
			}
			tiers = append(tiers, r)
		case r.Kind == engine.RewardRule && len(p.gives(r, m)) > 0:
			rewards = append(rewards, r)
		}
	}
	tiers = slices.DeleteFunc(tiers, func(r *engine.Rule) bool {
		return p.view.Defs.Ladders[r.Tier.Ladder].Rank(r.Tier.To) > next[r.Tier.Ladder]
	})
	rewards, err := p.open(rewards, m)
	return append(tiers, rewards...), err
}

// open leaves out rules that act once for each member and have.
func (p *progressing) open(list []*engine.Rule, m *engine.Member) ([]*engine.Rule, error) {
	var keys []engine.RecordKey
	keyOf := func(r *engine.Rule) engine.RecordKey {
		return engine.RecordKey{Kind: engine.MarkRecord, Key: machine.OnceKey(r.Key, m.ID, "member")}
	}
	for _, r := range list {
		if r.Once == engine.OncePerMember {
			keys = append(keys, keyOf(r))
		}
	}
	if len(keys) == 0 {
		return list, nil
	}
	done, err := p.reader(p.who).Records(p.ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read what was done: %w", err)
	}
	return slices.DeleteFunc(list, func(r *engine.Rule) bool { return r.Once == engine.OncePerMember && done[keyOf(r)] != nil }), nil
}

// gives names what a rule would give that the member does not have.
func (p *progressing) gives(r *engine.Rule, m *engine.Member) []string {
	var out []string
	for i := range r.Then {
		plan := &r.Then[i]
		f, ok := plan.Field(map[engine.EffectKind]string{engine.AwardBadge: "badge", engine.IssueCoupon: "pool", engine.GrantPrivilege: "privilege", engine.GrantPoints: "amount"}[plan.Kind])
		if !ok {
			continue
		}
		if _, has := m.Badges[f.Key]; has && plan.Kind == engine.AwardBadge {
			continue
		}
		if plan.Kind == engine.GrantPoints {
			if s := p.points(plan, f); s != "" {
				out = append(out, s)
			}
			continue
		}
		title := f.Key
		if x := p.view.Defs.Rewards[f.Key]; x != nil {
			title = orKey(x.Title.In(p.lang), f.Key)
		}
		out = append(out, title)
	}
	return out
}

// points names the points that a rule would give; "" where they are taken.
func (p *progressing) points(plan *engine.EffectPlan, amount *engine.EffectField) string {
	account := engine.DefaultAccount
	if f, ok := plan.Field("account"); ok && f.Key != "" {
		account = f.Key
	}
	title := account
	if x := p.view.Defs.Rewards[account]; x != nil {
		title = orKey(x.Title.In(p.lang), account)
	}
	v, err := amount.Expr.Eval(&engine.Facts{Steps: engine.MaxSteps})
	switch {
	case err != nil || v.Kind != engine.Int:
		return title
	case v.Num <= 0:
		return ""
	case strings.HasPrefix(p.lang, "zh"):
		return fmt.Sprintf("%d %s", v.Num, title)
	}
	return fmt.Sprintf("%d %s", v.Num, strings.ToLower(title))
}

// goal shows one rule's conditions.
func (p *progressing) goal(r *engine.Rule, f *engine.Facts) ProgressGoal {
	g := ProgressGoal{Kind: "reward", Rule: r.Key, Title: orKey(r.Title.In(p.lang), r.Key), Gives: p.gives(r, f.Member), Steps: []ProgressStep{}}
	if r.Tier != nil {
		g.Kind, g.Ladder, g.Tier = "tier", r.Tier.Ladder, r.Tier.To
		g.Title = tierTitle(p.view.Defs.Ladders[r.Tier.Ladder], r.Tier.To, p.lang)
	}
	sum, all := 0.0, true
	for _, c := range steps(r.When.Explain(f)) {
		s := p.step(c)
		sum += c.Share()
		all = all && s.Met
		g.Steps = append(g.Steps, s)
	}
	if len(g.Steps) == 0 && len(r.On) > 0 {
		g.Steps, all = append(g.Steps, p.happening(r)), false
	}
	if len(g.Steps) > 0 {
		g.Percent = int(math.Floor(100 * sum / float64(len(g.Steps))))
	}
	if !all && g.Percent > 99 {
		g.Percent = 99
	}
	return g
}

// happening is the step of a rule with nothing to show but what it waits for.
func (p *progressing) happening(r *engine.Rule) ProgressStep {
	titles := make([]string, len(r.On))
	for i, key := range r.On {
		titles[i] = key
		if typ := p.view.Defs.EventTypes[key]; typ != nil {
			titles[i] = orKey(typ.Title.In(p.lang), key)
		}
	}
	between := engine.Text{En: " or ", Zh: "或"}.In(p.lang)
	return ProgressStep{Text: engine.Text{En: "next: ", Zh: "待发生："}.In(p.lang) + strings.Join(titles, between)}
}

// steps are the conditions to show: of alternatives the nearest. What hangs on
// an event, and that the tier is higher than now, go without saying.
func steps(f *engine.Finding) []*engine.Finding {
	switch {
	case f == nil:
		return nil
	case f.Op == "and" && len(f.Kids) > 0:
		var out []*engine.Finding
		for _, k := range f.Kids {
			out = append(out, steps(k)...)
		}
		return out
	case f.Op == "or" && len(f.Kids) > 0:
		best := f.Kids[0]
		for _, k := range f.Kids[1:] {
			if engine.Nearer(k.Missing(), best.Missing()) {
				best = k
			}
		}
		return steps(best)
	case f.Outcome == engine.OutcomeUnknown && f.Reason == engine.NoSubject, f.To == 0 && f.Op == "<":
		return nil
	}
	return []*engine.Finding{f}
}

var (
	quotedText = regexp.MustCompile(`"[^"]*"`)
	names      = regexp.MustCompile(`\b(member|event|group)\.[a-z_]+`)
)

// openNames are the names that a member may be told of: how much they did and
// where they stand, not what is kept about them.
var openNames = []string{"member.points", "member.rank", "member.tier", "member.tiers", "member.joined_at", "member.days_in_group", "member.groups", "member.left"}

// fit is whether a condition may be shown to the member.
func fit(f *engine.Finding) bool {
	for _, name := range names.FindAllString(quotedText.ReplaceAllString(f.Source, ""), -1) {
		if !slices.Contains(openNames, name) {
			return false
		}
	}
	return true
}

func (p *progressing) step(f *engine.Finding) ProgressStep {
	s := ProgressStep{Met: f.Outcome == engine.OutcomeTrue, Known: f.Outcome != engine.OutcomeUnknown, Percent: int(math.Floor(100 * f.Share()))}
	if !fit(f) {
		s.Text = engine.Text{En: "another condition of the community", Zh: "社群的其他条件"}.In(p.lang)
		return s
	}
	s.Text = f.Text.In(p.lang)
	if f.Required != nil {
		s.Done, s.Required = &f.Value, f.Required
	}
	return s
}
