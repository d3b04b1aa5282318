package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

const tenPoints = `{"key":"ten","kind":"reward","title":{"en":"Ten points","zh":"十分"},"on":"checkin.done","then":[{"grant_points":{"amount":10}}]}`

// live publishes a rule that gives ten points for each check-in.
func (b *bundle) live() {
	b.t.Helper()
	b.as("operator", "PUT", "/api/v1/rules/ten", tenPoints).want(201).is("draft", "state")
	b.as("operator", "POST", "/api/v1/rules/ten/publish", "{}").want(200).is("live", "state").is(1, "version")
}

func checkin(id string) string {
	return `{"events":[{"id":"` + id + `","type":"checkin.done","member":{"channel":"wecom","external_id":"wm1"}}]}`
}

func TestSendEvents(t *testing.T) {
	b := setup(t)
	b.live()
	first := b.as("operator", "POST", "/api/v1/events", checkin("c-1")).want(200)
	first.is("accepted", "results", 0, "status").is("ten", "results", 0, "decisions", 0, "rule").
		is("true", "results", 0, "decisions", 0, "outcome").is("grant_points", "results", 0, "decisions", 0, "effects", 0, "kind").
		is(10, "results", 0, "decisions", 0, "effects", 0, "fields", "amount")
	again := b.as("operator", "POST", "/api/v1/events", checkin("c-1")).want(200)
	again.is("duplicate", "results", 0, "status").is("ten", "results", 0, "decisions", 0, "rule")
	b.as("operator", "POST", "/api/v1/events", strings.Replace(checkin("c-1"), "wm1", "wm2", 1)).want(200).is("invalid", "results", 0, "status")
	b.as("admin", "POST", "/api/v1/events", checkin("c-1")).want(200).is("accepted", "results", 0, "status") // another credential, another namespace
	b.as("operator", "POST", "/api/v1/events?decisions=none", checkin("c-2")).want(200).is(nil, "results", 0, "decisions")
	b.as("operator", "POST", "/api/v1/events?mode=history", strings.Replace(checkin("c-3"), `"type"`, `"at":"2026-01-01T00:00:00Z","type"`, 1)).want(200).
		is("accepted", "results", 0, "status").is(nil, "results", 0, "decisions")
	b.as("viewer", "GET", "/api/v1/members/wecom:wm1", "").want(200).is(30, "accounts", "points", "balance")
	b.as("operator", "POST", "/api/v1/events", `{"events":[{"id":"r","type":"bylaw.points.grant","member":{"id":"x"}}]}`).want(200).
		is("invalid", "results", 0, "status").is("reserved_type", "results", 0, "error", "problems", 0, "code")
}

func TestSendLines(t *testing.T) {
	b := setup(t)
	body := "{\"id\":\"a\",\"type\":\"checkin.done\",\"member\":{\"id\":\"\"}}\n{nonsense\n{\"id\":\"c\",\"type\":\"checkin.done\",\"member\":{\"channel\":\"x\",\"external_id\":\"y\"}}\n"
	a := b.as("operator", "POST", "/api/v1/events", body, "Content-Type: application/x-ndjson").want(200)
	a.is("invalid", "results", 0, "status").is("invalid", "results", 1, "status").is(2, "results", 1, "error", "problems", 0, "line").is("accepted", "results", 2, "status")
}

// A body that as a whole is wrong, and what of it is.
func TestMalformedEvents(t *testing.T) {
	b := setup(t)
	tests := []struct {
		body, media string
		status      int
		places      string
	}{
		{`{"events":[`, "application/json", 400, "malformed_json "},
		{``, "application/json", 400, ""},
		{`{"events":[]}`, "application/json", 422, "empty /events"},
		{`{"event":[]}`, "application/json", 422, "unknown_field /event; required /events"},
		{"\n\n", "application/x-ndjson", 422, "empty /events"},
		{`{}`, "text/plain", 415, ""},
		{`{}`, "application/json; charset=gbk", 415, ""},
		{`{"events":[` + strings.Repeat(" ", 8<<20) + `]}`, "application/json", 413, ""},
	}
	for _, test := range tests {
		a := b.as("operator", "POST", "/api/v1/events", test.body, "Content-Type: "+test.media)
		if a.Status != test.status || a.places() != test.places {
			t.Errorf("%.30q as %s: %d %s, want %d %s", test.body, test.media, a.Status, a.places(), test.status, test.places)
		}
	}
	b.as("operator", "POST", "/api/v1/events?decision=all", checkin("x")).want(400).problem()
	if a := b.as("operator", "POST", "/api/v1/events?decisions=some&mode=live&mode=live", checkin("x")); a.places() != "unknown_value /decisions; duplicate_name /mode" {
		t.Error(a.places())
	}
}

