package api

import (
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
