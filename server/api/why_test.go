package api

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/server/auth"
)

// walker sends one event of Lin's, at a time of days after the start.
func (b *bundle) walk(id string, days int, props string) {
	b.t.Helper()
	b.now = start.Add(time.Duration(days) * 24 * time.Hour)
	b.as("operator", "POST", "/api/v1/events", fmt.Sprintf(
		`{"events":[{"id":%q,"type":"checkin.done","at":%q,"member":{"channel":"wecom","external_id":"wm1"},"props":{%s}}]}`, id, b.now.String(), props)).want(200)
}

// published saves and publishes a rule.
func (b *bundle) published(key, document string) {
	b.t.Helper()
	b.as("operator", "PUT", "/api/v1/rules/"+key, document).want(201)
	b.as("operator", "POST", "/api/v1/rules/"+key+"/publish", "{}").want(200)
}

const fewCheckins = `{"key":"three","kind":"reward","title":{"en":"Three check-ins","zh":"签到三次"},"on":"checkin.done",
	"when":"events(\"checkin.done\", \"all\").count() >= 3 and member.points < 25","then":[{"award_badge":{"badge":"star"}},{"grant_points":{"amount":10}}],
	"limits":{"cooldown":"3d"}}`

// TestWhy asks about one rule on several events: before it was live, unmet, met
// with what became of its effects, cooling down, and about other moments.
func TestWhy(t *testing.T) {
	b := community(t)
	b.published("three", fewCheckins)
	for i, id := range []string{"a", "b", "c", "d"} {
		b.walk(id, 1+i, "")
	}
	why := func(query string) *answer { return b.as("viewer", "GET", lin+"/why?"+query, "") }

	before := why("rule=three&event=first").want(200)
	before.is("not_live_yet", "rules", 0, "because", "code").is("recomputed", "rules", 0, "source").is("first", "event", "id")

	unmet := why("rule=three&event=a").want(200)
	unmet.is("false", "rules", 0, "outcome").is("not_matched", "rules", 0, "because", "code").is(1, "rules", 0, "version")
	unmet.is("and", "rules", 0, "condition", "op").is(1, "rules", 0, "condition", "kids", 0, "distance").is(2, "rules", 0, "condition", "kids", 0, "value")
	if text := unmet.get("rules", 0, "condition", "kids", 0, "text", "zh").(string); text != "累计打卡 2/3 次，还差 1 次" {
		t.Errorf("said in Chinese: %s", text)
	}
	line, document := unmet.get("rules", 0, "condition", "kids", 0, "line").(float64), unmet.get("rules", 0, "document").(string)
	if got := strings.Split(document, "\n")[int(line)-1]; !strings.Contains(got, "count() >= 3") {
		t.Errorf("line %v is %s", line, got)
	}

	met := why("rule=three&event=b").want(200)
	met.is("true", "rules", 0, "outcome").is("stored", "rules", 0, "source").is(nil, "rules", 0, "because")
	met.is("award_badge", "rules", 0, "effects", 0, "kind").is(10, "rules", 0, "effects", 1, "entry", "amount")

	cooling := why("rule=three&event=c").want(200)
	cooling.is("stored", "rules", 0, "source").is("cooldown", "rules", 0, "because", "code").is(start.Add(5*24*time.Hour).String(), "rules", 0, "because", "until")

	why("rule=three").want(200).is("d", "event", "id")
	why("rule=three&at="+url.QueryEscape(start.Add(36*time.Hour).String())).want(200).is("a", "event", "id").is("false", "rules", 0, "outcome")
	why("event=a").want(200).is("three", "rules", 0, "rule").is(nil, "rules", 0, "condition").is("not matched: checked in 2 of 3 times so far, 1 to go", "rules", 0, "text", "en")
	position := fmt.Sprint(int64(met.get("rules", 0, "position").(float64)))
	why("rule=three&decision="+position).want(200).is("b", "event", "id").is("true", "rules", 0, "outcome")
	why("rule=three&event="+position).want(200).is("b", "event", "id")

	why("rule=nothing").want(404)
	why("rule=three&event=nothing").want(404)
	why("rule=three&decision=1").want(404)
	why("rule=three&event=a&decision=9").want(422)
	b.as("viewer", "GET", "/api/v1/members/wecom:nobody/why?rule=three", "").want(404)
	b.as("foreign", "GET", lin+"/why?rule=three", "").want(404)
	b.token("members", auth.Token{Workspace: "ws_a", Role: auth.Owner, Scopes: []auth.Scope{auth.MembersRead}})
	b.as("members", "GET", lin+"/why?rule=three", "").want(403)
	b.as("members", "GET", "/api/v1/rules/three/near-misses", "").want(403)
}

