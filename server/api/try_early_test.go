package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestTryBeforeItsDefinitions: an event older than what the rule speaks of
// cannot be decided by it. The answer says so, since when it could, and what to
// ask instead; what it says to do works.
func TestTryBeforeItsDefinitions(t *testing.T) {
	const pace, km = `{"name":"pace","type":"integer"}`, `{"name":"km","type":"integer"}`
	const points = "grant_points: {amount: 1}"
	run := func(fields string) string {
		return `{"subject":"member","title":{"en":"Run","zh":"跑步"},"fields":[` + fields + `]}`
	}
	level := func(kind string) string { return `{"type":"` + kind + `","title":{"en":"Level","zh":"等级"}}` }
	for _, x := range []struct{ path, was, is, when, then, code string }{
		{path: "rewards/star", is: `{"kind":"badge","title":{"en":"Star","zh":"星"}}`, when: `member.points >= 0`, then: "award_badge: {badge: star}", code: "unknown_badge"},
		{path: "event-types/run.done", was: run(pace), is: run(pace + "," + km), when: `events("run.done", "all").sum("km") >= 0`, then: points, code: "unknown_field"},
		{path: "ladders/craft", is: `{"title":{"en":"Craft","zh":"手艺"},"tiers":[{"key":"pupil","title":{"en":"Pupil","zh":"学徒"}}]}`,
			when: `(member.tiers.craft ?? "none") != "master"`, then: points, code: "unknown_ladder"},
		{path: "attributes/level", was: level("string"), is: level("integer"), when: `not known(member.attrs.level) or member.attrs.level >= 3`, then: points, code: "compare_kinds"},
	} {
		t.Run(x.path, func(t *testing.T) {
			b := setup(t)
			if x.was != "" {
				b.as("operator", "PUT", "/api/v1/"+x.path, x.was).want(201)
			}
			early := checkIns(b, "ada", 2)[0]
			b.as("operator", "PUT", "/api/v1/"+x.path, x.is)
			since := b.now.Std().Format("2006-01-02")
			late := checkIns(b, "bo", 1)[0]
			document, err := json.Marshal(fmt.Sprintf("key: x\nkind: reward\ntitle: X\non: checkin.done\nwhen: '%s'\nthen:\n  - %s\n", x.when, x.then))
			if err != nil {
				t.Fatal(err)
			}
			ask := func(more string) *answer {
				return b.as("viewer", "POST", "/api/v1/rules/try", fmt.Sprintf(`{"document":%s,%s}`, document, more))
			}
			p := ask(fmt.Sprintf(`"position":%d`, early)).want(422).is(x.code, "problems", 0, "code").problem()
			if !strings.Contains(p.Message.En, "defined or changed only after") || !strings.Contains(p.Message.Zh, "之后才定义或修改") {
				t.Errorf("the message: %+v", p.Message)
			}
			for _, hint := range []string{p.Problems[0].Hint.En, p.Problems[0].Hint.Zh} {
				if !strings.Contains(hint, since) || !strings.Contains(hint, x.path[strings.Index(x.path, "/")+1:]) || !strings.Contains(hint, `"event"`) {
					t.Errorf("the hint says not what, since when and what to do: %s", hint)
				}
			}
			ask(fmt.Sprintf(`"position":%d`, late)).want(200).is("true", "outcome")
			ask(`"member":"app:ada","event":{"type":"checkin.done"}`).want(200).is("true", "outcome")
		})
	}
}

// TestTryOfWhatIsWrongToday: what is wrong now too is no matter of time.
func TestTryOfWhatIsWrongToday(t *testing.T) {
	b, at := tryWorld(t)
	document, err := json.Marshal(strings.Replace(thirdDay, "grant_points: {amount: 10}", "award_badge: {badge: moon}", 1))
	if err != nil {
		t.Fatal(err)
	}
	b.as("operator", "PUT", "/api/v1/rewards/star", `{"kind":"badge","title":{"en":"Star","zh":"星"}}`).want(201)
	wrong := b.as("viewer", "POST", "/api/v1/rules/try", fmt.Sprintf(`{"document":%s,"position":%d}`, document, at[0])).want(422)
	wrong.is("unknown_badge", "problems", 0, "code").is("create the badge first", "problems", 0, "hint", "en").is("the document has errors", "detail")
}
