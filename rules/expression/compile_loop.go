package expression

import "github.com/bylaw-dev/bylaw/engine"

// loop compiles a list function. Every item is a step.
func (g *generator) loop(n *node) code {
	list, body := g.as(n.kids[0], kList).l, n.kids[1]
	switch n.name {
	case "any":
		return code{kind: kBool, b: anyItem(list, g.as(body, kBool).b)}
	case "none":
		return code{kind: kBool, b: notCode(anyItem(list, g.as(body, kBool).b))}
	case "all":
		return code{kind: kBool, b: notCode(anyItem(list, notCode(g.as(body, kBool).b)))}
	case "one":
		return code{kind: kBool, b: oneItem(list, g.as(body, kBool).b)}
	case "count":
		return code{kind: kInt, n: countItems(list, g.as(body, kBool).b)}
	case "filter":
		return code{kind: kList, l: filterItems(list, g.as(body, kBool).b)}
	case "map":
		return code{kind: kList, l: mapItems(list, g.compile(body).any())}
	}
	return g.sum(n, list)
}

func anyItem(list listFn, body boolFn) boolFn {
	return func(f *engine.Facts, it *engine.Value) truth {
		items, m := list(f, it)
		if m != exact {
			return m.truth()
		}
		out := no
		for i := range items {
			if f.Steps--; f.Steps < 0 {
				return tired.truth()
			}
			t := body(f, &items[i])
			if t == yes {
				return yes
			}
			out = max(out, t)
		}
		return out
	}
}

// tally counts the items that fulfil a condition; worst is the mark of those of
// which nobody knows.
func tally(f *engine.Facts, items []engine.Value, body boolFn) (hits int64, worst mark) {
	for i := range items {
		if f.Steps--; f.Steps < 0 {
			return 0, tired
		}
		switch t := body(f, &items[i]); t {
		case yes:
			hits++
		case no:
		default:
			worst = max(worst, t.mark())
		}
	}
	return hits, worst
}

func oneItem(list listFn, body boolFn) boolFn {
	return func(f *engine.Facts, it *engine.Value) truth {
		items, m := list(f, it)
		if m != exact {
			return m.truth()
		}
		hits, worst := tally(f, items, body)
		switch {
		case hits > 1 && !worst.failed():
			return no
		case worst != exact:
			return worst.truth()
		}
		return truthOf(hits == 1)
	}
}

func countItems(list listFn, body boolFn) numFn {
	return func(f *engine.Facts, it *engine.Value) (int64, mark) {
		items, m := list(f, it)
		if m != exact {
			return 0, m
		}
		return tally(f, items, body)
	}
}

func filterItems(list listFn, body boolFn) listFn {
	return func(f *engine.Facts, it *engine.Value) ([]engine.Value, mark) {
		items, m := list(f, it)
		if m != exact {
			return nil, m
		}
		out := make([]engine.Value, 0, len(items))
		worst := exact
		for i := range items {
			if f.Steps--; f.Steps < 0 {
				return nil, tired
			}
			switch t := body(f, &items[i]); t {
			case yes:
				out = append(out, items[i])
			case no:
			default:
				worst = max(worst, t.mark())
			}
		}
		return out, worst
	}
}

// mapItems keeps unknown items as such: x in map(...) may still hit another.
func mapItems(list listFn, body anyFn) listFn {
	return func(f *engine.Facts, it *engine.Value) ([]engine.Value, mark) {
		items, m := list(f, it)
		if m != exact {
			return nil, m
		}
		out := make([]engine.Value, len(items))
		worst := exact
		for i := range items {
			if f.Steps--; f.Steps < 0 {
				return nil, tired
			}
			v, m := body(f, &items[i])
			if m.failed() {
				worst = max(worst, m)
			}
			out[i] = value(v, m)
		}
		return out, worst
	}
}

func (g *generator) sum(n *node, list listFn) code {
	body := n.kids[1]
	switch n.kind {
	case kInt, kDec:
		return code{kind: n.kind, n: sumNumbers(list, g.compile(body).n)}
	case kReal:
		return code{kind: kReal, r: sumReals(list, g.compile(body).r)}
	}
	x := g.as(body, kAny).v
	return code{kind: kAny, v: func(f *engine.Facts, it *engine.Value) (engine.Value, mark) {
		items, m := list(f, it)
		if m != exact {
			return nothing, m
		}
		total, worst := engine.IntValue(0), exact
		for i := range items {
			if f.Steps--; f.Steps < 0 {
				return nothing, tired
			}
			v, m := x(f, &items[i])
			if m == exact && v.Kind != engine.Int && v.Kind != engine.Decimal {
				m = wrongType
			}
			if m == exact && worst == exact {
				total, m = arithValues("+", total, v, f)
			}
			worst = max(worst, m.usable())
		}
		return total, worst
	}}
}

func sumNumbers(list listFn, body numFn) numFn {
	return func(f *engine.Facts, it *engine.Value) (int64, mark) {
		items, m := list(f, it)
		if m != exact {
			return 0, m
		}
		total, worst := int64(0), exact
		for i := range items {
			if f.Steps--; f.Steps < 0 {
				return 0, tired
			}
			v, m := body(f, &items[i])
			if m == exact && worst == exact {
				total, m = addInt(total, v)
			}
			worst = max(worst, m.usable())
		}
		return total, worst
	}
}

func sumReals(list listFn, body realFn) realFn {
	return func(f *engine.Facts, it *engine.Value) (float64, mark) {
		items, m := list(f, it)
		if m != exact {
			return 0, m
		}
		total, worst := 0.0, exact
		for i := range items {
			if f.Steps--; f.Steps < 0 {
				return 0, tired
			}
			v, m := body(f, &items[i])
			if m == exact && worst == exact {
				total, m = realOp("+", total, v)
			}
			worst = max(worst, m.usable())
		}
		return total, worst
	}
}
