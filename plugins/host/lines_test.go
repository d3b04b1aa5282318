//go:build linux

package host

import (
	"encoding/json"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// A plugin's lines are a workspace's own only while nobody else uses the plugin.
func TestLinesOfOneWorkspace(t *testing.T) {
	h := newTestHost(t)
	use := func(workspace string) {
		c := engine.ChannelConfig{Workspace: workspace, Key: "a", Plugin: "calm", Revision: 1, Config: json.RawMessage(`{"name":"a"}`)}
		h.Send(t.Context(), c, say("whoami"))
	}
	if lines, hidden := h.Lines("calm", "w1"); lines != nil || hidden {
		t.Fatalf("lines of a plugin that never ran: %q %v", lines, hidden)
	}
	use("w1")
	h.units["calm"].log.line([]byte("sent to ada"))
	if lines, hidden := h.Lines("calm", "w1"); len(lines) == 0 || lines[len(lines)-1] != "sent to ada" || hidden {
		t.Fatalf("%q %v", lines, hidden)
	}
	if lines, hidden := h.Lines("calm", "w2"); lines != nil || !hidden {
		t.Fatalf("another workspace sees %q %v", lines, hidden)
	}
	use("w2")
	if lines, hidden := h.Lines("calm", "w1"); lines != nil || !hidden {
		t.Fatalf("after another workspace used it: %q %v", lines, hidden)
	}
}
