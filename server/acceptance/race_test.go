package acceptance

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/channels/webhook/hooktest"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

const (
	applicants = 50
	seats      = 10
	sameID     = 64 // clients that send one id at once
	awarded    = 50
	award7     = 7
	budget     = 100
	ticks      = 2 // planned times to see
)

// raceRules are a door with few seats, a budget, a message for every greeting
// and two schedules: one of the workspace, one of members.
var raceRules = map[string]yaml{
	"door": `key: door
kind: threshold
title: {en: Door, zh: 门}
group: club
when: 'group.size < group.capacity'
then:
  - admit
otherwise:
  - wait: {reason: 'The group is full / 群已满'}
`,
	"gift": `key: gift
kind: reward
title: {en: Gift, zh: 礼物}
on: message.sent
then:
  - grant_points: {amount: 7}
limits: {budget: {points: 100, per: month}}
`,
	"greeting": `key: greeting
kind: reward
title: {en: Greeting, zh: 问候}
on: checkin.done
then:
  - grant_points: {amount: 1, account: greetings}
  - send: {channel: hook, text: 'greeting {{ event.id }}'}
`,
	"clock": `key: clock
kind: campaign
title: {en: Clock, zh: 时钟}
every: '* * * * *'
subject: workspace
when: 'true'
then:
  - send: {channel: hook, to: group, group: club, text: 'tick {{ now }}'}
`,
	"wages": `key: wages
kind: reward
title: {en: Wages, zh: 工资}
every: '* * * * *'
audience: '"paid" in member.tags'
when: 'true'
then:
  - grant_points: {amount: 1, account: wages}
`,
}

// race is one workspace behind one or several servers.
type race struct {
	servers []*server
	hook    *hooktest.Receiver
}

// newRace starts servers on one database; without a secret, which would be
// sealed with the key of one server alone.
func newRace(t *testing.T, database string, servers int) *race {
	r := &race{hook: hooktest.New(t, "")}
	for n := range servers {
		s := newServer(t, database).start()
		if r.servers = append(r.servers, s); n == 0 {
			s.owner()
		}
		s.token = r.of(0).token
	}
	s := r.of(0)
	s.hooked(r.hook.URL)
	s.call("PUT", "/groups/club", map[string]any{"title": map[string]string{"en": "Club", "zh": "俱乐部"}, "capacity": seats, "intake": "open",
		"channel": "hook", "address": "club"})
	for _, account := range []string{"greetings", "wages"} {
		s.call("PUT", "/rewards/"+account, map[string]any{"kind": "points", "title": map[string]string{"en": account}})
	}
	r.event(t, 0, "paid-1", "member.joined", "paid")
	s.call("PATCH", "/members/test:paid", map[string]any{"tags_add": []string{"paid"}})
	for key, rule := range raceRules {
		s.publish(key, rule)
	}
	return r
}

// of is the server that the n-th client talks to.
func (r *race) of(n int) *server { return r.servers[n%len(r.servers)] }

// event sends one event and answers its result.
func (r *race) event(t *testing.T, client int, id, kind, member string) result {
	body, err := json.Marshal(map[string]any{"events": []any{map[string]any{"id": id, "type": kind,
		"member": map[string]string{"channel": "test", "external_id": member}}}})
	if err != nil {
		t.Error(err)
		return result{}
	}
	a, err := r.of(client).try("POST", "/events", "application/json", body)
	var out struct{ Results []result }
	if err == nil {
		err = json.Unmarshal(a.body, &out)
	}
	if err != nil || a.status != http.StatusOK || len(out.Results) != 1 {
		t.Errorf("event %s: %d %.300s %v", id, a.status, a.body, err)
		return result{}
	}
	return out.Results[0]
}

// together calls f for every client at the same moment.
func together(clients int, f func(client int)) {
	var wg sync.WaitGroup
	gun := make(chan struct{})
	for n := range clients {
		wg.Go(func() { <-gun; f(n) })
	}
	close(gun)
	wg.Wait()
}

