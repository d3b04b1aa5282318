package host

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	logLines     = 200      // kept for the operator
	logLineBytes = 2 << 10  // of one line, the rest is cut
	logBuffer    = 64 << 10 // of an unfinished line
	logPerSecond = 200      // forwarded to the server's log
	logAttrs     = 16       // of one line
)

// pump takes whatever a plugin writes to stderr and stdout. It believes
// nothing: a line may be JSON, text or garbage, endless or never finished.
type pump struct {
	plugin string
	log    *slog.Logger

	mu         sync.Mutex
	partial    []byte
	skipping   bool // the rest of a line that was too long
	last       []string
	next       int // where the ring goes on, once full
	second     int64
	used       int
	suppressed int
}

func newPump(plugin string, log *slog.Logger) *pump {
	return &pump{plugin: plugin, log: log.With("plugin", plugin)}
}

// Write implements io.Writer. It never fails and never waits for the plugin.
func (p *pump) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(b)
	for len(b) > 0 {
		end := bytes.IndexByte(b, '\n')
		if end < 0 {
			p.keepPartial(b)
			break
		}
		if p.skipping {
			p.skipping = false
		} else {
			p.line(append(p.partial, b[:end]...))
		}
		p.partial = p.partial[:0]
		b = b[end+1:]
	}
	return n, nil
}

func (p *pump) keepPartial(b []byte) {
	if p.skipping {
		return
	}
	p.partial = append(p.partial, b[:min(len(b), logBuffer-len(p.partial))]...)
	if len(p.partial) == logBuffer {
		p.line(p.partial)
		p.partial, p.skipping = p.partial[:0], true
	}
}

// line keeps one line and forwards it, unless there are too many.
func (p *pump) line(raw []byte) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 {
		return
	}
	text := string(raw[:min(len(raw), logLineBytes)])
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "�")
	}
	p.remember(text)
	now := time.Now().Unix()
	if now != p.second {
		p.tellSuppressed()
		p.second, p.used = now, 0
	}
	if p.used++; p.used > logPerSecond {
		p.suppressed++
		return
	}
	p.forward(raw, text)
}

func (p *pump) tellSuppressed() {
	if p.suppressed > 0 {
		p.log.Warn("the plugin logs too much", "suppressed", p.suppressed)
		p.suppressed = 0
	}
}

func (p *pump) remember(text string) {
	if len(p.last) < logLines {
		p.last = append(p.last, text)
		return
	}
	p.last[p.next] = text
	p.next = (p.next + 1) % logLines
}

// lines are the last lines, oldest first.
func (p *pump) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(append([]string{}, p.last[p.next:]...), p.last[:p.next]...)
}

// forward reads a line as the JSON of slog or hclog, or takes it as text.
func (p *pump) forward(raw []byte, text string) {
	var fields map[string]any
	if raw[0] != '{' || json.Unmarshal(raw, &fields) != nil {
		p.log.Log(context.Background(), textLevel(text), text)
		return
	}
	level, message := slog.LevelInfo, ""
	for _, name := range []string{"level", "@level"} {
		if s, ok := fields[name].(string); ok {
			level = levelOf(s)
			delete(fields, name)
		}
	}
	for _, name := range []string{"msg", "@message", "message"} {
		if s, ok := fields[name].(string); ok && message == "" {
			message = s
			delete(fields, name)
		}
	}
	var attrs []any
	for name, value := range fields {
		if name == "time" || name == "@timestamp" || len(attrs) >= 2*logAttrs {
			continue
		}
		attrs = append(attrs, name, cut(fmt.Sprint(value)))
	}
	p.log.Log(context.Background(), level, cut(message), attrs...)
}

func cut(s string) string {
	if len(s) > logLineBytes {
		s = s[:logLineBytes]
	}
	return strings.ToValidUTF8(s, "�")
}

func levelOf(s string) slog.Level {
	switch strings.ToLower(s) {
	case "trace", "debug":
		return slog.LevelDebug
	case "warn", "warning":
		return slog.LevelWarn
	case "error", "fatal":
		return slog.LevelError
	}
	return slog.LevelInfo
}

// textLevel raises a crash of the Go runtime.
func textLevel(s string) slog.Level {
	if strings.HasPrefix(s, "panic: ") || strings.HasPrefix(s, "fatal error: ") {
		return slog.LevelError
	}
	return slog.LevelInfo
}
