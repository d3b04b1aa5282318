package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/plugins/host"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

func TestEventsOfPluginsAreTakenOnce(t *testing.T) {
	a := begin(t, settings(t, nil))
	base, token := "http://"+a.Addr()+"/api/v1", ownerToken(t, a)
	for path, body := range map[string]any{
		"/channels/chat": map[string]any{"plugin": "logfile", "title": map[string]string{"en": "Chat"}},
	} {
		if status, answer := ask(t, "PUT", base+path, token, body); status >= 300 {
			t.Fatal(status, answer)
		}
	}
	if status, answer := ask(t, "PUT", base+"/groups/main", token, map[string]any{"title": map[string]string{"en": "Main"}, "channel": "chat", "address": "room-7@x"}); status >= 300 {
		t.Fatal(status, answer)
	}
	in := inbound{a.Store, a.Machine, a.Machine}
	from := host.Origin{Workspace: DefaultWorkspace, Channel: "chat", Plugin: "logfile"}
	events := []sdk.Event{
		{ID: "1", Cursor: "c1", Type: "message.sent", At: time.Now(), Member: "ann", Group: "room-7@x", Props: json.RawMessage(`{"length":3}`)},
		{ID: "2", Cursor: "c2", Type: "bylaw.points.grant", At: time.Now(), Member: "ann", Props: json.RawMessage(`{"amount":1000}`)},
		{ID: "3", Cursor: "c3", Type: "message.sent", At: time.Now(), Member: "bob"},
	}
	for range 2 {
		refused, err := in.Accept(t.Context(), from, events)
		if err != nil || len(refused) != 1 || refused[0].Index != 1 {
			t.Fatal(refused, err)
		}
	}
	if cursor, err := in.Cursor(t.Context(), DefaultWorkspace, "chat"); cursor != "c3" || err != nil {
		t.Error(cursor, err)
	}
	if cursor, err := in.Cursor(t.Context(), DefaultWorkspace, "other"); cursor != "" || err != nil {
		t.Error(cursor, err)
	}
	_, list := ask(t, "GET", base+"/events", token, nil)
	items := list["items"].([]any)
	if len(items) != 2 || items[1].(map[string]any)["group"] != "main" {
		t.Errorf("the log: %v", items)
	}
}

// fakePlugins notes what is kept open.
type fakePlugins struct{ said []string }

func (f *fakePlugins) Describe(_ context.Context, plugin string) (sdk.Description, error) {
	d := sdk.Description{ID: plugin}
	if plugin == "webhook" {
		d.Events = []sdk.EventType{{Type: "message.sent"}}
	}
	return d, nil
}

func (f *fakePlugins) Keep(c engine.ChannelConfig) error {
	f.said = append(f.said, fmt.Sprintf("keep %s at %d", c.Key, c.Revision))
	return nil
}

func (f *fakePlugins) Drop(_ context.Context, _, channel string) {
	f.said = append(f.said, "drop "+channel)
}

func TestOneReplicaListensToAChannel(t *testing.T) {
	a := begin(t, settings(t, nil))
	base, token := "http://"+a.Addr()+"/api/v1", ownerToken(t, a)
	put := func(plugin string) {
		t.Helper()
		body := map[string]any{"plugin": plugin, "title": map[string]string{"en": "Chat"}}
		if plugin == "webhook" {
			body["config"] = map[string]string{"url": "http://127.0.0.1:9/"}
		}
		if status, answer := ask(t, "PUT", base+"/channels/chat", token, body); status >= 300 {
			t.Fatal(status, answer)
		}
	}
	var first, second fakePlugins
	log := slog.New(slog.DiscardHandler)
	one, two := newListeners(&first, a.Store, a.channels, log), newListeners(&second, a.Store, a.channels, log)
	look := func(l *listeners) {
		t.Helper()
		view, err := a.Machine.State(t.Context(), DefaultWorkspace)
		if err != nil {
			t.Fatal(err)
		}
		l.look(t.Context(), DefaultWorkspace, view.Defs)
	}
	put("logfile")
	look(one)
	put("webhook")
	look(one)
	look(two)
	look(one)
	put("webhook")
	look(one)
	if err := one.release(t.Context()); err != nil {
		t.Fatal(err)
	}
	look(two)
	look(one)
	if status, answer := ask(t, "DELETE", base+"/channels/chat", token, nil); status >= 300 {
		t.Fatal(status, answer)
	}
	look(two)
	if want := []string{"keep chat at 2", "keep chat at 3", "drop chat"}; !slices.Equal(first.said, want) {
		t.Errorf("the first said %q", first.said)
	}
	if want := []string{"keep chat at 3", "drop chat"}; !slices.Equal(second.said, want) {
		t.Errorf("the second said %q", second.said)
	}
}
