package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/spelling"
)

// nouns name what definitions are, for messages.
var nouns = map[engine.DefinitionKind]engine.Text{
	engine.DefineGroup:     {En: "group", Zh: "群"},
	engine.DefineLadder:    {En: "ladder", Zh: "阶梯"},
	engine.DefineReward:    {En: "reward", Zh: "奖励"},
	engine.DefineTemplate:  {En: "template", Zh: "文案"},
	engine.DefineChannel:   {En: "channel", Zh: "渠道"},
	engine.DefineSegment:   {En: "segment", Zh: "人群"},
	engine.DefineRule:      {En: "rule", Zh: "规则"},
	engine.DefineEventType: {En: "event type", Zh: "事件类型"},
	engine.DefineAttribute: {En: "attribute", Zh: "属性"},
	engine.DefineSettings:  {En: "settings of", Zh: "设置"},
}

// Noun is what a kind of definition is called.
func Noun(kind engine.DefinitionKind) engine.Text { return nouns[kind] }

var rewardNouns = map[string]engine.Text{
	"badge": {En: "badge", Zh: "徽章"}, "coupon": {En: "coupon pool", Zh: "券池"},
	"privilege": {En: "privilege", Zh: "特权"}, "points": {En: "point account", Zh: "积分账户"},
}

// known gives the keys of a kind that exist; ok is false when nobody knows.
func (s Scope) known(kind engine.DefinitionKind, reward string) (keys []string, ok bool) {
	d := s.Defs
	switch kind {
	case engine.DefineGroup:
		return keysOf(d.Groups), true
	case engine.DefineLadder:
		return keysOf(d.Ladders), true
	case engine.DefineTemplate:
		return keysOf(d.Templates), true
	case engine.DefineChannel:
		return keysOf(d.Channels), true
	case engine.DefineSegment:
		return keysOf(d.Segments), true
	case engine.DefineRule:
		return keysOf(s.Rules), s.Rules != nil
	case engine.DefineReward:
		keys := slices.DeleteFunc(keysOf(d.Rewards), func(k string) bool { return d.Rewards[k].Kind != reward })
		if reward == "points" && !slices.Contains(keys, engine.DefaultAccount) {
			keys = append(keys, engine.DefaultAccount) // every workspace has it
		}
		return keys, true
	}
	return nil, false
}

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// exists reports a key that names nothing. Channels may be set up later, so
// that is a warning.
func (m *maker) exists(n *node, kind engine.DefinitionKind, reward string) {
	keys, ok := m.scope.known(kind, reward)
	if !ok || slices.Contains(keys, n.text) {
		return
	}
	noun := nouns[kind]
	if kind == engine.DefineReward {
		noun = rewardNouns[reward]
	}
	s := said{code: "unknown_" + strings.ReplaceAll(noun.En, " ", "_"), message: engine.Text{
		En: fmt.Sprintf("there is no %s %q", noun.En, n.text), Zh: fmt.Sprintf("没有%s %q", noun.Zh, n.text)}}
	if kind == engine.DefineReward && m.scope.Defs.Rewards[n.text] != nil {
		is := rewardNouns[m.scope.Defs.Rewards[n.text].Kind]
		s = s.hinted(fmt.Sprintf("%q is a %s", n.text, is.En), fmt.Sprintf("%q 是%s", n.text, is.Zh))
	} else if near := spelling.Nearest(n.text, keys); near != "" {
		s = s.meant(n.text, keys)
	} else if kind == engine.DefineChannel {
		s = s.hinted("the message waits until the channel is set up", "渠道配置好之前，消息不会发出")
	} else {
		s = s.hinted("create the "+noun.En+" first", "请先创建"+noun.Zh)
	}
	m.put(n, s, kind == engine.DefineChannel)
}

