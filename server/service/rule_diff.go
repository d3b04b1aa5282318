package service

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/pmezard/go-difflib/difflib"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules"
)

// RuleDiff is what differs between two versions of a rule.
type RuleDiff struct {
	From DiffSide `json:"from"`
	To   DiffSide `json:"to"`
	Same bool     `json:"same"` // byte for byte
	Text string   `json:"text"` // unified, by line
	rules.Difference
	BackTest any `json:"back_test,omitempty"` // of the later side, where it was back-tested as it stands
}

// DiffSide names a version.
type DiffSide struct {
	Name     string `json:"name"` // its number, live or draft
	Version  int    `json:"version,omitempty"`
	document string
}

// Diff compares two versions of a rule. Each is a number, live or draft; "" is
// live for from and draft for to.
func (r *Rules) Diff(ctx context.Context, who Caller, key, from, to string) (RuleDiff, error) {
	if from == "" {
		from = "live"
	}
	if to == "" {
		to = "draft"
	}
	history, err := r.history(ctx, who, key)
	if err != nil {
		return RuleDiff{}, err
	}
	a, errA := side(history, from, "/from")
	if errA != nil {
		return RuleDiff{}, errA
	}
	b, errB := side(history, to, "/to")
	if errB != nil {
		return RuleDiff{}, errB
	}
	out := DiffTexts(a, b)
	if r.BackTests != nil {
		_, _, result, found, err := r.BackTests.OfDocument(ctx, who.Workspace, b.document)
		if err != nil {
			return out, err
		}
		if found {
			out.BackTest = result
		}
	}
	return out, nil
}

// side finds a version in a rule's history.
func side(history []engine.Definition, name, path string) (DiffSide, error) {
	s, err := rules.ReadStored(history[0].Body)
	if err != nil {
		return DiffSide{}, err
	}
	switch name {
	case "draft":
		v := DiffSide{Name: name, document: s.Document()}
		if s.Draft == "" && s.Live != nil {
			v.Version = s.Live.Version
		}
		return v, nil
	case "live":
		if s.Live == nil {
			return DiffSide{Name: name}, nil // nothing is in force: all is new
		}
		return DiffSide{name, s.Live.Version, s.Live.Document}, nil
	}
	n, err := strconv.Atoi(name)
	if err != nil || n < 1 {
		return DiffSide{}, engine.Invalid(engine.Text{En: "there is no such version", Zh: "没有这个版本"}, engine.Problem{Code: "version", Path: path,
			Message: engine.Text{En: "a version is a number, live or draft", Zh: "版本为数字、live 或 draft"}})
	}
	v, ok := rules.Version(history, n)
	if !ok {
		return DiffSide{}, engine.NotFound("version", name)
	}
	return DiffSide{name, n, v.Document}, nil
}

// TextSide is a document that is no version, by a name.
func TextSide(name, document string) DiffSide { return DiffSide{Name: name, document: document} }

// DiffTexts compares two documents.
func DiffTexts(a, b DiffSide) RuleDiff {
	from, _ := rules.Parse([]byte(a.document))
	to, _ := rules.Parse([]byte(b.document))
	return RuleDiff{From: a, To: b, Same: a.document == b.document, Text: unified(a, b), Difference: rules.Differ(from, to)}
}

// unified is the difference by line; "" where there is none.
func unified(a, b DiffSide) string {
	if a.document == b.document {
		return ""
	}
	text, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{A: lines(a.document), B: lines(b.document),
		FromFile: a.title(), ToFile: b.title(), Context: 3})
	if err != nil { // a string builder does not fail
		return ""
	}
	return text
}

func (s DiffSide) title() string {
	if s.Version > 0 && s.Name != strconv.Itoa(s.Version) {
		return fmt.Sprintf("%s (version %d)", s.Name, s.Version)
	}
	if s.Version > 0 {
		return "version " + s.Name
	}
	return s.Name
}

// lines cuts a text into lines with their ends; the last one gets one, said as
// diff says it.
func lines(text string) []string {
	if text == "" {
		return nil
	}
	list := strings.SplitAfter(text, "\n")
	if last := len(list) - 1; list[last] == "" {
		return list[:last]
	} else {
		list[last] += "\n\\ No newline at end of file\n"
	}
	return list
}

// Document is the side's text.
func (s DiffSide) Document() string { return s.document }