// fillsTheSeats has many apply at once.
func (r *race) fillsTheSeats(t *testing.T) {
	var mu sync.Mutex
	answers := map[string]int{}
	together(applicants, func(n int) {
		body := fmt.Appendf(nil, `{"member":"test:applicant-%d"}`, n)
		a, err := r.of(n).try("POST", "/groups/club/applications", "application/json", body)
		var out struct{ Answer string }
		if err == nil {
			err = json.Unmarshal(a.body, &out)
		}
		if err != nil || a.status != http.StatusOK {
			t.Errorf("application %d: %d %.300s %v", n, a.status, a.body, err)
		}
		mu.Lock()
		defer mu.Unlock()
		answers[out.Answer]++
	})
	if answers["admit"] != seats || answers["wait"] != applicants-seats {
		t.Errorf("%d seats: %v", seats, answers)
	}
	var in struct{ Items []any }
	r.of(1).call("GET", "/groups/club/members?limit=100", nil).decode(t, &in)
	if len(in.Items) != seats {
		t.Errorf("%d are in a group of %d", len(in.Items), seats)
	}
}

// takesOneIDOnce has many clients send the same event at once.
func (r *race) takesOneIDOnce(t *testing.T) {
	var mu sync.Mutex
	answers := map[string]int{}
	together(sameID, func(n int) {
		got := r.event(t, n, "one", "checkin.done", "greeted")
		mu.Lock()
		defer mu.Unlock()
		answers[got.Status]++
		if len(got.Decisions) != 1 || len(got.Decisions[0].Effects) != 2 {
			t.Errorf("the answer's decisions: %+v", got)
		}
	})
	if answers["accepted"] != 1 || answers["duplicate"] != sameID-1 {
		t.Errorf("one id: %v", answers)
	}
	if entries := r.entries(t, "greeted", "greetings"); len(entries) != 1 || entries[0] != 1 {
		t.Errorf("one event gave %v", entries)
	}
}

// entries are the amounts of a member's ledger, newest first.
func (r *race) entries(t *testing.T, member, account string) (amounts []int64) {
	t.Helper()
	var page struct{ Items []struct{ Amount int64 } }
	r.of(1).call("GET", "/members/test:"+member+"/points?limit=1000&account="+account, nil).decode(t, &page)
	for _, e := range page.Items {
		amounts = append(amounts, e.Amount)
	}
	return amounts
}

// keepsTheBudget has many awards at once, of which some fit.
func (r *race) keepsTheBudget(t *testing.T) {
	together(awarded, func(n int) {
		if got := r.event(t, n, fmt.Sprint("award-", n), "message.sent", fmt.Sprint("awarded-", n)); got.Status != "accepted" {
			t.Errorf("award %d: %+v", n, got)
		}
	})
	given := 0
	for n := range awarded {
		for _, amount := range r.entries(t, fmt.Sprint("awarded-", n), "points") {
			if given++; amount != award7 {
				t.Errorf("%d points given, not %d", amount, award7)
			}
		}
	}
	if given != budget/award7 {
		t.Errorf("%d awards of %d points within a budget of %d", given, award7, budget)
	}
}

// sendsOnce has a message for each of many events, and wants one call for each.
func (r *race) sendsOnce(t *testing.T) {
	const greetings = 200
	together(greetings, func(n int) { r.event(t, n, fmt.Sprint("hello-", n), "checkin.done", fmt.Sprint("hi-", n)) })
	await(t, "greetings arrive", greetings+1, func() int64 { return int64(len(r.heard(t, "greeting "))) }) // and that of one id
	for text, times := range r.heard(t, "greeting ") {
		if times != 1 {
			t.Errorf("%q was sent %d times", text, times)
		}
	}
}

// heard are the texts that arrived, with the number of calls of each.
func (r *race) heard(t *testing.T, prefix string) map[string]int {
	texts := map[string]int{}
	for _, call := range r.hook.Calls() {
		var body struct{ Data struct{ Text string } }
		if err := json.Unmarshal(call.Body, &body); err != nil {
			t.Fatalf("a webhook says %s: %v", call.Body, err)
		}
		if strings.HasPrefix(body.Data.Text, prefix) {
			texts[body.Data.Text]++
		}
	}
	return texts
}

// firesOnce waits for planned times and wants each to have fired once.
func (r *race) firesOnce(t *testing.T) {
	for deadline := time.Now().Add((ticks + 1) * time.Minute); len(r.heard(t, "tick ")) < ticks && time.Now().Before(deadline); {
		time.Sleep(200 * time.Millisecond)
	}
	time.Sleep(3 * time.Second) // a second firing of the same time would come now
	heard := r.heard(t, "tick ")
	for text, times := range heard {
		if times != 1 {
			t.Errorf("%q was sent %d times", text, times)
		}
	}
	if wages := len(r.entries(t, "paid", "wages")); len(heard) < ticks || wages < len(heard)-1 || wages > len(heard)+1 {
		t.Errorf("%v fired, wages were paid %d times", heard, wages)
	}
	r.eachMinuteOnce(t)
}

