//go:build linux

package host

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/plugins/channels"
	"github.com/bylaw-dev/bylaw/plugins/channels/email/smtptest"
	"github.com/bylaw-dev/bylaw/plugins/channels/webhook/hooktest"
	"github.com/bylaw-dev/bylaw/plugins/channels/wecomrobot/robottest"
)

// bundled are the channels that come with Bylaw, pointed at fakes.
func bundled(t *testing.T) []engine.ChannelConfig {
	hook := hooktest.New(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	robot := robottest.New(t, "robot-key")
	clock := time.Unix(1700000000, 0)
	robot.Now = func() time.Time { clock = clock.Add(4 * time.Second); return clock }
	mx := smtptest.New(t, false)
	raw := func(fields map[string]any) json.RawMessage {
		out, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	return []engine.ChannelConfig{
		{Plugin: "webhook", Config: raw(map[string]any{"url": hook.URL}), Secrets: map[string]string{"secret": hook.Secret}},
		{Plugin: "wecom-robot", Config: raw(map[string]any{"base_url": robot.URL}), Secrets: map[string]string{"webhook": robot.Webhook("robot-key")}},
		{Plugin: "email", Config: raw(map[string]any{"host": mx.Host, "port": mx.Port, "ca": mx.CA, "from": "a@b.example"})},
		{Plugin: "logfile", Config: raw(map[string]any{"file": "sent.jsonl"})},
	}
}

func TestBundledChannelsAsProcesses(t *testing.T) {
	h := newTestHost(t, func(o *Options, _ *timing) { o.Bundled = channels.IDs() })
	batch := make([]engine.Message, 300)
	for i := range batch {
		batch[i] = engine.Message{Key: fmt.Sprintf("k%d", i), Attempt: 1, Text: "hello 群规", Target: engine.Target{Kind: engine.ToGroup, Address: "a@example.com"}}
	}
	for _, c := range bundled(t) {
		c.Workspace, c.Key, c.Revision = "default", c.Plugin, 1
		for i, r := range h.Send(t.Context(), c, batch) {
			if r.Outcome != engine.Delivered && r.Outcome != engine.Accepted {
				t.Fatalf("%s message %d: %+v", c.Plugin, i, r)
			}
		}
		if steps, err := h.Check(t.Context(), c); err != nil || !steps[0].OK {
			t.Errorf("%s: %v %+v", c.Plugin, err, steps)
		}
		s := stateOf(h, c.Plugin)
		t.Logf("%s %s: resident set %.1f MB after 300 messages", s.ID, s.Version, float64(s.RSS)/1e6)
		if s.RSS > rssLimit || s.RSS == 0 {
			t.Errorf("%s takes %d bytes, more than %d", c.Plugin, s.RSS, rssLimit)
		}
	}
	raw, err := os.ReadFile(filepath.Join(h.o.DataDir, "channels", "default", "sent.jsonl"))
	if err != nil || strings.Count(string(raw), "\n") != 300 {
		t.Fatalf("%v, %d lines", err, strings.Count(string(raw), "\n"))
	}
}

func TestPrivateAddressesAreForbiddenByDefault(t *testing.T) {
	h := newTestHost(t, func(o *Options, _ *timing) { o.Bundled, o.AllowPrivate = channels.IDs(), false })
	for _, c := range bundled(t)[:3] {
		c.Workspace, c.Key, c.Revision = "default", c.Plugin, 1
		message := []engine.Message{{Key: "k", Text: "x", Target: engine.Target{Kind: engine.ToGroup, Address: "a@example.com"}}}
		if r := h.Send(t.Context(), c, message)[0]; r.Outcome != engine.Permanent || r.Code != "address_forbidden" {
			t.Errorf("%s: %+v", c.Plugin, r)
		}
	}
}

func TestWorkspacesDoNotShareAFile(t *testing.T) {
	h := newTestHost(t, func(o *Options, _ *timing) { o.Bundled = channels.IDs() })
	for _, workspace := range []string{"one", "two"} {
		c := engine.ChannelConfig{Workspace: workspace, Key: "log", Plugin: "logfile", Revision: 1}
		if r := h.Send(t.Context(), c, say("for "+workspace))[0]; r.Outcome != engine.Delivered {
			t.Fatalf("%+v", r)
		}
		raw, err := os.ReadFile(filepath.Join(h.o.DataDir, "channels", workspace, "messages.jsonl"))
		if err != nil || !strings.Contains(string(raw), "for "+workspace) || strings.Count(string(raw), "\n") != 1 {
			t.Fatalf("%v %s", err, raw)
		}
	}
	for _, workspace := range []string{"..", "a/b", "", ".home"} {
		c := engine.ChannelConfig{Workspace: workspace, Key: "log", Plugin: "logfile", Revision: 1}
		if r := h.Send(t.Context(), c, say("x"))[0]; r.Outcome == engine.Delivered {
			t.Errorf("workspace %q wrote a file", workspace)
		}
	}
}
