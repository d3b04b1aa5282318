package rules

import (
	"strings"
	"testing"
	"time"
)

// TestAppendedCaseIsReadBack writes a case with all that a decision may need and
// reads it again.
func TestAppendedCaseIsReadBack(t *testing.T) {
	for after, written := range map[time.Duration]string{72 * time.Hour: "3d", 5 * time.Hour: "5h", 90 * time.Minute: "90m", 61 * time.Second: "2m"} {
		c := &Case{Name: "it", After: after, Events: []CaseEvent{{Type: "vote.received", Times: 3, History: true}},
			Expect: Expect{Outcome: "true", Not: []ExpectEffect{{Kind: "award_badge"}}}}
		for _, doc := range []string{"key: a\non: vote.received\n", `{"key": "a", "on": "vote.received"}`} {
			src, err := AppendCase([]byte(doc), c)
			if err != nil {
				t.Fatal(err)
			}
			read, _ := Parse(src)
			got := read.Cases[0]
			if !got.Events[0].History || got.Events[0].Times != 3 || len(got.Expect.Not) != 1 || got.Expect.None || got.After < after || got.After-after >= time.Minute {
				t.Errorf("%s\nis read as %+v", src, got)
			}
			if !strings.Contains(string(src), written) {
				t.Errorf("%s is not written as %s:\n%s", after, written, src)
			}
		}
	}
}

// TestCaseThatEndsWithHistory warns that nothing is decided.
func TestCaseThatEndsWithHistory(t *testing.T) {
	document := strings.NewReplacer("{type: vote.received, at: 2026-03-01 09:00, times: 2, props: {value: 3}}", "{type: vote.received, history: true}",
		"    after: 2d\n", "").Replace(trialDocument)
	_, found := CheckSource([]byte(document), town())
	if said := Format("", "en", found); !strings.Contains(said, "the last event is imported history") {
		t.Error(said)
	}
}
