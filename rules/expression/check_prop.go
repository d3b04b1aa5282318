package expression

import (
	"maps"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/spelling"
)

// propFacts is what the vocabulary knows of a property of the event.
type propFacts struct {
	field    engine.Field // its first declaration
	declared []string     // types that declare it
	without  []string     // types that have fields and neither declare it nor came with it
	clash    string       // a type that declares it with another kind
	seen     bool         // some event came with it
	open     bool         // some type is not declared: it may have anything
}

func (v *Vocabulary) prop(name string) propFacts {
	p := propFacts{open: len(v.On) == 0}
	for _, key := range v.On {
		t := v.Types[key]
		p.seen = p.seen || slices.Contains(v.Seen[key], name)
		if t == nil || len(t.Fields) == 0 {
			p.open = true
			continue
		}
		f, ok := t.FieldNamed(name)
		switch {
		case !ok:
			if !slices.Contains(v.Seen[key], name) {
				p.without = append(p.without, key)
			}
			continue
		case len(p.declared) == 0:
			p.field = f
		case f.Kind != p.field.Kind:
			p.clash = key
		}
		p.declared = append(p.declared, key)
	}
	return p
}

// prop types a property of the event.
func (c *checker) prop(n ast.Node, name string) *node {
	full := "event.props." + name
	if !c.allowed(n, ofEvent, full) {
		return bad
	}
	p := c.voc.prop(name)
	k := kAny
	switch {
	case p.clash != "":
		c.problemAt(n, "prop_clash", name, p.declared[0], p.clash)
		return bad
	case len(p.declared) > 0 && p.field.Personal:
		if !c.allowed(n, inText, full) {
			return bad
		}
		c.personal = true
		c.names[full] = true
		return &node{op: opName, kind: kText, name: full, noun: titled(p.field.Title, name), build: func(*generator) code { return personalProp(name) }}
	case len(p.declared) > 0:
		k = kindOf(p.field.Kind)
		if len(p.without) > 0 {
			c.warnOnce(n, full, "prop_sometimes", name, strings.Join(p.without, ", "))
		}
	case !p.seen && !c.undeclaredProp(n, name, full):
		return bad
	}
	c.names[full] = true
	return &node{op: opName, kind: k, elem: kAny, name: full, path: "props." + name,
		noun: titled(p.field.Title, name), build: func(*generator) code { return propCode(name, k) }}
}

// undeclaredProp reports a property that nobody declared or sent: a slip of the
// fingers is an error, anything else a warning, since events may carry more than
// their type declares.
func (c *checker) undeclaredProp(n ast.Node, name, full string) bool {
	known := fieldNames(c.voc.onFields())
	if near := spelling.Nearest(name, known); near != "" {
		p := c.problemAt(n, "unknown_prop", name, strings.Join(c.voc.On, ", "))
		c.meant(p, name, known)
		return false
	}
	c.warnOnce(n, full, "undeclared_prop", name)
	return true
}

// titled is a title, or the key where there is none.
func titled(t engine.Text, key string) engine.Text {
	if t == (engine.Text{}) {
		return engine.Text{En: key, Zh: key}
	}
	return engine.Text{En: t.In("en"), Zh: t.In("zh")}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// nameList are all names, for suggestions.
func (v *Vocabulary) nameList() []string {
	var out []string
	for _, s := range nameSpecs {
		out = append(out, s.path)
	}
	for _, f := range v.onFields() {
		out = append(out, "event.props."+f.Name)
	}
	for _, k := range sortedKeys(v.Attributes) {
		out = append(out, "member.attrs."+k)
	}
	for _, k := range sortedKeys(v.Ladders) {
		out = append(out, "member.tiers."+k)
	}
	return append(out, "true", "false", "event", "member", "group", "period")
}

// wordsOf are the words that a name may be, nil when they are not fixed.
func (c *checker) wordsOf(name string) ([]string, engine.Text) {
	switch name {
	case "member.tier":
		return c.voc.tiers(c.voc.ladderKey()), engine.Text{En: "a tier of ladder " + c.voc.ladderKey(), Zh: "阶梯 " + c.voc.ladderKey() + " 的层级"}
	case "group.phase":
		return phases, engine.Text{En: "a phase of groups", Zh: "群的阶段"}
	case "group.type":
		return groupTypes, engine.Text{En: "a type of group", Zh: "群的类型"}
	case "event.type":
		return c.voc.On, engine.Text{En: "a type that this rule listens to", Zh: "本规则监听的事件类型"}
	case "event.group", "group.key", "member.groups":
		return c.voc.Groups, engine.Text{En: "the key of a group", Zh: "群的键"}
	case "member.tags":
		return c.voc.Tags, engine.Text{En: "a tag that anybody has", Zh: "已有的标签"}
	}
	if ladder, ok := strings.CutPrefix(name, "member.tiers."); ok {
		return c.voc.tiers(ladder), engine.Text{En: "a tier of ladder " + ladder, Zh: "阶梯 " + ladder + " 的层级"}
	}
	return c.fieldWords(name)
}

func (c *checker) fieldWords(name string) ([]string, engine.Text) {
	if prop, ok := strings.CutPrefix(name, "event.props."); ok {
		if p := c.voc.prop(prop); len(p.declared) == 1 && len(p.field.Values) > 0 {
			return p.field.Values, engine.Text{En: "a value of " + prop, Zh: "字段 " + prop + " 的取值"}
		}
	}
	if key, ok := strings.CutPrefix(name, "member.attrs."); ok {
		if a := c.voc.Attributes[key]; a != nil && len(a.Values) > 0 {
			return a.Values, engine.Text{En: "a value of " + key, Zh: "属性 " + key + " 的取值"}
		}
	}
	return nil, engine.Text{}
}

// joinSome lists the first words.
func joinSome(words []string) string {
	if len(words) > 8 {
		return strings.Join(words[:8], ", ") + " ..."
	}
	return strings.Join(words, ", ")
}
