package rules

import (
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

type nodeKind uint8

const (
	scalarNode nodeKind = iota
	mappingNode
	listNode
)

// node is one value of a document, whichever notation it was written in.
type node struct {
	kind    nodeKind
	text    string // of a scalar
	plain   bool   // a scalar without quotes: may be an integer or true and false
	block   bool   // a scalar written as a | block
	refused bool   // its notation was reported: nothing more is said about it
	path    string // JSON pointer
	from    int    // byte range in the source
	to      int
	src     *source
	pieces  []piece // of a scalar, where its characters come from
	entries []entry // of a mapping, in order
	items   []*node // of a list
}

type entry struct {
	key   *node
	value *node
}

// piece says that the value's runes from rune on are the source's from offset
// on, one for one, up to the next piece.
type piece struct {
	rune   int
	offset int
}

// find gives a mapping's value, nil where it has none.
func (n *node) find(name string) *node {
	for _, e := range n.entries {
		if e.key.text == name {
			return e.value
		}
	}
	return nil
}

// empty is whether nothing was written: "when:" with nothing after it.
func (n *node) empty() bool { return n.kind == scalarNode && n.plain && n.text == "" }

// sourceOffset gives the byte offset in the source of a scalar's rune.
func (n *node) sourceOffset(runes int) int {
	i := sort.Search(len(n.pieces), func(i int) bool { return n.pieces[i].rune > runes }) - 1
	if i < 0 {
		return n.from
	}
	at := n.pieces[i].offset
	for k := n.pieces[i].rune; k < runes && at < n.to; k++ {
		_, size := utf8.DecodeRuneInString(n.src.text[at:])
		at += size
	}
	return at
}

// integer reads an unquoted integer by the language's own rule.
func (n *node) integer() (int64, bool) {
	if n.kind != scalarNode || !n.plain || !isInteger(n.text) {
		return 0, false
	}
	v, err := strconv.ParseInt(n.text, 10, 64)
	return v, err == nil
}

// boolean reads an unquoted true or false.
func (n *node) boolean() (value, ok bool) {
	if n.kind != scalarNode || !n.plain || n.text != "true" && n.text != "false" {
		return false, false
	}
	return n.text == "true", true
}

// isInteger is -?(0|[1-9][0-9]*).
func isInteger(s string) bool {
	s = strings.TrimPrefix(s, "-")
	return s == "0" || s != "" && s[0] != '0' && allDigits(s)
}

// isDecimal is an integer, a point and digits.
func isDecimal(s string) bool {
	whole, fraction, found := strings.Cut(s, ".")
	return found && isInteger(whole) && fraction != "" && allDigits(fraction)
}

func allDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// child gives the JSON pointer of a member of the value at path.
func child(path, name string) string {
	if strings.IndexByte(name, '~') < 0 && strings.IndexByte(name, '/') < 0 { // all but a few
		return path + "/" + name
	}
	return path + "/" + pointerEscapes.Replace(name)
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// at finds the node with a JSON pointer, nil where there is none.
func (n *node) at(path string) *node {
	if n.path == path {
		return n
	}
	for _, e := range n.entries {
		if path == e.value.path || strings.HasPrefix(path, e.value.path+"/") {
			return e.value.at(path)
		}
	}
	for _, item := range n.items {
		if path == item.path || strings.HasPrefix(path, item.path+"/") {
			return item.at(path)
		}
	}
	return nil
}
