package sdk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Serve runs a channel plugin: it is the whole of its main. It doesn't return.
func Serve(c Channel) {
	stderr := os.Stderr // go-plugin replaces the variable; the log stays on the real one
	s, err := newServer(c, stderr)
	if err != nil {
		fmt.Fprintln(stderr, err)
		os.Exit(1)
	}
	if os.Getenv(CookieKey) == CookieValue {
		trim()
		time.AfterFunc(settled, trim)
		exitWithHost()
		s.sessions.lost = exitUnlessResumed(s.sessions)
	}
	slog.SetDefault(s.logger(redactor{}))
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  plugin.HandshakeConfig{MagicCookieKey: CookieKey, MagicCookieValue: CookieValue},
		VersionedPlugins: map[int]plugin.PluginSet{ProtocolVersion: {Name: wire{server: s}}},
		Logger:           hclog.NewNullLogger(),
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, serverOptions(s, sync.OnceFunc(stdoutToStderr))...)...)
		},
	})
}

// wire registers the server with go-plugin.
type wire struct {
	plugin.NetRPCUnsupportedPlugin
	server *server
}

// GRPCServer implements plugin.GRPCPlugin.
func (w wire) GRPCServer(_ *plugin.GRPCBroker, g *grpc.Server) error {
	w.server.register(g)
	return nil
}

// GRPCClient implements plugin.GRPCPlugin. A plugin is never a client.
func (wire) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("sdk: this is the plugin's side")
}

// ServerOptions are what a channel's gRPC server needs: message size, recovery
// from panics. For test kits; Serve uses them itself.
func ServerOptions() []grpc.ServerOption {
	s := &server{logTo: os.Stderr, level: new(slog.LevelVar)}
	return serverOptions(s, func() {})
}

const window = 4 << 20 // bytes in flight: a batch of a thousand messages fits

func serverOptions(s *server, first func()) []grpc.ServerOption {
	log := s.logger(redactor{})
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(MaxMessageBytes), grpc.MaxSendMsgSize(MaxMessageBytes),
		grpc.InitialWindowSize(window), grpc.InitialConnWindowSize(window),
		grpc.ChainUnaryInterceptor(func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (out any, err error) {
			first()
			defer recoverInto(log, info.FullMethod, &err)
			return next(ctx, req)
		}),
		grpc.ChainStreamInterceptor(func(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
			if info.FullMethod == "/plugin.GRPCStdio/StreamStdio" || info.FullMethod == "/plugin.GRPCBroker/StartStream" {
				return next(srv, stream)
			}
			first()
			defer recoverInto(log, info.FullMethod, &err)
			return asStatus(next(srv, stream))
		}),
	}
}

// asStatus keeps an end of the stream from looking like a fault of the plugin.
func asStatus(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	if _, ok := status.FromError(err); ok {
		return err
	}
	return status.Error(codes.Unknown, clip(err.Error()))
}

const (
	resumeWithin = 10 * time.Second
	parentEvery  = time.Second
	settled      = 3 * time.Second // handshake and first instances are over
)

// exitUnlessResumed ends the process when the host's session doesn't come back.
func exitUnlessResumed(ss *sessions) func() {
	return func() {
		time.AfterFunc(resumeWithin, func() {
			ss.mu.Lock()
			defer ss.mu.Unlock()
			if ss.current == nil {
				os.Exit(0)
			}
		})
	}
}

// exitWithHost ends the process when the host dies in any way: the kernel
// closes the death pipe, and a process whose parent has gone gets another one.
func exitWithHost() {
	if pipe := deathPipe(); pipe != nil {
		go func() {
			_, _ = pipe.Read(make([]byte, 1))
			os.Exit(0)
		}()
	}
	parent := os.Getppid()
	go func() {
		for range time.Tick(parentEvery) {
			if os.Getppid() != parent {
				os.Exit(0)
			}
		}
	}()
}
