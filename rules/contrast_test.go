package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// A contrast runs the live rules whose effects the rule reads and no others: a
// rule that grants points and asks for none is not about those that others
// grant. Rules that are compiled already come out the same.
func TestContrastTakesWhatIsRead(t *testing.T) {
	defs, err := machine.ParseDefinitions(1, nil)
	if err != nil {
		t.Fatal(err)
	}
	live := func(key, when, then string) Source {
		return Source{Key: key, Version: 1, Document: fmt.Appendf(nil, "key: %s\nkind: reward\ntitle: {en: A, zh: 甲}\non: message.sent\nwhen: '%s'\nonce: day\nthen:\n  - %s\n", key, when, then)}
	}
	sources := []Source{live("grants", `events("message.sent", "7d").count() > 2`, "grant_points: {amount: 1}"), live("rich", "member.points > 5", "add_tag: {tag: rich}"),
		live("paused", "member.points > 5", "grant_points: {amount: 1}"), live("warm", "true", "add_tag: {tag: warm}")}
	sources[2].Paused = true
	book := (&Library{}).Build(1, sources, Scope{Defs: defs})
	for _, c := range []struct{ when, want string }{
		{"true", ""}, {"member.points > 3", "grants"}, {`"rich" in member.tags`, "grants rich warm"}, {`member.tiers.default == "active"`, ""},
	} {
		for _, known := range []*engine.Rulebook{nil, book} {
			x := Contrast{New: live("new", c.when, "grant_points: {amount: 1}"), Live: sources, Book: known}
			pair, problems := x.Compile(Scope{Defs: defs})
			if pair == nil {
				t.Fatal(problems)
			}
			var keys []string
			for _, r := range pair.New.Rules {
				if r.Key != "new" {
					keys = append(keys, r.Key)
				}
			}
			if !slices.IsSorted(keys) || strings.Join(keys, " ") != c.want || len(pair.Old.Rules) != len(keys) {
				t.Errorf("%s, compiled already: %t: takes %v, not %s", c.when, known != nil, keys, c.want)
			}
		}
	}
}
