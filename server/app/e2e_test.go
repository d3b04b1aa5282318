package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/channels/webhook/hooktest"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

const (
	hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	members    = 10
)

// thirdMessage is the rule: ten points and a webhook for a third message, once.
var thirdMessage = map[string]any{
	"key": "third-message", "kind": "reward", "title": map[string]string{"en": "Third message", "zh": "第三条消息"},
	"on": "message.sent", "when": `events("message.sent", "all").count() >= 3`, "once": "member",
	"then": []any{
		map[string]any{"grant_points": map[string]any{"amount": 10}},
		map[string]any{"send": map[string]any{"channel": "hook", "text": "ten points for {{ member.id }}"}},
	},
}

// world is a server with one rule and one channel, and somebody who listens.
type world struct {
	*process
	token string
	hook  *hooktest.Receiver
}

func (w *world) ask(t *testing.T, method, path string, body any) (int, map[string]any) {
	t.Helper()
	return ask(t, method, w.url+"api/v1/"+path, w.token, body)
}

// must asks and wants success.
func (w *world) must(t *testing.T, method, path string, body any) map[string]any {
	t.Helper()
	status, answer := w.ask(t, method, path, body)
	if status >= 300 {
		t.Fatalf("%s %s: %d %v", method, path, status, answer)
	}
	return answer
}

// The life of a server: first start, a rule, events sent twice, a signed webhook
// from a plugin's process, and a restart after which nothing has changed.
func TestFromFirstStartToRestart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		env := []string{"BYLAW_DATABASE=" + db.URL, "BYLAW_DATA_DIR=" + t.TempDir()}
		w := &world{process: launch(t, env...), hook: hooktest.New(t, hookSecret)}
		w.token = w.becomeOwner(t)
		w.publish(t)
		w.sendTwice(t)
		w.reported(t)
		before := w.picture(t)
		if len(w.hook.Calls()) != members {
			t.Fatalf("%d webhooks arrived, not %d", len(w.hook.Calls()), members)
		}
		w.stop(t)

		w.process = launch(t, env...)
		if again := w.picture(t); again != before {
			t.Errorf("before the restart:\n%s\nafter:\n%s", before, again)
		}
		w.events(t, "duplicate")
		w.fence(t)
		w.stop(t)
		if said := tool(t, env, "verify", "--json"); !strings.Contains(said, `"differences": null`) && !strings.Contains(said, `"differences": []`) {
			t.Errorf("verify: %s", said)
		}
	})
}

// becomeOwner opens the set-up link, and makes the token that the rest uses
// with the command line, beside the running server.
func (w *world) becomeOwner(t *testing.T) string {
	t.Helper()
	link, secret, _ := strings.Cut(w.setupLink(t), "#")
	if page, err := http.Get(link); err != nil || page.StatusCode != 200 {
		t.Fatal(page, err)
	}
	status, answer := ask(t, "POST", w.url+"api/v1/setup", "", map[string]string{"secret": secret})
	if status != 201 {
		t.Fatal(status, answer)
	}
	if status, answer := ask(t, "POST", w.url+"api/v1/setup", "", map[string]string{"secret": secret}); status != 401 {
		t.Fatal("the link works twice:", status, answer)
	}
	token := tool(t, w.cmd.Env, "token", "create", "--workspace", "default", "--role", "owner")
	if strings.ContainsAny(token, " \n") || token == answer["secret"] {
		t.Fatalf("token create prints %q", token)
	}
	return token
}

func (w *world) publish(t *testing.T) {
	t.Helper()
	w.anyHour(t)
	w.must(t, "PUT", "channels/hook", map[string]any{"plugin": "webhook", "title": map[string]string{"en": "Hook"}, "config": map[string]string{"url": w.hook.URL}})
	w.must(t, "PUT", "channels/hook/secrets", map[string]any{"secrets": map[string]string{"secret": hookSecret}})
	w.must(t, "PUT", "rules/third-message", thirdMessage)
	if rule := w.must(t, "POST", "rules/third-message/publish", map[string]any{}); rule["state"] != "live" {
		t.Fatal(rule)
	}
}

// anyHour lets messages go out at whatever hour the test runs.
func (w *world) anyHour(t *testing.T) {
	t.Helper()
	night := time.Now().UTC().Add(10 * time.Hour)
	w.must(t, "PUT", "settings", map[string]any{"zone": "UTC", "currency": "CNY", "lang": "zh",
		"quiet_from": night.Format("15:04"), "quiet_to": night.Add(time.Hour).Format("15:04")})
}

// events sends three messages of each member and wants them to be new, or not.
func (w *world) events(t *testing.T, want string) {
	t.Helper()
	var batch []any
	for n := range 3 {
		for m := range members {
			batch = append(batch, message(fmt.Sprintf("%d-%d", m, n), m))
		}
	}
	answer := w.must(t, "POST", "events", map[string]any{"events": batch})
	matched := 0
	for _, r := range answer["results"].([]any) {
		result := r.(map[string]any)
		if result["status"] != want {
			t.Fatal(result)
		}
		decisions, _ := result["decisions"].([]any)
		matched += len(decisions)
	}
	if matched != members {
		t.Fatalf("%d decisions were answered, not %d", matched, members)
	}
}

func message(id string, member int) map[string]any {
	return map[string]any{"id": id, "type": "message.sent", "member": map[string]string{"channel": "test", "external_id": fmt.Sprint("m", member)}}
}

