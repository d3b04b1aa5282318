package rules

import (
	"maps"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules/expression"
)

// Check finds everything that is wrong with a document in a workspace: what
// Parse found, its expressions, what it refers to, and what looks like a
// mistake (warnings). Sorted by place.
func Check(doc *Document, s Scope) []engine.Problem { return Examine(doc, s).Problems }

// CheckSource is Parse and Check in one step.
func CheckSource(src []byte, s Scope) (*Document, []engine.Problem) {
	doc, _ := Parse(src)
	return doc, Check(doc, s)
}

// Compile makes the rule that the engine runs, its metrics numbered in the
// table. The rule is nil when there are errors; problems are without warnings.
func Compile(doc *Document, version int, s Scope, table *engine.MetricTable) (*engine.Rule, []engine.Problem) {
	m := newMaker(doc, s, table)
	rule := m.make()
	errors := slices.DeleteFunc(slices.Concat(m.list, doc.problems), func(p engine.Problem) bool { return p.Warning })
	if len(errors) > 0 {
		return nil, sorted(errors)
	}
	rule.Version = version
	return rule, nil
}

// CompileAlone makes a rulebook that holds the document's rule and nothing else,
// to try it, run its cases or test it on the past. Nil when there are errors.
func CompileAlone(doc *Document, version int, s Scope) (*engine.Rulebook, []engine.Problem) {
	book := &engine.Rulebook{Metrics: engine.NewMetricTable(), Broken: map[string]error{}, Segments: map[string]engine.Condition{}}
	rule, found := Compile(doc, version, s, book.Metrics)
	if rule == nil {
		return nil, found
	}
	book.Rules = []*engine.Rule{rule}
	return book, nil
}

// maker turns one document into a rule and reports what stands in the way.
type maker struct {
	problems
	doc     *Document
	scope   Scope
	base    expression.Vocabulary
	table   *engine.MetricTable
	metrics map[int]bool
	when    *expression.Program
	read    []readExpression

	personal bool // some text names a personal field
}

func newMaker(doc *Document, s Scope, table *engine.MetricTable) *maker {
	return &maker{doc: doc, scope: s, base: s.base(), table: table, metrics: map[int]bool{}}
}

func (m *maker) make() *engine.Rule {
	d := m.doc
	r := &engine.Rule{Key: d.Key, Kind: d.Kind, Title: d.Title, Every: d.Every, Misfire: d.Misfire, Subject: d.Subject,
		Once: d.Once, After: d.After, Group: d.Group, Ladder: d.Ladder, Limits: d.Limits}
	r.On = slices.Sorted(slices.Values(d.On))
	m.references()
	if d.When != nil {
		if m.when = m.program(d.When, m.at(deciding), condition); m.when != nil {
			r.When = m.when.Condition()
			if len(d.On) > 0 {
				r.Keys, r.Bounds = m.when.Keys(), m.when.Bounds()
			}
		}
	}
	r.Audience = m.condition(d.Audience, m.at(standing))
	r.Unless = m.condition(d.Unless, m.at(deciding))
	if d.OnceExpr != nil {
		r.OnceExpr = m.value(d.OnceExpr, m.at(deciding), expression.AnyKind)
	}
	r.Tier = m.tier()
	r.Review = m.review()
	r.Then = m.plans(d.Then)
	if d.Tier != nil && r.When != nil {
		r.When = promotion{r.When, d.Tier.Ladder, d.Tier.To}
		r.Then = append([]engine.EffectPlan{promotes(d.Tier)}, r.Then...)
	}
	r.Otherwise = m.plans(d.Otherwise)
	r.Metrics = slices.Sorted(maps.Keys(m.metrics))
	r.Personal = m.personal
	return r
}

func (m *maker) at(p place) *expression.Vocabulary {
	return m.doc.vocabulary(m.base, p, engine.Unknown)
}

var condition = expression.Want(engine.Bool)

func (m *maker) tier() *engine.TierPlan {
	t := m.doc.Tier
	if t == nil {
		return nil
	}
	plan := &engine.TierPlan{Ladder: t.Ladder, To: t.To, Hold: m.condition(t.Hold, m.at(standing)), Grace: t.Grace}
	if t.Hold != nil && m.when != nil {
		m.stricter(t.Hold)
	}
	return plan
}

func (m *maker) review() *engine.ReviewPlan {
	v := m.doc.Review
	if v == nil {
		return nil
	}
	plan := &engine.ReviewPlan{Every: v.Every, Groups: v.Groups, Ladder: v.Ladder, AllGroups: v.AllGroups, Ties: v.Ties, Notice: v.Notice, MinGroup: v.MinGroup}
	kind := engine.Decimal
	if v.Score != nil {
		if p := m.program(v.Score, m.at(reviewing), expression.Want(engine.Int, engine.Decimal)); p != nil {
			plan.Score, kind = p.Expression(), p.Kind()
		}
	}
	voc := m.doc.vocabulary(m.base, scored, kind)
	plan.Up, plan.Down, plan.Back = m.move(v.Up, voc), m.move(v.Down, voc), m.move(v.Back, voc)
	plan.Exempt = m.condition(v.Exempt, voc)
	plan.ActiveDays = m.activeDays(voc.OneRoom)
	return plan
}

// activeDays numbers the metric that breaks ties of a review.
func (m *maker) activeDays(oneRoom bool) int {
	days := engine.Metric{Source: engine.OfMember, Type: engine.AnyType, Window: "period", Agg: engine.Days}
	if oneRoom {
		days.Filter = []engine.MetricFilter{{Name: "group", FromEvent: "group"}}
	}
	id := m.table.Intern(days)
	m.reads([]int{id})
	return id
}

func (m *maker) move(v *Move, voc *expression.Vocabulary) *engine.ReviewMove {
	if v == nil {
		return nil
	}
	return &engine.ReviewMove{Count: v.Count, From: v.From, To: v.To, When: m.condition(v.When, voc)}
}