// eachMinuteOnce holds the members' schedule against its planned times.
func (r *race) eachMinuteOnce(t *testing.T) {
	t.Helper()
	var page struct{ Items []struct{ At time.Time } }
	r.of(0).call("GET", "/members/test:paid/points?limit=1000&account=wages", nil).decode(t, &page)
	paid := map[time.Time]int{}
	for _, e := range page.Items {
		if paid[e.At]++; paid[e.At] > 1 || !e.At.Equal(e.At.Truncate(time.Minute)) {
			t.Errorf("wages of %s: %d times", e.At, paid[e.At])
		}
	}
	if len(paid) < ticks-1 {
		t.Errorf("wages were paid at %v only", paid)
	}
}

const posted = `key: posted
kind: reward
title: {en: Posted, zh: 发布}
on: content.posted
then:
  - grant_points: {amount: %d, account: posts}
`

// seesWhatIsPublished changes a rule through one server and wants the other to
// decide by it at once, and to show it.
func (r *race) seesWhatIsPublished(t *testing.T) {
	one, other := r.of(0), r.of(1)
	one.call("PUT", "/rewards/posts", map[string]any{"kind": "points", "title": map[string]string{"en": "Posts"}})
	steps := []struct {
		name   string
		change func()
		state  string
		amount int // that an event is given then; 0: nothing
	}{
		{"publish", func() { one.publish("posted", yaml(fmt.Sprintf(posted, 1))) }, "live", 1},
		{"publish another version", func() { one.publish("posted", yaml(fmt.Sprintf(posted, 2))) }, "live", 2},
		{"pause", func() { one.call("POST", "/rules/posted/pause", map[string]any{}) }, "paused", 0},
		{"resume", func() { one.call("POST", "/rules/posted/resume", map[string]any{}) }, "live", 2},
		{"roll back", func() { one.call("POST", "/rules/posted/rollback", map[string]any{"version": 1}) }, "live", 1},
	}
	for n, step := range steps {
		step.change()
		got := r.event(t, 1, fmt.Sprint("post-", n), "content.posted", "poster") // to the other
		given := 0
		for _, d := range got.Decisions {
			for _, e := range d.Effects {
				given += int(e.Fields["amount"].(float64))
			}
		}
		if given != step.amount {
			t.Errorf("after %s on one server the other gives %d, not %d: %+v", step.name, given, step.amount, got)
		}
		var rule struct{ State string }
		if other.call("GET", "/rules/posted", nil).decode(t, &rule); rule.State != step.state {
			t.Errorf("after %s on one server the other shows it %s, not %s", step.name, rule.State, step.state)
		}
	}
}

// verified ends the servers and replays the log.
func (r *race) verified(t *testing.T) {
	t.Helper()
	for _, s := range r.servers {
		s.stop()
	}
	if out, err := r.servers[0].command("verify").CombinedOutput(); err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
}

// TestAllAtOnce holds the limits under many clients of one server.
func TestAllAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		r := newRace(t, db.URL, 1)
		t.Run("seats", r.fillsTheSeats)
		t.Run("one id", r.takesOneIDOnce)
		t.Run("budget", r.keepsTheBudget)
		t.Run("messages", r.sendsOnce)
		r.verified(t)
	})
}

// TestTwoServersOnOneDatabase holds the same figures where every second client
// talks to another server, and has each schedule fire once. A SQLite file has one server.
func TestTwoServersOnOneDatabase(t *testing.T) {
	t.Parallel()
	for _, engine := range dbtest.Engines(t) {
		if engine == dbtest.SQLite {
			continue
		}
		t.Run(engine, func(t *testing.T) {
			t.Parallel() // most of it is waiting for the next minute
			r := newRace(t, dbtest.New(t, engine).URL, 2)
			t.Run("seats", r.fillsTheSeats)
			t.Run("one id", r.takesOneIDOnce)
			t.Run("budget", r.keepsTheBudget)
			t.Run("messages", r.sendsOnce)
			t.Run("publishing", r.seesWhatIsPublished)
			t.Run("schedule", r.firesOnce)
			r.verified(t)
		})
	}
}
