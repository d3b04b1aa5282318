package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
)

// session is the host's end of the one stream with a plugin: heartbeats both
// ways, events in, acknowledgements and credit out.
type session struct {
	process *process
	stream  grpc.BidiStreamingClient[pb.HostFrame, pb.PluginFrame]
	ctx     context.Context // ends with the session
	cancel  context.CancelFunc
	out     chan *pb.HostFrame
	heard   atomic.Bool  // a frame came since the last look
	missed  atomic.Int32 // beats without one
	beat    atomic.Pointer[pb.PluginHeartbeat]

	mu    sync.Mutex
	boxes map[string]chan *pb.EventBatch
}

const (
	outFrames      = 64
	degradedMisses = 3
	deadlyMisses   = 6
	lastWords      = time.Second // from the session's end to the process's
)

// openSession says welcome and waits for hello.
func (p *process) openSession(ctx context.Context) error {
	life, cancel := context.WithCancel(context.Background())
	stream, err := p.plugin.Session(life)
	if err != nil {
		cancel()
		return err
	}
	s := &session{process: p, stream: stream, ctx: life, cancel: cancel,
		out: make(chan *pb.HostFrame, outFrames), boxes: map[string]chan *pb.EventBatch{}}
	p.session = s
	s.put(&pb.HostFrame{Frame: &pb.HostFrame_Welcome{Welcome: &pb.Welcome{HeartbeatMs: uint64(p.host.time.beat.Milliseconds())}}})
	go s.write()
	hello := make(chan error, 1)
	go s.read(hello)
	go s.watch()
	select {
	case err := <-hello:
		return err
	case <-ctx.Done():
		return errors.New("the plugin didn't say hello")
	}
}

// put queues a frame; it is dropped when the plugin doesn't take any.
func (s *session) put(f *pb.HostFrame) {
	select {
	case s.out <- f:
	default:
	}
}

// must queues a frame that may not be lost, and waits while the plugin is slow.
func (s *session) must(f *pb.HostFrame) {
	select {
	case s.out <- f:
	case <-s.ctx.Done():
	}
}

func (s *session) write() {
	for {
		select {
		case f := <-s.out:
			if s.stream.Send(f) != nil {
				return // read sees why
			}
		case <-s.ctx.Done():
			return
		}
	}
}

// read takes frames until the stream ends, which the supervisor hears of too.
func (s *session) read(hello chan<- error) {
	defer s.cancel()
	f, err := s.stream.Recv()
	if err == nil && f.GetHello() == nil {
		err = errors.New("the plugin's first word must be hello")
	}
	hello <- err
	for err == nil {
		if f, err = s.stream.Recv(); err != nil {
			break
		}
		s.heard.Store(true)
		switch v := f.Frame.(type) {
		case *pb.PluginFrame_Heartbeat:
			s.beat.Store(v.Heartbeat)
		case *pb.PluginFrame_Events:
			s.deliver(v.Events)
		}
	}
	if s.process.stopping.Load() {
		return
	}
	select {
	case <-s.process.os.exited: // how it ended says more
	case <-time.After(lastWords):
		s.process.kill(fmt.Sprintf("the session broke: %v", err))
	}
}

// watch beats, and kills a plugin that doesn't. It counts its own beats, so a
// machine that slept isn't taken for a plugin that hangs.
func (s *session) watch() {
	tick := time.NewTicker(s.process.host.time.beat)
	defer tick.Stop()
	defer s.cancel()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.process.os.exited:
			return
		case <-tick.C:
		}
		s.put(&pb.HostFrame{Frame: &pb.HostFrame_Heartbeat{Heartbeat: &pb.HostHeartbeat{}}})
		if s.heard.Swap(false) {
			s.missed.Store(0)
			continue
		}
		if s.missed.Add(1) >= deadlyMisses {
			s.process.kill("it no longer answers (six heartbeats missed)")
			return
		}
	}
}

// degraded says that the plugin has been silent for a while.
func (s *session) degraded() bool { return s.missed.Load() >= degradedMisses }

func (s *session) drain(within time.Duration) {
	if s != nil {
		s.put(&pb.HostFrame{Frame: &pb.HostFrame_Drain{Drain: &pb.Drain{WithinMs: uint64(within.Milliseconds())}}})
	}
}
