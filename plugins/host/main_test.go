//go:build linux

package host

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/bylaw-dev/bylaw/engine"
	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
	"github.com/bylaw-dev/bylaw/plugins/channels"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

// The test binary is also the plugins (and, for one test, a host): it executes
// itself as `<self> __plugin <id>`.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "__plugin" {
		servePlugin(os.Args[2])
	}
	if len(os.Args) > 2 && os.Args[1] == "__host" {
		serveHost(os.Args[2])
	}
	os.Exit(m.Run())
}

// The plugins of the tests.
var testPlugins = []string{"mischief", "calm", "noop", "garbage", "newer", "slow", "mute", "raw", "bigline", "liar"}

func servePlugin(id string) {
	switch id {
	case "mischief", "calm", "noop":
		sdk.Serve(mischief{id})
	case "liar":
		sdk.Serve(mischief{"somebody-else"})
	case "garbage":
		_, _ = os.Stdout.Write([]byte("\x00\xff|\xfe|hello there\n"))
	case "newer":
		fmt.Println("1|2|unix|/nowhere|grpc|")
	case "bigline":
		fmt.Println(strings.Repeat("x", 1<<20))
	case "mute":
		fmt.Println("1|1|unix|/nowhere/at/all|grpc|")
	case "raw":
		serveRaw()
	default:
		if id != "slow" {
			channels.Serve(id)
		}
	}
	time.Sleep(time.Hour) // also slow
}

// mischief does what its messages' texts tell it to.
type mischief struct{ id string }

func (m mischief) Describe() sdk.Description {
	return sdk.Description{
		ID: m.id, Version: "0.1.0",
		Schema:       json.RawMessage(`{"type":"object","properties":{"name":{"type":"string","maxLength":10},"token":{"type":"string","x-secret":true}}}`),
		Capabilities: map[sdk.Capability]sdk.Support{sdk.CanSend: sdk.Auto, sdk.CanKick: sdk.Manual},
		Targets:      []sdk.TargetKind{sdk.ToMember},
		Dedupe:       sdk.Dedupe{Supported: true, Window: time.Hour},
		MaxBatch:     1000,
		Events:       []sdk.EventType{{Type: "test.tick"}},
	}
}

func (m mischief) Open(_ context.Context, s sdk.Setup) (sdk.Instance, error) {
	if m.id == "noop" {
		return noop{}, nil
	}
	return &troublemaker{setup: s}, nil
}

// noop takes everything at once: what is measured with it is the boundary.
type noop struct{}

func (noop) Send(context.Context, sdk.Message) sdk.Receipt { return sdk.OK("") }

func (noop) SendBatch(_ context.Context, batch []sdk.Message) []sdk.Receipt {
	return sdk.FailAll(len(batch), sdk.OK(""))
}

type troublemaker struct{ setup sdk.Setup }

func (i *troublemaker) Send(ctx context.Context, m sdk.Message) sdk.Receipt {
	word, rest, _ := strings.Cut(m.Text, " ")
	switch word {
	case "crash":
		os.Exit(3)
	case "panic":
		panic("on purpose: " + i.setup.Secrets["token"])
	case "hang":
		select {}
	case "wait":
		<-ctx.Done()
		return sdk.Fail(sdk.Unknown, "gave_up", "no answer")
	case "stop":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		time.Sleep(time.Second) // the signal stops one thread after the other
	case "stderr", "stdout":
		flood(word, rest)
	case "print":
		for range 2000 {
			fmt.Println(strings.Repeat("p", 100))
		}
	case "secret":
		i.setup.Log.Info("my token is " + i.setup.Secrets["token"])
		return sdk.Fail(sdk.Permanent, "x", "token %s", i.setup.Secrets["token"])
	case "env":
		return sdk.Receipt{Outcome: sdk.Delivered, RemoteID: strings.Join(os.Environ(), "\n")}
	case "child":
		c := exec.Command("sleep", "300")
		if err := c.Start(); err != nil {
			return sdk.Fail(sdk.Permanent, "child", "%v", err)
		}
		return sdk.OK(strconv.Itoa(c.Process.Pid))
	case "pid":
		return sdk.OK(strconv.Itoa(os.Getpid()))
	case "whoami":
		return sdk.OK(i.setup.Workspace + "/" + i.setup.Channel + " " + string(i.setup.Config))
	}
	return sdk.OK(m.Key)
}

func (i *troublemaker) Apply(_ context.Context, a sdk.Action) (sdk.Receipt, sdk.ActionResult) {
	if a.Verb == "crash" {
		os.Exit(4)
	}
	return sdk.OK(a.Member), sdk.ActionResult{Link: "https://join.example/" + a.Group}
}

func (i *troublemaker) Receive(_ context.Context, r sdk.Request) sdk.Response {
	if string(r.Body) == "hang" {
		time.Sleep(time.Minute)
	}
	return sdk.Response{Status: 202, Body: r.Body, Events: []sdk.Event{{ID: "e1", Type: "test.tick", At: time.Unix(1, 0), Props: json.RawMessage(`{"n":1}`)}}}
}

// Listen posts numbered events, beginning after the cursor.
func (i *troublemaker) Listen(ctx context.Context, inbox sdk.Inbox) error {
	n, _ := strconv.Atoi(i.setup.Cursor)
	for n++; ; n++ {
		id := strconv.Itoa(n)
		if err := inbox.Post(ctx, sdk.Event{ID: id, Cursor: id, Type: "test.tick", At: time.Unix(int64(n), 0), Member: "m1"}); err != nil {
			return err
		}
	}
}

