package host

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc/stats"
)

// allowed are the variables that a plugin gets from the server's environment;
// everything else, above all the database's password, stays here.
var allowed = []string{
	"PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"SYSTEMROOT", // Windows cannot open sockets without it
}

// environment is all that a plugin sees of the server's.
func (h *Host) environment(id string) ([]string, error) {
	home, err := h.home(id)
	if err != nil {
		return nil, err
	}
	env := []string{
		"HOME=" + home, "TMPDIR=" + h.sockets.path,
		// small processes: collect early rather than grow
		"GOGC=25", "GOMEMLIMIT=256MiB",
	}
	for _, name := range append(allowed, h.o.PassEnv...) {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env, nil
}

// home is a plugin's own directory.
func (h *Host) home(id string) (string, error) {
	return private(filepath.Join(h.o.DataDir, "channels", ".home", id))
}

// dataDir is where the instances of a workspace may write. Workspaces never
// share one.
func (h *Host) dataDir(workspace string) (string, error) {
	if !plainName(workspace) || strings.HasPrefix(workspace, ".") {
		return "", fmt.Errorf("workspace %q cannot have a directory", workspace)
	}
	return private(filepath.Join(h.o.DataDir, "channels", workspace))
}

const privateDir = 0o700

func private(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(abs, privateDir); err != nil {
		return "", fmt.Errorf("make a channel's directory: %w", err)
	}
	return abs, nil
}

// startError keeps go-plugin's words and marks what a restart cannot mend.
func startError(err error) error {
	text := strings.TrimSpace(err.Error())
	if strings.Contains(text, "incompatible") || strings.Contains(text, "unsupported plugin protocol") {
		return fmt.Errorf("%w: %s", errIncompatible, text)
	}
	return fmt.Errorf("start: %s", text)
}

// sentMarker notes whether a request was handed to the connection: one that
// wasn't can safely be sent again.
type sentMarker struct{}

type sentKey struct{}

// TagRPC implements stats.Handler.
func (sentMarker) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC implements stats.Handler.
func (sentMarker) HandleRPC(ctx context.Context, s stats.RPCStats) {
	if _, ok := s.(*stats.OutPayload); ok {
		if sent, ok := ctx.Value(sentKey{}).(*atomic.Bool); ok {
			sent.Store(true)
		}
	}
}

// TagConn implements stats.Handler.
func (sentMarker) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn implements stats.Handler.
func (sentMarker) HandleConn(context.Context, stats.ConnStats) {}
