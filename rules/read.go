package rules

import (
	"regexp"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// GroupApplied is the event on which thresholds are asked.
const GroupApplied = "group.applied"

var (
	aRule   = engine.Text{En: "a rule", Zh: "规则"}
	aTitle  = engine.Text{En: "a title", Zh: "标题"}
	aTier   = engine.Text{En: "tier", Zh: "tier "}
	aReview = engine.Text{En: "a review", Zh: "评审"}
	aMove   = engine.Text{En: "a move of a review", Zh: "评审的调整"}
	limits  = engine.Text{En: "limits", Zh: "limits "}
	aLimit  = engine.Text{En: "a limit", Zh: "限额"}
	aCase   = engine.Text{En: "a case", Zh: "用例"}
)

var ruleKey = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// rule reads the whole document.
func (r *reader) rule(n *node) {
	d := r.doc
	d.Subject, d.Once, d.Misfire = engine.SubjectMember, engine.OncePerEvent, "skip"
	r.fields(n, aRule,
		slot{"key", r.key},
		slot{"kind", func(v *node) {
			d.Kind = engine.RuleKind(r.oneOf(v, "threshold", "tier", "reward", "campaign"))
		}},
		slot{"title", func(v *node) { d.Title = r.bilingual(v, aTitle) }},
		slot{"on", func(v *node) { d.On = r.names(v, MaxTypes) }},
		slot{"every", r.schedule},
		slot{"misfire", func(v *node) { d.Misfire = r.oneOf(v, "skip", "once") }},
		slot{"review", r.review},
		slot{"subject", func(v *node) {
			d.Subject = engine.SubjectKind(r.oneOf(v, "member", "group", "content", "workspace"))
		}},
		slot{"audience", func(v *node) { d.Audience = r.expression(v) }},
		slot{"when", func(v *node) { d.When = r.expression(v) }},
		slot{"once", r.once},
		slot{"then", func(v *node) { d.Then = r.effects(v) }},
		slot{"otherwise", func(v *node) { d.Otherwise = r.effects(v) }},
		slot{"after", func(v *node) { d.After = r.duration(v) }},
		slot{"unless", func(v *node) { d.Unless = r.expression(v) }},
		slot{"limits", r.limits},
		slot{"group", func(v *node) { d.Group = r.name(v) }},
		slot{"ladder", func(v *node) { d.Ladder = r.name(v) }},
		slot{"tier", r.tier},
		slot{"cases", r.cases})
	r.shape(n)
	r.defaults()
}

// defaults fills in what is meant when nothing is said.
func (r *reader) defaults() {
	d := r.doc
	switch {
	case d.Tier != nil && d.Tier.Ladder != "":
		d.Ladder = d.Tier.Ladder
	case d.Review != nil && d.Review.Ladder != "":
		d.Ladder = d.Review.Ladder
	case d.Ladder == "":
		d.Ladder = engine.DefaultLadder
	}
	if d.Tier != nil && d.Tier.Ladder == "" {
		d.Tier.Ladder = d.Ladder
	}
	if d.Kind == engine.Threshold && len(d.On) == 0 {
		d.On = []string{GroupApplied}
	}
}

func (r *reader) key(n *node) {
	if n.kind == scalarNode && ruleKey.MatchString(n.text) {
		r.doc.Key = n.text
		return
	}
	s := say("bad_key", "a key has 1 to 64 small letters a-z, digits and dashes", "key 由 1 到 64 个小写字母 a-z、数字和短横线组成")
	if plain := plainKey(n.text); n.kind == scalarNode && ruleKey.MatchString(plain) {
		s = s.hinted("for example "+plain, "例如 "+plain)
	} else {
		s = s.hinted("for example nice-answer; the title may be Chinese", "例如 nice-answer；标题可以用中文")
	}
	r.add(n, s)
}

// plainKey makes a key of what somebody wrote.
func plainKey(s string) string {
	return strings.Trim(strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-':
			return c
		case c == ' ' || c == '_' || c == '.':
			return '-'
		}
		return -1
	}, strings.ToLower(s)), "-")
}

func (r *reader) schedule(n *node) {
	text, ok := r.text(n)
	if !ok {
		return
	}
	s, err := calendar.ParseSchedule(text)
	if err != nil {
		r.add(n, calendarProblem(err))
		return
	}
	r.doc.Every = s.String()
}

func (r *reader) once(n *node) {
	switch n.text {
	case "event", "member", "day":
		r.doc.Once = engine.OnceKind(n.text)
	default:
		if r.doc.OnceExpr = r.expression(n); r.doc.OnceExpr != nil {
			r.doc.Once = engine.OncePerValue
		}
	}
}

func (r *reader) tier(n *node) {
	t := &Tier{}
	r.doc.Tier = t
	r.fields(n, aTier,
		slot{"ladder", func(v *node) { t.Ladder = r.name(v) }},
		slot{"to", func(v *node) { t.To = r.name(v) }},
		slot{"hold", func(v *node) { t.Hold = r.expression(v) }},
		slot{"grace", func(v *node) { t.Grace = r.duration(v) }})
	if n.kind == mappingNode && n.find("to") == nil {
		r.add(n, say("needs_to", "tier needs to: and the tier that members move to", "tier 需要 to：要升到的层级"))
	}
	if n.find("grace") != nil && n.find("hold") == nil {
		r.add(n.find("grace"), say("grace_alone", "grace is how long hold may fail, and there is no hold", "grace 是 hold 不满足时的宽限，这里没有 hold").
			hinted("add hold: and the condition to stay, or delete grace", "请加上 hold（留任条件），或删掉 grace"))
	}
}

func (r *reader) limits(n *node) {
	l := &r.doc.Limits
	r.fields(n, limits,
		slot{"per_member", func(v *node) { l.PerMember = r.limit(v) }},
		slot{"total", func(v *node) { l.Total = r.limit(v) }},
		slot{"budget", func(v *node) { l.Budget = r.budget(v) }},
		slot{"cooldown", func(v *node) { l.Cooldown = r.duration(v) }})
}

var spans = []string{"day", "week", "month", "ever"}

func (r *reader) limit(n *node) *engine.Limit {
	l := &engine.Limit{}
	r.fields(n, aLimit,
		slot{"times", func(v *node) { l.Times = r.integer(v, 1, 1_000_000_000) }},
		slot{"per", func(v *node) { l.Per = r.oneOf(v, spans...) }})
	if n.kind == mappingNode && n.find("times") == nil {
		r.add(n, say("needs_times", "a limit needs times: and a number", "限额需要 times：次数"))
	}
	r.needsPer(n)
	return l
}

func (r *reader) needsPer(n *node) {
	if n.kind == mappingNode && n.find("per") == nil {
		en, zh := quoteList(spans)
		r.add(n, say("needs_per", "a limit needs per: with "+en, "限额需要 per："+zh))
	}
}

// budget reads {points: 100000, per: month}: every field but per is an account.
func (r *reader) budget(n *node) map[string]engine.Limit {
	if n.kind != mappingNode || len(n.entries) < 2 {
		r.add(n, say("budget", "a budget is an account with an amount, and per:", "budget 要写账户和数量，以及 per").
			hinted("for example {points: 100000, per: month}", "例如 {points: 100000, per: month}"))
		return nil
	}
	budget := map[string]engine.Limit{}
	r.needsPer(n)
	per := ""
	if v := n.find("per"); v != nil {
		per = r.oneOf(v, spans...)
	}
	for _, e := range n.entries {
		if e.key.text != "per" {
			budget[e.key.text] = engine.Limit{Times: r.integer(e.value, 1, 1<<53), Per: per}
		}
	}
	return budget
}
