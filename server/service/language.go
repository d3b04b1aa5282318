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

// CheckText implements Language: a text stands where there is an event.
func (Bylaw) CheckText(text string, defs *engine.Definitions) []engine.Problem {
	v := expression.NewVocabulary(defs)
	v.Event = true
	_, problems := expression.CompileTemplate(text, v, engine.NewMetricTable())
	return problems
}

// Filter implements Language.
func (Bylaw) Filter(where string, defs *engine.Definitions) (Filter, []engine.Problem) {
	v := expression.NewVocabulary(defs)
	v.NoGroup = true
	metrics := engine.NewMetricTable()
	p, problems := expression.Compile(where, expression.Want(engine.Bool), v, metrics)
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
	return Outline{Key: doc.Key, Kind: string(doc.Kind), Title: doc.Title}
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
		Effects:   engine.EffectSchemas, Officers: engine.OfficerRoles,
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

// Books compiles rules; it implements machine.Books. A Library remembers what it
// compiled of one workspace; without one everything is compiled anew.
type Books struct{ Library *rules.Library }

// Book implements machine.Books.
func (b Books) Book(revision int64, list []engine.Definition, defs *engine.Definitions) (*engine.Rulebook, error) {
	sources, broken := rules.Sources(list)
	keys := map[string]bool{}
	for _, d := range list {
		keys[d.Key] = true
	}
	library := b.Library
	if library == nil {
		library = &rules.Library{}
	}
	book := library.Build(revision, sources, rules.Scope{Defs: defs, Rules: keys})
	maps.Copy(book.Broken, broken)
	return book, nil
}