// references checks the keys outside of effects.
func (m *maker) references() {
	d := m.doc
	if d.Group != "" {
		m.exists(d.node("/group"), engine.DefineGroup, "")
	}
	if n := d.root.at("/ladder"); n != nil {
		m.exists(n, engine.DefineLadder, "")
	}
	if n := d.root.at("/limits/budget"); n != nil && n.kind == mappingNode {
		for _, e := range n.entries {
			if e.key.text != "per" {
				m.exists(e.key.named(e.value.path), engine.DefineReward, "points")
			}
		}
	}
	if d.Tier != nil && d.Tier.To != "" {
		m.ladder("/tier/ladder", d.Tier.Ladder)
		m.tierExists(d.node("/tier/to"), d.Tier.Ladder)
	}
	if d.Review != nil {
		m.reviewReferences(d.Review)
	}
}

// ladder checks a ladder that is written at a path; nothing written is the
// default, which every workspace has.
func (m *maker) ladder(path, key string) {
	if n := m.doc.root.at(path); n != nil && key != "" {
		m.exists(n, engine.DefineLadder, "")
	}
}

func (m *maker) reviewReferences(v *Review) {
	if n := m.doc.root.at("/review/groups"); n != nil {
		if n.kind == scalarNode {
			m.exists(n, engine.DefineGroup, "")
		}
		for _, item := range n.items {
			m.exists(item, engine.DefineGroup, "")
		}
		return
	}
	m.ladder("/review/ladder", v.Ladder)
	for _, move := range []string{"up", "down", "back"} {
		for _, end := range []string{"from", "to"} {
			if n := m.doc.root.at("/review/" + move + "/" + end); n != nil && v.Ladder != "" {
				m.tierExists(n, v.Ladder)
			}
		}
	}
}

// tierExists reports a tier that the ladder does not have.
func (m *maker) tierExists(n *node, ladder string) {
	l := m.scope.Defs.Ladders[ladder]
	if l == nil || l.Rank(n.text) > 0 {
		return
	}
	keys := make([]string, len(l.Tiers))
	for i, t := range l.Tiers {
		keys[i] = t.Key
	}
	en, zh := quoteAll(keys)
	s := sayf("unknown_tier", "the ladder %q has no tier %q", "阶梯 %q 没有层级 %q", ladder, n.text).meant(n.text, keys)
	if s.hint.En == "" {
		s = s.hinted("its tiers are "+en, "它的层级："+zh)
	}
	m.add(n, s)
}

// reference checks a key of an effect.
func (m *maker) reference(e *Effect, f EffectField) {
	switch {
	case f.Schema.Of == engine.DefineEventType:
		m.emits(f.n)
	case f.Schema.Of != "":
		m.exists(f.n, f.Schema.Of, f.Schema.Reward)
	case e.Kind == engine.MoveTier && f.Schema.Name == "to":
		ladder := m.doc.Ladder
		if l, ok := e.find("ladder"); ok {
			ladder = l.text
		}
		m.tierExists(f.n, ladder)
	case e.Kind == engine.AssignMentor && f.Schema.Name == "tier":
		m.tierExists(f.n, m.doc.Ladder)
	case e.Kind == engine.SetAttribute && f.Schema.Name == "key":
		m.attribute(f.n)
	}
}

func (m *maker) emits(n *node) {
	if strings.HasPrefix(n.text, engine.ReservedPrefix) {
		m.add(n, sayf("reserved_type", "types that begin with %q are written by Bylaw itself", "以 %q 开头的类型由 Bylaw 自己产生", engine.ReservedPrefix).
			hinted("choose another name", "请换一个名称"))
		return
	}
	m.declared(n)
}

// declared warns of an event type that nobody has declared or sent.
func (m *maker) declared(n *node) {
	_, seen := m.scope.Seen[n.text]
	if seen || m.scope.Defs.EventTypes[n.text] != nil || n.text == "" {
		return
	}
	m.warn(n, sayf("unknown_type", "nobody has declared or sent the event type %q yet", "还没有人声明或发送过事件类型 %q", n.text).
		meant(n.text, keysOf(m.scope.Defs.EventTypes)))
}

func (m *maker) attribute(n *node) {
	declared := m.scope.Defs.Attributes
	if declared[n.text] != nil || len(declared) == 0 {
		return
	}
	m.warn(n, sayf("unknown_attribute", "the attribute %q is not declared", "属性 %q 没有声明", n.text).meant(n.text, keysOf(declared)))
}
