package sdk

import (
	"context"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"time"

	"google.golang.org/grpc"

	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
)

const (
	defaultHeartbeat = 5 * time.Second
	missedHeartbeats = 6
)

// sessions keeps the one session with the host and the inboxes that use it.
type sessions struct {
	server *server

	mu      sync.Mutex
	current *session
	boxes   map[string]*inbox
	drain   bool
	// lost is told when a session ends; a process then waits for its end.
	lost func()
}

// session is one stream. Frames are written by one goroutine at a time.
type session struct {
	stream grpc.BidiStreamingServer[pb.HostFrame, pb.PluginFrame]
	write  sync.Mutex
}

func (s *session) send(f *pb.PluginFrame) error {
	s.write.Lock()
	defer s.write.Unlock()
	return s.stream.Send(f)
}

func newSessions(s *server) *sessions {
	return &sessions{server: s, boxes: map[string]*inbox{}, lost: func() {}}
}

// Session implements the wire contract.
func (s *server) Session(stream grpc.BidiStreamingServer[pb.HostFrame, pb.PluginFrame]) error {
	one := &session{stream: stream}
	hello := &pb.Hello{Sdk: "go/" + Version, Pid: uint32(os.Getpid())}
	if err := one.send(&pb.PluginFrame{Frame: &pb.PluginFrame_Hello{Hello: hello}}); err != nil {
		return err
	}
	s.sessions.begin(one)
	defer s.sessions.end(one)
	return s.sessions.serve(stream.Context(), one)
}

func (ss *sessions) begin(one *session) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.current = one
	for _, b := range ss.boxes {
		b.reset(one)
	}
}

func (ss *sessions) end(one *session) {
	ss.mu.Lock()
	last := ss.current == one
	if last {
		ss.current = nil
		for _, b := range ss.boxes {
			b.reset(nil)
		}
	}
	ss.mu.Unlock()
	if last {
		ss.lost()
	}
}

// serve reads frames and beats until the stream ends or the host falls silent.
func (ss *sessions) serve(ctx context.Context, one *session) error {
	frames, broken := make(chan *pb.HostFrame), make(chan struct{})
	go func() {
		for {
			f, err := one.stream.Recv()
			if err != nil { // the host went away, or the session's end was asked for
				close(broken)
				return
			}
			select {
			case frames <- f:
			case <-ctx.Done():
				return
			}
		}
	}()
	beat := time.NewTicker(defaultHeartbeat)
	defer beat.Stop()
	for missed := 0; missed < missedHeartbeats; {
		select {
		case f := <-frames:
			missed = 0
			ss.take(f, beat)
		case <-beat.C:
			missed++
			if err := one.send(ss.heartbeat()); err != nil {
				return err
			}
		case <-broken:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

func (ss *sessions) take(f *pb.HostFrame, beat *time.Ticker) {
	switch v := f.Frame.(type) {
	case *pb.HostFrame_Welcome:
		if ms := v.Welcome.HeartbeatMs; ms > 0 {
			beat.Reset(time.Duration(ms) * time.Millisecond)
		}
	case *pb.HostFrame_Ack:
		ss.box(v.Ack.InstanceId).acknowledge(v.Ack)
	case *pb.HostFrame_Credit:
		if ss.server.open.revision(v.Credit.InstanceId) >= 0 { // else it was closed meanwhile
			ss.box(v.Credit.InstanceId).grant(v.Credit.Events)
		}
	case *pb.HostFrame_Drain:
		ss.mu.Lock()
		ss.drain = true
		ss.mu.Unlock()
	case *pb.HostFrame_LogLevel:
		var level slog.Level
		if level.UnmarshalText([]byte(v.LogLevel.Level)) == nil {
			ss.server.level.Set(level)
		}
	}
}

func (ss *sessions) heartbeat() *pb.PluginFrame {
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	return &pb.PluginFrame{Frame: &pb.PluginFrame_Heartbeat{Heartbeat: &pb.PluginHeartbeat{
		SendsInFlight: uint32(max(0, ss.server.sending.Load())),
		EventsWaiting: ss.waiting(),
		Instances:     uint32(ss.server.open.count()),
		Goroutines:    uint32(runtime.NumGoroutine()),
		HeapBytes:     mem.HeapAlloc,
	}}}
}

func (ss *sessions) waiting() uint32 {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	var n uint32
	for _, b := range ss.boxes {
		n += uint32(b.waiting.Load())
	}
	return n
}
