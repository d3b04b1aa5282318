package webhook

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/channels/webhook/hooktest"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

const (
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	older  = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
)

func TestVectors(t *testing.T) {
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct{ ID, MsgID, TS, Secret, Body, Want string }
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(raw), "msg_id", "MsgID")), &vectors); err != nil || len(vectors) == 0 {
		t.Fatalf("%v, %d vectors", err, len(vectors))
	}
	for _, v := range vectors {
		keys, err := parseKeys("whsec_" + v.Secret)
		if err != nil {
			t.Fatal(err)
		}
		if got := sign(keys, v.MsgID, v.TS, []byte(v.Body)); got != v.Want {
			t.Errorf("%s: %s, want %s", v.ID, got, v.Want)
		}
	}
}

func TestAsymmetricSignature(t *testing.T) {
	public, private, _ := ed25519.GenerateKey(nil)
	keys, err := parseKeys("whsk_" + base64.StdEncoding.EncodeToString(private))
	if err != nil {
		t.Fatal(err)
	}
	got, ok := strings.CutPrefix(sign(keys, "id", "1", []byte("body")), "v1a,")
	signature, err := base64.StdEncoding.DecodeString(got)
	if err != nil || !ok || !ed25519.Verify(public, []byte("id.1.body"), signature) {
		t.Fatalf("%v %s", err, got)
	}
}

func open(t *testing.T, url, secrets string) sdk.Instance {
	t.Helper()
	config, _ := json.Marshal(map[string]string{"url": url})
	i, err := Channel().Open(t.Context(), sdk.Setup{Config: config, Secrets: map[string]string{"secret": secrets}, AllowPrivate: true, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestReceiversOfOldAndNewSecretVerify(t *testing.T) {
	for _, known := range []string{secret, older} {
		r := hooktest.New(t, known)
		i := open(t, r.URL, secret+" "+older)
		if got := i.Send(t.Context(), sdk.Message{Key: "msg_1", Text: "x"}); got.Outcome != sdk.Delivered {
			t.Fatalf("%+v", got)
		}
	}
	r := hooktest.New(t, secret)
	if got := open(t, r.URL, older).Send(t.Context(), sdk.Message{Key: "msg_1"}); got.Outcome != sdk.AuthFailed {
		t.Fatalf("%+v", got)
	}
}

func TestBodies(t *testing.T) {
	r := hooktest.New(t, "")
	i := open(t, r.URL, "")
	data := json.RawMessage(`{"type":"member.joined","timestamp":"2026-01-01T00:00:00Z","data":{"a": 1}}`)
	i.Send(t.Context(), sdk.Message{Key: "d", Data: data})
	i.Send(t.Context(), sdk.Message{Key: "t", Title: "T", Text: "群规", Target: sdk.Target{Kind: sdk.ToMember, Address: "m1"}})
	calls := r.Calls()
	if len(calls) != 2 || string(calls[0].Body) != string(data) || calls[0].ID != "d" || calls[0].Header.Get("webhook-signature") != "" {
		t.Fatalf("%+v", calls)
	}
	var body struct {
		Type, Timestamp string
		Data            struct {
			Title, Text string
			Target      struct{ Kind, Address string }
		}
	}
	if err := json.Unmarshal(calls[1].Body, &body); err != nil || body.Type != "message" || body.Data.Text != "群规" || body.Data.Title != "T" ||
		body.Data.Target.Kind != "member" || body.Data.Target.Address != "m1" {
		t.Fatalf("%v %s", err, calls[1].Body)
	}
	if _, err := time.Parse(time.RFC3339, body.Timestamp); err != nil {
		t.Fatal(err)
	}
	if got := i.Send(t.Context(), sdk.Message{Key: "b", Data: json.RawMessage(`{`)}); got.Outcome != sdk.Permanent {
		t.Fatalf("%+v", got)
	}
}

func TestOutcomes(t *testing.T) {
	r := hooktest.New(t, secret)
	i := open(t, r.URL, secret)
	cases := []struct {
		fault hooktest.Fault
		want  sdk.Outcome
		wait  time.Duration
	}{
		{hooktest.Fault{}, sdk.Delivered, 0}, {hooktest.Fault{Status: 204}, sdk.Delivered, 0},
		{hooktest.Fault{Status: 302, Header: map[string]string{"Location": r.URL}}, sdk.Retryable, 0},
		{hooktest.Fault{Status: 410}, sdk.Gone, 0}, {hooktest.Fault{Status: 400}, sdk.Permanent, 0},
		{hooktest.Fault{Status: 429, Header: map[string]string{"Retry-After": "30"}}, sdk.RateLimited, 30 * time.Second},
		{hooktest.Fault{Status: 503, Header: map[string]string{"Retry-After": "9"}}, sdk.Retryable, 9 * time.Second},
		{hooktest.Fault{Status: 500}, sdk.Retryable, 0}, {hooktest.Fault{Cut: true}, sdk.Unknown, 0},
		{hooktest.Fault{Hang: time.Second}, sdk.Unknown, 0},
	}
	for _, c := range cases {
		r.Fail(c.fault)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		got := i.Send(ctx, sdk.Message{Key: "msg_1", Text: "x"})
		cancel()
		if got.Outcome != c.want || got.RetryAfter != c.wait {
			t.Errorf("%+v: %+v", c.fault, got)
		}
	}
	for _, call := range r.Calls() {
		if call.ID != "msg_1" {
			t.Fatalf("the id changed between attempts: %s", call.ID)
		}
	}
	if n := len(r.Calls()); n != len(cases) {
		t.Fatalf("%d requests for %d messages", n, len(cases))
	}
}

func TestPrivateAddressesAndBadSecretsAreRefused(t *testing.T) {
	r := hooktest.New(t, "")
	config, _ := json.Marshal(map[string]string{"url": r.URL})
	i, err := Channel().Open(t.Context(), sdk.Setup{Config: config, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if got := i.Send(t.Context(), sdk.Message{Key: "k"}); got.Outcome != sdk.Permanent || got.Code != "address_forbidden" || len(r.Calls()) > 0 {
		t.Fatalf("%+v", got)
	}
	for _, bad := range []string{"short", "whsec_c2hvcnQ=", "whsk_AAAA", "whsec_###"} {
		if _, err := Channel().Open(t.Context(), sdk.Setup{Config: config, Secrets: map[string]string{"secret": bad}, Now: time.Now}); err == nil || strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
