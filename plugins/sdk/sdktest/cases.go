package sdktest

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
	"github.com/bylaw-dev/bylaw/plugins/sdk/schema"
)

var (
	idForm      = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,63}$`)
	versionForm = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)
	kinds       = []sdk.TargetKind{sdk.ToMember, sdk.ToGroup, sdk.ToWebhook, sdk.ToUser}
)

// describe: within 2 s, complete, in both languages, always the same.
func describe(t *testing.T, h *harness) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	d, err := h.plugin.Describe(ctx, &pb.DescribeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if !idForm.MatchString(d.Id) || !versionForm.MatchString(d.Version) {
		t.Errorf("id %q, version %q", d.Id, d.Version)
	}
	for name, text := range map[string]*pb.Text{"title": d.Title, "about": d.About} {
		if text.GetEn() == "" || text.GetZh() == "" {
			t.Errorf("%s is missing in a language: %v", name, text)
		}
	}
	s, err := schema.Parse(d.ConfigSchema)
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range s.Properties {
		if p.Title == "" || p.I18n["zh"].Title == "" {
			t.Errorf("schema: %s has no title in English and Chinese", name)
		}
	}
	for _, c := range d.Capabilities {
		if c.Support == pb.Support_SUPPORT_UNSPECIFIED {
			t.Errorf("capability %s: support must be auto, confirm, manual or none", c.Name)
		}
	}
	for _, target := range d.Targets {
		if !slices.Contains(kinds, sdk.TargetKind(target)) {
			t.Errorf("target %q is not one of %v", target, kinds)
		}
	}
	again, err := h.plugin.Describe(ctx, &pb.DescribeRequest{})
	if err != nil || !proto.Equal(d, again) {
		t.Errorf("Describe says something else the second time: %v", err)
	}
}

// configuration: what works is accepted, unknown fields and rubbish are named.
func configuration(t *testing.T, h *harness) {
	check := func(config json.RawMessage) []*pb.Problem {
		answer, err := h.plugin.ValidateConfig(t.Context(), &pb.ValidateConfigRequest{Config: config, Secrets: h.Secrets, Grants: h.grants()})
		if err != nil {
			t.Fatal(err)
		}
		return answer.Problems
	}
	if problems := check(h.Config); len(problems) > 0 {
		t.Fatalf("the kit's configuration has problems: %v", problems)
	}
	fields := map[string]json.RawMessage{}
	if len(h.Config) > 0 {
		if err := json.Unmarshal(h.Config, &fields); err != nil {
			t.Fatal(err)
		}
	}
	if fields == nil { // the configuration is null
		fields = map[string]json.RawMessage{}
	}
	fields["no_such_field"] = json.RawMessage(`1`)
	unknown, _ := json.Marshal(fields)
	for name, bad := range map[string]string{"unknown field": string(unknown), "array": "[]", "broken": "{"} {
		problems := check(json.RawMessage(bad))
		if len(problems) == 0 {
			t.Errorf("%s: accepted", name)
			continue
		}
		if problems[0].Message.GetEn() == "" || problems[0].Message.GetZh() == "" {
			t.Errorf("%s: a problem without words: %v", name, problems[0])
		}
		if len(h.open(t, "bad", 1, json.RawMessage(bad))) == 0 {
			t.Errorf("%s: opened", name)
		}
	}
}

// instances: idempotent by revision, forgotten when closed.
func instances(t *testing.T, h *harness) {
	_, err := h.send(t.Context(), "i", h.message("k", "x"))
	if status.Code(err) != codes.FailedPrecondition {
		t.Errorf("sending to what isn't open: %v", err)
	}
	for _, revision := range []int64{1, 1, 3, 2} {
		if problems := h.open(t, "i", revision, h.Config); len(problems) > 0 {
			t.Fatalf("revision %d: %v", revision, problems)
		}
	}
	if problems := h.open(t, "i", 4, json.RawMessage(`[]`)); len(problems) == 0 {
		t.Error("rubbish replaced a working revision")
	}
	if r, err := h.send(t.Context(), "i", h.message("k-instances", "x")); err != nil || !sent(r[0]) {
		t.Errorf("the revision before must go on working: %v %v", r, err)
	}
	if answer, err := h.plugin.CheckInstance(t.Context(), &pb.CheckInstanceRequest{InstanceId: "i"}); err != nil || len(answer.Steps) == 0 {
		t.Errorf("check: %v %v", answer, err)
	}
	if _, err := h.plugin.CloseInstance(t.Context(), &pb.CloseInstanceRequest{InstanceId: "i"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.send(t.Context(), "i", h.message("k", "x")); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("sending to what was closed: %v", err)
	}
}

func sent(r *pb.Receipt) bool {
	return r.GetOutcome() == pb.Outcome_OUTCOME_DELIVERED || r.GetOutcome() == pb.Outcome_OUTCOME_ACCEPTED
}

// sending: a receipt for every message; the same key twice does no harm.
func sending(t *testing.T, h *harness) {
	h.open(t, "i", 1, h.Config)
	var batch []*pb.Message
	for n := range 5 {
		batch = append(batch, h.message(fmt.Sprintf("key-%d", n), fmt.Sprintf("message %d, 第 %d 条", n, n)))
	}
	for range 2 {
		receipts, err := h.send(t.Context(), "i", batch...)
		if err != nil {
			t.Fatal(err)
		}
		for n, r := range receipts {
			if !sent(r) {
				t.Errorf("message %d: %v", n, r)
			}
		}
	}
}

// awkward: whatever a message holds, it gets an outcome and others go on.
func awkward(t *testing.T, h *harness) {
	h.open(t, "i", 1, h.Config)
	odd := []*pb.Message{
		h.message("long", strings.Repeat("很长", 200_000)),
		h.message("empty", ""),
		h.message("controls", "a\x00b\r\n.\r\nRCPT TO:<x>\u2028"),
		h.message(strings.Repeat("key", 500), "x"),
		{Key: "no-target", Text: "x"},
		{Key: "odd-target", Text: "x", Target: &pb.Target{Kind: "planet", Address: "\r\nX: y"}},
		{Key: "odd-data", Text: "x", Data: []byte(`{"broken`), Target: &pb.Target{Kind: string(h.Target.Kind), Address: h.Target.Address}},
	}
	receipts, err := h.send(t.Context(), "i", odd...)
	if err != nil {
		t.Fatal(err)
	}
	for n, r := range receipts {
		if r.GetOutcome() == pb.Outcome_OUTCOME_UNSPECIFIED {
			t.Errorf("%s has no outcome: %v", odd[n].Key, r)
		}
	}
	if strings.Contains(h.log.String(), "panic") {
		t.Errorf("the channel panicked: %s", h.log)
	}
	if r, err := h.send(t.Context(), "i", h.message("after", "x")); err != nil || !sent(r[0]) {
		t.Errorf("an ordinary message afterwards: %v %v", r, err)
	}
}

