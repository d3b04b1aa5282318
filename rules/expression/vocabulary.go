package expression

import (
	"maps"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// Vocabulary is what an expression may speak of where it stands. The caller
// fills it; it is not changed by this package and may be shared.
type Vocabulary struct {
	// The workspace.
	Types      map[string]*engine.EventType // declared and built in
	Seen       map[string][]string          // properties that came with events, by type, whether declared or not
	Ladders    map[string]*engine.Ladder
	Attributes map[string]*engine.Attribute
	Tags       []string // seen so far; nil: not known, so nothing is said about them
	Groups     []string // keys; nil: not known
	Badges     []string // keys; nil: not known

	// The place.
	Event   bool               // there is an event
	On      []string           // the event's possible types; empty: any
	Subject engine.SubjectKind // whose rule it is; "" is member
	NoGroup bool               // nothing can put a group in question
	Period  bool               // a review: period is a window
	OneRoom bool               // a review of groups: events() counts the reviewed group's only
	Score   engine.Kind        // the kind of score in a review; Unknown: there is none
	Ladder  string             // what tier(), member.tier and member.rank mean; "" is the default ladder
	Texts   bool               // a text to people: personal names are allowed
}

// NewVocabulary takes from a workspace's definitions what expressions may name.
// The caller says where the expression stands.
func NewVocabulary(d *engine.Definitions) *Vocabulary {
	v := &Vocabulary{Types: d.EventTypes, Ladders: d.Ladders, Attributes: d.Attributes, Groups: []string{}, Badges: []string{}}
	v.Groups = append(v.Groups, slices.Sorted(maps.Keys(d.Groups))...)
	for _, key := range slices.Sorted(maps.Keys(d.Rewards)) {
		if d.Rewards[key].Kind == "badge" {
			v.Badges = append(v.Badges, key)
		}
	}
	return v
}

func (v *Vocabulary) ladderKey() string {
	if v.Ladder == "" {
		return engine.DefaultLadder
	}
	return v.Ladder
}

// tiers are the keys of a ladder's tiers, lowest first.
func (v *Vocabulary) tiers(ladder string) []string {
	l := v.Ladders[ladder]
	if l == nil {
		return nil
	}
	keys := make([]string, len(l.Tiers))
	for i, t := range l.Tiers {
		keys[i] = t.Key
	}
	return keys
}

// ranks gives each tier's place from 1.
func (v *Vocabulary) ranks(ladder string) map[string]int64 {
	ranks := map[string]int64{}
	for i, key := range v.tiers(ladder) {
		ranks[key] = int64(i + 1)
	}
	return ranks
}

func (v *Vocabulary) typeKeys() []string {
	keys := map[string]bool{}
	for k := range v.Types {
		keys[k] = true
	}
	for k := range v.Seen {
		keys[k] = true
	}
	return slices.Sorted(maps.Keys(keys))
}

// knownType is whether a type was declared or seen.
func (v *Vocabulary) knownType(key string) bool {
	_, seen := v.Seen[key]
	return seen || v.Types[key] != nil
}

// fields of a type: declared ones, then those only seen.
func (v *Vocabulary) fields(typ string) []engine.Field {
	var out []engine.Field
	if t := v.Types[typ]; t != nil {
		out = append(out, t.Fields...)
	}
	for _, name := range v.Seen[typ] {
		if !slices.ContainsFunc(out, func(f engine.Field) bool { return f.Name == name }) {
			out = append(out, engine.Field{Name: name})
		}
	}
	return out
}

// onFields are the fields of the event's possible types, without doubles.
func (v *Vocabulary) onFields() []engine.Field {
	var out []engine.Field
	for _, t := range v.On {
		for _, f := range v.fields(t) {
			if !slices.ContainsFunc(out, func(o engine.Field) bool { return o.Name == f.Name }) {
				out = append(out, f)
			}
		}
	}
	return out
}

func fieldNames(fields []engine.Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}
