package expression

import "github.com/bylaw-dev/bylaw/engine"

// keysOf finds the top-level conjuncts field == constant and field in [constants]
// on fields of the event.
func keysOf(root *node) []engine.IndexKey {
	terms := []*node{root}
	if root.op == opAnd {
		terms = root.kids
	}
	var keys []engine.IndexKey
	for _, n := range terms {
		if k, ok := keyOf(n); ok {
			keys = append(keys, k)
		}
	}
	return keys
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
