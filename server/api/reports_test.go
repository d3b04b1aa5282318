package api

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	oddCheckins = `{"key":"odd","kind":"reward","title":{"en":"Odd","zh":"单数"},"on":"checkin.done","when":"event.props.n > 3",
	"then":[{"grant_points":{"amount":"event.props.n"}},{"add_tag":{"tag":"odd"}}],"limits":{"per_member":{"times":2,"per":"day"}}}`
	payBack = `{"key":"pay","kind":"reward","title":{"en":"Pay"},"on":"message.sent","then":[{"grant_points":{"amount":-3}}]}`
)

// tally is what a report should say: amounts by local date and key.
type tally map[string]map[string]int64

func (x tally) add(at, key string, n int64) {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	day := t.In(time.FixedZone("+8", 8*3600)).Format(time.DateOnly)
	if x[day] == nil {
		x[day] = map[string]int64{}
	}
	x[day][key] += n
}

// everyItem walks a list to its end.
func (b *bundle) everyItem(path string, visit func(item map[string]any)) {
	b.t.Helper()
	for next := ""; ; {
		a := b.as("admin", "GET", path+"&limit=7&cursor="+next, "").want(200)
		items, _ := a.get("items").([]any)
		for _, i := range items {
			visit(i.(map[string]any))
		}
		if next, _ = a.get("next").(string); next == "" {
			return
		}
	}
}

