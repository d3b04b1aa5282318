package catalog

import (
	_ "embed" // the list of requirements
	"slices"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// requirements is the numbered list of what communities need.
//
//go:embed requirements.md
var requirements string

// Line is one requirement and what serves it.
type Line struct {
	Number int         `json:"number"`
	Text   engine.Text `json:"text"`            // the need in English, the term that people use in Chinese
	Types  []string    `json:"types,omitempty"` // event types, sorted
	Nouns  []string    `json:"nouns,omitempty"` // keys of Nouns, sorted
	Reason engine.Text `json:"reason,omitzero"` // what else embodies it: a report, advice
}

// Served is whether anything at all is said of the line.
func (l *Line) Served() bool {
	return len(l.Types) > 0 || len(l.Nouns) > 0 || l.Reason != (engine.Text{})
}

// Coverage gives every requirement in order with what serves it.
func Coverage() []Line {
	types, named, reasons := map[int][]string{}, map[int][]string{}, map[int]engine.Text{}
	for key, t := range built {
		for _, n := range t.Requirements {
			types[n] = append(types[n], key)
		}
	}
	for _, noun := range Nouns() {
		for _, n := range noun.Requirements {
			named[n] = append(named[n], noun.Key)
		}
	}
	for _, e := range elsewhere {
		reasons[e.line] = engine.Text{En: e.en, Zh: e.zh}
	}
	lines := readLines(requirements)
	for i := range lines {
		l := &lines[i]
		l.Types, l.Nouns, l.Reason = types[l.Number], named[l.Number], reasons[l.Number]
		slices.Sort(l.Types)
		slices.Sort(l.Nouns)
	}
	return lines
}

// readLines finds the lines "7. term — need", leaving out their bold marks.
func readLines(list string) []Line {
	var out []Line
	for s := range strings.Lines(list) {
		number, text, ok := strings.Cut(strings.TrimSpace(s), ". ")
		n, err := strconv.Atoi(number)
		if !ok || err != nil {
			continue
		}
		term, need, ok := strings.Cut(strings.ReplaceAll(text, "**", ""), " — ")
		if !ok {
			need = term
		}
		out = append(out, Line{Number: n, Text: engine.Text{En: need, Zh: term}})
	}
	return out
}
