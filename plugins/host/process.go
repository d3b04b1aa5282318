package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
	"github.com/bylaw-dev/bylaw/plugins/sdk/schema"
)

// process is one running plugin: its program, its connection and what is open
// in it. It is made whole by launch and never comes back once it has ended.
type process struct {
	host    *Host
	os      *osProcess
	client  *plugin.Client
	started time.Time

	plugin     pb.PluginClient
	outbound   pb.OutboundClient
	membership pb.MembershipClient
	ingress    pb.IngressClient

	desc    sdk.Description
	schema  *schema.Schema
	session *session

	calls    sync.WaitGroup // RPCs under way, for an orderly end
	stopping atomic.Bool    // the end is wanted: it is no crash
	reason   atomic.Value   // string: why the host killed it

	mu   sync.Mutex
	open map[string]*instance
}

// wire hands go-plugin's connection over as it is.
type wire struct{ plugin.NetRPCUnsupportedPlugin }

// GRPCServer implements plugin.GRPCPlugin. The host is never a server.
func (wire) GRPCServer(*plugin.GRPCBroker, *grpc.Server) error {
	return errors.New("host: this is the host's side")
}

// GRPCClient implements plugin.GRPCPlugin.
func (wire) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, c *grpc.ClientConn) (any, error) {
	return c, nil
}

// errIncompatible marks what another start of the same program cannot mend.
var errIncompatible = errors.New("the plugin doesn't fit this server")

// launch starts a program, shakes hands, opens the session and asks it who it
// is. On an error nothing is left running.
func launch(h *Host, prog program, log *pump) (*process, error) {
	p := &process{host: h, started: time.Now(), open: map[string]*instance{}}
	env, err := h.environment(prog.id)
	if err != nil {
		return nil, err
	}
	p.os = newOSProcess(prog, env, log)
	p.client = plugin.NewClient(h.clientConfig(p.os, log))
	ctx, cancel := context.WithTimeout(context.Background(), h.time.start)
	defer cancel()
	if err := p.connect(ctx); err != nil {
		p.end(0)
		return nil, err
	}
	if err := p.introduce(ctx, prog); err != nil {
		p.end(0)
		return nil, err
	}
	return p, nil
}

const window = 4 << 20 // bytes in flight: a batch of a thousand messages fits

func (h *Host) clientConfig(o *osProcess, log *pump) *plugin.ClientConfig {
	return &plugin.ClientConfig{
		HandshakeConfig:  plugin.HandshakeConfig{MagicCookieKey: sdk.CookieKey, MagicCookieValue: sdk.CookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{sdk.ProtocolVersion: {sdk.Name: wire{}}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		RunnerFunc:       o.forGoPlugin,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: h.sockets.path},
		AutoMTLS:         true,
		SkipHostEnv:      true,
		StartTimeout:     h.time.start,
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Off}),
		SyncStdout:       log,
		SyncStderr:       log,
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(sdk.MaxMessageBytes), grpc.MaxCallSendMsgSize(sdk.MaxMessageBytes)),
			grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(window),
			grpc.WithStatsHandler(sentMarker{}),
			grpc.WithChainUnaryInterceptor(h.deadline),
		},
	}
}

// deadline makes sure that no call waits for ever.
func (h *Host) deadline(ctx context.Context, method string, in, out any, c *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if _, ok := ctx.Deadline(); !ok && method != "/plugin.GRPCController/Shutdown" {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, h.time.send)
		defer cancel()
	}
	return call(ctx, method, in, out, c, opts...)
}

// connect waits for the handshake, but not longer than ctx: go-plugin may wait
// for a plugin that has said hello and then nothing.
func (p *process) connect(ctx context.Context) error {
	type result struct {
		conn *grpc.ClientConn
		err  error
	}
	done := make(chan result, 1)
	go func() {
		protocol, err := p.client.Client()
		if err != nil {
			done <- result{nil, err}
			return
		}
		raw, err := protocol.Dispense(sdk.Name)
		conn, _ := raw.(*grpc.ClientConn)
		done <- result{conn, err}
	}()
	select {
	case <-ctx.Done():
		return fmt.Errorf("the plugin didn't answer within %s", p.host.time.start)
	case r := <-done:
		if r.err != nil {
			return startError(r.err)
		}
		p.plugin, p.outbound = pb.NewPluginClient(r.conn), pb.NewOutboundClient(r.conn)
		p.membership, p.ingress = pb.NewMembershipClient(r.conn), pb.NewIngressClient(r.conn)
		return nil
	}
}

// introduce opens the session and checks that the plugin is what was asked for.
func (p *process) introduce(ctx context.Context, prog program) error {
	if err := p.openSession(ctx); err != nil {
		return fmt.Errorf("open the session: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, p.host.time.describe)
	defer cancel()
	answer, err := p.plugin.Describe(ctx, &pb.DescribeRequest{})
	if err != nil {
		return fmt.Errorf("ask the plugin what it is: %w", err)
	}
	p.desc = descriptionFromWire(answer)
	if p.desc.ID != prog.id || prog.version != "" && p.desc.Version != prog.version {
		return fmt.Errorf("%w: it says it is %s %s, not %s %s", errIncompatible, p.desc.ID, p.desc.Version, prog.id, prog.version)
	}
	if p.schema, err = schema.Parse(p.desc.Schema); err != nil {
		return fmt.Errorf("%w: %w", errIncompatible, err)
	}
	return nil
}

// end stops the process: it asks, waits for the grace, and kills the group. It
// returns when the process is gone. go-plugin's own Kill may never return.
func (p *process) end(grace time.Duration) {
	p.stopping.Store(true)
	if p.os.pid.Load() == 0 {
		return
	}
	if grace > 0 {
		p.session.drain(grace)
		p.idle(grace)
	}
	go p.client.Kill()
	select {
	case <-p.os.exited:
	case <-time.After(grace):
	}
	_ = p.os.Kill(context.Background())
	<-p.os.exited
}

// idle waits for the calls under way.
func (p *process) idle(atMost time.Duration) {
	done := make(chan struct{})
	go func() { p.calls.Wait(); close(done) }()
	select {
	case <-done:
	case <-p.os.exited:
	case <-time.After(atMost):
	}
}

// kill ends a process that misbehaves; its supervisor counts it as a crash.
func (p *process) kill(reason string) {
	p.reason.CompareAndSwap(nil, reason)
	_ = p.os.Kill(context.Background())
}

// alive is false once the process has ended.
func (p *process) alive() bool {
	select {
	case <-p.os.exited:
		return false
	default:
		return true
	}
}

// ended says how a process ended.
func (p *process) ended() string {
	<-p.os.exited
	if reason, ok := p.reason.Load().(string); ok {
		return reason
	}
	return p.os.exit
}
