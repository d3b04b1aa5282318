package expression

import (
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/spelling"
)

// pathOf is the dotted path of a chain of names.
func pathOf(n ast.Node) ([]string, bool) {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return []string{n.Value}, true
	case *ast.MemberNode:
		property, ok := n.Property.(*ast.StringNode)
		if !ok || n.Optional {
			return nil, false
		}
		path, ok := pathOf(n.Node)
		return append(path, property.Value), ok
	}
	return nil, false
}

// name types a name or path.
func (c *checker) name(n ast.Node) *node {
	path, ok := pathOf(n)
	if !ok {
		return c.memberOfValue(n)
	}
	full := strings.Join(path, ".")
	if spec := nameByPath[full]; spec != nil {
		return c.named(n, spec)
	}
	if len(path) == 3 {
		switch path[0] + "." + path[1] {
		case "event.props":
			return c.prop(n, path[2])
		case "member.attrs":
			return c.attribute(n, path[2])
		case "member.tiers":
			return c.tierOf(n, path[2])
		}
	}
	return c.unknownName(n, path, full)
}

func (c *checker) named(n ast.Node, spec *nameSpec) *node {
	if !c.allowed(n, spec.scope, spec.path) {
		return bad
	}
	c.names[spec.path] = true
	c.personal = c.personal || spec.scope == inText
	k := spec.kind
	if spec.path == "score" {
		k = kindOf(c.voc.Score)
	}
	out := &node{op: opName, kind: k, elem: spec.elem, name: spec.path, noun: spec.noun, phrase: spec.phrase, says: spec.says}
	out.build = func(g *generator) code { return spec.read(g.voc) }
	if key, ok := strings.CutPrefix(spec.path, "event."); ok && (key == "group" || key == "content" || key == "origin") {
		out.path = key
	}
	return out
}

// allowed checks that a name has something to speak of here.
func (c *checker) allowed(n ast.Node, s scope, name string) bool {
	switch {
	case s == ofEvent && !c.voc.Event:
		c.problemAt(n, "no_event", name)
	case s == ofGroup && c.voc.NoGroup:
		c.problemAt(n, "no_group", name)
	case s == inReview && c.voc.Score == engine.Unknown:
		c.problemAt(n, "only_in_reviews", name)
	case s == inText && !c.voc.Texts:
		c.problemAt(n, "personal_field", name)
	default:
		return true
	}
	return false
}

func (c *checker) unknownName(n ast.Node, path []string, full string) *node {
	switch full {
	case "event", "member", "group", "event.props", "member.attrs", "member.tiers":
		c.problemAt(n, "not_a_value", full, exampleOf[full])
		return bad
	case "period":
		code := "period_is_window"
		if !c.voc.Period {
			code = "only_in_reviews"
		}
		c.problemAt(n, code, full)
		return bad
	}
	if functionNamed(full) {
		c.problemAt(n, "function_needs_call", full)
		return bad
	}
	if strings.HasPrefix(full, "$env") {
		c.problemAt(n, "outside")
		return bad
	}
	p := c.problemAt(n, "unknown_name", full)
	known := c.voc.nameList()
	if !c.meant(p, full, known) && len(path) == 1 {
		c.meantPart(p, full, known)
	}
	return bad
}

// meantPart suggests the whole name of which only the last word was written.
func (c *checker) meantPart(p *engine.Problem, word string, known []string) {
	whole := map[string]string{}
	var last []string
	for _, k := range known {
		part := k[strings.LastIndexByte(k, '.')+1:]
		if whole[part] == "" {
			last, whole[part] = append(last, part), k
		}
	}
	if whole[word] != "" {
		p.Hint = didYouMean(whole[word])
		p.Fix = c.instead(p, word, whole[word])
	} else if c.suggestions < maxSuggestions {
		c.suggestions++
		if near := spelling.Nearest(word, last); near != "" {
			p.Hint = didYouMean(whole[near])
			p.Fix = c.instead(p, word, whole[near])
		}
	}
}

var exampleOf = map[string]string{
	"event": "event.type", "member": "member.points", "group": "group.size",
	"event.props": "event.props.kind", "member.attrs": "member.attrs.city", "member.tiers": "member.tiers.default",
}

// memberOfValue is a name after a value: local(t).hour, or a mistake.
func (c *checker) memberOfValue(n ast.Node) *node {
	m, ok := n.(*ast.MemberNode)
	if !ok {
		return c.outside(n)
	}
	property, isName := m.Property.(*ast.StringNode)
	if call, ok := m.Node.(*ast.CallNode); ok && isName {
		if f, ok := call.Callee.(*ast.IdentifierNode); ok {
			return c.afterCall(m, property, call, f.Value)
		}
	}
	if !isName {
		c.problemAt(n, "outside_index")
		return bad
	}
	c.check(m.Node)
	c.problemAt(n, "no_members", property.Value)
	return bad
}

func (c *checker) tierOf(n ast.Node, ladder string) *node {
	if c.voc.Ladders[ladder] == nil {
		p := c.problemAt(n, "unknown_ladder", ladder)
		c.meant(p, ladder, sortedKeys(c.voc.Ladders))
		return bad
	}
	c.names["member.tiers."+ladder] = true
	return &node{op: opName, kind: kText, name: "member.tiers." + ladder,
		noun:  c.voc.tierNoun(ladder),
		build: func(*generator) code { return tierOn(ladder) }}
}

// tierNoun is what a member's tier on a ladder is called.
func (v *Vocabulary) tierNoun(ladder string) engine.Text {
	title := engine.Text{}
	if l := v.Ladders[ladder]; l != nil {
		title = l.Title
	}
	title = titled(title, ladder)
	return engine.Text{En: "tier on " + title.En, Zh: title.Zh + "的层级"}
}

func (c *checker) attribute(n ast.Node, key string) *node {
	name := "member.attrs." + key
	k := kAny
	noun := engine.Text{En: key, Zh: key}
	if a := c.voc.Attributes[key]; a != nil {
		k = kindOf(a.Kind)
		noun = titled(a.Title, key)
		if a.Personal {
			if !c.allowed(n, inText, name) {
				return bad
			}
			c.personal = true
			c.names[name] = true
			return &node{op: opName, kind: kText, name: name, noun: noun, build: func(*generator) code { return personal(key) }}
		}
	} else {
		p := c.warnOnce(n, name, "undeclared_attribute", key)
		c.meant(p, key, sortedKeys(c.voc.Attributes))
	}
	c.names[name] = true
	return &node{op: opName, kind: k, elem: kAny, name: name, noun: noun, build: func(*generator) code { return attributeCode(key, k) }}
}
