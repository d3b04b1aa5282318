//go:build linux

package host

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// running is false for processes that are gone and for zombies that nobody
// reaps: in a container process 1 may not.
func running(pid int) bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	after := string(raw[strings.LastIndexByte(string(raw), ')')+1:])
	return !strings.HasPrefix(strings.TrimSpace(after), "Z")
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		t.Fatalf("not a process id: %q", s)
	}
	return n
}

func TestCrashWhileSendingLeavesOnlyTheRestUnknown(t *testing.T) {
	h := newTestHost(t)
	send(t, h, "calm", 5*time.Second, "a")
	r := send(t, h, "mischief", 5*time.Second, "a", "b", "crash", "d")
	if r[2].Outcome != engine.UnknownOutcome || r[3].Outcome != engine.UnknownOutcome || r[2].Code != "plugin_died" && r[2].Code != "plugin_failed" {
		t.Fatalf("%+v", r)
	}
	eventually(t, "it is started again after a pause", func() bool {
		return send(t, h, "mischief", 5*time.Second, "a")[0].Outcome == engine.Delivered
	})
	s := stateOf(h, "mischief")
	if s.Restarts != 1 || s.State != StateRunning {
		t.Fatalf("%+v", s)
	}
	if calm := stateOf(h, "calm"); calm.Restarts != 0 || calm.State != StateRunning {
		t.Fatalf("the crash of one plugin touched another: %+v", calm)
	}
}

func TestWhileItWaitsMessagesAreRetryable(t *testing.T) {
	h := newTestHost(t, func(_ *Options, x *timing) { x.backoff, x.backoffMax = time.Minute, time.Minute })
	send(t, h, "mischief", 5*time.Second, "crash")
	eventually(t, "the crash is noticed", func() bool { return stateOf(h, "mischief").State == StateWaiting })
	r := send(t, h, "mischief", time.Second, "a")[0]
	if r.Outcome != engine.Retryable || r.RetryAfter < 40*time.Second || r.RetryAfter > 73*time.Second {
		t.Fatalf("%+v", r)
	}
	if s := stateOf(h, "mischief"); !strings.Contains(s.Problem, "exit status 3") {
		t.Fatalf("why it waits isn't said: %+v", s)
	}
}

func TestFiveCrashesQuarantineUntilReleased(t *testing.T) {
	h := newTestHost(t)
	for range 5 {
		eventually(t, "a crash", func() bool {
			return send(t, h, "mischief", 5*time.Second, "stderr last words", "crash")[1].Outcome == engine.UnknownOutcome
		})
	}
	eventually(t, "quarantine", func() bool { return stateOf(h, "mischief").State == StateQuarantined })
	r := send(t, h, "mischief", time.Second, "a")[0]
	if r.Outcome != engine.Retryable || !strings.Contains(r.Detail, "quarantined") {
		t.Fatalf("%+v", r)
	}
	s := stateOf(h, "mischief")
	if s.Restarts != 5 || !strings.Contains(strings.Join(s.LastLog, "\n"), "last words") {
		t.Fatalf("%d restarts, %d log lines", s.Restarts, len(s.LastLog))
	}
	if err := h.Release("mischief"); err != nil {
		t.Fatal(err)
	}
	if r := send(t, h, "mischief", 5*time.Second, "a")[0]; r.Outcome != engine.Delivered {
		t.Fatalf("%+v", r)
	}
}

func TestPanicInAChannelIsOneMessagesProblem(t *testing.T) {
	h := newTestHost(t)
	r := send(t, h, "mischief", 5*time.Second, "a", "panic", "c")
	if r[0].Outcome != engine.Delivered || r[1].Outcome != engine.UnknownOutcome || r[2].Outcome != engine.Delivered {
		t.Fatalf("%+v", r)
	}
	if s := stateOf(h, "mischief"); s.Restarts != 0 {
		t.Fatalf("%+v", s)
	}
}

