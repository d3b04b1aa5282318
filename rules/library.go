package rules

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"github.com/bylaw-dev/bylaw/engine"
)

// Source is a live rule as it is stored.
type Source struct {
	Key      string
	Version  int
	Document []byte // the author's bytes
	Shadow   bool
	Percent  int
	LiveFrom int64
	Paused   bool // kept, but not in the rulebook
	Former   bool // an earlier version, for what it has under way
	Dropped  bool // of a former one: that is to come to nothing
}

func bySourceKey(a, b Source) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Version, b.Version))
}

// Library makes rulebooks of one workspace and remembers what it compiled, so
// that publishing one rule among a thousand compiles one. It is safe for
// concurrent use. Rulebooks are never changed after they were handed out.
//
// A rulebook's table may number metrics that no rule of it reads: what must be
// kept is what the rules' Metrics name.
type Library struct {
	mu       sync.Mutex
	compiled map[[sha256.Size]byte]*compiled
	metrics  []engine.Metric // numbers that were given out, which compiled rules contain
}

type compiled struct {
	rule    *engine.Rule // nil when it does not compile
	segment engine.Condition
	metrics []int
	err     error
}

// Build compiles the live rules of a workspace. Rules that do not compile are
// set aside in Broken with an *engine.Error and hurt no other.
func (l *Library) Build(revision int64, sources []Source, s Scope) *engine.Rulebook {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.Rules = nil // that a rule is gone breaks no other, and each publish would compile all
	world := fingerprint(s)
	book := l.build(revision, sources, s, world)
	// Numbers are never reused, so the table keeps those of rules that are gone.
	// When they are the most of it, everything is numbered afresh.
	if used := l.usedMetrics(); len(book.Metrics.All) > 64 && used*2 < len(book.Metrics.All) {
		l.compiled, l.metrics = nil, nil
		book = l.build(revision, sources, s, world)
	}
	l.metrics = book.Metrics.All
	return book
}

func (l *Library) build(revision int64, sources []Source, s Scope, world [sha256.Size]byte) *engine.Rulebook {
	book := &engine.Rulebook{Revision: revision, Metrics: engine.NewMetricTable(), Kept: []int{}, Broken: map[string]error{}}
	for _, m := range l.metrics {
		book.Metrics.Intern(m) // in the same order, so with the same numbers
	}
	kept := make(map[[sha256.Size]byte]*compiled, len(sources))
	for _, src := range slices.SortedFunc(slices.Values(sources), bySourceKey) {
		id := sha256.Sum256(append(world[:], src.Document...))
		c := l.compiled[id]
		if c == nil {
			c = compileSource(src.Document, s, book.Metrics)
		}
		kept[id] = c
		switch {
		case src.Paused:
		case src.Former:
			c.former(book, src)
		case c.err != nil:
			book.Broken[src.Key] = c.err
		case c.rule.Key != src.Key:
			book.Broken[src.Key] = engine.Conflict(engine.Text{En: "the document's key is " + c.rule.Key, Zh: "文档的 key 是 " + c.rule.Key})
		default:
			rule := c.versioned(src)
			book.Rules = append(book.Rules, rule)
			book.Kept = append(book.Kept, rule.Metrics...)
		}
	}
	l.segments(book, s, world, kept)
	slices.Sort(book.Kept)
	book.Kept = slices.Compact(book.Kept)
	l.compiled = kept
	return book
}

func compileSource(document []byte, s Scope, table *engine.MetricTable) *compiled {
	doc, _ := Parse(document)
	rule, found := Compile(doc, 0, s, table)
	c := &compiled{rule: rule, err: engine.Invalid(engine.Text{En: "the rule no longer compiles", Zh: "规则已无法编译"}, found...)}
	if rule != nil {
		c.metrics = rule.Metrics
	}
	return c
}

// SegmentPrefix comes before a segment's key in a rulebook's Broken.
const SegmentPrefix = "segment:"

// names notes the segments that a rule writes to.
func (c *compiled) names(segments map[string]bool) {
	if c.rule == nil {
		return
	}
	for _, plans := range [...][]engine.EffectPlan{c.rule.Then, c.rule.Otherwise} {
		for i := range plans {
			if f, ok := plans[i].Field("segment"); ok {
				segments[f.Key] = true
			}
		}
	}
}

// segments compiles the saved expressions over members; of those that are built in
// the ones that a rule names, because what they count is kept for everybody.
func (l *Library) segments(book *engine.Rulebook, s Scope, world [sha256.Size]byte, kept map[[sha256.Size]byte]*compiled) {
	named := map[string]bool{}
	for _, c := range kept {
		c.names(named)
	}
	book.Segments = make(map[string]engine.Condition, len(s.Defs.Segments))
	for _, key := range slices.Sorted(maps.Keys(s.Defs.Segments)) {
		segment := s.Defs.Segments[key]
		if segment.Builtin && !named[key] {
			continue
		}
		id := sha256.Sum256(append(append(world[:], "segment\x00"...), segment.Where...))
		c := l.compiled[id]
		if c == nil {
			c = compileSegment(segment.Where, s, book.Metrics)
		}
		kept[id] = c
		if c.err != nil {
			book.Broken[SegmentPrefix+key] = c.err
		} else {
			book.Segments[key] = c.segment
			book.Kept = append(book.Kept, c.metrics...)
		}
	}
}

func compileSegment(where string, s Scope, table *engine.MetricTable) *compiled {
	p, found := CompileSegment(where, s, table)
	if p == nil {
		return &compiled{err: engine.Invalid(engine.Text{En: "the segment does not compile", Zh: "人群条件无法编译"}, found...)}
	}
	return &compiled{segment: p.Condition(), metrics: p.Metrics()}
}

// usedMetrics counts the metrics that something compiled reads.
func (l *Library) usedMetrics() int {
	used := map[int]bool{}
	for _, c := range l.compiled {
		for _, id := range c.metrics {
			used[id] = true
		}
	}
	return len(used)
}

// fingerprint is of all that compiling a rule reads of a workspace.
func fingerprint(s Scope) [sha256.Size]byte {
	d := s.Defs
	fields := map[string][]engine.Kind{} // kinds are not in the JSON of fields
	for key, t := range d.EventTypes {
		for _, f := range t.Fields {
			fields[key] = append(fields[key], f.Kind)
		}
	}
	rewards := map[string]string{}
	for key, r := range d.Rewards {
		rewards[key] = r.Kind
	}
	hash := sha256.New()
	encoder := json.NewEncoder(hash)
	for _, part := range []any{d.EventTypes, fields, d.Attributes, d.Ladders, d.Templates, rewards,
		slices.Sorted(maps.Keys(d.Groups)), slices.Sorted(maps.Keys(d.Segments))} {
		if err := encoder.Encode(part); err != nil {
			panic("rules: definitions are not JSON: " + err.Error()) // they were read from JSON
		}
	}
	return [sha256.Size]byte(hash.Sum(nil))
}
