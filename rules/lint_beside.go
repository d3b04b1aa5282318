package rules

import (
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// beside looks at the rule among the other live rules of the workspace: what
// both write, and events that come back to it.
func (m *maker) beside(r *engine.Rule) {
	for _, other := range m.scope.Live {
		if other.Key != r.Key {
			m.sameLadder(r, other)
			m.sameEffects(other)
		}
	}
	m.loops(r)
}

// sameLadder warns of two rules that move members of one ladder against each other.
func (m *maker) sameLadder(r, other *engine.Rule) {
	mine, theirs := ladderOf(r), ladderOf(other)
	switch {
	case r.Tier != nil && other.Tier != nil && r.Tier.Ladder == other.Tier.Ladder && r.Tier.To == other.Tier.To:
		m.warn(m.doc.node("/tier"), sayf("same_tier", "the rule %q moves members to %q too, with a condition and a hold of its own", "规则 %q 也会把成员升到 %q，且有自己的条件和留任要求", other.Key, r.Tier.To).
			hinted("make one rule of the two, joined by or", "请合并成一条规则，用 or 连接"))
	case mine != "" && mine == theirs && (r.Review != nil || other.Review != nil):
		m.warn(m.doc.node(or(map[bool]string{true: "/review"}[r.Review != nil], "/tier")), sayf("same_ladder", "the rule %q moves members of the ladder %q too, so that the two may undo each other", "规则 %q 也会调整阶梯 %q 的层级，两条规则可能互相抵消", other.Key, mine).
			hinted("give a review a ladder of its own, or put one of the rules away", "请给评审单独的阶梯，或停用其中一条"))
	case r.Review != nil && other.Review != nil:
		for _, g := range r.Review.Groups {
			if slices.Contains(other.Review.Groups, g) {
				m.warn(m.doc.node("/review/groups"), sayf("same_groups", "the rule %q reviews the group %q too", "规则 %q 也在评审群 %q", other.Key, g).
					hinted("review a group by one rule", "一个群请只用一条评审规则"))
				return
			}
		}
	}
}

// ladderOf is the ladder that a tier rule moves members on, "" for groups.
func ladderOf(r *engine.Rule) string {
	switch {
	case r.Tier != nil:
		return r.Tier.Ladder
	case r.Review != nil:
		return r.Review.Ladder
	}
	return ""
}

// sameEffects warns of effects that another rule has too, or undoes.
func (m *maker) sameEffects(other *engine.Rule) {
	together := m.together(other)
	for i := range m.doc.Then {
		e := &m.doc.Then[i]
		for k := range other.Then {
			if s, ok := m.clash(e, &other.Then[k], other, together); ok {
				m.warn(e.n, s)
				break
			}
		}
	}
}

// together is whether both rules look at the same moment.
func (m *maker) together(other *engine.Rule) bool {
	if m.doc.Every != "" && m.doc.Every == other.Every {
		return true
	}
	return slices.ContainsFunc(m.doc.On, func(t string) bool { return slices.Contains(other.On, t) })
}

// opposite are effects that undo each other.
var opposite = map[engine.EffectKind]engine.EffectKind{
	engine.AddTag: engine.RemoveTag, engine.RemoveTag: engine.AddTag, engine.JoinGroup: engine.LeaveGroup, engine.LeaveGroup: engine.JoinGroup,
	engine.AwardBadge: engine.RevokeBadge, engine.RevokeBadge: engine.AwardBadge,
}

// clash says what is wrong with an effect beside one of another rule.
func (m *maker) clash(e *Effect, theirs *engine.EffectPlan, other *engine.Rule, together bool) (said, bool) {
	same := func(names ...string) bool {
		for _, name := range names {
			n, ok := e.find(name)
			f, has := theirs.Field(name)
			if !ok || !has || n.text != f.Key {
				return false
			}
		}
		return true
	}
	what := subjectOf(e)
	switch {
	case e.Kind == theirs.Kind && e.Kind == engine.AwardBadge && same("badge"):
		return sayf("same_badge", "the rule %q awards the badge %q too", "规则 %q 也授予徽章 %q", other.Key, what).
			hinted("make one rule of the two, joined by or, if both should", "如都需要，请合并成一条规则，用 or 连接"), true
	case e.Kind == theirs.Kind && e.Kind == engine.SetAttribute && same("key"):
		return sayf("same_attribute", "the rule %q sets the attribute %q too: the last one wins", "规则 %q 也设置属性 %q：后执行的生效", other.Key, what).
			hinted("set an attribute by one rule", "一个属性请只由一条规则设置"), true
	case e.Kind == engine.MoveTier && m.movesTier(e, theirs, other):
		return sayf("same_ladder", "the rule %q moves members of this ladder too, so that the two may undo each other", "规则 %q 也会调整这个阶梯的层级，两条规则可能互相抵消", other.Key).
			hinted("move members of a ladder by rules of kind tier alone", "请只用 kind: tier 的规则调整层级"), true
	case !together:
	case opposite[e.Kind] == theirs.Kind && (same("tag") || same("group") || same("badge")):
		return sayf("undone", "at the same moment the rule %q does the opposite: %s %s", "同一时刻规则 %q 会做相反的事：%s %s", other.Key, theirs.Kind, what).
			hinted("let the conditions exclude each other", "请让两条规则的条件互斥"), true
	case e.Kind == engine.Send && theirs.Kind == engine.Send && same("template", "channel"):
		return sayf("same_message", "the rule %q sends the same text at the same moment", "规则 %q 会在同一时刻发送同样的内容", other.Key).
			hinted("let the conditions exclude each other, or write another text", "请让两条规则的条件互斥，或换一段内容"), true
	case e.Kind == engine.SetGroup && theirs.Kind == engine.SetGroup && same("group") && sameSlot(e, theirs):
		return sayf("same_group_field", "the rule %q sets the same of the group %q at the same moment", "规则 %q 会在同一时刻设置群 %q 的同一项", other.Key, what).
			hinted("let the conditions exclude each other", "请让两条规则的条件互斥"), true
	}
	return said{}, false
}

// movesTier is whether another rule moves members on the ladder of a move_tier.
func (m *maker) movesTier(e *Effect, theirs *engine.EffectPlan, other *engine.Rule) bool {
	ladder := m.doc.Ladder
	if n, ok := e.find("ladder"); ok {
		ladder = n.text
	}
	if ladderOf(other) == ladder {
		return true
	}
	if theirs.Kind != engine.MoveTier {
		return false
	}
	if f, ok := theirs.Field("ladder"); ok {
		return f.Key == ladder
	}
	return or(other.Ladder, engine.DefaultLadder) == ladder
}

func sameSlot(e *Effect, theirs *engine.EffectPlan) bool {
	for _, name := range []string{"phase", "intake", "stage"} {
		if _, mine := e.find(name); mine {
			_, both := theirs.Field(name)
			return both
		}
	}
	return false
}

// subjectOf is what an effect writes.
func subjectOf(e *Effect) string {
	for _, name := range []string{"badge", "key", "tag", "group"} {
		if n, ok := e.find(name); ok {
			return n.text
		}
	}
	return ""
}

// loops warns of emitted events that come back to the rule, by itself or through
// others. The machine goes five deep and no deeper.
func (m *maker) loops(r *engine.Rule) {
	for i := range m.doc.Then {
		e := &m.doc.Then[i]
		typ, ok := e.find("type")
		if e.Kind != engine.Emit || !ok {
			continue
		}
		if chain := m.chain(typ.text, r.On, map[string]bool{r.Key: true}); chain != nil {
			s := sayf("emit_loop", "the rule listens to %q itself, so it sets itself off again", "规则自己监听 %q，会再次触发自己", typ.text)
			if len(chain) > 0 {
				keys := strings.Join(chain, ", ")
				s = sayf("emit_loop", "%q sets off %s, and that this rule again", "%q 会触发 %s，再触发本规则", typ.text, keys)
			}
			m.warn(typ, s.hinted("emit a type that none of them listens to, or add once:", "请产生它们都不监听的类型，或写 once"))
		}
	}
}

// chain is the rules through which an event type comes to one of some types:
// empty when it is one of them, nil when it does not.
func (m *maker) chain(typ string, to []string, seen map[string]bool) []string {
	if slices.Contains(to, typ) {
		return []string{}
	}
	for _, other := range m.scope.Live {
		if seen[other.Key] || !slices.Contains(other.On, typ) {
			continue
		}
		seen[other.Key] = true
		for i := range other.Then {
			f, ok := other.Then[i].Field("type")
			if other.Then[i].Kind != engine.Emit || !ok {
				continue
			}
			if rest := m.chain(f.Key, to, seen); rest != nil {
				return append([]string{other.Key}, rest...)
			}
		}
	}
	return nil
}
