package service_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/service"
	"pgregory.net/rapid"
)

// TestADecisionBecomesACase: of random rules and histories, a decision about a
// member becomes a case that is green, or is refused with a reason in both
// languages.
func TestADecisionBecomesACase(t *testing.T) {
	told := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		w := newSquare(t, drawRules(t))
		before, history := drawHistory(t, true)
		w.live(before, history)
		for key := range w.sources {
			for _, d := range w.someDecisions(key) {
				told[w.becomesACase(key, d)]++
			}
		}
	})
	t.Log(told)
	if told["green"] == 0 {
		t.Error("nothing became a case")
	}
}

// someDecisions are the newest, the oldest and one between.
func (w *square) someDecisions(key string) []engine.Decision {
	rows, err := w.store.Reader("w").ListDecisions(w.ctx, engine.DecisionQuery{Rule: key, Page: engine.Page{Limit: 1000}})
	w.must(err, "read decisions")
	all := rows.Items
	if len(all) < 4 {
		return all
	}
	return []engine.Decision{all[0], all[len(all)/2], all[len(all)-1]}
}

func (w *square) becomesACase(key string, d engine.Decision) string {
	from := service.CaseFrom{Position: d.Position}
	if w.ids[d.Subject] != "" {
		from.Member = d.Subject
	}
	rule, err := w.service.Rules.AddCase(w.ctx, w.who, key, service.Match{}, from)
	if err == nil {
		if n := len(rule.Cases); n == 0 || !rule.Cases[n-1].OK {
			w.t.Fatalf("the case of %s at %d is not green: %+v%s", key, d.Position, rule.Cases, w.story())
		}
		return "green"
	}
	var refused *engine.Error
	if !errors.As(err, &refused) || refused.Code != engine.CodeInvalid || len(refused.Problems) == 0 {
		w.t.Fatalf("%s at %d: %v%s", key, d.Position, err, w.story())
	}
	p := refused.Problems[0]
	if p.Code != "no_case" || p.Message.En == "" || p.Message.Zh == "" || p.Hint.En == "" || p.Hint.Zh == "" {
		w.t.Fatalf("%s at %d: %+v%s", key, d.Position, refused.Problems, w.story())
	}
	return fmt.Sprintf("%.60s", p.Message.En)
}
