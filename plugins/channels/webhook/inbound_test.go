package webhook

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func receiver(t *testing.T, secrets string) *instance {
	t.Helper()
	i, err := Channel().Open(t.Context(), sdk.Setup{Config: []byte(`{}`), Secrets: map[string]string{"inbound_secret": secrets}, Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	return i.(*instance)
}

// signed is a request as Standard Webhooks makes it.
func signed(t *testing.T, with, id string, at time.Time, body string) sdk.Request {
	t.Helper()
	keys, err := parseKeys(with)
	if err != nil {
		t.Fatal(err)
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	return sdk.Request{Method: "POST", Body: []byte(body), Headers: []sdk.Header{
		{Name: "webhook-id", Value: id}, {Name: "webhook-timestamp", Value: stamp}, {Name: "webhook-signature", Value: sign(keys, id, stamp, []byte(body))}}}
}

func TestSignedRequestsBecomeEvents(t *testing.T) {
	i := receiver(t, older+" "+secret)
	one := i.Receive(t.Context(), signed(t, secret, "msg_1", noon, `{"type":"order.paid","timestamp":"2026-03-01T11:59:00Z","data":{"member":"u1","group":"g","content":"c","to":"u2","amount":5}}`))
	if one.Status != 204 || len(one.Events) != 1 {
		t.Fatalf("%d %s", one.Status, one.Body)
	}
	e := one.Events[0]
	if e.ID != "msg_1" || e.Type != "order.paid" || e.Member != "u1" || e.To != "u2" || e.Group != "g" || e.Content != "c" || string(e.Props) != `{"amount":5}` || !e.At.Equal(noon.Add(-time.Minute)) {
		t.Errorf("%+v %s", e, e.Props)
	}
	some := i.Receive(t.Context(), signed(t, older, "msg_2", noon, `{"events":[{"id":"a","type":"x"},{"type":"y","data":null}]}`))
	if len(some.Events) != 2 || some.Events[0].ID != "a" || some.Events[1].ID != "msg_2/1" || !some.Events[1].At.IsZero() {
		t.Errorf("%d %s %+v", some.Status, some.Body, some.Events)
	}
}

func TestAsymmetricRequests(t *testing.T) {
	public, private, _ := ed25519.GenerateKey(nil)
	i := receiver(t, "whpk_"+base64.StdEncoding.EncodeToString(public))
	r := signed(t, "whsk_"+base64.StdEncoding.EncodeToString(private), "m", noon, `{"type":"x"}`)
	if a := i.Receive(t.Context(), r); a.Status != 204 || len(a.Events) != 1 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	r.Body = []byte(`{"type":"y"}`)
	if a := i.Receive(t.Context(), r); a.Status != 401 || len(a.Events) != 0 {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

func TestWhatIsNotGenuineIsRefused(t *testing.T) {
	i := receiver(t, secret)
	good := func() sdk.Request { return signed(t, secret, "m", noon, `{"type":"x"}`) }
	tests := []struct {
		name   string
		status int
		edit   func(r *sdk.Request)
	}{
		{"another secret", 401, func(r *sdk.Request) { *r = signed(t, older, "m", noon, `{"type":"x"}`) }},
		{"another body", 401, func(r *sdk.Request) { r.Body = []byte(`{"type":"z"}`) }},
		{"another id", 401, func(r *sdk.Request) { r.Headers[0].Value = "n" }},
		{"another version", 401, func(r *sdk.Request) { r.Headers[2].Value = strings.Replace(r.Headers[2].Value, "v1,", "v2,", 1) }},
		{"an empty signature", 401, func(r *sdk.Request) { r.Headers[2].Value = "v1," }},
		{"six minutes old", 401, func(r *sdk.Request) { *r = signed(t, secret, "m", noon.Add(-6*time.Minute), `{"type":"x"}`) }},
		{"six minutes ahead", 401, func(r *sdk.Request) { *r = signed(t, secret, "m", noon.Add(6*time.Minute), `{"type":"x"}`) }},
		{"no signature", 400, func(r *sdk.Request) { r.Headers = r.Headers[:2] }},
		{"no time", 400, func(r *sdk.Request) { r.Headers[1].Value = "soon" }},
		{"a GET", 405, func(r *sdk.Request) { r.Method = "GET" }},
	}
	for _, test := range tests {
		r := good()
		test.edit(&r)
		if a := i.Receive(t.Context(), r); a.Status != test.status || len(a.Events) != 0 {
			t.Errorf("%s: %d %s, want %d", test.name, a.Status, a.Body, test.status)
		}
	}
	for _, body := range []string{``, `[]`, `{"type":5}`, `{}`, `{"type":"x","data":[]}`, `{"type":"x","data":{"member":5}}`, `{"type":"x","events":[{"type":"y"}]}`,
		`{"events":[` + strings.Repeat(`{"type":"x"},`, maxEvents) + `{"type":"x"}]}`} {
		if a := i.Receive(t.Context(), signed(t, secret, "m", noon, body)); a.Status != 422 || len(a.Events) != 0 || !json.Valid(a.Body) {
			t.Errorf("%.60s: %d %s", body, a.Status, a.Body)
		}
	}
	if a := receiver(t, "").Receive(t.Context(), good()); a.Status != 404 {
		t.Errorf("without a secret: %d", a.Status)
	}
	for _, bad := range []string{"whsk_" + strings.Repeat("A", 44), "whpk_AAAA", "whsec_short"} {
		if _, err := parseVerifiers(bad); err == nil {
			t.Errorf("%s is a secret", bad)
		}
	}
}

func TestSendingWithoutAnAddress(t *testing.T) {
	if r := receiver(t, secret).Send(t.Context(), sdk.Message{Key: "k", Text: "x"}); r.Outcome != sdk.Permanent || r.Code != "no_url" {
		t.Errorf("%+v", r)
	}
}
