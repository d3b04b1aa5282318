package rules

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/bylaw-dev/bylaw/engine"
)

// Contrast is a rule as it is and as it might be.
type Contrast struct {
	Old      *Source          // nil: it is not live
	New      Source           //
	Live     []Source         // the workspace's live rules
	Book     *engine.Rulebook // what they compile to, where that is known: only what takes part is compiled then
	Audience string           // a condition on members; "": all
}

// Pair is a contrast ready to run: two rulebooks that share one table of metrics
// and keep the same of them. They hold the rule and the live rules whose effects
// it reads, as if all had always been in force and for everybody.
type Pair struct {
	Old, New *engine.Rulebook
	Audience engine.Condition
}

// Compile makes the pair, or reports what is wrong: with the new version, or
// under /audience.
func (c *Contrast) Compile(s Scope) (*Pair, []engine.Problem) {
	table := engine.NewMetricTable()
	p := &Pair{}
	fresh, found := compileWhole(c.New, s, table)
	if c.Audience != "" {
		program, wrong := CompileSegment(c.Audience, s, table)
		for _, x := range wrong {
			if x.Path = "/audience"; !x.Warning {
				found = append(found, x)
			}
		}
		if program != nil {
			p.Audience = program.Condition()
		}
	}
	if len(found) > 0 {
		return nil, found
	}
	seeds := []*party{fresh}
	var old *party
	if c.Old != nil {
		if old, _ = compileWhole(*c.Old, s, table); old != nil {
			seeds = append(seeds, old)
		}
	}
	base := c.others(s, table, seeds)
	segments := c.segments(s, table, append(base, seeds...))
	kept := allMetrics(table)
	book := func(own *party) *engine.Rulebook {
		b := &engine.Rulebook{Revision: 1, Metrics: table, Kept: kept, Broken: map[string]error{}, Segments: segments}
		for _, x := range base {
			b.Rules = append(b.Rules, x.rule)
		}
		if own != nil {
			b.Rules = append(b.Rules, own.rule)
		}
		slices.SortFunc(b.Rules, func(x, y *engine.Rule) int { return strings.Compare(x.Key, y.Key) })
		return b
	}
	p.Old, p.New = book(old), book(fresh)
	return p, nil
}

// party is a rule with what it reads and writes.
type party struct {
	rule          *engine.Rule
	source        Source
	reads, writes map[string]bool
}

func compileWhole(src Source, s Scope, table *engine.MetricTable) (*party, []engine.Problem) {
	doc, _ := Parse(src.Document)
	rule, found := Compile(doc, src.Version, s, table)
	if rule == nil {
		return nil, found
	}
	x := &party{rule: rule, source: src}
	x.look(table)
	return x, nil
}

// others are the live rules whose effects the seeds read, and those that these read.
func (c *Contrast) others(s Scope, table *engine.MetricTable, seeds []*party) []*party {
	var all, in []*party
	for _, src := range c.Live {
		if src.Key == c.New.Key || src.Paused || src.Shadow {
			continue
		}
		if x := c.party(src, s); x != nil {
			all = append(all, x)
		}
	}
	for next := seeds; len(next) > 0; {
		wanted := map[string]bool{}
		for _, x := range next {
			maps.Copy(wanted, x.reads)
		}
		next = nil
		for i, x := range all {
			if x == nil || !x.serves(wanted) {
				continue
			}
			all[i] = nil
			if y, _ := compileWhole(x.source, s, table); y != nil {
				y.rule.Percent = x.source.Percent
				in, next = append(in, y), append(next, y)
			}
		}
	}
	return in
}

// party looks at a live rule, without numbering its metrics among those that are
// kept: what is left out shall ask for no windows.
func (c *Contrast) party(src Source, s Scope) *party {
	if c.Book != nil && !src.Former {
		at, known := slices.BinarySearchFunc(c.Book.Rules, src, func(r *engine.Rule, src Source) int { return strings.Compare(r.Key, src.Key) })
		if known && c.Book.Rules[at].Version == src.Version {
			x := &party{rule: c.Book.Rules[at], source: src}
			x.look(c.Book.Metrics)
			return x
		}
	}
	x, _ := compileWhole(src, s, engine.NewMetricTable())
	return x
}