// secrets: never in the log, receipts, checks or problems.
func secrets(t *testing.T, h *harness) {
	h.open(t, "i", 1, h.Config)
	var seen strings.Builder
	for _, config := range []json.RawMessage{h.Config, h.Unreachable} {
		if config == nil {
			continue
		}
		h.open(t, "s", int64(seen.Len()+1), config)
		receipts, _ := h.send(t.Context(), "s", h.message("k-secrets", "x"))
		check, _ := h.plugin.CheckInstance(t.Context(), &pb.CheckInstanceRequest{InstanceId: "s"})
		_, _ = fmt.Fprint(&seen, receipts, check, " ")
	}
	for name, value := range h.Secrets {
		if len(value) >= 4 && strings.Contains(seen.String()+h.log.String(), value) {
			t.Errorf("the secret %s came out", name)
		}
	}
}

// unreachable: nothing left, so it can be tried again.
func unreachable(t *testing.T, h *harness) {
	if h.Unreachable == nil {
		t.Log("no remote: nothing to refuse connections")
		return
	}
	h.open(t, "i", 1, h.Unreachable)
	r, err := h.send(t.Context(), "i", h.message("k", "x"))
	if err != nil || r[0].GetOutcome() != pb.Outcome_OUTCOME_RETRYABLE {
		t.Errorf("%v %v", r, err)
	}
}

// silent: answered before the deadline, honestly, and nothing begun after it.
func silent(t *testing.T, h *harness) {
	if h.Silent == nil {
		t.Log("no remote: nothing to be silent")
		return
	}
	h.open(t, "i", 1, h.Silent)
	ctx, cancel := context.WithTimeout(t.Context(), 600*time.Millisecond)
	defer cancel()
	r, err := h.send(ctx, "i", h.message("a", "x"), h.message("b", "x"))
	if err != nil {
		t.Fatalf("no answer in time: %v", err)
	}
	for n, one := range r {
		if sent(one) || one.GetOutcome() == pb.Outcome_OUTCOME_PERMANENT {
			t.Errorf("message %d: %v", n, one)
		}
	}
}

// session: hello first, heartbeats at the pace that the host asks for.
func session(t *testing.T, h *harness) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	stream, err := h.plugin.Session(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&pb.HostFrame{Frame: &pb.HostFrame_Welcome{Welcome: &pb.Welcome{HeartbeatMs: 20}}}); err != nil {
		t.Fatal(err)
	}
	if f, err := stream.Recv(); err != nil || f.GetHello() == nil {
		t.Fatalf("first frame: %v %v", f, err)
	}
	for range 3 {
		_ = stream.Send(&pb.HostFrame{Frame: &pb.HostFrame_Heartbeat{Heartbeat: &pb.HostHeartbeat{}}})
		if f, err := stream.Recv(); err != nil || f.GetHeartbeat() == nil && f.GetEvents() == nil {
			t.Fatalf("heartbeat: %v %v", f, err)
		}
	}
}

const (
	manyInstances = 200
	strayRoutines = 20
)

// leaks: opening, sending and closing leaves nothing behind.
func leaks(t *testing.T, h *harness) {
	h.open(t, "warm", 1, h.Config)
	before := runtime.NumGoroutine()
	for n := range manyInstances {
		id := fmt.Sprint("i", n)
		h.open(t, id, 1, h.Config)
		if _, err := h.plugin.CloseInstance(t.Context(), &pb.CloseInstanceRequest{InstanceId: id}); err != nil {
			t.Fatal(err)
		}
	}
	var now int
	for range 100 {
		if now = runtime.NumGoroutine(); now <= before+strayRoutines {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines before %d instances, %d afterwards", before, manyInstances, now)
}
