package channels

import (
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/channels/email/smtptest"
	"github.com/bylaw-dev/bylaw/plugins/channels/webhook/hooktest"
	"github.com/bylaw-dev/bylaw/plugins/channels/wecomrobot/robottest"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
	"github.com/bylaw-dev/bylaw/plugins/sdk/sdktest"
)

func config(t *testing.T, fields map[string]any) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// silent is a remote that takes connections and says nothing.
func silent(t *testing.T) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().(*net.TCPAddr)
}

// refused is an address where nobody listens.
func refused(t *testing.T) *net.TCPAddr {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr)
}

func kits(t *testing.T) map[string]sdktest.Kit {
	hook := hooktest.New(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	robot := robottest.New(t, "canary-robot-key")
	clock := time.Unix(1700000000, 0)
	robot.Now = func() time.Time { clock = clock.Add(4 * time.Second); return clock }
	mx := smtptest.New(t, false)
	mx.User, mx.Password = "bot", "canary-password"
	smtp := func(port int) json.RawMessage {
		return config(t, map[string]any{"host": "127.0.0.1", "port": port, "ca": mx.CA, "from": "a@b.example", "username": "bot"})
	}
	url := func(a *net.TCPAddr) string { return "http://" + a.String() }
	gone, quiet := refused(t), silent(t)
	return map[string]sdktest.Kit{
		"webhook": {
			Config:  config(t, map[string]any{"url": hook.URL}),
			Secrets: map[string]string{"secret": hook.Secret}, Target: sdk.Target{Kind: sdk.ToWebhook},
			Unreachable: config(t, map[string]any{"url": url(gone)}), Silent: config(t, map[string]any{"url": url(quiet)}),
		},
		"wecom-robot": {
			Config:  config(t, map[string]any{"base_url": robot.URL}),
			Secrets: map[string]string{"webhook": "canary-robot-key"}, Target: sdk.Target{Kind: sdk.ToGroup},
			Unreachable: config(t, map[string]any{"base_url": url(gone)}), Silent: config(t, map[string]any{"base_url": url(quiet)}),
		},
		"email": {
			Config: smtp(mx.Port), Secrets: map[string]string{"password": mx.Password},
			Target:      sdk.Target{Kind: sdk.ToMember, Address: "li@example.com"},
			Unreachable: smtp(gone.Port), Silent: smtp(quiet.Port),
		},
		"logfile": {Config: config(t, nil), Target: sdk.Target{Kind: sdk.ToMember, Address: "m"}},
	}
}

func TestEveryBundledChannelKeepsTheContract(t *testing.T) {
	kits := kits(t)
	if len(kits) != len(IDs()) {
		t.Fatalf("bundled are %v", IDs())
	}
	for _, id := range IDs() {
		t.Run(id, func(t *testing.T) {
			if d := New(id).Describe(); d.ID != id {
				t.Fatalf("%s calls itself %s", id, d.ID)
			}
			sdktest.Exercise(t, New(id), kits[id])
		})
	}
	if New("no-such") != nil || !strings.Contains(strings.Join(IDs(), " "), "webhook") {
		t.Fatal(IDs())
	}
}