func TestAHangingSendIsUnknownAndTheRestRetryable(t *testing.T) {
	h := newTestHost(t)
	send(t, h, "mischief", 5*time.Second, "a")
	for _, text := range []string{"hang", "wait"} {
		r := send(t, h, "mischief", 700*time.Millisecond, "a", text, "c")
		if r[0].Outcome != engine.Delivered || r[1].Outcome != engine.UnknownOutcome {
			t.Errorf("%s: %+v", text, r)
		}
		if text == "wait" && (r[1].Code != "gave_up" || r[2].Outcome != engine.Retryable) {
			t.Errorf("a channel that heeds its context has the last word: %+v", r)
		}
	}
	if r := send(t, h, "mischief", 5*time.Second, "a")[0]; r.Outcome != engine.Delivered {
		t.Fatalf("%+v", r)
	}
}

func TestAStoppedPluginIsKilledWithItsChildren(t *testing.T) {
	h := newTestHost(t)
	r := send(t, h, "mischief", 5*time.Second, "pid", "child")
	pid, child := number(t, r[0].RemoteID), number(t, r[1].RemoteID)
	if !running(child) {
		t.Fatal("no child to kill")
	}
	r = send(t, h, "mischief", 2*time.Second, "stop")
	if r[0].Outcome != engine.UnknownOutcome {
		t.Fatalf("%+v", r)
	}
	eventually(t, "plugin and child are gone", func() bool { return !running(pid) && !running(child) })
	eventually(t, "it comes back", func() bool { return send(t, h, "mischief", 5*time.Second, "a")[0].Outcome == engine.Delivered })
	if s := stateOf(h, "mischief"); s.Restarts != 1 {
		t.Fatalf("%+v", s)
	}
}

func TestCloseDoesNotWaitForAStoppedPlugin(t *testing.T) {
	h := newTestHost(t, func(_ *Options, x *timing) { x.beat = time.Hour })
	pid := number(t, send(t, h, "mischief", 5*time.Second, "pid")[0].RemoteID)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	if err := h.Close(ctx); err != nil || time.Since(began) > 3*time.Second || running(pid) {
		t.Fatalf("%v after %s, running: %v", err, time.Since(began), running(pid))
	}
}

func TestFloodsAreDrainedAndBounded(t *testing.T) {
	h := newTestHost(t)
	for _, text := range []string{"stderr", "stdout", "stdout short", `stderr {"@message":1}`, `stderr {"@level":[],"@timestamp":{},"msg":null}`, "stderr \xff\xfe", "print"} {
		if r := send(t, h, "mischief", 10*time.Second, text); r[0].Outcome != engine.Delivered {
			t.Fatalf("%.30q: %+v", text, r)
		}
	}
	s := stateOf(h, "mischief")
	if s.Restarts != 0 || s.State != StateRunning {
		t.Fatalf("%+v", s.State)
	}
	if len(s.LastLog) > logLines {
		t.Fatalf("%d lines kept", len(s.LastLog))
	}
	for _, line := range s.LastLog {
		if len(line) > logLineBytes+16 {
			t.Fatalf("a line of %d bytes was kept", len(line))
		}
	}
	all := strings.Join(s.LastLog, "\n")
	if !strings.Contains(all, "pppp") {
		t.Fatal("what the plugin prints isn't in its log")
	}
}