func (x *party) serves(wanted map[string]bool) bool {
	for w := range x.writes {
		if wanted[w] || wanted[facetOf(w)] {
			return true
		}
	}
	return false
}

// facetOf is what a rule writes without its key: "badge" of "badge:nice".
func facetOf(w string) string {
	kind, _, _ := strings.Cut(w, ":")
	return kind
}

// look notes what a rule may read, by the words of its text, which may be more
// than it does, and what it writes. What an effect finds done already, or used
// up, counts as read.
func (x *party) look(table *engine.MetricTable) {
	x.reads, x.writes = map[string]bool{}, map[string]bool{}
	for name := range strings.FieldsFuncSeq(string(x.source.Document), func(c rune) bool { return c != '_' && !unicode.IsLetter(c) }) {
		if _, does := engine.SchemaOf(engine.EffectKind(name)); does { // what it does is looked at below
			continue
		}
		for word, what := range words {
			if strings.Contains(name, word) {
				x.reads[what] = true
			}
		}
	}
	for _, typ := range x.rule.On {
		x.reads["type:"+typ] = true
	}
	for _, id := range x.rule.Metrics {
		x.reads["type:"+table.All[id].Type] = true
	}
	if x.rule.Kind == engine.Threshold {
		x.both("threshold:" + x.rule.Group)
	}
	if x.rule.Tier != nil || x.rule.Review != nil {
		x.both("tier")
		x.writes["type:tier.failing"] = true
	}
	if v := x.rule.Review; v != nil && len(v.Groups) > 0 {
		x.both("group")
	}
	for _, p := range slices.Concat(x.rule.Then, x.rule.Otherwise) {
		x.effect(&p)
	}
}

// words are what in a text tells that a rule reads something rules write.
var words = map[string]string{"tags": "tag", "tier": "tier", "rank": "tier", "points": "points", "has_badge": "badge", "attrs": "attr",
	"group": "group", "officer": "group", "inviter": "group", "segment": "anything"}

func (x *party) both(what string) { x.reads[what], x.writes[what] = true, true }

func (x *party) effect(p *engine.EffectPlan) {
	key := func(name string) string {
		f, _ := p.Field(name)
		if f == nil {
			return ""
		}
		return f.Key
	}
	x.writes["anything"] = true
	switch p.Kind {
	case engine.GrantPoints:
		x.writes["points"] = true
	case engine.Pay:
		x.both("points")
	case engine.AwardBadge, engine.RevokeBadge:
		x.both("badge:" + key("badge"))
	case engine.IssueCoupon, engine.RevokeCoupon, engine.Draw:
		x.both("coupon:" + key("pool"))
	case engine.AddTag, engine.RemoveTag:
		x.both("tag:" + key("tag"))
	case engine.SetAttribute:
		x.writes["attr"] = true
	case engine.MoveTier:
		x.both("tier")
	case engine.Admit, engine.Wait, engine.Deny, engine.JoinGroup, engine.LeaveGroup, engine.MoveGroup, engine.Appoint, engine.Dismiss,
		engine.SetGroup, engine.OpenGroup, engine.DissolveGroup, engine.AssignMentor, engine.EndMentor:
		x.both("group")
	case engine.GrantPrivilege, engine.RevokePrivilege:
		x.both("privilege:" + key("privilege"))
	case engine.Emit:
		x.writes["type:"+key("type")] = true
	case engine.Reverse:
		x.reads["rule:"+key("rule")], x.writes["reversal:"+key("rule")] = true, true
	}
	x.writes["rule:"+x.rule.Key], x.reads["reversal:"+x.rule.Key] = true, true
}

// segments compiles the workspace's segments where some rule names one.
func (c *Contrast) segments(s Scope, table *engine.MetricTable, parties []*party) map[string]engine.Condition {
	out := map[string]engine.Condition{}
	if !slices.ContainsFunc(parties, func(x *party) bool { return x.reads["anything"] }) {
		return out
	}
	for _, key := range slices.Sorted(maps.Keys(s.Defs.Segments)) {
		if program, _ := CompileSegment(s.Defs.Segments[key].Where, s, table); program != nil {
			out[key] = program.Condition()
		}
	}
	return out
}

func allMetrics(table *engine.MetricTable) []int {
	all := make([]int, len(table.All))
	for i := range all {
		all[i] = i
	}
	return all
}
