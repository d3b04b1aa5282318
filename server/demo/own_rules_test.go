package demo_test

import (
	"os"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/app"
)

// The community's own rules have no problems, and their cases are green.
func TestOwnRules(t *testing.T) {
	pack, problems := rules.LoadPack(os.DirFS("greenfield"))
	if len(problems) > 0 {
		t.Fatal(rules.Format("greenfield", "en", problems))
	}
	base, err := machine.ParseDefinitions(0, []engine.Definition{
		{Kind: engine.DefineGroup, Key: "core", Body: []byte(`{"key":"core"}`)},
		{Kind: engine.DefineChannel, Key: "group-chat", Body: []byte(`{"key":"group-chat","plugin":"logfile"}`)}})
	if err != nil {
		t.Fatal(err)
	}
	defs, err := pack.Definitions(base)
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	for _, r := range pack.Rules {
		cases += play(t, r, rules.Scope{Defs: defs})
	}
	if cases < 7 {
		t.Errorf("%d cases were played", cases)
	}
}

func play(t *testing.T, r rules.PackRule, scope rules.Scope) int {
	t.Helper()
	table := engine.NewMetricTable()
	rule, problems := rules.Compile(r.Document, 1, scope, table)
	if rule == nil {
		t.Fatal(rules.Format(r.File, "en", problems))
	}
	book := &engine.Rulebook{Revision: 1, Rules: []*engine.Rule{rule}, Metrics: table}
	verdicts, err := rules.RunCases(t.Context(), r.Document, book, scope, app.Trials{})
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