// TestWhyNot: rules that could not decide say so, with what they would have said.
func TestWhyNot(t *testing.T) {
	b := community(t)
	b.as("operator", "PUT", "/api/v1/rules/draft", strings.ReplaceAll(fewCheckins, `"three"`, `"draft"`)).want(201)
	b.published("other", `{"key":"other","kind":"reward","title":{"en":"Other"},"on":"order.paid","then":[{"award_badge":{"badge":"star"}}]}`)
	b.published("shadow", strings.ReplaceAll(fewCheckins, `"three"`, `"shadow"`))
	b.as("operator", "POST", "/api/v1/rules/shadow/publish", `{"shadow":true}`).want(200)
	b.published("unknown", `{"key":"unknown","kind":"reward","title":{"en":"Unknown"},"on":"checkin.done","when":"events(\"checkin.done\", \"30d\").count() >= 9","then":[{"award_badge":{"badge":"star"}}]}`)
	b.published("once", `{"key":"once","kind":"reward","title":{"en":"Once"},"on":"checkin.done","once":"member","then":[{"award_badge":{"badge":"star"}}]}`)
	for i, id := range []string{"a", "b", "c"} {
		b.walk(id, 1+i, "")
	}
	why := func(query string) *answer { return b.as("viewer", "GET", lin+"/why?"+query, "").want(200) }
	why("rule=draft&event=c").is("draft", "rules", 0, "because", "code").is("true", "rules", 0, "outcome")
	why("rule=other&event=c").is("not_listening", "rules", 0, "because", "code")
	why("rule=other").is("no_event", "rules", 0, "because", "code")
	why("rule=shadow&event=c").is("shadow", "rules", 0, "because", "code").is("stored", "rules", 0, "source")
	unknown := why("rule=unknown&event=c").is("unknown", "rules", 0, "outcome").is("lower_bound", "rules", 0, "because", "code")
	if detail := unknown.get("rules", 0, "because", "detail", "en").(string); !strings.Contains(detail, "2026-03-02") || !strings.Contains(detail, "at least 4 of 9") {
		t.Errorf("unknown because: %s", detail)
	}
	again := why("rule=once&event=c").is("already_done", "rules", 0, "because", "code")
	if first := why("rule=once&event=a").get("rules", 0, "position"); again.get("rules", 0, "because", "position") != first {
		t.Errorf("done by %v, not %v", again.get("rules", 0, "because", "position"), first)
	}
	b.as("operator", "POST", "/api/v1/rules/once/pause", "").want(200)
	b.walk("e", 5, "")
	why("rule=once&event=e").is("paused", "rules", 0, "because", "code").is("true", "rules", 0, "outcome")
	b.as("operator", "DELETE", "/api/v1/rules/once", "").want(204)
	b.walk("f", 6, "")
	why("rule=once&event=f").is("not_in_force", "rules", 0, "because", "code")
	why("rule=once&event=a").is("true", "rules", 0, "outcome").is("stored", "rules", 0, "source")
}

// TestNearMisses orders members by what is missing and counts what stops them.
func TestNearMisses(t *testing.T) {
	b := community(t)
	b.published("three", `{"key":"three","kind":"reward","title":{"en":"Three"},"on":"checkin.done",
		"when":"event.props.place == \"park\" and events(\"checkin.done\", \"all\").count() >= 10 and \"vip\" in member.tags","then":[{"award_badge":{"badge":"star"}}]}`)
	for m := range 5 {
		for i := range 2 * (m + 1) {
			b.as("operator", "POST", "/api/v1/events", fmt.Sprintf(
				`{"events":[{"id":"m%d-%d","type":"checkin.done","at":%q,"member":{"channel":"app","external_id":"m%d"}}]}`, m, i, b.now.String(), m)).want(200)
		}
	}
	for _, m := range []string{"m0", "m3", "m4"} {
		b.as("operator", "PUT", "/api/v1/members/app:"+m+"/tags/vip", "").want(200)
	}
	id := func(m string) any { return b.as("viewer", "GET", "/api/v1/members/app:"+m, "").want(200).get("id") }
	list := func(query string) *answer {
		return b.as("viewer", "GET", "/api/v1/rules/three/near-misses"+query, "").want(200)
	}
	all := list("")
	all.is(6, "looked").is(1, "matched").is(id("m3"), "items", 0, "member").is(1, "items", 0, "missing")
	all.is(id("m0"), "items", 1, "member").is(nil, "next")
	all.is(`events("checkin.done", "all").count() >= 10`, "stops", 0, "source").is(5, "stops", 0, "stops").is(2, "stops", 0, "alone").is(3, "stops", 1, "stops")
	page := list("?limit=2")
	next := list("?limit=2&cursor=" + page.get("next").(string))
	next.is(2, "items", 0, "missing").is(id("m2"), "items", 0, "member")
	list(`?where=`+url.QueryEscape(`"vip" in member.tags`)).is(3, "looked").is(2, "stops", 0, "stops")
	draft := `{"key":"three","kind":"reward","title":{"en":"Three"},"on":"checkin.done","when":"events(\"checkin.done\", \"all\").count() >= 9","then":[{"award_badge":{"badge":"star"}}]}`
	b.as("operator", "PUT", "/api/v1/rules/three", draft).want(200)
	list("?version=draft").is(1, "matched").is(id("m3"), "items", 0, "member").is(5, "stops", 0, "alone")
	list("?version=1").is(5, "stops", 0, "stops")
	b.as("viewer", "GET", "/api/v1/rules/three/near-misses?version=7", "").want(404)
	b.as("viewer", "GET", "/api/v1/rules/nothing/near-misses", "").want(404)
	b.as("viewer", "GET", "/api/v1/rules/three/near-misses?where=member.nme", "").want(422)
	b.as("foreign", "GET", "/api/v1/rules/three/near-misses", "").want(404)
}

