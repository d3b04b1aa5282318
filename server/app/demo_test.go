package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/demo"
)

// A demo is loaded once, with messages through the log file, and then goes on at
// its own time.
func TestADemoIsLoadedAndGoesOn(t *testing.T) {
	s := settings(t, map[string]string{"demo": "true"})
	if !strings.HasSuffix(s.DataDir, "-demo") {
		t.Fatalf("the demo works in %s", s.DataDir)
	}
	log, last := NewLog(t.Output(), &s.Settings), int64(0)
	small := demo.Options{Size: demo.Size{Members: 120, Days: 20}, Report: func(done int64) { last = done }}
	if err := demoOf(t.Context(), s, log, small); err != nil || last == 0 {
		t.Fatal(last, err)
	}
	if sent, err := os.ReadFile(filepath.Join(s.DataDir, "channels", DefaultWorkspace, "messages.jsonl")); err != nil || bytes.Count(sent, []byte("\n")) < 20 {
		t.Errorf("%d bytes of messages went out: %v", len(sent), err)
	}
	small.Report = func(int64) { t.Error("it is loaded again") }
	if err := demoOf(t.Context(), s, log, small); err != nil {
		t.Fatal(err)
	}
	a := begin(t, s)
	reader := a.Store.Reader(DefaultWorkspace)
	newest := func() engine.StoredEvent {
		t.Helper()
		events, err := reader.Events(t.Context(), engine.EventQuery{Backward: true, Limit: 1})
		if err != nil || len(events) == 0 {
			t.Fatal(events, err)
		}
		return events[0]
	}
	before := newest()
	eventually(t, "life goes on", func() bool { return newest().Position > before.Position })
	if at := newest().At; at < demo.Now || at > demo.Now.Add(5*time.Minute) {
		t.Errorf("what happens now is at %s", at)
	}
	if a.Setup == "" {
		t.Error("the demo offers no set-up link")
	}
	token, rules := ownerToken(t, a), "http://"+a.Addr()+"/api/v1/rules"
	status, answer := ask(t, "GET", rules, token, nil)
	if status != 200 || len(answer["items"].([]any)) < 40 {
		t.Errorf("the rules: %d %v", status, answer)
	}
	played := 0
	for _, r := range answer["items"].([]any) {
		key := r.(map[string]any)["key"].(string)
		_, rule := ask(t, "GET", rules+"/"+key, token, nil)
		cases, _ := rule["cases"].([]any)
		played += len(cases)
		for _, c := range cases { // of packs, in a community with other groups
			if c.(map[string]any)["ok"] != true {
				t.Errorf("a case of %s is red in the demo: %v", key, c)
			}
		}
	}
	if played < 80 {
		t.Errorf("%d cases were played", played)
	}
}
