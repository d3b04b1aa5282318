package rules

import (
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// TestLifeOfARule walks one rule through its life; each step is one body.
func TestLifeOfARule(t *testing.T) {
	s := &Stored{}
	var history []engine.Definition
	steps := []struct {
		name string
		do   func() error
		want string // the body, or the error
	}{
		{"publish nothing", func() error { return s.Publish(Rollout{}, 5) }, "conflict: there is nothing to publish: save a draft first"},
		{"draft", func() error { return s.SaveDraft([]byte("one")) }, `{"draft":"one","versions":0}`},
		{"pause a draft", func() error { return s.Pause() }, "conflict: only a live rule can be paused"},
		{"too much", func() error { return s.Publish(Rollout{Percent: 101}, 5) }, "invalid: the rollout is not possible; /percent a percentage is 1 to 100"},
		{"publish", func() error { return s.Publish(Rollout{Shadow: true, Percent: 10}, 5) }, `{"versions":1,"live":{"version":1,"document":"one","shadow":true,"percent":10,"live_from":5}}`},
		{"wider", func() error { return s.Publish(Rollout{}, 9) }, `{"versions":1,"live":{"version":1,"document":"one","live_from":5}}`},
		{"draft beside live", func() error { return s.SaveDraft([]byte("two")) }, `{"draft":"two","versions":1,"live":{"version":1,"document":"one","live_from":5}}`},
		{"pause", func() error { return s.Pause() }, `{"draft":"two","versions":1,"live":{"version":1,"document":"one","live_from":5,"paused":true}}`},
		{"resume", func() error { return s.Resume(11) }, `{"draft":"two","versions":1,"live":{"version":1,"document":"one","live_from":11}}`},
		{"resume again", func() error { return s.Resume(12) }, "conflict: only a paused rule can be resumed"},
		{"publish two", func() error { return s.Publish(Rollout{}, 20) }, `{"versions":2,"live":{"version":2,"document":"two","live_from":20}}`},
		{"the live text is no draft", func() error { return s.SaveDraft([]byte("two")) }, `{"versions":2,"live":{"version":2,"document":"two","live_from":20}}`},
		{"roll back", func() error {
			past, ok := Version(history, 1)
			if !ok {
				t.Fatal("version 1 is not in the history")
			}
			return s.Rollback(past, Rollout{}, 30)
		}, `{"versions":2,"live":{"version":1,"document":"one","live_from":30}}`},
		{"roll back to what never was", func() error { return s.Rollback(&Live{Version: 7}, Rollout{}, 30) }, `not_found: no version "7" here`},
		{"retire", func() error { return s.Retire() }, `{"versions":2,"live":{"version":1,"document":"one","live_from":30},"retired":true}`},
		{"retire again", func() error { return s.Retire() }, "conflict: the rule is retired already"},
		{"back with a draft", func() error { return s.SaveDraft([]byte("three")) }, `{"draft":"three","versions":2,"live":{"version":1,"document":"one","live_from":30}}`},
		{"a draft may be wrong, not illegible", func() error { return s.SaveDraft([]byte("\xff")) }, "invalid: the document cannot be kept;  the document is not UTF-8 text"},
		{"nor endless", func() error { return s.SaveDraft([]byte(strings.Repeat("x", MaxDocument+1))) }, "invalid: the document cannot be kept;  the document has 65537 bytes; the most is 65536"},
		{"publish three", func() error { return s.Publish(Rollout{}, 40) }, `{"versions":3,"live":{"version":3,"document":"three","live_from":40}}`},
	}
	for _, step := range steps {
		before, _ := s.Body()
		err := step.do()
		body, bodyErr := s.Body()
		if bodyErr != nil {
			t.Fatal(bodyErr)
		}
		if err != nil {
			if err.Error() != step.want || string(before) != string(body) {
				t.Errorf("%s: %v, want %s; before %s, after %s", step.name, err, step.want, before, body)
			}
			continue
		}
		if string(body) != step.want {
			t.Errorf("%s: got %s, want %s", step.name, body, step.want)
		}
		history = append(history, engine.Definition{Kind: engine.DefineRule, Key: "r", Body: body})
	}
}

func TestStates(t *testing.T) {
	for body, want := range map[string]State{
		`{"draft":"x"}`: StateDraft, `{"live":{"version":1}}`: StateLive, `{"draft":"x","live":{"version":1}}`: StateLive,
		`{"live":{"version":1,"paused":true}}`: StatePaused, `{"retired":true,"live":{"version":1}}`: StateRetired,
	} {
		s, err := ReadStored([]byte(body))
		if err != nil || s.State() != want {
			t.Errorf("%s is %s, %v, want %s", body, s.State(), err, want)
		}
	}
}

func TestSources(t *testing.T) {
	rule := func(key, body string) engine.Definition {
		return engine.Definition{Kind: engine.DefineRule, Key: key, Body: []byte(body)}
	}
	list, broken := Sources([]engine.Definition{
		rule("z", `{"live":{"version":2,"document":"d","percent":5,"live_from":9}}`),
		rule("draft", `{"draft":"d"}`), rule("retired", `{"retired":true,"live":{"version":1}}`),
		rule("a", `{"live":{"version":1,"document":"e","shadow":true,"paused":true}}`),
		rule("deleted", ""), rule("bad", "{"), {Kind: engine.DefineGroup, Key: "g", Body: []byte("{}")},
	})
	if len(list) != 2 || list[0].Key != "a" || !list[0].Shadow || !list[0].Paused || list[1].Version != 2 || list[1].Percent != 5 || list[1].LiveFrom != 9 || string(list[1].Document) != "d" {
		t.Errorf("sources %+v", list)
	}
	if len(broken) != 1 || broken["bad"] == nil {
		t.Errorf("broken %v", broken)
	}
}