func TestListEvents(t *testing.T) {
	b := setup(t)
	for i := range 5 {
		b.as("operator", "POST", "/api/v1/events", checkin(fmt.Sprint("c-", i))).want(200)
	}
	var ids []string
	next := ""
	for range 5 {
		a := b.as("analyst", "GET", "/api/v1/members/wecom:wm1/timeline?limit=2&cursor="+next, "").want(200)
		for i := 0; a.get("items", i) != nil; i++ {
			ids = append(ids, a.get("items", i, "id").(string))
		}
		if next, _ = a.get("next").(string); next == "" {
			break
		}
	}
	if strings.Join(ids, " ") != "c-4 c-3 c-2 c-1 c-0" {
		t.Error(ids)
	}
	b.as("analyst", "GET", "/api/v1/events?type=checkin.done", "").want(200).is("c-4", "items", 0, "id").is("wecom", "items", 0, "member", "channel")
	b.as("analyst", "GET", "/api/v1/events?type=order.paid", "").want(200).is(nil, "items", 0)
}

// What is written by hand is what encoding/json would write.
func TestAppendResult(t *testing.T) {
	d := engine.Decision{Position: 3, Number: 1, Rule: "r<&>", Version: 2, Subject: "m", Occurrence: "群", Outcome: "true", Reason: "cap", Detail: "a\"b",
		At: start, Shadow: true, Answer: "wait", Reasons: []engine.Text{{En: "x", Zh: "y"}},
		Effects: []engine.Effect{{Kind: "send", Number: 1, Ref: "d1", Reason: "paused", Fields: map[string]engine.Value{
			"b": engine.StringValue("\u2028"), "a": engine.IntValue(-1), "c": engine.ListValue(engine.DecimalValue(1_500_000))}}, {Kind: "admit"}}}
	for _, one := range []engine.Decision{d, {Rule: "x", Outcome: "false", At: start}} {
		want, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		if got := appendDecision(nil, &one); string(got) != string(want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	r := appendResult(nil, &machine.Result{ID: "é", Status: machine.Invalid, Problems: []engine.Problem{{Code: "c", Path: "/p"}}})
	if !json.Valid(r) {
		t.Errorf("%s", r)
	}
}

// echoing answers every event as accepted: the bench is of the API alone.
type echoing struct{}

func (echoing) Accept(_ context.Context, _ string, b machine.Batch) ([]machine.Result, error) {
	out := make([]machine.Result, len(b.Events))
	for i := range b.Events {
		out[i] = machine.Result{ID: b.Events[i].ID, Status: machine.Accepted, Position: int64(i + 1)}
	}
	return out, nil
}

func BenchmarkSendEvents(b *testing.B) {
	t := &testing.T{}
	s := setup(t, func(o *Options) { o.Events, o.Log = echoing{}, nil })
	for _, n := range []int{1, 1000} {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"id":"evt-%08d","type":"message.sent","at":"2026-02-28T08:00:00.123Z","member":{"channel":"wecom","external_id":"wmABCDEFG%06d"},"group":"runners","props":{"kind":"answer","content_id":"a-%d","length":%d,"score":4.5,"first":true}}`, i, i, i%97, i%200))
		}
		body := `{"events":[` + strings.Join(list, ",") + `]}`
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest("POST", "/api/v1/events", strings.NewReader(body))
				r.Header.Set("Authorization", "Bearer "+s.secrets["operator"])
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				if s.server.ServeHTTP(w, r); w.Code != 200 {
					b.Fatal(w.Body)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/event")
		})
	}
}