func TestWildAnswersOfAPluginWithoutTheSDK(t *testing.T) {
	// making 64 MiB takes a busy machine longer than a hasty heartbeat
	h := newTestHost(t, func(_ *Options, x *timing) { x.beat = time.Second })
	if r := send(t, h, "raw", 20*time.Second, "huge")[0]; r.Outcome != engine.UnknownOutcome {
		t.Fatalf("64 MiB of reply: %+v", r)
	}
	r := send(t, h, "raw", 5*time.Second, "wild", "b", "c")
	if r[0].Outcome != engine.UnknownOutcome || r[1].Outcome != engine.UnknownOutcome || r[1].RetryAfter > longestRetryAfter || r[2].Outcome != engine.UnknownOutcome {
		t.Fatalf("%+v", r)
	}
	if r := send(t, h, "raw", 5*time.Second, "closed")[0]; r.Outcome != engine.UnknownOutcome || r.Code != "plugin_silent" {
		t.Fatalf("%+v", r)
	}
	for range 3 { // without the SDK nothing takes descriptor 1 away from the plugin
		if r := send(t, h, "raw", 5*time.Second, "print")[0]; r.Outcome != engine.Delivered {
			t.Fatalf("%+v", r)
		}
	}
	if _, err := h.Check(t.Context(), channelOf("raw")); engine.CodeOf(err) != engine.CodeUnavailable {
		t.Fatalf("%v", err)
	}
	if s := stateOf(h, "raw"); s.Restarts != 0 {
		t.Fatalf("%+v", s)
	}
}

func TestProgramsThatAreNoPlugins(t *testing.T) {
	waiting := func(start time.Duration) *Host {
		return newTestHost(t, func(_ *Options, x *timing) { x.start, x.backoff, x.backoffMax = start, time.Hour, time.Hour })
	}
	// Who never answers is waited for briefly; who answers wrongly has the time that a busy machine needs.
	brief, patient := waiting(700*time.Millisecond), waiting(20*time.Second)
	cases := map[string]struct {
		host  *Host
		state State
		say   string
	}{
		"garbage": {patient, StateWaiting, "Unrecognized remote plugin message"},
		"bigline": {patient, StateWaiting, "Unrecognized remote plugin message"},
		"slow":    {brief, StateWaiting, "within 700ms"},
		"mute":    {brief, StateWaiting, ""},
		"newer":   {patient, StateQuarantined, "incompatible API version"},
		"liar":    {patient, StateQuarantined, "it says it is somebody-else"},
	}
	for id, want := range cases {
		const deadline = 25 * time.Second
		began := time.Now()
		r := send(t, want.host, id, deadline, "a")[0]
		if r.Outcome != engine.Retryable || time.Since(began) >= deadline {
			t.Errorf("%s: %+v after %s", id, r, time.Since(began))
		}
		s := stateOf(want.host, id)
		if s.State != want.state || !strings.Contains(s.Problem, want.say) || s.PID != 0 {
			t.Errorf("%s: %+v", id, s)
		}
	}
}

func TestTheEnvironmentIsClean(t *testing.T) {
	t.Setenv("BYLAW_DATABASE", "mysql://canary")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "canary")
	t.Setenv("TZ", "Asia/Shanghai")
	h := newTestHost(t)
	env := send(t, h, "calm", 5*time.Second, "env")[0].RemoteID
	if strings.Contains(env, "canary") || strings.Contains(env, "BYLAW_DATABASE") {
		t.Fatalf("the plugin sees the server's secrets: %s", env)
	}
	if !strings.Contains(env, "TZ=Asia/Shanghai") || !strings.Contains(env, "HOME="+h.o.DataDir) {
		t.Fatalf("%s", env)
	}
}

// serveHost is a host in a process of its own, to be killed.
func serveHost(dir string) {
	h, err := newHost(Options{DataDir: dir, Bundled: testPlugins}, hasty())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	r := h.Send(context.Background(), channelOf("mischief"), say("pid", "child"))
	fmt.Println(r[0].RemoteID, r[1].RemoteID)
	select {}
}

func TestNoOrphanAfterTheHostIsKilled(t *testing.T) {
	cmd := exec.Command("/proc/self/exe", "__host", t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%q %v", line, err)
	}
	pid, _, _ := strings.Cut(line, " ")
	plugin := number(t, pid)
	if !running(plugin) {
		t.Fatal("the plugin doesn't run")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	eventually(t, "the plugin follows its host", func() bool { return !running(plugin) })
}