// reports holds every number of a report against a tally, and against its own rows.
func (b *bundle) reports(path, dimension string, want tally) {
	b.t.Helper()
	a := b.as("viewer", "GET", path, "").want(200)
	var r struct {
		Steps  []struct{ From string }
		Series []struct {
			Of     map[string]string
			Values []int64
			Total  int64
		}
		Totals []int64
	}
	if err := json.Unmarshal(a.Body, &r); err != nil {
		b.t.Fatal(err)
	}
	got := tally{}
	for i, step := range r.Steps {
		var sum int64
		for _, s := range r.Series {
			if s.Values[i] != 0 {
				got.add(step.From+"T12:00:00+08:00", s.Of[dimension], s.Values[i])
			}
			sum += s.Values[i]
		}
		if sum != r.Totals[i] {
			b.t.Errorf("%s: the total of %s is %d, not %d", path, step.From, r.Totals[i], sum)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.t.Errorf("%s says\n%v\nnot\n%v", path, got, want)
	}
}

// random sends events around a few local midnights, late and in no order.
func (b *bundle) random(r *rand.Rand) {
	for n := range 60 {
		b.now = start.Add(time.Duration(n) * 45 * time.Minute)
		at := b.now.Std().Add(-time.Duration(r.Intn(40)) * time.Hour).Format(time.RFC3339)
		typ := []string{"checkin.done", "checkin.done", "message.sent", "made,up %"}[r.Intn(4)]
		mode := []string{"live", "live", "live", "history"}[r.Intn(4)]
		b.as("admin", "POST", "/api/v1/events?mode="+mode, fmt.Sprintf(`{"events":[{"id":"e%d","type":%q,"at":%q,"member":{"channel":"app","external_id":"m%d"},"props":{"n":%d}}]}`,
			n, typ, at, r.Intn(5), r.Intn(9))).want(200)
	}
}

// Every number of a report is what counting the raw rows gives.
func TestReportsAgreeWithTheRawRows(t *testing.T) {
	for seed := range int64(3) {
		b := setup(t)
		b.published("odd", oddCheckins)
		b.published("pay", payBack)
		b.random(rand.New(rand.NewSource(seed)))
		span := "?from=2026-02-25&to=2026-03-04"

		events, decisions, effects, points := tally{}, tally{}, tally{}, tally{}
		b.everyItem("/api/v1/events?", func(e map[string]any) {
			if !strings.HasPrefix(e["type"].(string), "bylaw.") {
				events.add(e["at"].(string), e["type"].(string), 1)
			}
		})
		for _, rule := range []string{"odd", "pay"} {
			b.everyItem("/api/v1/rules/"+rule+"/decisions?", func(d map[string]any) {
				what := d["outcome"].(string)
				if what == "true" {
					what = map[bool]string{true: "stopped", false: "acted"}[d["reason"] != nil]
				}
				decisions.add(d["at"].(string), what, 1)
				made, _ := d["effects"].([]any)
				for _, e := range made {
					if e := e.(map[string]any); e["reason"] == nil {
						effects.add(d["at"].(string), e["kind"].(string), 1)
					}
				}
			})
		}
		b.everyItem("/api/v1/members?", func(m map[string]any) {
			b.everyItem("/api/v1/members/"+m["id"].(string)+"/points?", func(e map[string]any) {
				n := int64(e["amount"].(float64))
				points.add(e["at"].(string), map[bool]string{true: "granted", false: "spent"}[n > 0], max(n, -n))
			})
		})
		if len(points) < 2 || len(decisions) < 2 {
			t.Fatalf("too little happened: %v %v", points, decisions)
		}
		b.reports("/api/v1/reports/events"+span, "type", events)
		b.reports("/api/v1/reports/decisions"+span+"&group=outcome", "outcome", decisions)
		b.reports("/api/v1/reports/effects"+span, "kind", effects)
		b.reports("/api/v1/reports/points"+span, "flow", points)
		b.behindNumbers(span, events, decisions, effects, points)
	}
}

// behindNumbers opens what is behind each day and key: as many rows as the number says.
func (b *bundle) behindNumbers(span string, events, decisions, effects, points tally) {
	b.t.Helper()
	for _, x := range []struct {
		report, dimension string
		want              tally
	}{{"events", "type", events}, {"decisions", "outcome", decisions}, {"effects", "kind", effects}, {"points", "flow", points}} {
		for day, keys := range x.want {
			for key, want := range keys {
				var n int64
				b.everyItem("/api/v1/reports/"+x.report+"/rows?from="+day+"&to="+day+"&only="+url.QueryEscape(x.dimension+":"+url.PathEscape(key)), func(row map[string]any) {
					if x.report != "points" {
						n++
						return
					}
					amount := int64(row["amount"].(float64))
					n += max(amount, -amount)
				})
				if n != want {
					b.t.Errorf("behind the %d of %s %s on %s are %d", want, x.report, key, day, n)
				}
			}
		}
	}
}

// A pyramid over time is how many stood on each tier when the day ended, and opens them.
func TestReportOfTiers(t *testing.T) {
	b := setup(t)
	to := func(member, tier string) {
		b.as("operator", "PUT", "/api/v1/members/app:"+member+"/tiers/default", `{"to":"`+tier+`"}`).want(200)
	}
	for day, moves := range [][2]string{{"m1", "active"}, {"m2", "active"}, {"m1", "leader"}, {"m2", "onlooker"}} {
		b.now = start.Add(time.Duration(day) * 24 * time.Hour)
		b.as("operator", "POST", "/api/v1/events", `{"events":[{"id":"`+fmt.Sprint(day)+`","type":"message.sent","member":{"channel":"app","external_id":"`+moves[0]+`"}}]}`).want(200)
		to(moves[0], moves[1])
	}
	a := b.as("viewer", "GET", "/api/v1/reports/tiers?from=2026-03-03&to=2026-03-05", "").want(200)
	a.is(true, "level").is("leader", "series", 0, "of", "tier").is("[0 1 1]", "series", 0, "values").is("意见领袖", "series", 0, "title", "zh")
	a.is("active", "series", 1, "of", "tier").is("[2 1 0]", "series", 1, "values").is(0, "series", 1, "total").is("[0 0 1]", "series", 2, "values").is("[2 2 2]", "totals")
	rows := func(day string) *answer {
		return b.as("analyst", "GET", "/api/v1/reports/tiers/rows?only=tier:active&to="+day, "").want(200)
	}
	rows("2026-03-03").is("m1", "items", 0, "member_name").is("m2", "items", 1, "member_name").is(nil, "items", 2)
	rows("2026-03-04").is("m2", "items", 0, "member_name").is(nil, "items", 1)
	rows("2026-03-05").is(nil, "items", 0)
	b.as("analyst", "GET", "/api/v1/reports/tiers/rows", "").want(422).is("/only", "problems", 0, "path")
}

// Members who come, go and come back.
func TestReportOfMembers(t *testing.T) {
	b := setup(t)
	for n, typ := range []string{"message.sent", "member.left", "member.left", "member.joined"} {
		b.as("operator", "POST", "/api/v1/events", fmt.Sprintf(`{"events":[{"id":"%d","type":%q,"member":{"channel":"app","external_id":"m"}}]}`, n, typ)).want(200)
	}
	b.as("viewer", "GET", "/api/v1/reports/members", "").want(200).is("2026-03-02", "steps", 29, "to").is(nil, "steps", 30).is(2, "series", 0, "total").is("joined", "series", 0, "of", "change").is(1, "series", 1, "total")
	b.as("analyst", "GET", "/api/v1/reports/members/rows?only=change:left", "").want(200).is("member.left", "items", 0, "type").is(nil, "items", 2)
}

func TestReportsByWeekAndAsFile(t *testing.T) {
	b := setup(t)
	for n := range 25 {
		b.as("operator", "POST", "/api/v1/events", fmt.Sprintf(`{"events":[{"id":"%d","type":"=t%02d","at":"2026-03-01T12:00:00Z","member":{"channel":"app","external_id":"m"}}]}`, n, n)).want(200)
	}
	weeks := b.as("viewer", "GET", "/api/v1/reports/events?from=2026-02-20&by=week", "").want(200)
	weeks.is("2026-02-22", "steps", 0, "to").is("2026-02-23", "steps", 1, "from").is("2026-03-02", "steps", 2, "from").is(nil, "steps", 3).is("[0 25 0]", "totals")
	weeks.is(nil, "series", 20).is(5, "others", "series").is("[0 5 0]", "others", "values").is("其他", "others", "title", "zh")
	b.as("viewer", "GET", "/api/v1/reports/events?from=2026-02-20&by=week&top=25", "").want(200).is(nil, "others").is("=t24", "series", 24, "of", "type")
	b.as("viewer", "GET", "/api/v1/reports/events?from=2026-02-20&by=month", "").want(200).is("2026-02-28", "steps", 0, "to").is("[0 25]", "totals")
	file := b.as("viewer", "GET", "/api/v1/reports/events?from=2026-03-01&format=csv&lang=zh&only=type:%3Dt01", "", "Accept: text/csv").want(200)
	if want := "\ufeff开始,结束,'=t01\r\n2026-03-01,2026-03-01,1\r\n2026-03-02,2026-03-02,0\r\n"; string(file.Body) != want {
		t.Errorf("the file is %q, not %q", file.Body, want)
	}
}

func TestReportsRefuse(t *testing.T) {
	b := setup(t)
	path := "/api/v1/reports/decisions"
	a := b.as("viewer", "GET", path+"?from=2026-13-01&group=type,rule&only=kind:x,none", "").want(422)
	if a.places() != "date /from; dimension /group; dimension /only; dimension /only" {
		t.Error(a.places())
	}
	b.as("viewer", "GET", path+"?from=2026-03-03", "").want(422).is("range", "problems", 0, "code").is("/from", "problems", 0, "path")
	b.as("viewer", "GET", path+"?from=2020-01-01", "").want(422).is("too_long", "problems", 0, "code")
	b.as("viewer", "GET", path+"?days=7", "").want(200).is("2026-02-24", "from").is(nil, "steps", 7)
	b.as("viewer", "GET", path+"?by=hour", "").want(400)
	b.as("viewer", "GET", "/api/v1/reports/nothing", "").want(404)
	b.as("viewer", "GET", path+"/rows", "").want(403)
	b.as("analyst", "GET", path+"/rows?cursor=x", "").want(400)
	b.live()
	b.as("operator", "POST", "/api/v1/events", checkin("1")).want(200)
	b.as("viewer", "GET", path, "").want(200).is(1, "total")
	b.as("foreign", "GET", path, "").want(200).is(0, "total").is(nil, "series", 0) // another workspace's own
}
