package machine

import (
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// index finds the rules that may match an event without asking all of them. It
// only prunes: every candidate is still decided in full.
type index struct {
	rules      []*engine.Rule // sorted by key; candidates are numbers into it
	byKey      map[string]int
	byType     map[string]*typeIndex
	thresholds map[string][]int // by group
	scheduled  []*engine.Rule
	reviews    []*engine.Rule
	holds      []*engine.Rule  // tier rules with a hold condition
	reversed   map[string]bool // rules that some rule reverses
}

// typeIndex files the rules that listen to one event type by the value of one
// field, and also under "that field is missing", where they are unknown.
type typeIndex struct {
	always []int
	paths  []pathIndex
}

type pathIndex struct {
	path             string
	prop             string // of "props.x"
	text             map[string][]int
	number           map[[2]int64][]int
	missing          []int
	textual, numeric []int // rules that expect text, or numbers: unknown where the other is given
}

func newIndex(rules []*engine.Rule) index {
	x := index{rules: rules, byKey: make(map[string]int, len(rules)), byType: map[string]*typeIndex{}, thresholds: map[string][]int{}, reversed: map[string]bool{}}
	for n, r := range rules {
		x.noteReversals(r)
		x.byKey[r.Key] = n
		switch {
		case r.Kind == engine.Threshold:
			x.thresholds[r.Group] = append(x.thresholds[r.Group], n)
		case r.Review != nil:
			x.reviews = append(x.reviews, r)
		case r.Every != "":
			x.scheduled = append(x.scheduled, r)
		default:
			for _, typ := range r.On {
				x.file(typ, n, r)
			}
		}
		if r.Tier != nil && r.Tier.Hold != nil {
			x.holds = append(x.holds, r)
		}
	}
	return x
}

func (x *index) noteReversals(r *engine.Rule) {
	for _, p := range append(slices.Clone(r.Then), r.Otherwise...) {
		if p.Kind != engine.Reverse {
			continue
		}
		if f, ok := p.Field("rule"); ok {
			x.reversed[f.Key] = true
		}
	}
}

func (x *index) file(typ string, n int, r *engine.Rule) {
	t := x.byType[typ]
	if t == nil {
		t = &typeIndex{}
		x.byType[typ] = t
	}
	key := mostSelective(r.Keys)
	if key == nil {
		t.always = append(t.always, n)
		return
	}
	p := t.path(key.Path)
	p.missing = append(p.missing, n)
	for _, v := range key.Values {
		if v.Kind == engine.String {
			p.text[v.Str] = append(p.text[v.Str], n)
		} else {
			p.number[numberKey(v)] = append(p.number[numberKey(v)], n)
		}
	}
	if key.Values[0].Kind == engine.String {
		p.textual = append(p.textual, n)
	} else {
		p.numeric = append(p.numeric, n)
	}
}

func (t *typeIndex) path(path string) *pathIndex {
	for i := range t.paths {
		if t.paths[i].path == path {
			return &t.paths[i]
		}
	}
	p := pathIndex{path: path, text: map[string][]int{}, number: map[[2]int64][]int{}}
	if len(path) > 6 && path[:6] == "props." {
		p.prop = path[6:]
	}
	t.paths = append(t.paths, p)
	return &t.paths[len(t.paths)-1]
}

// mostSelective is the conjunct with the fewest values; the first of equals.
func mostSelective(keys []engine.IndexKey) *engine.IndexKey {
	var best *engine.IndexKey
	for i := range keys {
		if k := &keys[i]; len(k.Values) > 0 && best == nil || best != nil && len(k.Values) > 0 && len(k.Values) < len(best.Values) {
			best = k
		}
	}
	return best
}

// numberKey makes equal numbers equal keys, whether integer or decimal.
func numberKey(v engine.Value) [2]int64 {
	switch v.Kind {
	case engine.Int:
		return [2]int64{v.Num, 0}
	case engine.Decimal:
		return [2]int64{v.Num / engine.Micro, v.Num % engine.Micro}
	}
	return [2]int64{v.Num, -1 - int64(v.Kind)}
}

// candidates appends the numbers of rules that may match, in order of rule key.
func (x *index) candidates(out []int, e *engine.Event) []int {
	t := x.byType[e.Type]
	if t == nil {
		return out
	}
	from := len(out)
	out = append(out, t.always...)
	for i := range t.paths {
		p := &t.paths[i]
		switch v := p.value(e); v.Kind {
		case engine.Unknown:
			out = append(out, p.missing...)
		case engine.String:
			out = append(append(out, p.text[v.Str]...), p.numeric...)
		case engine.Opaque, engine.List:
			out = append(out, p.missing...) // a value of another type is unknown too
		default:
			out = append(append(out, p.number[numberKey(v)]...), p.textual...)
		}
	}
	if len(out) > from+len(t.always) { // what is always asked is in order already
		slices.Sort(out[from:])
	}
	return out
}

func (p *pathIndex) value(e *engine.Event) engine.Value {
	if p.prop != "" {
		return e.Prop(p.prop)
	}
	s := ""
	switch p.path {
	case "group":
		s = e.Group
	case "content":
		s = e.Content
	case "origin":
		s = e.Origin
	}
	if s == "" {
		return engine.UnknownValue(engine.MissingProp)
	}
	return engine.StringValue(s)
}
