package expression

import "github.com/bylaw-dev/bylaw/engine"

// op is what a node does.
type op uint8

const (
	opConst   op = iota // value
	opName              // read a fact: name
	opMetric            // read a metric: metric
	opAnd               //
	opOr                //
	opNot               //
	opNegate            //
	opCompare           // name is == != < <= > >=
	opIn                // kids: what, list
	opText              // name is contains startsWith endsWith
	opMatches           // value is the pattern
	opArith             // name is + - * / %
	opChoose            // c ? a : b
	opElse              // ??
	opCall              // name is the function
	opLoop              // name is any all none one count filter map sum; kids: list, body
	opElement           // # in a loop
)

// node is a typed node with its range in the source.
type node struct {
	op     op
	kind   kind
	elem   kind // of a list: its elements' kind
	lo, hi int  // rune offsets
	name   string
	kids   []*node
	value  engine.Value
	build  func(*generator) code // of names and calls: makes the closure
	metric *metricUse
	noun   engine.Text // how an explanation calls it: "points", "积分"
	phrase phrase      // how an explanation says a quantity of it
	says   *says       // how an explanation says that it is so or not
	path   string      // of event fields that an index or a filter may use: group, content, origin, props.x
}

// metricUse is one metric that an expression reads.
type metricUse struct {
	engine.Metric
	id int // in the caller's table, once all is well
}

var bad = &node{kind: kBad}

// constant is the node's value where it is a literal.
func (n *node) constant() (engine.Value, bool) { return n.value, n.op == opConst }
