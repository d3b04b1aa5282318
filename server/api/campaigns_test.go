package api

import (
	"strings"
	"testing"
)

// What a reward's page shows: stock, the month, the rules with their budgets.
func TestRewardFigures(t *testing.T) {
	b := setup(t)
	b.as("admin", "PUT", "/api/v1/rewards/gift", `{"kind":"coupon","title":{"en":"Gift"},"codes":["a","b","c"]}`).want(201)
	b.as("operator", "PUT", "/api/v1/rules/g", `{"key":"g","kind":"reward","title":{"en":"G","zh":"G"},"on":"checkin.done","once":"member",
		"then":[{"issue_coupon":{"pool":"gift"}},{"grant_points":{"amount":30}}],"limits":{"budget":{"points":100,"per":"month"}}}`).want(201)
	b.as("operator", "POST", "/api/v1/rules/g/publish", "").want(200)
	for _, member := range []string{"m1", "m2"} {
		b.as("owner", "POST", "/api/v1/events", `{"events":[{"id":"`+member+`","type":"checkin.done","member":{"channel":"app","external_id":"`+member+`"}}]}`).want(200)
	}
	b.as("viewer", "GET", "/api/v1/rewards/gift/figures", "").want(200).is(2, "given").is(3, "stock").is(1, "left").is("g", "rules", 0, "rule")
	b.as("operator", "POST", "/api/v1/members/app:m1/points", `{"amount":-5,"reason":"x"}`).want(200)
	b.as("viewer", "GET", "/api/v1/rewards/points/figures", "").want(200).is(60, "month", "granted").is(5, "month", "taken").is(true, "complete").
		is(100, "rules", 0, "budget").is(60, "rules", 0, "used").is("month", "rules", 0, "per")
	b.as("viewer", "GET", "/api/v1/rewards/nothing/figures", "").want(404)
	b.as("foreign", "GET", "/api/v1/rewards/gift/figures", "").want(404)
}

// A text is written out in both languages; what is wrong or unknown is said at its place.
func TestPreviewTemplate(t *testing.T) {
	b := setup(t)
	b.as("owner", "POST", "/api/v1/events", `{"events":[{"id":"1","type":"checkin.done","member":{"channel":"app","external_id":"ada"}}]}`).want(200)
	b.as("operator", "PATCH", "/api/v1/members/app:ada", `{"name":"Ada"}`).want(200)
	path := "/api/v1/templates/preview"
	b.as("operator", "POST", path, `{"member":"app:ada","body":{"en":"{{ member.name }} has {{ member.points }}","zh":"{{ events(\"checkin.done\", \"all\").count() }} 次"}}`).want(200).
		is("Ada has 0", "en", "text").is("1 次", "zh", "text")
	b.as("operator", "POST", path, `{"body":{"en":"{{ member.points }}"}}`).want(200).is("no_subject", "en", "unknown")
	b.as("viewer", "POST", path, `{"member":"app:ada","body":{"en":"{{ member.points }}"}}`).want(200).is("0", "en", "text")
	for _, x := range []struct{ who, body, places string }{
		{"viewer", `{"member":"app:ada","body":{"zh":"{{ member.name }}"}}`, "personal /body/zh"},
		{"operator", `{"body":{}}`, "empty /body"},
		{"operator", `{"group":"none","body":{"en":"x"}}`, "unknown_group /group"},
	} {
		if a := b.as(x.who, "POST", path, x.body).want(422); a.places() != x.places {
			t.Errorf("%s: %s, want %s", x.body, a.places(), x.places)
		}
	}
	if a := b.as("operator", "POST", path, `{"body":{"en":"{{ member.pionts }}","zh":"{{ 1"}}`).want(422); !strings.Contains(a.places(), "/body/en") || !strings.Contains(a.places(), "/body/zh") {
		t.Error(a.places())
	}
	b.as("operator", "POST", path, `{"member":"app:nobody","body":{"en":"x"}}`).want(404)
}

func TestCountMembers(t *testing.T) {
	b := setup(t)
	b.as("owner", "POST", "/api/v1/events", `{"events":[{"id":"1","type":"checkin.done","member":{"channel":"app","external_id":"ada"}}]}`).want(200)
	b.as("viewer", "POST", "/api/v1/counts", `{"where":"member.points == 0"}`).want(200).is(1, "count").is(0, "unknown")
	if a := b.as("viewer", "POST", "/api/v1/counts", `{"where":"member.pionts == 0"}`).want(422); !strings.HasSuffix(a.places(), "/where") {
		t.Error(a.places())
	}
}

