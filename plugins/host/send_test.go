//go:build linux

package host

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

func TestSendsInOrderThroughARealProcess(t *testing.T) {
	h := newTestHost(t)
	for i, r := range send(t, h, "calm", 5*time.Second, "a", "b", "c") {
		if r.Outcome != engine.Delivered || r.RemoteID != say("a", "b", "c")[i].Key {
			t.Fatalf("%d: %+v", i, r)
		}
	}
	s := stateOf(h, "calm")
	if s.State != StateRunning || s.PID == 0 || s.Instances != 1 || s.Version != "0.1.0" || s.Restarts != 0 {
		t.Fatalf("%+v", s)
	}
	if other := stateOf(h, "mischief"); other.State != StateIdle {
		t.Fatalf("a plugin nobody has used runs: %+v", other)
	}
}

func TestOneProcessServesManyChannels(t *testing.T) {
	h := newTestHost(t)
	pids := map[string]bool{}
	for _, workspace := range []string{"w1", "w2"} {
		for _, key := range []string{"a", "b"} {
			c := engine.ChannelConfig{Workspace: workspace, Key: key, Plugin: "calm", Revision: 1, Config: json.RawMessage(`{"name":"` + key + `"}`)}
			r := h.Send(t.Context(), c, say("pid", "whoami"))
			pids[r[0].RemoteID] = true
			if want := workspace + "/" + key + ` {"name":"` + key + `"}`; r[1].RemoteID != want {
				t.Errorf("%q, want %q", r[1].RemoteID, want)
			}
		}
	}
	if len(pids) != 1 || stateOf(h, "calm").Instances != 4 {
		t.Fatalf("%d processes, %d instances", len(pids), stateOf(h, "calm").Instances)
	}
}

func TestANewRevisionReplacesTheInstance(t *testing.T) {
	h := newTestHost(t)
	c := channelOf("calm")
	c.Config = json.RawMessage(`{"name":"one"}`)
	h.Send(t.Context(), c, say("whoami"))
	c.Revision, c.Config = 2, json.RawMessage(`{"name":"two"}`)
	if r := h.Send(t.Context(), c, say("whoami"))[0]; !strings.Contains(r.RemoteID, "two") {
		t.Fatalf("%+v", r)
	}
	c.Revision, c.Config = 3, json.RawMessage(`{"name":"far too long a name"}`)
	if r := h.Send(t.Context(), c, say("x"))[0]; r.Outcome != engine.AuthFailed || r.Code != "config_invalid" {
		t.Fatalf("a wrong configuration must pause the channel: %+v", r)
	}
}

func TestDescribeValidateCheck(t *testing.T) {
	h := newTestHost(t)
	traits, err := h.Traits(t.Context(), "calm")
	if err != nil || !traits.Dedupes || traits.DedupeFor != time.Hour || traits.MaxBatch != 1000 ||
		len(traits.Targets) != 1 || traits.Targets[0] != engine.ToMember || len(traits.Reports) != 1 {
		t.Fatalf("%v %+v", err, traits)
	}
	d, err := h.Describe(t.Context(), "calm")
	if err != nil || d.Capabilities[sdk.CanKick] != sdk.Manual || d.Capabilities[sdk.CanBan] != "" {
		t.Fatalf("%v %+v", err, d)
	}
	c := channelOf("calm")
	c.Config = json.RawMessage(`{"name":"far too long a name","unheard":1}`)
	problems, err := h.ValidateConfig(t.Context(), c)
	if err != nil || len(problems) != 2 || problems[0].Path != "/name" || problems[1].Path != "/unheard" || problems[0].Message.Zh == "" {
		t.Fatalf("%v %+v", err, problems)
	}
	if _, err := h.Check(t.Context(), c); engine.CodeOf(err) != engine.CodeInvalid {
		t.Fatalf("%v", err)
	}
	c.Config = nil
	steps, err := h.Check(t.Context(), c)
	if err != nil || len(steps) != 1 || !steps[0].OK {
		t.Fatalf("%v %+v", err, steps)
	}
	if _, err := h.Traits(t.Context(), "nobody"); engine.CodeOf(err) != engine.CodeNotFound {
		t.Fatalf("%v", err)
	}
	if _, err := h.Traits(t.Context(), "../calm"); engine.CodeOf(err) != engine.CodeNotFound {
		t.Fatalf("%v", err)
	}
}

