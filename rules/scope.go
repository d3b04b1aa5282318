package rules

import (
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/rules/expression"
)

// Scope is the workspace that a document is checked against.
type Scope struct {
	Defs  *engine.Definitions
	Rules map[string]bool     // keys of the workspace's rules; nil: not known, so references to rules are not checked
	Seen  map[string][]string // properties that came with events so far, by type
	Tags  []string            // tags in use; nil: not known
	Live  []*engine.Rule      // the other rules in force, beside which it is looked at
}

func (s Scope) location() (*time.Location, error) {
	if s.Defs.Settings.Zone == "" {
		return time.UTC, nil
	}
	return calendar.LoadZone(s.Defs.Settings.Zone)
}

// base is the vocabulary of the workspace before a place is chosen.
func (s Scope) base() expression.Vocabulary {
	v := expression.NewVocabulary(s.Defs)
	v.Seen, v.Tags = s.Seen, s.Tags
	return *v
}

// place is where in a rule an expression stands, which decides what it may name.
type place uint8

const (
	deciding  place = iota // when, once, unless and effects: what set the rule off
	standing               // audience, hold: a member at a time of day
	reviewing              // score, before there is one
	scored                 // moves and exempt of a review
)

// vocabulary of a document at a place. Score is the kind of a review's score.
func (d *Document) vocabulary(base expression.Vocabulary, p place, score engine.Kind) *expression.Vocabulary {
	v := base
	v.Subject, v.Ladder = d.Subject, d.Ladder
	switch {
	case p == reviewing || p == scored:
		v.Period = true
		rooms := d.Review != nil && len(d.Review.Groups) > 0
		v.NoGroup, v.OneRoom = !rooms, rooms && !d.Review.AllGroups
		if p == scored {
			v.Score = score
		}
	case p == deciding && len(d.On) > 0:
		v.Event, v.On = true, d.On
	default:
		v.NoGroup = d.Subject != engine.SubjectGroup
	}
	return &v
}

// constant is a value written in the document, as an expression.
type constant struct{ v engine.Value }

// Eval gives the value.
func (c constant) Eval(*engine.Facts) (engine.Value, error) { return c.v, nil }

// Explain shows the value as it was written.
func (c constant) Explain(*engine.Facts) *engine.Finding {
	text := c.v.Text()
	return &engine.Finding{To: len([]rune(text)), Source: text, Value: c.v}
}

// inLanguage is a text in both languages; the member's own decides, else the
// workspace's.
type inLanguage struct{ en, zh engine.Expression }

func (t inLanguage) pick(f *engine.Facts) engine.Expression {
	lang := ""
	if f.Member != nil {
		lang = f.Member.Lang
	}
	if lang == "" && f.Defs != nil {
		lang = f.Defs.Settings.Lang
	}
	if t.en == nil || t.zh != nil && strings.HasPrefix(lang, "zh") {
		return t.zh
	}
	return t.en
}

// Eval writes the text.
func (t inLanguage) Eval(f *engine.Facts) (engine.Value, error) { return t.pick(f).Eval(f) }

// Explain explains the text that would be written.
func (t inLanguage) Explain(f *engine.Facts) *engine.Finding { return t.pick(f).Explain(f) }

var (
	_ engine.Expression = constant{}
	_ engine.Expression = inLanguage{}
)
