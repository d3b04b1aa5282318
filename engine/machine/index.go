package machine

import (
	"slices"
	"strings"

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
	former     map[ruleVersion]*engine.Rule
}

// typeIndex files the rules that listen to one event type by the value of one
// field, and also under "that field is missing", where they are unknown.
type typeIndex struct {
	always []int
	paths  []pathIndex
	bounds []boundIndex
}

// boundIndex files rules without such a field by how much a metric must be for
// them to say yes: the metric is read once for all of them.
type boundIndex struct {
	metric int
	least  []int64 // sorted
	rules  []int   // beside least
}

// pathIndex files rules by the value that they expect of one field. Where the
// field has a value of another class they are unknown, as where it is missing.
type pathIndex struct {
	path    string
	prop    string // of "props.x"
	missing []int
	classes [classes]classIndex
}

// classIndex files the rules that expect a text, a number or a boolean.
type classIndex struct {
	rules  []int
	text   map[string][]int
	number map[[2]int64][]int
}

// The classes of values that compare with each other.
const (
	ofText = iota
	ofNumber
	ofBool
	classes
)

// classOf is a value's class; not ok for kinds that no rule is filed by.
func classOf(v engine.Value) (class int, ok bool) {
	switch v.Kind {
	case engine.String:
		return ofText, true
	case engine.Int, engine.Decimal:
		return ofNumber, true
	case engine.Bool:
		return ofBool, true
	}
	return 0, false
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
	switch key := mostSelective(r.Keys); {
	case key != nil:
		t.path(key.Path).file(n, key.Values)
	case len(r.Bounds) > 0 && r.After == 0: // what is put off is decided on other values
		t.bound(r.Bounds[0].Metric).file(n, r.Bounds[0].Least)
	default:
		t.always = append(t.always, n)
	}
}

func (t *typeIndex) bound(metric int) *boundIndex {
	for i := range t.bounds {
		if t.bounds[i].metric == metric {
			return &t.bounds[i]
		}
	}
	t.bounds = append(t.bounds, boundIndex{metric: metric})
	return &t.bounds[len(t.bounds)-1]
}

func (b *boundIndex) file(n int, least int64) {
	at, _ := slices.BinarySearch(b.least, least)
	b.least, b.rules = slices.Insert(b.least, at, least), slices.Insert(b.rules, at, n)
}

// may is how many of the rules, from the front, may say yes. Of a value that is
// unknown or no integer it is all: they say why.
func (b *boundIndex) may(f *engine.Facts) int {
	if f.Event.Late {
		return len(b.rules)
	}
	v := f.Metrics.Metric(b.metric, f)
	if v.Kind != engine.Int {
		return len(b.rules)
	}
	n, found := slices.BinarySearch(b.least, v.Num)
	for found && n < len(b.least) && b.least[n] == v.Num {
		n++
	}
	return n
}

// file enters a rule under each value that it expects.
func (p *pathIndex) file(n int, values []engine.Value) {
	p.missing = append(p.missing, n)
	class, _ := classOf(values[0])
	x := &p.classes[class]
	x.rules = append(x.rules, n)
	for _, v := range values {
		if class == ofText {
			x.text[v.Str] = append(x.text[v.Str], n)
		} else {
			x.number[numberKey(v)] = append(x.number[numberKey(v)], n)
		}
	}
}

func (t *typeIndex) path(path string) *pathIndex {
	for i := range t.paths {
		if t.paths[i].path == path {
			return &t.paths[i]
		}
	}
	p := pathIndex{path: path}
	for i := range p.classes {
		p.classes[i] = classIndex{text: map[string][]int{}, number: map[[2]int64][]int{}}
	}
	p.prop, _ = strings.CutPrefix(path, "props.")
	if p.prop == path {
		p.prop = ""
	}
	t.paths = append(t.paths, p)
	return &t.paths[len(t.paths)-1]
}

// mostSelective is the conjunct with the fewest values, the first of equals,
// among those whose values are of one class.
func mostSelective(keys []engine.IndexKey) *engine.IndexKey {
	var best *engine.IndexKey
	for i := range keys {
		k := &keys[i]
		if oneClass(k.Values) && (best == nil || len(k.Values) < len(best.Values)) {
			best = k
		}
	}
	return best
}

func oneClass(values []engine.Value) bool {
	if len(values) == 0 {
		return false
	}
	first, ok := classOf(values[0])
	for _, v := range values {
		if c, known := classOf(v); !known || c != first {
			ok = false
		}
	}
	return ok
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

// candidates appends the numbers of rules that may match the facts' event, in
// order of rule key.
func (x *index) candidates(out []int, f *engine.Facts) []int {
	t := x.byType[f.Event.Type]
	if t == nil {
		return out
	}
	from := len(out)
	out = append(out, t.always...)
	for i := range t.paths {
		p := &t.paths[i]
		out = p.candidates(out, p.value(f.Event))
	}
	for i := range t.bounds {
		b := &t.bounds[i]
		out = append(out, b.rules[:b.may(f)]...)
	}
	if len(out) > from+len(t.always) { // what is always asked is in order already
		slices.Sort(out[from:])
	}
	return out
}

// beneath appends the rules that a metric's value rules out, in order of rule key.
func (x *index) beneath(out []int, f *engine.Facts) []int {
	t := x.byType[f.Event.Type]
	if t == nil {
		return out
	}
	for i := range t.bounds {
		b := &t.bounds[i]
		out = append(out, b.rules[b.may(f):]...)
	}
	slices.Sort(out)
	return out
}

// candidates appends the rules that may match a value of the field.
func (p *pathIndex) candidates(out []int, v engine.Value) []int {
	class, ok := classOf(v)
	if !ok {
		return append(out, p.missing...)
	}
	for i := range p.classes {
		x := &p.classes[i]
		switch {
		case i != class:
			out = append(out, x.rules...)
		case class == ofText:
			out = append(out, x.text[v.Str]...)
		default:
			out = append(out, x.number[numberKey(v)]...)
		}
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
