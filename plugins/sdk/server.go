package sdk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
	"github.com/bylaw-dev/bylaw/plugins/sdk/schema"
)

// server answers the host. One serves a whole process.
type server struct {
	pb.UnimplementedPluginServer
	pb.UnimplementedOutboundServer
	pb.UnimplementedMembershipServer
	pb.UnimplementedIngressServer

	channel  Channel
	desc     Description
	schema   *schema.Schema
	open     *instances
	sessions *sessions
	logTo    io.Writer
	level    *slog.LevelVar
	now      func() time.Time
	sending  atomic.Int32
}

func newServer(c Channel, logTo io.Writer) (*server, error) {
	d := c.Describe()
	parsed, err := schema.Parse(d.Schema)
	if err != nil {
		return nil, fmt.Errorf("plugin %s: %w", d.ID, err)
	}
	s := &server{channel: c, desc: d, schema: parsed, open: newInstances(), logTo: logTo, level: new(slog.LevelVar), now: time.Now}
	s.sessions = newSessions(s)
	return s, nil
}

// Register serves a channel on a gRPC server. Programs use [Serve]; this is for
// test kits that bring their own server.
func Register(r grpc.ServiceRegistrar, c Channel, logTo io.Writer) error {
	s, err := newServer(c, logTo)
	if err != nil {
		return err
	}
	s.register(r)
	return nil
}

func (s *server) register(r grpc.ServiceRegistrar) {
	pb.RegisterPluginServer(r, s)
	pb.RegisterOutboundServer(r, s)
	pb.RegisterMembershipServer(r, s)
	pb.RegisterIngressServer(r, s)
}

// logger writes JSON lines without the secrets that redact knows.
func (s *server) logger(redact redactor) *slog.Logger {
	return slog.New(slog.NewJSONHandler(redact.writer(s.logTo), &slog.HandlerOptions{Level: s.level}))
}

// Describe implements the wire contract.
func (s *server) Describe(context.Context, *pb.DescribeRequest) (*pb.DescribeResponse, error) {
	return describeToWire(s.desc), nil
}

// ValidateConfig implements the wire contract.
func (s *server) ValidateConfig(ctx context.Context, r *pb.ValidateConfigRequest) (*pb.ValidateConfigResponse, error) {
	redact := newRedactor(r.Secrets)
	found := s.against(r.Config, r.Secrets)
	if v, ok := s.channel.(Validator); ok && len(found) == 0 {
		found = v.Validate(ctx, s.setupFrom(&pb.OpenInstanceRequest{Config: r.Config, Secrets: r.Secrets, Grants: r.Grants}, redact))
	}
	return &pb.ValidateConfigResponse{Problems: problemsToWire(found, redact)}, nil
}

// against compares a configuration with the schema.
func (s *server) against(config []byte, secrets map[string]string) Problems {
	var out Problems
	for _, p := range s.schema.Validate(config, secrets) {
		out = append(out, Problem{Pointer: p.Pointer, Code: p.Code, Message: Text{En: p.En, Zh: p.Zh}})
	}
	return out
}

// OpenInstance implements the wire contract.
func (s *server) OpenInstance(ctx context.Context, r *pb.OpenInstanceRequest) (*pb.OpenInstanceResponse, error) {
	defer s.open.turn(r.InstanceId)()
	if s.open.revision(r.InstanceId) >= r.Revision {
		return &pb.OpenInstanceResponse{}, nil
	}
	redact := newRedactor(r.Secrets)
	if found := s.against(r.Config, r.Secrets); len(found) > 0 {
		return &pb.OpenInstanceResponse{Problems: problemsToWire(found, redact)}, nil
	}
	setup := s.setupFrom(r, redact)
	instance, err := s.channel.Open(ctx, setup)
	if err != nil {
		var found Problems
		if !errors.As(err, &found) {
			return nil, status.Error(codes.Unavailable, clip(redact.text(err.Error())))
		}
		return &pb.OpenInstanceResponse{Problems: problemsToWire(found, redact)}, nil
	}
	s.adopt(&opened{id: r.InstanceId, revision: r.Revision, instance: instance, redact: redact, log: setup.Log})
	return &pb.OpenInstanceResponse{}, nil
}

// adopt makes an instance the open one and starts what it does by itself.
func (s *server) adopt(o *opened) {
	ctx, stop := context.WithCancel(context.Background())
	o.stop = stop
	s.open.put(o)
	if l, ok := o.instance.(Listener); ok {
		o.calls.Add(1)
		go o.listen(ctx, l, s.sessions.inbox(o.id, o.log))
	}
}

// CloseInstance implements the wire contract.
func (s *server) CloseInstance(_ context.Context, r *pb.CloseInstanceRequest) (*pb.CloseInstanceResponse, error) {
	defer s.open.turn(r.InstanceId)()
	s.open.drop(r.InstanceId)
	s.sessions.forget(r.InstanceId)
	return &pb.CloseInstanceResponse{}, nil
}

// CheckInstance implements the wire contract.
func (s *server) CheckInstance(ctx context.Context, r *pb.CheckInstanceRequest) (*pb.CheckInstanceResponse, error) {
	o, leave, err := s.enter(r.InstanceId, 0)
	if err != nil {
		return nil, err
	}
	defer leave()
	steps := []Step{{Name: Text{En: "open", Zh: "打开"}, OK: true}}
	if c, ok := o.instance.(Checker); ok {
		steps = c.Check(ctx)
	}
	out := &pb.CheckInstanceResponse{}
	for _, step := range steps {
		out.Steps = append(out.Steps, &pb.CheckStep{Name: textToWire(step.Name), Ok: step.OK, Detail: clip(o.redact.text(step.Detail))})
	}
	return out, nil
}

// enter finds an instance; FailedPrecondition tells the host to open it again.
func (s *server) enter(id string, revision int64) (*opened, func(), error) {
	o, leave := s.open.enter(id, revision)
	if o == nil {
		return nil, nil, status.Errorf(codes.FailedPrecondition, "instance %s is not open at revision %d", id, revision)
	}
	return o, leave, nil
}

// recoverInto turns a panic of the channel's code into an error and a log line.
func recoverInto(log *slog.Logger, doing string, err *error) {
	p := recover()
	if p == nil {
		return
	}
	log.Error("panic in the channel's code", "doing", doing, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if err != nil {
		*err = status.Errorf(codes.Internal, "panic in %s: %s", doing, clip(fmt.Sprint(p)))
	}
}
