package service

import (
	"maps"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/rules/expression"
)

// Bylaw is the Language of package rules.
type Bylaw struct{}

var _ Language = Bylaw{}

// CheckRule implements Language.
func (Bylaw) CheckRule(source []byte, defs *engine.Definitions) []engine.Problem {
	_, problems := rules.CheckSource(source, rules.Scope{Defs: defs})
	return problems
}

// Text implements Language: a text stands where there is an event.
func (Bylaw) Text(text string, defs *engine.Definitions) (Text, []engine.Problem) {
	v := expression.NewVocabulary(defs)
	v.Event = true
	metrics := engine.NewMetricTable()
	t, problems := expression.CompileTemplate(text, v, metrics)
	if t == nil {
		return Text{}, problems
	}
	return Text{Write: t.Render, Metrics: metrics, Personal: t.ReadsPersonal()}, problems
}

// Filter implements Language.
func (Bylaw) Filter(where string, defs *engine.Definitions) (Filter, []engine.Problem) {
	metrics := engine.NewMetricTable()
	p, problems := rules.CompileSegment(where, rules.Scope{Defs: defs}, metrics)
	if p == nil {
		return Filter{}, problems
	}
	return Filter{Condition: p.Condition(), Metrics: metrics}, problems
}

// Outline implements Language.
func (Bylaw) Outline(source []byte) Outline {
	doc, _ := rules.Parse(source)
	if doc == nil {
		return Outline{}
	}
	out := Outline{Key: doc.Key, Kind: string(doc.Kind), Title: doc.Title, On: doc.On}
	for _, e := range slices.Concat(doc.Then, doc.Otherwise) {
		if !slices.Contains(out.Does, e.Kind) {
			out.Does = append(out.Does, e.Kind)
		}
	}
	if doc.Tier != nil || doc.Review != nil {
		out.Does = append(out.Does, engine.MoveTier)
	}
	return out
}

// Place says where an expression stands that is being typed.
type Place struct {
	On      []string // event types; nil: there is no event
	Subject engine.SubjectKind
	Ladder  string
	Review  bool
	Text    bool
}

// Complete implements Language.
func (Bylaw) Complete(text string, cursor int, p Place, defs *engine.Definitions) []expression.Completion {
	v := expression.NewVocabulary(defs)
	v.Event, v.On, v.Subject, v.Ladder = p.On != nil, p.On, p.Subject, p.Ladder
	v.Period, v.Texts = p.Review, p.Text
	v.NoGroup = p.On == nil && !p.Review
	return expression.Complete(text, cursor, v)
}

// Words are what a workspace's rules may name.
type Words struct {
	EventTypes []*engine.EventType   `json:"event_types"`
	Ladders    []*engine.Ladder      `json:"ladders"`
	Attributes []*engine.Attribute   `json:"attributes"`
	Groups     []Named               `json:"groups"`
	Rewards    []Named               `json:"rewards"`
	Templates  []Named               `json:"templates"`
	Channels   []Named               `json:"channels"`
	Segments   []Named               `json:"segments"`
	Effects    []engine.EffectSchema `json:"effects"`
	Officers   []string              `json:"officer_roles"`
	Language   []Word                `json:"language"`
	Reasons    []engine.ReasonInfo   `json:"reasons"`
}

// Word is one word of the language.
type Word struct {
	Name    string      `json:"name"`
	Kind    string      `json:"kind"` // name, function, method, operator or window
	Usage   string      `json:"usage"`
	Type    string      `json:"type,omitempty"`
	Text    engine.Text `json:"text"`
	Example string      `json:"example,omitempty"`
	Scope   string      `json:"scope,omitempty"`
}

func words() []Word {
	docs := expression.Docs()
	out := make([]Word, len(docs))
	for i, d := range docs {
		out[i] = Word(d)
	}
	return out
}

// Named is a key with its title.
type Named struct {
	Key   string      `json:"key"`
	Kind  string      `json:"kind,omitempty"`
	Title engine.Text `json:"title"`
}

// Vocabulary implements Language.
func (Bylaw) Vocabulary(d *engine.Definitions) any {
	return Words{
		EventTypes: inOrder(d.EventTypes), Ladders: inOrder(d.Ladders), Attributes: inOrder(d.Attributes),
		Groups:    named(d.Groups, func(k string, g *engine.GroupDef) Named { return Named{Key: k, Title: g.Title} }),
		Rewards:   named(d.Rewards, func(k string, r *engine.Reward) Named { return Named{Key: k, Kind: r.Kind, Title: r.Title} }),
		Templates: named(d.Templates, func(k string, t *engine.Template) Named { return Named{Key: k, Title: t.Title} }),
		Channels:  named(d.Channels, func(k string, c *engine.ChannelDef) Named { return Named{Key: k, Kind: c.Plugin, Title: c.Title} }),
		Segments:  named(d.Segments, func(k string, s *engine.Segment) Named { return Named{Key: k, Title: s.Title} }),
		Effects:   engine.EffectSchemas, Officers: engine.OfficerRoles, Language: words(), Reasons: engine.Reasons,
	}
}

func inOrder[V any](m map[string]V) []V {
	out := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}

func named[V any](m map[string]V, as func(string, V) Named) []Named {
	out := make([]Named, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, as(k, m[k]))
	}
	return out
}
