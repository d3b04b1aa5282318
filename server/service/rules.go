package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/rules/expression"
	"github.com/bylaw-dev/bylaw/server/service/trials"
)

// Rules reads and writes rules: drafts, versions, and what is in force.
type Rules struct {
	*core
	seen    remembered[[]rules.Verdict]
	reached remembered[trials.Reach]
}

// Rule is a rule with its draft and what is in force.
type Rule struct {
	Outline
	Key      string
	State    string // draft, live, shadow, paused or broken
	Stored   *rules.Stored
	Revision int64
	By       string
	At       engine.Time
	Problems []engine.Problem // of the document, when it was checked
	Cases    []rules.Verdict  // how its cases go, then
	Path     *Path            // where it stands, then
	Made     *RuleEffects     // after a roll-back: what the version rolled back from has done
}

// RuleFilter selects rules; empty fields do not restrict.
type RuleFilter struct{ State, Kind string }

// List gives the rules of the workspace by key.
func (r *Rules) List(ctx context.Context, who Caller, f RuleFilter) ([]Rule, error) {
	view, err := r.state(ctx, who)
	if err != nil {
		return nil, err
	}
	all, err := r.reader(who).DefinitionsAt(ctx, view.Lane.Revision)
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	list := []Rule{}
	for _, d := range all {
		if d.Kind != engine.DefineRule || d.Body == nil {
			continue
		}
		rule, err := r.open(d, view.Book.Broken[d.Key] != nil)
		if err != nil {
			return nil, err
		}
		if (f.State == "" || f.State == rule.State) && (f.Kind == "" || f.Kind == rule.Kind) {
			list = append(list, rule)
		}
	}
	slices.SortFunc(list, func(a, b Rule) int { return strings.Compare(a.Key, b.Key) })
	return list, nil
}

func (r *Rules) open(d engine.Definition, broken bool) (Rule, error) {
	s, err := rules.ReadStored(d.Body)
	if err != nil {
		return Rule{}, fmt.Errorf("rule %s: %w", d.Key, err)
	}
	state := string(s.State())
	switch {
	case broken:
		state = "broken"
	case s.State() == rules.StateLive && s.Live.Shadow:
		state = "shadow"
	case s.State() == rules.StateRetired:
		state = "draft"
	}
	return Rule{Outline: r.Language.Outline([]byte(s.Document())), Key: d.Key, State: state, Stored: s,
		Revision: d.Revision, By: d.By, At: d.At}, nil
}

// Get gives one rule with the problems of its document; engine.CodeNotFound
// when there is none.
func (r *Rules) Get(ctx context.Context, who Caller, key string) (Rule, error) {
	history, err := r.history(ctx, who, key) // of this rule alone: reading and parsing all of them grows with their number
	if err != nil {
		return Rule{}, err
	}
	view, err := r.state(ctx, who)
	if err != nil {
		return Rule{}, err
	}
	rule, err := r.open(history[0], view.Book.Broken[key] != nil)
	if err != nil {
		return Rule{}, err
	}
	document := []byte(rule.Stored.Document())
	rule.Problems = r.Language.CheckRule(document, view.Defs)
	if rule.Cases, err = r.verdicts(ctx, document, view); err != nil {
		return rule, err
	}
	rule.Path, err = r.path(ctx, who, &rule, view)
	return rule, err
}

// Check finds every problem of a document in this workspace.
func (r *Rules) Check(ctx context.Context, who Caller, source []byte) ([]engine.Problem, error) {
	found, err := r.CheckAll(ctx, who, source, false)
	return found.Problems, err
}

// RuleVersion is a version that is or was in force.
type RuleVersion struct {
	rules.Live
	By string
	At engine.Time
}

// Versions gives the published versions, newest first, each as it was first
// put in force.
func (r *Rules) Versions(ctx context.Context, who Caller, key string) ([]RuleVersion, error) {
	history, err := r.history(ctx, who, key)
	if err != nil {
		return nil, err
	}
	list, seen := []RuleVersion{}, map[int]bool{}
	for _, d := range slices.Backward(history) { // oldest first
		s, err := rules.ReadStored(d.Body)
		if d.Body == nil || err != nil || s.Live == nil || seen[s.Live.Version] {
			continue
		}
		seen[s.Live.Version] = true
		list = append(list, RuleVersion{Live: *s.Live, By: d.By, At: d.At})
	}
	slices.Reverse(list)
	return list, nil
}

// history gives every revision of a rule's definition, newest first.
func (r *Rules) history(ctx context.Context, who Caller, key string) ([]engine.Definition, error) {
	history, err := r.reader(who).DefinitionVersions(ctx, engine.DefineRule, key)
	if err != nil {
		return nil, fmt.Errorf("read versions of rule %s: %w", key, err)
	}
	if len(history) == 0 || history[0].Body == nil {
		return nil, engine.NotFound("rule", key)
	}
	return history, nil
}

// Vocabulary is what rules may say in this workspace.
func (r *Rules) Vocabulary(ctx context.Context, who Caller) (any, error) {
	view, err := r.state(ctx, who)
	if err != nil {
		return nil, err
	}
	return r.Language.Vocabulary(view.Defs), nil
}

// Complete lists what may be typed at a cursor of an expression.
func (r *Rules) Complete(ctx context.Context, who Caller, text string, cursor int, p Place) ([]expression.Completion, error) {
	view, err := r.state(ctx, who)
	if err != nil {
		return nil, err
	}
	return r.Language.Complete(text, cursor, p, view.Defs), nil
}
