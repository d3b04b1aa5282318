package rules

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/rules/expression"
)

// The ways in which a part of a rule may differ.
const (
	Added   = "added"
	Removed = "removed"
	Changed = "changed"
	Moved   = "moved" // the same condition, elsewhere in the tree
	Same    = "same"
)

// Difference is what differs between two documents, part by part. Layout and
// comments are not parts.
type Difference struct {
	Conditions []ConditionChange `json:"conditions"` // all of them, those that are the same included
	Effects    []PartChange      `json:"effects"`
	Settings   []PartChange      `json:"settings"` // trigger, once, limits and all else
}

// Nothing is whether no part differs.
func (d *Difference) Nothing() bool {
	return len(d.Effects)+len(d.Settings) == 0 && !slices.ContainsFunc(d.Conditions, func(c ConditionChange) bool { return c.Change != Same })
}

// ConditionChange is one condition of one expression, on either side.
type ConditionChange struct {
	Field  string          `json:"field"` // when, audience, unless, once, tier/hold, review/up/when ...
	Change string          `json:"change"`
	From   *ConditionPlace `json:"from,omitempty"`
	To     *ConditionPlace `json:"to,omitempty"`
}

// ConditionPlace is a condition as written and where it stands.
type ConditionPlace struct {
	Text  string `json:"text"`
	Start int    `json:"start"` // in runes of the expression
	End   int    `json:"end"`
	Place string `json:"place,omitempty"` // the way down the tree: and/2/or/1
}

