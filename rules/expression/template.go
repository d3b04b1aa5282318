package expression

import (
	"strings"
	"unicode/utf8"

	"github.com/bylaw-dev/bylaw/engine"
)

// The bounds of a text with holes.
const (
	MaxHoles    = 100
	MaxTemplate = 64 << 10 // bytes
)

// Template is a text to people with {{ expression }} in it. It is immutable and
// safe for concurrent use.
type Template struct {
	text  string
	parts []string // the texts around the holes: one more than holes
	holes []hole
	place Place
}

// In tells where the text stands, as of a Program.
func (t *Template) In(place Place) { t.place = place }

type hole struct {
	at int // rune offset of the expression in the whole text
	*Program
}

// CompileTemplate makes a template of a text. Every hole is checked, with places
// in the whole text; personal names are allowed. Without holes it is a constant.
func CompileTemplate(text string, v *Vocabulary, metrics *engine.MetricTable) (*Template, []engine.Problem) {
	if len(text) > MaxTemplate {
		return nil, tooLong(len(text), MaxTemplate)
	}
	voc := *v
	voc.Texts = true
	t := &Template{text: text}
	whole := newSource(text)
	if !utf8.ValidString(text) {
		whole.report(0, len(whole.runes), "not_text")
		return nil, whole.found
	}
	last := 0
	for from := indexRunes(whole.runes, 0, "{{"); from >= 0; from = indexRunes(whole.runes, last, "{{") {
		if len(t.holes) == MaxHoles {
			whole.report(from, from+2, "too_many_holes", MaxHoles)
			break
		}
		end := holeEnd(whole.runes, from+2)
		if end < 0 {
			whole.report(from, from+2, "open_hole")
			break
		}
		t.parts = append(t.parts, string(whole.runes[last:from]))
		t.add(whole, from+2, end, &voc, metrics)
		last = end + 2
	}
	if whole.failed() {
		return nil, whole.found
	}
	t.parts = append(t.parts, string(whole.runes[last:]))
	return t, whole.found
}

// add compiles one hole. The metrics of a text with problems stay in the table:
// they are read by nobody.
func (t *Template) add(whole *source, from, to int, v *Vocabulary, metrics *engine.MetricTable) {
	text := string(whole.runes[from:to])
	p, problems := Compile(text, AnyKind, v, metrics)
	whole.move(text, from, problems)
	t.holes = append(t.holes, hole{from, p})
}

// move reports problems of a part that begins at a rune.
func (s *source) move(part string, from int, problems []engine.Problem) {
	for _, found := range problems {
		lo, hi := Range(part, found)
		moved := s.report(from+lo, from+max(hi, lo), found.Code)
		moved.Message, moved.Hint, moved.Warning = found.Message, found.Hint, found.Warning
		if moved.Fix = found.Fix; moved.Fix.To > 0 {
			moved.Fix.From, moved.Fix.To = moved.Fix.From+from, moved.Fix.To+from
		}
	}
}

// Findings are the oddities of the expressions in the text, as Program.Findings.
func (t *Template) Findings(given Given) []engine.Problem {
	whole := newSource(t.text)
	for _, h := range t.holes {
		whole.move(h.src.text, h.at, h.Program.Findings(given))
	}
	return whole.found
}

func indexRunes(runes []rune, from int, what string) int {
	w := []rune(what)
	for i := from; i+len(w) <= len(runes); i++ {
		if runes[i] == w[0] && runes[i+1] == w[1] {
			return i
		}
	}
	return -1
}

// holeEnd finds the }} that closes a hole, past strings and braces of its own;
// -1 when there is none within the length of an expression.
func holeEnd(runes []rune, from int) int {
	near := runes[from:min(len(runes), from+MaxBytes+2)]
	s := newSource(string(near))
	c := &scanner{src: s, word: -1}
	braces := 0
	for c.at < len(near) {
		switch twin(near[c.at]) {
		case '{':
			braces++
		case '}':
			if braces == 0 && c.at+1 < len(near) && near[c.at] == '}' && near[c.at+1] == '}' {
				return from + c.at
			}
			braces--
		}
		c.step()
	}
	return -1
}

// Text is the text as written.
func (t *Template) Text() string { return t.text }

// Constant is the text of a template without holes.
func (t *Template) Constant() (string, bool) { return t.text, len(t.holes) == 0 }

// ReadsPersonal is whether a hole reads personal fields.
func (t *Template) ReadsPersonal() bool {
	for _, h := range t.holes {
		if h.personal {
			return true
		}
	}
	return false
}

// Metrics are the numbers, in the table given to CompileTemplate, of all that the
// holes read.
func (t *Template) Metrics() []int {
	var out []int
	for _, h := range t.holes {
		out = append(out, h.metrics...)
	}
	return out
}

// Names are the names and functions that the holes read.
func (t *Template) Names() []string {
	all := map[string]bool{}
	for _, h := range t.holes {
		for _, n := range h.names {
			all[n] = true
		}
	}
	return sortedKeys(all)
}

// Render writes the text. A hole that is not known makes the whole text unknown,
// with the first hole's reason; a text with a hole is not sent.
func (t *Template) Render(f *engine.Facts) (text string, unknown engine.Reason, err error) {
	if len(t.holes) == 0 {
		return t.text, "", nil
	}
	var b strings.Builder
	for i, h := range t.holes {
		b.WriteString(t.parts[i])
		v, m := h.value(f, nil)
		if m.failed() {
			return "", "", m.err()
		}
		if m == bounded && unknown == "" {
			unknown = engine.BoundOnly
		} else if m != exact && unknown == "" {
			unknown = m.reason()
		}
		b.WriteString(show(f, v))
		if !step(f, b.Len()/64) {
			return "", "", engine.ErrSteps
		}
	}
	if unknown != "" {
		return "", unknown, nil
	}
	b.WriteString(t.parts[len(t.holes)])
	return b.String(), "", nil
}

// Expression is the template as a value of kind string.
func (t *Template) Expression() engine.Expression { return written{t} }

type written struct{ *Template }

// Eval gives the text, or unknown.
func (w written) Eval(f *engine.Facts) (engine.Value, error) {
	text, unknown, err := w.Render(f)
	if err != nil {
		return engine.Value{}, err
	}
	if unknown != "" {
		return engine.UnknownValue(unknown), nil
	}
	return engine.StringValue(text), nil
}

// Explain shows every hole, with ranges in the whole text.
func (w written) Explain(f *engine.Facts) *engine.Finding {
	out := &engine.Finding{To: utf8.RuneCountInString(w.text), Source: w.text}
	copied := *f
	copied.Steps = explainSteps
	text, unknown, err := w.Render(&copied)
	out.Value, out.Reason = engine.StringValue(text), unknown
	if unknown != "" || err != nil {
		out.Value = engine.UnknownValue(unknown)
	}
	for _, h := range w.holes {
		kid := h.Explain(f)
		shift(kid, h.at)
		out.Kids = append(out.Kids, kid)
	}
	located(out, w.place)
	return out
}

// shift moves a finding and its parts to their place in the whole text.
func shift(f *engine.Finding, by int) {
	f.From, f.To = f.From+by, f.To+by
	for _, k := range f.Kids {
		shift(k, by)
	}
}
