package expression

import (
	"math"

	"github.com/bylaw-dev/bylaw/engine"
)

// keysOf finds the top-level conjuncts field == constant and field in [constants]
// on fields of the event.
func keysOf(root *node) []engine.IndexKey {
	var keys []engine.IndexKey
	for _, n := range conjuncts(root) {
		if k, ok := keyOf(n); ok {
			keys = append(keys, k)
		}
	}
	return keys
}

func conjuncts(root *node) []*node {
	if root.op == opAnd {
		return root.kids
	}
	return []*node{root}
}

// boundsOf finds the top-level conjuncts metric >= constant and metric > constant
// of integers.
func boundsOf(root *node) []engine.IndexBound {
	var bounds []engine.IndexBound
	for _, n := range conjuncts(root) {
		if b, ok := boundOf(n); ok {
			bounds = append(bounds, b)
		}
	}
	return bounds
}

func boundOf(n *node) (b engine.IndexBound, ok bool) {
	if n.op != opCompare || len(n.kids) != 2 {
		return b, false
	}
	metric, literal, r := n.kids[0], n.kids[1], relations[n.name]
	if metric.op == opConst {
		metric, literal, r = literal, metric, mirror[r]
	}
	v, constant := literal.constant()
	if !constant || metric.op != opMetric || metric.kind != kInt || literal.kind != kInt {
		return b, false
	}
	b = engine.IndexBound{Metric: metric.metric.id, Least: v.Num}
	switch {
	case r == greaterEqual:
		return b, true
	case r == greater && v.Num < math.MaxInt64:
		b.Least++
		return b, true
	}
	return b, false
}

func keyOf(n *node) (engine.IndexKey, bool) {
	if len(n.kids) != 2 {
		return engine.IndexKey{}, false
	}
	field, literal := n.kids[0], n.kids[1]
	if n.op == opCompare && field.op == opConst {
		field, literal = literal, field
	}
	v, ok := literal.constant()
	switch {
	case !ok || field.op != opName || field.path == "":
	case n.op == opCompare && n.name == "==":
		return engine.IndexKey{Path: field.path, Values: []engine.Value{IndexValue(v)}}, true
	case n.op == opIn:
		key := engine.IndexKey{Path: field.path}
		for _, item := range v.List {
			key.Values = append(key.Values, IndexValue(item))
		}
		return key, true
	}
	return engine.IndexKey{}, false
}

// IndexValue writes a value the one way that index keys are written: a decimal
// that is whole as an integer. An index looks up an event's value through it, and
// takes a value of another kind than the key's for a missing one.
func IndexValue(v engine.Value) engine.Value {
	if v.Kind == engine.Decimal && v.Num%engine.Micro == 0 {
		return engine.IntValue(v.Num / engine.Micro)
	}
	return v
}
