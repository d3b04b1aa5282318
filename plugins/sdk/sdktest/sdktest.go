// Package sdktest is the contract that every channel keeps, as tests: the
// channel runs in the test's process, over real gRPC, as the host would use it.
//
//	func TestContract(t *testing.T) {
//		sdktest.Exercise(t, mychannel.Channel(), sdktest.Kit{Config: ..., Target: ...})
//	}
package sdktest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

// Kit is what the contract needs to know about a channel. Configurations point
// at a fake of the remote.
type Kit struct {
	// Config and Secrets are a configuration that works.
	Config  json.RawMessage
	Secrets map[string]string
	// Target is one that the fake accepts.
	Target sdk.Target
	// Unreachable is a configuration whose remote refuses connections; nil for
	// channels without a remote.
	Unreachable json.RawMessage
	// Silent is a configuration whose remote takes the connection and never
	// answers; nil for channels without a remote.
	Silent json.RawMessage
}

// Exercise runs the contract.
func Exercise(t *testing.T, c sdk.Channel, kit Kit) {
	for name, f := range map[string]func(*testing.T, *harness){
		"describe":            describe,
		"configuration":       configuration,
		"instances":           instances,
		"sending":             sending,
		"awkward messages":    awkward,
		"secrets stay secret": secrets,
		"unreachable remote":  unreachable,
		"silent remote":       silent,
		"session":             session,
		"no leaks":            leaks,
	} {
		t.Run(name, func(t *testing.T) { f(t, start(t, c, kit)) })
	}
}

// harness is a channel behind a connection.
type harness struct {
	Kit
	plugin   pb.PluginClient
	outbound pb.OutboundClient
	log      *buffer
	dir      string
}

const pipe = 1 << 20

func start(t *testing.T, c sdk.Channel, kit Kit) *harness {
	t.Helper()
	h := &harness{Kit: kit, log: &buffer{}, dir: t.TempDir()}
	listener := bufconn.Listen(pipe)
	server := grpc.NewServer(sdk.ServerOptions()...)
	if err := sdk.Register(server, c, h.log); err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///plugin",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(); server.Stop() })
	h.plugin, h.outbound = pb.NewPluginClient(conn), pb.NewOutboundClient(conn)
	return h
}

// open opens an instance and gives the problems, if any.
func (h *harness) open(t *testing.T, id string, revision int64, config json.RawMessage) []*pb.Problem {
	t.Helper()
	answer, err := h.plugin.OpenInstance(t.Context(), &pb.OpenInstanceRequest{
		InstanceId: id, Workspace: "w", Channel: id, Revision: revision, Config: config, Secrets: h.Secrets, Grants: h.grants(),
	})
	if err != nil {
		t.Fatalf("open %s: %v", id, err)
	}
	return answer.Problems
}

func (h *harness) grants() *pb.Grants { return &pb.Grants{DataDir: h.dir, AllowPrivate: true} }

// send sends and collects receipts by message.
func (h *harness) send(ctx context.Context, id string, batch ...*pb.Message) ([]*pb.Receipt, error) {
	stream, err := h.outbound.SendBatch(ctx, &pb.SendBatchRequest{InstanceId: id, Revision: 1, Messages: batch})
	if err != nil {
		return nil, err
	}
	receipts := make([]*pb.Receipt, len(batch))
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return receipts, nil
		}
		if err != nil {
			return receipts, err
		}
		for i, r := range part.Receipts {
			receipts[int(part.First)+i] = r
		}
	}
}

func (h *harness) message(key, text string) *pb.Message {
	return &pb.Message{Key: key, Attempt: 1, Text: text, Target: &pb.Target{Kind: string(h.Target.Kind), Address: h.Target.Address}}
}

// buffer is a log that can be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
