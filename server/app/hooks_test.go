package app

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/channels/webhook/hooktest"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// knock posts a webhook as Standard Webhooks signs it.
func knock(t *testing.T, url, id, body string, at time.Time) *http.Response {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(hookSecret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	r, err := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", stamp)
	r.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func hookURL(t *testing.T, base, token, method string) string {
	t.Helper()
	status, answer := ask(t, method, base+"/channels/hook/ingress", token, nil)
	url, _ := answer["url"].(string)
	if status >= 300 || url == "" {
		t.Fatal(status, answer)
	}
	return url
}

const order = `{"type":"order.paid","data":{"member":"u1","amount":5}}`

// A signed POST becomes an event, the rule acts on it, and the answer comes when
// both are durable.
func TestWebhooksComeIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		env := []string{"BYLAW_DATABASE=" + db.URL, "BYLAW_DATA_DIR=" + t.TempDir()}
		w := &world{process: launch(t, env...), hook: hooktest.New(t, hookSecret)}
		w.token = w.becomeOwner(t)
		w.anyHour(t)
		w.must(t, "PUT", "channels/hook", map[string]any{"plugin": "webhook", "title": map[string]string{"en": "Shop"}})
		w.must(t, "PUT", "channels/hook/secrets", map[string]any{"secrets": map[string]string{"inbound_secret": hookSecret}})
		w.must(t, "PUT", "channels/out", map[string]any{"plugin": "webhook", "title": map[string]string{"en": "Out"}, "config": map[string]string{"url": w.hook.URL}})
		w.must(t, "PUT", "channels/out/secrets", map[string]any{"secrets": map[string]string{"secret": hookSecret}})
		w.must(t, "PUT", "rules/buyer", map[string]any{
			"key": "buyer", "kind": "reward", "title": map[string]string{"en": "Buyer"}, "on": "order.paid",
			"then": []any{map[string]any{"grant_points": map[string]any{"amount": 10}}, map[string]any{"send": map[string]any{"channel": "out", "text": "thank you"}}},
		})
		w.must(t, "POST", "rules/buyer/publish", map[string]any{})
		base := w.url + "api/v1"
		if status, _ := ask(t, "GET", base+"/channels/hook/ingress", w.token, nil); status != 204 {
			t.Fatalf("a channel without ingress has one: %d", status)
		}
		url := hookURL(t, base, w.token, "POST")
		if again := hookURL(t, base, w.token, "GET"); again != url {
			t.Errorf("shown as %s, made as %s", again, url)
		}
		points := func() any {
			member := w.must(t, "GET", "members/hook:u1", nil)
			accounts, _ := member["accounts"].(map[string]any)
			account, _ := accounts["points"].(map[string]any)
			return account["balance"]
		}
		if r := knock(t, url, "msg_1", order, time.Now()); r.StatusCode != 204 {
			body, _ := io.ReadAll(r.Body)
			t.Fatalf("%d %s", r.StatusCode, body)
		}
		if got := points(); got != 10.0 {
			t.Fatalf("%v points when the answer is there", got)
		}
		if r := knock(t, url, "msg_1", order, time.Now().Add(2*time.Second)); r.StatusCode != 204 {
			t.Errorf("sent again: %d", r.StatusCode)
		}
		if got := points(); got != 10.0 {
			t.Errorf("a webhook that came twice counted twice: %v", got)
		}
		eventually(t, "the rule's message is sent", func() bool { return w.sent(t) == 1 })
		for name, r := range map[string]*http.Response{
			"an hour old":   knock(t, url, "msg_2", order, time.Now().Add(-time.Hour)),
			"wrong channel": knock(t, strings.Replace(url, "/hooks/v1/", "/hooks/v1/0", 1), "msg_3", order, time.Now()),
		} {
			if want := map[string]int{"an hour old": 401, "wrong channel": 404}[name]; r.StatusCode != want {
				t.Errorf("%s: %d, want %d", name, r.StatusCode, want)
			}
		}
		fresh := hookURL(t, base, w.token, "POST")
		if r := knock(t, url, "msg_4", order, time.Now()); r.StatusCode != 404 {
			t.Errorf("the address before: %d", r.StatusCode)
		}
		if r := knock(t, fresh, "msg_4", order, time.Now()); r.StatusCode != 204 || points() != 20.0 {
			t.Errorf("the new address: %d, %v points", r.StatusCode, points())
		}
		rows, _ := w.must(t, "GET", "audit?limit=2", nil)["items"].([]any)
		if row, _ := rows[0].(map[string]any); row["action"] != "channel.ingress.rotate" || row["key"] != "hook" || strings.Contains(fmt.Sprint(row), fresh[len(fresh)-32:]) {
			t.Errorf("the audit says %v", row)
		}
	})
}