// The calendar has every firing of the span and no other, says what quiet hours
// hold, and sets apart what answers events.
func TestCalendar(t *testing.T) {
	b := setup(t)
	b.as("admin", "PUT", "/api/v1/channels/hook", `{"plugin":"webhook","config":{"url":"https://example.com"}}`).want(201)
	b.as("admin", "PUT", "/api/v1/settings", `{"zone":"Asia/Shanghai","currency":"CNY","lang":"zh","quiet_from":"22:00","quiet_to":"08:00","promo_share":30}`).want(200)
	b.as("operator", "PUT", "/api/v1/groups/core", `{"title":{"en":"Core"},"channel":"hook","address":"room"}`).want(201)
	b.as("operator", "PUT", "/api/v1/templates/sale", `{"body":{"en":"Sale"},"promotes":true}`).want(201)
	for _, rule := range []string{
		`{"key":"early","kind":"campaign","title":{"en":"E","zh":"E"},"every":"0 7 * * 1","then":[{"send":{"channel":"hook","to":"group","group":"core","template":"sale"}}]}`,
		`{"key":"hello","kind":"campaign","title":{"en":"H","zh":"H"},"on":"member.joined","after":"3d","then":[{"send":{"channel":"hook","text":"hi"}}]}`,
		`{"key":"often","kind":"campaign","title":{"en":"O","zh":"O"},"every":"*/5 * * * *","then":[{"add_tag":{"tag":"x"}}]}`,
	} {
		key := strings.Split(rule, `"`)[3]
		b.as("operator", "PUT", "/api/v1/rules/"+key, rule).want(201)
		b.as("operator", "POST", "/api/v1/rules/"+key+"/publish", "").want(200)
	}
	day := func(s string) string { return "2026-03-" + s + "T00:00:00%2B08:00" }
	a := b.as("viewer", "GET", "/api/v1/calendar?from="+day("02")+"&to="+day("03"), "").want(200) // a Monday
	a.is("Asia/Shanghai", "zone").is(30, "share_limit").is("hello", "whenever", 0, "rule").is("72h0m0s", "whenever", 0, "after").
		is(true, "rules", 0, "sends", 0, "promotes").is("core", "rules", 0, "sends", 0, "group").is("core", "shares", 0, "group").is(0, "shares", 0, "all")
	if n := strings.Count(string(a.Body), `"rule":"often"`); n != 24*12+1 {
		t.Errorf("%d firings in a day", n)
	}
	if !strings.Contains(string(a.Body), `{"at":"2026-03-01T23:00:00Z","rule":"early","held_until":"2026-03-02T00:00:00Z"}`) {
		t.Errorf("%.900s", a.Body)
	}
	a = b.as("viewer", "GET", "/api/v1/calendar?from="+day("02")+"&to="+day("09"), "").want(200).is(true, "truncated")
	if n := strings.Count(string(a.Body), `"rule":"often"`); n != 501 {
		t.Errorf("%d firings of one rule", n)
	}
	for _, query := range []string{"from=" + day("03") + "&to=" + day("03"), "from=2026-01-01T00:00:00Z&to=2026-03-05T00:00:00Z"} {
		if a := b.as("viewer", "GET", "/api/v1/calendar?"+query, "").want(422); a.places() != "bad_span /to" {
			t.Error(a.places())
		}
	}
	b.as("viewer", "GET", "/api/v1/calendar?from=x&to=y", "").want(400)
	if a := b.as("foreign", "GET", "/api/v1/calendar?from="+day("02")+"&to="+day("03"), "").want(200); strings.Contains(string(a.Body), "early") {
		t.Error("another workspace's rules are shown")
	}
}

// Lines of the process are for those who may see addresses.
func TestChannelHealth(t *testing.T) {
	b := setup(t)
	b.as("admin", "PUT", "/api/v1/channels/hook", `{"plugin":"webhook","config":{"url":"https://example.com"}}`).want(201)
	b.as("admin", "GET", "/api/v1/channels/hook/health", "").want(200).is("running", "state").is("webhook", "plugin").is("sent to ada@example.com", "log", 0)
	b.as("admin", "GET", "/api/v1/channels/nothing/health", "").want(404)
	b.as("viewer", "GET", "/api/v1/channels/hook/health", "").want(403)
}

// Who a message is for is named as the reader may see it.
func TestDeliveriesAreNamed(t *testing.T) {
	b := setup(t)
	b.as("admin", "PUT", "/api/v1/channels/hook", `{"plugin":"webhook","config":{"url":"https://example.com"}}`).want(201)
	b.as("operator", "PUT", "/api/v1/rules/hi", `{"key":"hi","kind":"campaign","title":{"en":"H","zh":"H"},"on":"checkin.done","then":[{"send":{"channel":"hook","text":"hi"}}]}`).want(201)
	b.as("operator", "POST", "/api/v1/rules/hi/publish", "").want(200)
	b.as("owner", "POST", "/api/v1/events", `{"events":[{"id":"1","type":"checkin.done","member":{"channel":"hook","external_id":"13800138000"}}]}`).want(200)
	b.as("analyst", "GET", "/api/v1/deliveries", "").want(200).is("138***00", "items", 0, "member_name").is(nil, "items", 0, "text")
	b.as("operator", "PATCH", "/api/v1/members/hook:13800138000", `{"name":"Ada"}`).want(200)
	b.as("operator", "GET", "/api/v1/deliveries", "").want(200).is("Ada", "items", 0, "member_name").is("hi", "items", 0, "text")
}
