package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/auth"
)

// Phone numbers and addresses are shown whole to who may see personal fields alone.
func TestPhoneNumbersAreMasked(t *testing.T) {
	b := setup(t)
	b.live()
	for login, role := range map[string]auth.Role{"an": auth.Analyst, "op": auth.Operator} {
		b.person("ws_a", login, role)
		b.enter(login, credentials(login, secretWord))
	}
	ids := `"member":{"channel":"sms","external_id":"13812345678"}`
	b.as("op", "POST", "/api/v1/events", `{"events":[{"id":"1","type":"message.sent",`+ids+`}]}`).want(200)
	b.as("op", "PUT", "/api/v1/members/sms:13812345678/identities/email:an@example.org", "").want(200)
	id := b.as("op", "GET", "/api/v1/members/sms:13812345678", "").want(200).get("id").(string)
	for _, path := range []string{"/api/v1/members", "/api/v1/members/" + id, "/api/v1/events", "/api/v1/members/" + id + "/timeline"} {
		if text := string(b.as("op", "GET", path, "").want(200).Body); !strings.Contains(text, "13812345678") {
			t.Errorf("%s hides from an operator: %s", path, text)
		}
		text := string(b.as("an", "GET", path, "").want(200).Body)
		if strings.Contains(text, "13812345678") || strings.Contains(text, "an@example") || !strings.Contains(text, "138***78") {
			t.Errorf("%s shows an analyst: %s", path, text)
		}
	}
}

// What a job found names people too: in its result, as it goes on, and in its rows.
func TestWhatJobsFoundIsMasked(t *testing.T) {
	b := setup(t)
	found := json.RawMessage(`{"members":[{"id":"m1","identities":[{"channel":"sms","external_id":"13812345678"}],"matches":9007199254740993}],"n":1.50}`)
	b.world.jobs = []Job{{ID: "job_1", Kind: "backtest", State: "done", Result: found}}
	b.world.jobRows = []json.RawMessage{json.RawMessage(`{"id":"m1","change":"gained","matches":1,"identities":[{"channel":"sms","external_id":"13812345678"}]}`)}
	for _, call := range [][]string{{"GET", "/api/v1/jobs/job_1"}, {"GET", "/api/v1/jobs/job_1", "Accept: text/event-stream"}, {"GET", "/api/v1/backtests/job_1/members"}} {
		whole := string(b.as("operator", call[0], call[1], "", call[2:]...).want(200).Body)
		if !strings.Contains(whole, `"13812345678"`) {
			t.Errorf("%v hides from an operator: %s", call, whole)
		}
		shown := string(b.as("analyst", call[0], call[1], "", call[2:]...).want(200).Body)
		if strings.Contains(shown, "13812345678") || !strings.Contains(shown, "138***78") {
			t.Errorf("%v shows an analyst: %s", call, shown)
		}
		if strings.Contains(call[1], "/jobs/") && (!strings.Contains(shown, `"matches":9007199254740993`) || !strings.Contains(shown, `"n":1.50`)) {
			t.Errorf("%v changes numbers: %s", call, shown)
		}
	}
}