// What cannot be taken says so honestly, and nothing of it stays.
func TestWebhooksThatAreNotTaken(t *testing.T) {
	a := begin(t, settings(t, map[string]string{"rate-limit": "1", "rate-burst": "40"}))
	token := ownerToken(t, a)
	base := "http://" + a.Addr() + "/api/v1"
	must := func(method, path string, body any, want int) {
		t.Helper()
		if status, answer := ask(t, method, base+path, token, body); status != want {
			t.Fatalf("%s %s: %d %v", method, path, status, answer)
		}
	}
	must("PUT", "/channels/hook", map[string]any{"plugin": "webhook", "title": map[string]string{"en": "Shop"}}, 201)
	must("PUT", "/channels/file", map[string]any{"plugin": "logfile", "title": map[string]string{"en": "File"}}, 201)
	must("POST", "/channels/file/ingress", nil, 409)
	must("POST", "/channels/nothing/ingress", nil, 404)
	url := hookURL(t, base, token, "POST")
	now := time.Now()
	status := func(r *http.Response, want int, name string) {
		t.Helper()
		if r.StatusCode != want {
			body, _ := io.ReadAll(r.Body)
			t.Errorf("%s: %d %s, want %d", name, r.StatusCode, body, want)
		}
	}
	status(knock(t, url, "m1", order, now), 404, "a channel without a secret to verify by")
	must("PUT", "/channels/hook/secrets", map[string]any{"secrets": map[string]string{"inbound_secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}}, 204)
	status(knock(t, url, "m1", order, now), 401, "a wrong signature")
	must("PUT", "/channels/hook/secrets", map[string]any{"secrets": map[string]string{"inbound_secret": hookSecret}}, 204)
	status(knock(t, url, "m2", order, now.Add(-6*time.Minute)), 401, "a stale timestamp")
	status(knock(t, url, "m3", `{"type":""}`, now), 422, "no type")
	status(knock(t, url, "m4", `{"type":"bylaw.points.grant","data":{"member":"u1","amount":5}}`, now), 422, "a reserved type")
	large, err := http.Post(url, "application/json", bytes.NewReader(make([]byte, 1<<20+1)))
	if err != nil {
		t.Fatal(err)
	}
	defer large.Body.Close()
	status(large, 413, "too large")
	chunked, err := http.Post(url, "application/json", io.MultiReader(bytes.NewReader(make([]byte, 1<<20+1))))
	if err != nil {
		t.Fatal(err)
	}
	defer chunked.Body.Close()
	status(chunked, 413, "too large, by and by")
	request, err := http.NewRequestWithContext(t.Context(), "DELETE", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	deleted, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer deleted.Body.Close()
	status(deleted, 405, "DELETE")
	must("PUT", "/channels/hook/secrets", map[string]any{"secrets": map[string]string{"inbound_secret": "broken"}}, 204)
	down := knock(t, url, "m5", order, now)
	status(down, 503, "a channel that its plugin cannot open")
	if down.Header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
	must("PUT", "/channels/hook/secrets", map[string]any{"secrets": map[string]string{"inbound_secret": hookSecret}}, 204)
	must("GET", "/members/hook:u1", nil, 404)
	limited := 0
	for n := range 60 {
		r := knock(t, url, fmt.Sprint("flood-", n), order, now)
		if r.StatusCode == 429 {
			limited++
			if r.Header.Get("Retry-After") == "" {
				t.Fatal("429 without Retry-After")
			}
		}
	}
	if limited < 10 {
		t.Errorf("%d of 60 were held back", limited)
	}
	token = ownerToken(t, a) // the other has used its calls up
	must("DELETE", "/channels/hook/ingress", nil, 204)
	must("DELETE", "/channels/hook/ingress", nil, 404)
	status(knock(t, url, "m6", order, now), 404, "a closed address")
}
