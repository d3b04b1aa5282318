package app

import (
	"io/fs"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/rules/packs"
)

// Every pack that comes with Bylaw has green cases on the real machine.
func TestCasesOfThePacks(t *testing.T) {
	folders, err := fs.ReadDir(packs.FS, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		t.Run(folder.Name(), func(t *testing.T) {
			sub, err := fs.Sub(packs.FS, folder.Name())
			if err != nil {
				t.Fatal(err)
			}
			pack, problems := rules.LoadPack(sub)
			if rules.Failed(problems) {
				t.Fatal(rules.Format(folder.Name(), "en", problems))
			}
			base, err := machine.ParseDefinitions(0, nil)
			if err != nil {
				t.Fatal(err)
			}
			defs, err := pack.Definitions(base)
			if err != nil {
				t.Fatal(err)
			}
			cases := 0
			for _, r := range pack.Rules {
				cases += playAll(t, r, rules.Scope{Defs: defs})
			}
			if cases == 0 {
				t.Error("the pack has no cases")
			}
		})
	}
}

func playAll(t *testing.T, r rules.PackRule, scope rules.Scope) int {
	t.Helper()
	table := engine.NewMetricTable()
	rule, problems := rules.Compile(r.Document, 1, scope, table)
	if rule == nil {
		t.Fatal(rules.Format(r.File, "en", problems))
	}
	book := &engine.Rulebook{Revision: 1, Rules: []*engine.Rule{rule}, Metrics: table}
	verdicts, err := rules.RunCases(t.Context(), r.Document, book, scope, Trials{})
	if err != nil {
		t.Fatalf("%s: %v", r.File, err)
	}
	for _, v := range verdicts {
		if !v.OK {
			t.Errorf("%s: case %q is %s\n%s", r.File, v.Case, v.Outcome, rules.Format(r.File, "en", v.Problems))
		}
	}
	return len(verdicts)
}
