package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

const thirdDay = `key: third
kind: reward
title: {en: Third, zh: 第三次}
on: checkin.done
when: 'events("checkin.done", "all").count() >= 3 and not ("late" in member.tags)'
once: member
then:
  - grant_points: {amount: 10}   # ten
  - send: {channel: hook, text: 'Well done'}
`

// checkIns sends a day's check-in each, and answers the positions.
func checkIns(b *bundle, member string, n int) (positions []int64) {
	for i := range n {
		b.now += engine.Time(24*3600) * 1e6
		at := b.now.String()
		b.as("operator", "POST", "/api/v1/events", fmt.Sprintf(`{"events":[{"id":"%s%d","type":"checkin.done","at":%q,"member":{"channel":"app","external_id":%q}}]}`,
			member, i, at, member)).want(200)
		var list struct {
			Items []struct{ Position int64 }
		}
		a := b.as("operator", "GET", "/api/v1/members/app:"+member+"/timeline?limit=1", "").want(200)
		if err := json.Unmarshal(a.Body, &list); err != nil || len(list.Items) == 0 {
			b.t.Fatalf("%v: %s", err, a.Body)
		}
		positions = append(positions, list.Items[0].Position)
	}
	return positions
}

func tryWorld(t *testing.T) (*bundle, []int64) {
	b := setup(t)
	b.as("admin", "PUT", "/api/v1/channels/hook", `{"plugin":"webhook","title":{"en":"Hook","zh":"钩子"},"config":{"url":"https://hook.example.com/x"}}`).want(201)
	b.as("operator", "PUT", "/api/v1/event-types/checkin.done", `{"subject":"member","title":{"en":"Check-in","zh":"打卡"},"fields":[],"covered_from":"2020-01-01T00:00:00Z"}`)
	b.as("operator", "PUT", "/api/v1/rules/third", thirdDay, "Content-Type: application/yaml").want(201)
	b.as("operator", "POST", "/api/v1/rules/third/publish", "{}").want(200)
	return b, checkIns(b, "ada", 4)
}

func TestTryInThePast(t *testing.T) {
	b, at := tryWorld(t)
	ask := func(body string) *answer { return b.as("viewer", "POST", "/api/v1/rules/try", body) }
	// As it was: the second did not, the third did, the fourth had been done already.
	ask(fmt.Sprintf(`{"rule":"third","member":"app:ada","position":%d}`, at[1])).want(200).is("false", "outcome").is("not_matched", "reason").is("false", "trace", 0, "finding", "outcome")
	third := ask(fmt.Sprintf(`{"rule":"third","member":"app:ada","position":%d}`, at[2])).want(200).is("true", "outcome").is(nil, "reason").
		is("grant_points", "effects", 0, "kind").is(10, "effects", 0, "fields", "amount").is("Well done", "messages", 0, "text").is(1, "version")
	if !strings.Contains(string(third.Body), `"gate":"send"`) && !strings.Contains(string(third.Body), `"gate":"hold"`) {
		t.Errorf("the gate says nothing: %s", third.Body)
	}
	ask(fmt.Sprintf(`{"rule":"third","member":"app:ada","position":%d}`, at[3])).want(200).is("true", "outcome").is("already_done", "reason").is("grant_points", "effects", 0, "kind")
	// A draft, on the past and on a pasted event.
	four, err := json.Marshal(strings.Replace(thirdDay, "3 and", "4 and", 1))
	if err != nil {
		t.Fatal(err)
	}
	ask(fmt.Sprintf(`{"document":%s,"member":"app:ada","position":%d}`, four, at[2])).want(200).is("false", "outcome")
	ask(fmt.Sprintf(`{"document":%s,"member":"app:ada","position":%d}`, four, at[3])).want(200).is("true", "outcome").is(nil, "version")
	ask(fmt.Sprintf(`{"document":%s,"member":"app:ada","event":{"type":"checkin.done"}}`, four)).want(200).is("true", "outcome").is("already_done", "reason")
	// A tag of now is not a tag of then.
	b.as("operator", "PATCH", "/api/v1/members/app:ada", `{"tags":{"add":["late"]}}`)
	ask(fmt.Sprintf(`{"rule":"third","member":"app:ada","position":%d}`, at[2])).want(200).is("true", "outcome")
	// What is wrong is said.
	ask(fmt.Sprintf(`{"document":%s,"member":"app:ada","at":"2026-03-02T01:00:00Z","event":{"type":"checkin.done"}}`, four)).want(422).is("not_yet", "problems", 0, "code")
	ask(`{"rule":"third"}`).want(422)
	ask(`{}`).want(422)
	ask(`{"rule":"nothing","member":"app:ada"}`).want(404)
	ask(`{"rule":"third","version":9,"member":"app:ada"}`).want(404)
	ask(`{"rule":"third","member":"app:nobody"}`).want(404)
	ask(`{"document":"key: x","member":"app:ada"}`).want(422)
	ask(fmt.Sprintf(`{"document":%s,"member":"app:ada","event":{"type":"checkin.done","at":"yesterday"}}`, four)).want(422)
}

func TestCaseFromADecision(t *testing.T) {
	b, at := tryWorld(t)
	a := b.as("operator", "POST", "/api/v1/rules/third/cases", fmt.Sprintf(`{"position":%d,"name":"the third day"}`, at[2])).want(200).is(true, "cases", 0, "ok")
	document, _ := a.get("document").(string)
	if !strings.HasPrefix(document, thirdDay) || !strings.Contains(document, `name: "the third day"`) {
		t.Errorf("the author's text changed: %s", document)
	}
	if n := strings.Count(document, "type: checkin.done"); n != 3 {
		t.Errorf("the case tells %d events, 3 matter:\n%s", n, document)
	}
	if strings.Contains(document, "ada") {
		t.Errorf("the case names somebody:\n%s", document)
	}
	b.as("operator", "POST", "/api/v1/rules/third/cases", `{"event":"ada1","member":"app:ada"}`).want(200).is(true, "cases", 1, "ok").is("false", "cases", 1, "outcome")
	b.as("operator", "POST", "/api/v1/rules/third/cases", `{"position":123}`).want(404)
	b.as("operator", "POST", "/api/v1/rules/third/cases", `{}`).want(422)
	b.as("viewer", "POST", "/api/v1/rules/third/cases", fmt.Sprintf(`{"position":%d}`, at[2])).want(403)
}
