package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/bylaw-dev/bylaw/admin"
	"github.com/bylaw-dev/bylaw/engine"
)

// Bounds of connections, so that slow or silent ones hold nothing for long. An
// answer may take as long as the longest transaction.
const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = time.Minute
	answerTimeout = 2 * time.Minute
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
)

// serve listens for console and API.
func (a *App) serve() error {
	listener, err := net.Listen("tcp", a.Settings.Listen)
	if err != nil {
		return portTaken(a.Settings.Listen, err)
	}
	a.listener = listener
	a.run("http", listener, a.handler(), a.Settings.DrainTimeout)
	return nil
}

// serveMetrics listens for /metrics alone, where that is asked for.
func (a *App) serveMetrics() error {
	if a.Settings.MetricsListen == "" {
		return nil
	}
	listener, err := net.Listen("tcp", a.Settings.MetricsListen)
	if err != nil {
		return portTaken(a.Settings.MetricsListen, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metrics.Handler())
	a.run("metrics", listener, mux, time.Second)
	return nil
}

func portTaken(address string, err error) error {
	return &engine.Error{Code: engine.CodeConflict, Err: err, Message: engine.Text{
		En: fmt.Sprintf("%s cannot be listened on: is another server running? --listen chooses another port", address),
		Zh: fmt.Sprintf("无法监听 %s：是否已有服务在运行？可用 --listen 换一个端口", address)}}
}

// run serves until stopping; then what is under way may take so long.
func (a *App) run(name string, listener net.Listener, handler http.Handler, drain time.Duration) {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, WriteTimeout: answerTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(a.Log.With("part", name).Handler(), slog.LevelDebug),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			a.failed <- fmt.Errorf("%s: %w", name, err)
		}
	}()
	a.onStop(name, drain+time.Second, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, drain)
		defer cancel()
		err := server.Shutdown(ctx)
		if err != nil { // what has not answered by now never will
			err = errors.Join(fmt.Errorf("requests were cut off: %w", err), server.Close())
		}
		<-done
		return err
	})
}

// handler shares requests out between the console and the API.
func (a *App) handler() http.Handler {
	base := a.Settings.BasePath
	mux := http.NewServeMux()
	mux.Handle("/", newConsole(admin.Files(), base, a.Settings.HTTPS(), a.api))
	leave := unsubscribe{a.suppressions(), a.channels.sealer, base, a.Log.With("part", "unsubscribe")}
	mux.Handle("GET "+base+unsubscribePath, leave)
	mux.Handle("POST "+base+unsubscribePath, leave)
	return mux
}