// TestProgress shows what a member may see of the way to the next tier and to
// rewards, in either language, and nothing else.
func TestProgress(t *testing.T) {
	b := community(t)
	b.published("up", `{"key":"up","kind":"tier","title":{"en":"Up"},"on":"checkin.done","when":"events(\"checkin.done\", \"all\").count() >= 4","tier":{"to":"participant"}}`)
	b.published("up2", `{"key":"up2","kind":"tier","title":{"en":"Up 2"},"on":"checkin.done","when":"events(\"checkin.done\", \"all\").count() >= 9","tier":{"to":"active"}}`)
	b.published("badge", `{"key":"badge","kind":"reward","title":{"en":"The star","zh":"星星"},"on":"checkin.done","when":"\"suspect\" not in member.tags and events(\"checkin.done\", \"all\").count() >= 10","then":[{"award_badge":{"badge":"star"}},{"grant_points":{"amount":5}}]}`)
	b.published("hidden", strings.ReplaceAll(fewCheckins, `"three"`, `"hidden"`))
	b.as("operator", "POST", "/api/v1/rules/hidden/publish", `{"shadow":true}`).want(200)
	b.as("operator", "PUT", "/api/v1/rules/sketch", strings.ReplaceAll(fewCheckins, `"three"`, `"sketch"`)).want(201)
	p := b.as("viewer", "GET", lin+"/progress", "").want(200)
	p.is("tier", "items", 0, "kind").is("Participant", "items", 0, "title").is(25, "items", 0, "percent").is("checked in 1 of 4 times so far, 3 to go", "items", 0, "steps", 0, "text")
	p.is("badge", "items", 1, "rule").is("[Star 5 points]", "items", 1, "gives").is(nil, "items", 2)
	if strings.Contains(string(p.Body), "suspect") || strings.Contains(string(p.Body), "hidden") || strings.Contains(string(p.Body), "sketch") {
		t.Errorf("leaks: %s", p.Body)
	}
	zh := b.as("viewer", "GET", lin+"/progress", "", "Accept-Language: zh-CN").want(200)
	zh.is("zh", "lang").is("星星", "items", 1, "title").is("累计打卡 1/4 次，还差 3 次", "items", 0, "steps", 0, "text")
	b.as("viewer", "GET", lin+"/progress?lang=en", "", "Accept-Language: zh-CN").want(200).is("en", "lang")
	b.published("big", `{"key":"big","kind":"reward","title":{"en":"A big one"},"on":"order.paid","when":"event.props.amount >= 80","once":"member","then":[{"award_badge":{"badge":"star"}}]}`)
	b.as("viewer", "GET", lin+"/progress", "").want(200).is("big", "items", 2, "rule").is("next: Paid an order", "items", 2, "steps", 0, "text").is(false, "items", 2, "steps", 0, "met").is(0, "items", 2, "percent")
	b.as("viewer", "GET", lin+"/progress?lang=zh", "").want(200).is("待发生：支付订单", "items", 2, "steps", 0, "text")
	for i := range 3 {
		b.walk(fmt.Sprint("w", i), 1+i, "")
	}
	b.as("viewer", "GET", lin+"/progress", "").want(200).is("Active", "items", 0, "title")
	b.as("operator", "PUT", lin+"/badges/star", "").want(200)
	b.as("viewer", "GET", lin+"/progress", "").want(200).is("[5 points]", "items", 1, "gives")
	b.as("foreign", "GET", lin+"/progress", "").want(404)
}