// flood writes raw lines past Go's own variables, which go-plugin replaces.
func flood(stream, what string) {
	fd := os.NewFile(uintptr(map[string]int{"stdout": 1, "stderr": 2}[stream]), stream)
	defer func() { _ = fd }()
	line := []byte(what + "\n")
	if what == "" {
		line = append([]byte(strings.Repeat("z", 100<<10)), '\n')
	}
	for range 100 {
		_, _ = fd.Write(line)
	}
}

// rawPlugin speaks the protocol without the SDK's care.
type rawPlugin struct {
	plugin.NetRPCUnsupportedPlugin
	pb.UnimplementedPluginServer
	pb.UnimplementedOutboundServer
}

func serveRaw() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  plugin.HandshakeConfig{MagicCookieKey: sdk.CookieKey, MagicCookieValue: sdk.CookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{1: {sdk.Name: &rawPlugin{}}},
		Logger:           hclog.NewNullLogger(),
		GRPCServer:       plugin.DefaultGRPCServer,
	})
	os.Exit(0)
}

func (r *rawPlugin) GRPCServer(_ *plugin.GRPCBroker, g *grpc.Server) error {
	pb.RegisterPluginServer(g, r)
	pb.RegisterOutboundServer(g, r)
	return nil
}

func (*rawPlugin) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, nil
}

func (*rawPlugin) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	return &pb.DescribeResponse{Id: "raw", Version: "9.9.9", ConfigSchema: []byte(`{"type":"object"}`), MaxBatch: 4e9}, nil
}

func (*rawPlugin) OpenInstance(context.Context, *pb.OpenInstanceRequest) (*pb.OpenInstanceResponse, error) {
	return &pb.OpenInstanceResponse{}, nil
}

func (*rawPlugin) Session(s grpc.BidiStreamingServer[pb.HostFrame, pb.PluginFrame]) error {
	_ = s.Send(&pb.PluginFrame{Frame: &pb.PluginFrame_Hello{Hello: &pb.Hello{}}})
	for {
		if err := s.Send(&pb.PluginFrame{Frame: &pb.PluginFrame_Heartbeat{Heartbeat: &pb.PluginHeartbeat{}}}); err != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (*rawPlugin) SendBatch(r *pb.SendBatchRequest, s grpc.ServerStreamingServer[pb.SendBatchResponse]) error {
	switch text := r.Messages[0].Text; text {
	case "huge":
		return s.Send(&pb.SendBatchResponse{Receipts: []*pb.Receipt{{Outcome: 1, Detail: strings.Repeat("h", 64<<20)}}})
	case "wild":
		_ = s.Send(&pb.SendBatchResponse{First: 4e9, Receipts: []*pb.Receipt{{Outcome: 1}}})
		return s.Send(&pb.SendBatchResponse{First: 1, Receipts: []*pb.Receipt{{Outcome: 77, RetryAfterMs: 1 << 63}, nil, {}, {}}})
	case "closed":
		return nil
	case "print":
		_, _ = os.NewFile(1, "stdout").Write([]byte(strings.Repeat("q", 1<<20) + "\n"))
	}
	return s.Send(&pb.SendBatchResponse{Receipts: []*pb.Receipt{{Outcome: 1}}})
}

// hasty is a timing for tests.
func hasty() timing {
	t := patient()
	t.start, t.describe, t.open = 5*time.Second, 2*time.Second, 2*time.Second
	t.beat, t.grace = 200*time.Millisecond, 500*time.Millisecond
	t.backoff, t.backoffMax = 20*time.Millisecond, 100*time.Millisecond
	t.refusedRetry, t.accept = time.Millisecond, 5*time.Millisecond
	return t
}

func newTestHost(t *testing.T, change ...func(*Options, *timing)) *Host {
	t.Helper()
	o := Options{DataDir: t.TempDir(), Bundled: testPlugins, AllowPrivate: true, Log: slog.New(slog.DiscardHandler)}
	times := hasty()
	for _, f := range change {
		f(&o, &times)
	}
	h, err := newHost(o, times)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if err := h.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return h
}

func channelOf(plugin string) engine.ChannelConfig {
	return engine.ChannelConfig{Workspace: "w1", Key: "c1", Plugin: plugin, Revision: 1}
}

func say(texts ...string) []engine.Message {
	var out []engine.Message
	for i, text := range texts {
		out = append(out, engine.Message{Key: fmt.Sprintf("k%d", i), Attempt: 1, Text: text, Target: engine.Target{Kind: engine.ToMember, Address: "m"}})
	}
	return out
}

// send is one Send within a time.
func send(t *testing.T, h *Host, plugin string, within time.Duration, texts ...string) []engine.Receipt {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	began := time.Now()
	receipts := h.Send(ctx, channelOf(plugin), say(texts...))
	if took := time.Since(began); took > within {
		t.Errorf("%s: answered after %s, not within %s", plugin, took, within)
	}
	if len(receipts) != len(texts) {
		t.Fatalf("%s: %d receipts for %d messages", plugin, len(receipts), len(texts))
	}
	return receipts
}

func stateOf(h *Host, id string) PluginState {
	for _, s := range h.List() {
		if s.ID == id {
			return s
		}
	}
	return PluginState{}
}

// eventually waits until f is true.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("never happened: %s", what)
}
