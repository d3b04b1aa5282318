package trials_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/service/trials"
)

// play runs the cases of a document in a workspace with a group, within some work.
func play(t *testing.T, document string, work int) []rules.Verdict {
	t.Helper()
	defs, err := machine.ParseDefinitions(1, []engine.Definition{
		{Kind: engine.DefineGroup, Key: "main", Body: []byte(`{"key":"main","title":{"en":"Main"}}`)},
		{Kind: engine.DefineGroup, Key: "core", Body: []byte(`{"key":"core","title":{"en":"Core"}}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	scope := rules.Scope{Defs: defs}
	doc, _ := rules.Parse([]byte(document))
	book, problems := rules.CompileAlone(doc, 1, scope)
	if book == nil {
		t.Fatal(rules.Format("rule", "en", problems))
	}
	verdicts, err := rules.RunCasesWithin(t.Context(), doc, book, scope, rules.Running{Runner: trials.Runner{}, Work: rules.NewWork(work)})
	if err != nil {
		t.Fatal(err)
	}
	return verdicts
}

// Time that passes, and what must not have happened by then, in every kind of
// rule. Cases named "red" expect what does not come.
var passing = map[string]string{
	"a reward that is put off": `
key: r
kind: reward
title: {en: R}
on: message.sent
after: 3d
unless: '"out" in member.tags'
when: 'events("message.sent", "7d").count() >= 1'
then:
  - grant_points: {amount: 5}
cases:
  - {name: 3 days later, events: [{type: message.sent}], after: 3d, expect: {outcome: true, effects: [grant_points: {amount: 5}]}}
  - {name: a day before, events: [{type: message.sent}], after: 2d, expect: {not: [grant_points]}}
  - {name: red a day before, events: [{type: message.sent}], after: 2d, expect: {outcome: true}}
  - {name: cancelled, given: {member: {tags: [out]}}, events: [{type: message.sent}], after: 4d, expect: {not: [grant_points]}}
  - {name: red not, events: [{type: message.sent}], after: 3d, expect: {not: [grant_points: {amount: 5}]}}
`,
	"a badge whose first votes were imported": `
key: h
kind: reward
title: {en: H}
on: vote.received
when: 'events("vote.received", "all").count() >= 3'
once: member
then:
  - grant_points: {amount: 5}
cases:
  - {name: counted, events: [{type: vote.received, times: 5, history: true}, {type: vote.received}], expect: {outcome: true, effects: [grant_points: {amount: 5}]}}
  - {name: not counted, events: [{type: vote.received, history: true}, {type: vote.received}], expect: {outcome: false}}
  - {name: live, events: [{type: vote.received, times: 5, history: false}, {type: vote.received}], expect: {outcome: true, effects: []}}
  - {name: decides nothing, events: [{type: vote.received, times: 5, history: true}], expect: {outcome: false, effects: []}}
  - {name: red decides nothing, events: [{type: vote.received, times: 5, history: true}], expect: {outcome: true}}
`,
	"a campaign on a schedule": `
key: c
kind: campaign
title: {en: C}
every: "0 9 * * 1"
audience: 'not ("out" in member.tags)'
when: 'silent_for("3d")'
then:
  - add_tag: {tag: woken}
cases:
  - {name: next monday, events: [{type: message.sent}], after: 7d, expect: {outcome: true, effects: [add_tag: {tag: woken}]}}
  - {name: on sunday, events: [{type: message.sent}], after: 6d, expect: {not: [add_tag]}}
  - {name: not in the audience, given: {member: {tags: [out]}}, events: [{type: message.sent}], after: 7d, expect: {not: [add_tag]}}
  - {name: spoke lately, events: [{type: message.sent}, {type: message.sent, after: 5d}], after: 2d, expect: {not: [add_tag]}}
  - {name: red on sunday, events: [{type: message.sent}], after: 6d, expect: {effects: [add_tag]}}
`,
	"a tier that is held": `
key: t
kind: tier
title: {en: T}
on: message.sent
tier: {ladder: default, to: active, hold: 'events("message.sent", "7d").count() >= 1', grace: 3d}
when: 'events("message.sent", "7d").count() >= 2'
cases:
  - {name: moves up, events: [{type: message.sent, times: 2}], expect: {outcome: true, effects: [move_tier: {to: active}]}}
  - {name: falls after the grace, given: {member: {tier: active}}, events: [{type: message.sent}], after: 12d, expect: {outcome: false, effects: [move_tier: {to: participant}]}}
  - {name: within the grace, given: {member: {tier: active}}, events: [{type: message.sent}], after: 9d, expect: {not: [move_tier]}}
  - {name: red within the grace, given: {member: {tier: active}}, events: [{type: message.sent}], after: 9d, expect: {effects: [move_tier]}}
`,
	"a review": `
key: v
kind: tier
title: {en: V}
review:
  every: week
  groups: [main, core]
  score: 'events("message.sent", period).count()'
  up: {top: 1, from: main, to: core, when: 'score >= 2'}
  notice: 7d
cases:
  - {name: the week is over, given: {member: {groups: [main]}}, events: [{type: message.sent, group: main, times: 3}], after: 7d, expect: {outcome: true, effects: [move_group: {to: core}]}}
  - {name: the week runs, given: {member: {groups: [main]}}, events: [{type: message.sent, group: main, times: 3}], after: 5d, expect: {not: [move_group]}}
  - {name: too little, given: {member: {groups: [main]}}, events: [{type: message.sent, group: main}], after: 7d, expect: {outcome: false, not: [move_group]}}
  - {name: red the week runs, given: {member: {groups: [main]}}, events: [{type: message.sent, group: main, times: 3}], after: 5d, expect: {outcome: true}}
`,
	"a threshold": `
key: h
kind: threshold
title: {en: H}
group: main
when: 'events("message.sent", "7d").count() >= 1'
then: [admit]
cases:
  - {name: soon, events: [{type: message.sent}, {type: group.applied, group: main, after: 3d}], expect: {outcome: true, effects: [admit], not: [deny]}}
  - {name: too late, events: [{type: message.sent}, {type: group.applied, group: main, after: 8d}], expect: {outcome: false, effects: [deny], not: [admit]}}
  - {name: red too late, events: [{type: message.sent}, {type: group.applied, group: main, after: 8d}], expect: {not: [deny]}}
`,
}

func TestTimePassesInCasesOfEveryKind(t *testing.T) {
	for name, document := range passing {
		for _, v := range play(t, document, rules.WorkOfSave) {
			if red := strings.HasPrefix(v.Case, "red"); v.OK == red {
				t.Errorf("%s: %s: ok is %v: expected %s, got %s\n%s", name, v.Case, v.OK, v.Expected, v.Got, rules.Format("rule", "en", v.Problems))
			}
			if v.Expected == "" || v.Got == "" || !v.OK && (len(v.Problems) == 0 || v.Problems[0].Line == 0) {
				t.Errorf("%s: %s says too little: %+v", name, v.Case, v)
			}
		}
	}
}

// A case cannot hang a save: whatever it asks for, the work is counted, the
// case fails at its place, and those after it are not begun.
func TestCasesAreBounded(t *testing.T) {
	for name, document := range map[string]string{
		"events": "on: message.sent\nwhen: 'true'\nthen: [add_tag: {tag: x}]\ncases:\n" + strings.Repeat("  - {events: [{type: message.sent, times: 10000}], expect: {outcome: true}}\n", 100),
		"time":   "every: '* * * * *'\nwhen: 'true'\nthen: [add_tag: {tag: x}]\ncases:\n  - {events: [], after: 900d, expect: {outcome: true}}\n",
		"steps": "on: message.sent\nwhen: '" + strings.TrimSuffix(strings.Repeat("any(event.props.l, # == 9) or ", 30), " or ") + "'\nthen: [add_tag: {tag: x}]\ncases:\n" +
			strings.Repeat("  - {events: [{type: message.sent, times: 1000, props: {l: ["+strings.Repeat("1, ", 299)+"1]}}], expect: {not: [add_tag]}}\n", 10),
	} {
		verdicts := play(t, "key: k\nkind: reward\ntitle: {en: K}\n"+document, rules.WorkOfSave)
		last := verdicts[len(verdicts)-1]
		if last.OK || len(last.Problems) != 1 || last.Problems[0].Code != "case_cost" || last.Problems[0].Line == 0 || last.Problems[0].Message.Zh == "" {
			t.Errorf("%s: %+v", name, last)
		}
	}
	if v := play(t, fmt.Sprintf("key: k\nkind: reward\ntitle: {en: K}\non: message.sent\nthen: [add_tag: {tag: x}]\ncases:\n%s",
		strings.Repeat("  - {events: [{type: message.sent, times: 100}], expect: {outcome: true}}\n", 100)), rules.WorkOfSave); !v[99].OK {
		t.Errorf("what is ordinary is allowed: %+v", v[99])
	}
}