func (w *world) sendTwice(t *testing.T) {
	t.Helper()
	w.events(t, "accepted")
	w.events(t, "duplicate")
	eventually(t, "every delivery is sent", func() bool { return w.sent(t) == members })
}

func (w *world) sent(t *testing.T) int {
	t.Helper()
	list, _ := w.must(t, "GET", "deliveries?state=sent&limit=100", nil)["items"].([]any)
	return len(list)
}

// fence sends one member more to the rule: once their message has arrived,
// everything that was queued before has been worked too.
func (w *world) fence(t *testing.T) {
	t.Helper()
	for n := range 3 {
		w.must(t, "POST", "events", map[string]any{"events": []any{message(fmt.Sprint("fence-", n), members)}})
	}
	eventually(t, "the last message is sent", func() bool { return w.sent(t) == members+1 })
	ids := map[string]bool{}
	for _, call := range w.hook.Calls() {
		ids[call.ID] = true
		var body struct {
			Type string
			Data struct{ Rule, Text string }
		}
		if err := json.Unmarshal(call.Body, &body); err != nil || body.Data.Rule != "third-message" || !strings.HasPrefix(body.Data.Text, "ten points for ") {
			t.Errorf("a webhook says %s (%v)", call.Body, err)
		}
	}
	if calls := len(w.hook.Calls()); calls != members+1 || len(ids) != members+1 {
		t.Errorf("%d webhooks with %d ids arrived, not %d", calls, len(ids), members+1)
	}
}

// picture is what members have, as one text, and checks it.
func (w *world) picture(t *testing.T) string {
	t.Helper()
	var all []any
	for m := range members {
		name := fmt.Sprint("members/test:m", m)
		member := w.must(t, "GET", name, nil)
		points := w.must(t, "GET", name+"/points", nil)
		ledger := points["items"].([]any)
		if len(ledger) != 1 || ledger[0].(map[string]any)["amount"] != 10.0 || ledger[0].(map[string]any)["rule"] != "third-message" {
			t.Fatalf("ledger of m%d: %v", m, ledger)
		}
		accounts, _ := member["accounts"].(map[string]any)
		account, _ := accounts["points"].(map[string]any)
		if account["balance"] != 10.0 {
			t.Fatalf("m%d has %v", m, member)
		}
		all = append(all, member, points)
	}
	all = append(all, w.must(t, "GET", "rules/third-message", nil), w.must(t, "GET", "channels/hook", nil))
	text, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A server that dies right after a commit, or right before, has lost nothing and
// doubled nothing when whoever got no answer sends again.
func TestKilledAroundACommit(t *testing.T) {
	for _, point := range []string{"before_commit:9", "after_commit:9"} {
		t.Run(point, func(t *testing.T) {
			env := []string{"BYLAW_DATA_DIR=" + t.TempDir()}
			w := &world{process: launch(t, append(env, "BYLAW_TEST_FAILPOINTS=1", "BYLAW_FAILPOINT="+point)...), hook: hooktest.New(t, hookSecret)}
			w.token = tool(t, env, "token", "create")
			w.publish(t)
			for n := 0; ; n++ {
				if n > 100 {
					t.Fatal("it did not die")
				}
				if w.tryEvent(n) != nil {
					break
				}
			}
			w.died(t)
			w.process = launch(t, env...)
			w.sendAgain(t)
			w.stop(t)
			tool(t, env, "verify")
		})
	}
}

// tryEvent sends one event, which may get no answer.
func (w *world) tryEvent(n int) error {
	body, err := json.Marshal(map[string]any{"events": []any{message(fmt.Sprintf("%d-%d", n%members, n/members), n%members)}})
	if err != nil {
		return err
	}
	request, err := http.NewRequest("POST", w.url+"api/v1/events", strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+w.token)
	response, err := http.DefaultClient.Do(request)
	if err == nil {
		response.Body.Close()
	}
	return err
}

// sendAgain sends everything from the start: some is known, the rest is new, and
// each member has got their points once.
func (w *world) sendAgain(t *testing.T) {
	t.Helper()
	for n := range 3 * members {
		if err := w.tryEvent(n); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "every delivery is sent", func() bool { return w.sent(t) == members })
	w.picture(t)
	if calls := len(w.hook.Calls()); calls != members {
		t.Errorf("%d webhooks arrived", calls)
	}
}

// reported asks the reports for what happened, which was counted by the database,
// and for what is behind it.
func (w *world) reported(t *testing.T) {
	t.Helper()
	for _, x := range []struct {
		path string
		want any
	}{
		{"events?only=type:message.sent", 3 * members}, {"decisions?only=rule:third-message,outcome:acted", members},
		{"effects?only=kind:grant_points", members}, {"points", 10 * members}, {"deliveries?only=state:sent", members}, {"members", members},
	} {
		if got := w.must(t, http.MethodGet, "reports/"+x.path, nil)["total"]; fmt.Sprint(got) != fmt.Sprint(x.want) {
			t.Errorf("report %s says %v, not %v", x.path, got, x.want)
		}
	}
	for path, want := range map[string]int{"events/rows?only=type:message.sent&": 3 * members, "effects/rows?only=kind:send&": members, "points/rows?": members, "deliveries/rows?": members} {
		rows, _ := w.must(t, http.MethodGet, "reports/"+path+"limit=200", nil)["items"].([]any)
		if len(rows) != want {
			t.Errorf("behind %s are %d, not %d", path, len(rows), want)
		}
	}
}
