package expression

import (
	"github.com/bylaw-dev/bylaw/engine"
)

// in compiles x in list: true on a known hit, unknown when x is or when an
// unknown item might be the one.
func (g *generator) in(n *node) boolFn {
	what, list := n.kids[0], n.kids[1]
	if v, ok := list.constant(); ok {
		return g.inConstants(what, v.List)
	}
	if list.op == opName && list.name == "member.tags" {
		return inTags(g.as(what, kText).s)
	}
	x, l := g.compile(what).any(), g.as(list, kList).l
	return func(f *engine.Facts, it *engine.Value) truth {
		v, m := x(f, it)
		items, k := l(f, it)
		if m != exact || k != exact {
			return join(m, k).truth()
		}
		return among(f, &v, items)
	}
}

// among looks for a value in a list, an item a step.
func among(f *engine.Facts, v *engine.Value, items []engine.Value) truth {
	out := no
	for i := range items {
		if f.Steps--; f.Steps < 0 {
			return tired.truth()
		}
		t := equal.values(v, exact, &items[i], markOf(&items[i]))
		if t == yes {
			return yes
		}
		out = max(out, t)
	}
	return out
}

// inTags asks the member for a tag and makes no list.
func inTags(tag textFn) boolFn {
	return func(f *engine.Facts, it *engine.Value) truth {
		s, m := tag(f, it)
		if f.Member == nil {
			m = max(m, noSubject)
		}
		if m != exact {
			return m.truth()
		}
		return truthOf(f.Member.HasTag(s))
	}
}

func (g *generator) inConstants(what *node, items []engine.Value) boolFn {
	switch {
	case what.kind == kText:
		return inTexts(g.compile(what).s, items)
	case what.kind.counted() && sameKinds(items, what.kind.engine()):
		return inNumbers(g.compile(what).n, items)
	}
	x := g.compile(what).any()
	return func(f *engine.Facts, it *engine.Value) truth {
		v, m := x(f, it)
		if m != exact {
			return m.truth()
		}
		return among(f, &v, items)
	}
}

func sameKinds(items []engine.Value, k engine.Kind) bool {
	for _, v := range items {
		if v.Kind != k {
			return false
		}
	}
	return true
}

// few is the length up to which looking along a list beats a map.
const few = 8

func inTexts(x textFn, items []engine.Value) boolFn {
	texts := make([]string, len(items))
	set := make(map[string]bool, len(items))
	for i, v := range items {
		texts[i] = v.Str
		set[v.Str] = true
	}
	return func(f *engine.Facts, it *engine.Value) truth {
		s, m := x(f, it)
		if m != exact {
			return m.truth()
		}
		if len(texts) > few {
			return truthOf(set[s])
		}
		for _, t := range texts {
			if t == s {
				return yes
			}
		}
		return no
	}
}

func inNumbers(x numFn, items []engine.Value) boolFn {
	set := make(map[int64]bool, len(items))
	for _, v := range items {
		set[v.Num] = true
	}
	return func(f *engine.Facts, it *engine.Value) truth {
		v, m := x(f, it)
		if m != exact {
			return m.truth()
		}
		return truthOf(set[v])
	}
}