// PartChange is one value that differs. Path is its JSON pointer.
type PartChange struct {
	Path   string `json:"path"`
	Change string `json:"change"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
}

// conditional are the fields that hold an expression.
var conditional = []string{"/when", "/audience", "/unless", "/once", "/tier/hold", "/review/score", "/review/exempt",
	"/review/up/when", "/review/down/when", "/review/back/when"}

// Differ compares two documents, which may have problems.
func Differ(from, to *Document) Difference {
	d := Difference{Conditions: []ConditionChange{}, Effects: []PartChange{}, Settings: []PartChange{}}
	apart := map[string]bool{}
	for _, path := range conditional {
		a, b := from.scalarAt(path), to.scalarAt(path)
		list, ok := differConditions(strings.TrimPrefix(path, "/"), a, b)
		if ok {
			apart[path] = true
			d.Conditions = append(d.Conditions, list...)
		}
	}
	for _, name := range []string{"then", "otherwise"} {
		d.Effects = append(d.Effects, differLists("/"+name, from.listAt(name), to.listAt(name))...)
		apart["/"+name] = true
	}
	apart["/key"] = true
	d.Settings = append(d.Settings, differParts(from.parts(apart), to.parts(apart))...)
	return d
}

func (d *Document) scalarAt(path string) string {
	if d == nil || d.root == nil {
		return ""
	}
	if n := d.root.at(path); n != nil && n.path == path && n.kind == scalarNode {
		return n.text
	}
	return ""
}

func (d *Document) listAt(name string) []*node {
	if d == nil || d.root == nil {
		return nil
	}
	if n := d.root.find(name); n != nil {
		return n.items
	}
	return nil
}

// differConditions compares two expressions condition by condition; not ok where
// one cannot be read, and is then compared as a whole.
func differConditions(field, a, b string) (list []ConditionChange, ok bool) {
	was, okA := leaves(a)
	now, okB := leaves(b)
	if !okA || !okB {
		return nil, false
	}
	left := slices.Clone(was)
	pairs := make([]*expression.Leaf, len(now))
	pair := func(alike func(x, y *expression.Leaf) bool) {
		for i := range now {
			if pairs[i] != nil {
				continue
			}
			if k := slices.IndexFunc(left, func(x expression.Leaf) bool { return alike(&x, &now[i]) }); k >= 0 {
				x := left[k]
				pairs[i], left = &x, slices.Delete(left, k, k+1)
			}
		}
	}
	pair(func(x, y *expression.Leaf) bool { return x.Tokens == y.Tokens && x.Place == y.Place })
	pair(func(x, y *expression.Leaf) bool { return x.Tokens == y.Tokens })
	pair(func(x, y *expression.Leaf) bool { return x.Left == y.Left && x.Place == y.Place })
	pair(func(x, y *expression.Leaf) bool { return x.Left == y.Left })
	for i := range now {
		c := ConditionChange{Field: field, Change: Added, To: placeOf(&now[i])}
		if x := pairs[i]; x != nil {
			c.From, c.Change = placeOf(x), Same
			switch {
			case x.Tokens != now[i].Tokens:
				c.Change = Changed
			case shifted(x.Place, now[i].Place):
				c.Change = Moved
			}
		}
		list = append(list, c)
	}
	for i := range left {
		list = append(list, ConditionChange{Field: field, Change: Removed, From: placeOf(&left[i])})
	}
	return list, true
}

func leaves(text string) ([]expression.Leaf, bool) {
	if strings.TrimSpace(text) == "" {
		return nil, true
	}
	return expression.Leaves(text)
}

func placeOf(x *expression.Leaf) *ConditionPlace {
	return &ConditionPlace{Text: x.Text, Start: x.From, End: x.To, Place: x.Place}
}

// shifted is whether a condition means something else where it stands now: that
// others were added before it, or joined to it by and, moves nothing.
func shifted(was, now string) bool { return joints(was) != joints(now) }

// joints is a place without its numbers and without the outermost and.
func joints(place string) string {
	parts := slices.DeleteFunc(strings.Split(place, "/"), func(p string) bool {
		_, err := strconv.Atoi(p)
		return err == nil || p == ""
	})
	if len(parts) > 0 && parts[0] == "and" {
		parts = parts[1:]
	}
	return strings.Join(parts, "/")
}

// part is one value of a document.
type part struct{ path, text string }

// parts are the values of a document but for those apart.
func (d *Document) parts(apart map[string]bool) (list []part) {
	if d != nil && d.root != nil {
		d.root.gather(apart, &list)
	}
	return list
}

func (n *node) gather(apart map[string]bool, out *[]part) {
	if apart[n.path] {
		return
	}
	switch n.kind {
	case mappingNode:
		for _, e := range n.entries {
			e.value.gather(apart, out)
		}
	case listNode:
		for _, item := range n.items {
			item.gather(apart, out)
		}
	default:
		*out = append(*out, part{n.path, n.text})
	}
}

func differParts(was, now []part) (list []PartChange) {
	before := map[string]string{}
	for _, p := range was {
		before[p.path] = p.text
	}
	after := map[string]bool{}
	for _, p := range now {
		after[p.path] = true
		switch text, had := before[p.path]; {
		case !had:
			list = append(list, PartChange{Path: p.path, Change: Added, To: p.text})
		case text != p.text:
			list = append(list, PartChange{Path: p.path, Change: Changed, From: text, To: p.text})
		}
	}
	for _, p := range was {
		if !after[p.path] {
			list = append(list, PartChange{Path: p.path, Change: Removed, From: p.text})
		}
	}
	return list
}

// differLists compares lists of effects: those of one kind in order with each
// other.
func differLists(path string, was, now []*node) (list []PartChange) {
	left := slices.Clone(was)
	for i, n := range now {
		k := slices.IndexFunc(left, func(x *node) bool { return kindOf(x) == kindOf(n) })
		if k < 0 {
			list = append(list, PartChange{Path: path + "/" + strconv.Itoa(i), Change: Added, To: n.written()})
			continue
		}
		x := left[k]
		left = slices.Delete(left, k, k+1)
		list = append(list, differParts(x.under(path, i), n.under(path, i))...)
	}
	for _, x := range left {
		list = append(list, PartChange{Path: x.path, Change: Removed, From: x.written()})
	}
	return list
}

// kindOf is what an item of a list is called.
func kindOf(n *node) string {
	if n.kind == mappingNode && len(n.entries) > 0 {
		return n.entries[0].key.text
	}
	return n.text
}

// under are an item's values as if it stood at a place of a list.
func (n *node) under(path string, place int) []part {
	var list []part
	n.gather(nil, &list)
	for i := range list {
		list[i].path = path + "/" + strconv.Itoa(place) + strings.TrimPrefix(list[i].path, n.path)
	}
	return list
}

// written is an effect in one line.
func (n *node) written() string {
	if n.kind == scalarNode {
		return n.text
	}
	var list []part
	n.gather(nil, &list)
	fields := make([]string, len(list))
	for i, p := range list {
		fields[i] = strings.TrimPrefix(strings.TrimPrefix(p.path, n.path), "/"+kindOf(n)+"/") + ": " + p.text
	}
	return kindOf(n) + " {" + strings.Join(fields, ", ") + "}"
}