func TestSecretsAreSplitOffAndNeverComeOut(t *testing.T) {
	h := newTestHost(t)
	config, secrets, err := h.SplitSecrets(t.Context(), "calm", json.RawMessage(`{"name":"n","token":"canary-7781"}`))
	if err != nil || string(config) != `{"name":"n"}` || secrets["token"] != "canary-7781" {
		t.Fatalf("%v %s %v", err, config, secrets)
	}
	c := channelOf("calm")
	c.Config, c.Secrets = config, secrets
	for _, r := range h.Send(t.Context(), c, say("secret", "panic")) {
		if strings.Contains(r.Detail, "canary") || r.Detail == "" {
			t.Errorf("%+v", r)
		}
	}
	eventually(t, "the plugin's log line arrives", func() bool {
		return strings.Contains(strings.Join(stateOf(h, "calm").LastLog, "\n"), "my token is ***")
	})
	if all := strings.Join(stateOf(h, "calm").LastLog, "\n"); strings.Contains(all, "canary") {
		t.Errorf("a secret is in the log: %s", all)
	}
}

func TestApplyAndReceive(t *testing.T) {
	h := newTestHost(t)
	receipt, result := h.Apply(t.Context(), channelOf("calm"), sdk.Action{Key: "k", Verb: sdk.CanInviteLink, Group: "g", Member: "m"})
	if receipt.Outcome != engine.Delivered || receipt.RemoteID != "m" || result.Link != "https://join.example/g" {
		t.Fatalf("%+v %+v", receipt, result)
	}
	answer, err := h.Receive(t.Context(), channelOf("calm"), sdk.Request{Method: "POST", Body: []byte("raw \xff bytes")})
	if err != nil || answer.Status != 202 || string(answer.Body) != "raw \xff bytes" || len(answer.Events) != 1 || answer.Events[0].ID != "e1" {
		t.Fatalf("%v %+v", err, answer)
	}
	began := time.Now()
	if _, err := h.Receive(t.Context(), channelOf("calm"), sdk.Request{Body: []byte("hang")}); err == nil || time.Since(began) > 2*time.Second {
		t.Fatalf("%v after %s", err, time.Since(began))
	}
	if receipt, _ := h.Apply(t.Context(), channelOf("calm"), sdk.Action{Verb: "crash"}); receipt.Outcome != engine.UnknownOutcome {
		t.Fatalf("an action that may have happened is unknown: %+v", receipt)
	}
}

func TestTooLargeAMessageIsPermanentAndOthersGo(t *testing.T) {
	h := newTestHost(t)
	big := strings.Repeat("b", 16<<20)
	half := strings.Repeat("h", 6<<20) // several of these need several calls
	r := send(t, h, "calm", 20*time.Second, "a", big, half, half, half, "z")
	for i, o := range []engine.SendOutcome{engine.Delivered, engine.Permanent, engine.Delivered, engine.Delivered, engine.Delivered, engine.Delivered} {
		if r[i].Outcome != o {
			t.Errorf("%d: %+v", i, r[i])
		}
	}
}

func TestUnusedInstancesAreClosed(t *testing.T) {
	h := newTestHost(t, func(_ *Options, x *timing) { x.idle, x.sweep = 50*time.Millisecond, 10*time.Millisecond })
	send(t, h, "calm", 5*time.Second, "a")
	p := h.all()[0].process
	i := p.open["w1/c1"]
	eventually(t, "the instance is closed", func() bool {
		i.turn <- struct{}{}
		defer func() { <-i.turn }()
		return !i.open
	})
	if r := send(t, h, "calm", 5*time.Second, "a"); r[0].Outcome != engine.Delivered {
		t.Fatalf("and is opened again when needed: %+v", r)
	}
}

func TestClosedHostAnswers(t *testing.T) {
	h := newTestHost(t)
	send(t, h, "calm", 5*time.Second, "a")
	pid := stateOf(h, "calm").PID
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := h.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if running(pid) {
		t.Fatal("the plugin survived Close")
	}
	if r := send(t, h, "calm", time.Second, "a"); r[0].Outcome != engine.Retryable {
		t.Fatalf("%+v", r)
	}
}
