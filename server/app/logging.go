package app

import (
	"context"
	"io"
	"log/slog"
	"regexp"
	"strings"

	"github.com/bylaw-dev/bylaw/server/config"
)

// NewLog makes the server's log. Whatever is written goes through redaction:
// credentials and telephone numbers never reach it.
func NewLog(w io.Writer, s *config.Settings) *slog.Logger {
	var level slog.Level
	if level.UnmarshalText([]byte(s.LogLevel)) != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(redacting{slog.NewJSONHandler(w, options)})
	}
	return slog.New(redacting{slog.NewTextHandler(w, options)})
}

// redacting blanks secrets before another handler writes a record.
type redacting struct{ next slog.Handler }

// Enabled asks the next handler.
func (r redacting) Enabled(ctx context.Context, l slog.Level) bool { return r.next.Enabled(ctx, l) }

// WithAttrs keeps attributes, redacted.
func (r redacting) WithAttrs(attrs []slog.Attr) slog.Handler {
	return redacting{r.next.WithAttrs(redactAll(attrs))}
}

// WithGroup begins a group.
func (r redacting) WithGroup(name string) slog.Handler { return redacting{r.next.WithGroup(name)} }

// Handle writes a record, redacted.
func (r redacting) Handle(ctx context.Context, record slog.Record) error {
	clean := slog.NewRecord(record.Time, record.Level, Redact(record.Message), record.PC)
	record.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(redact(a))
		return true
	})
	return r.next.Handle(ctx, clean)
}

func redactAll(attrs []slog.Attr) []slog.Attr {
	out := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		out[i] = redact(a)
	}
	return out
}

func redact(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch {
	case v.Kind() == slog.KindGroup:
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(redactAll(v.Group())...)}
	case secretName.MatchString(a.Key):
		return slog.String(a.Key, hidden)
	case v.Kind() == slog.KindString:
		return slog.String(a.Key, Redact(v.String()))
	case v.Kind() == slog.KindAny:
		return slog.String(a.Key, Redact(v.String()))
	}
	return slog.Attr{Key: a.Key, Value: v}
}

const hidden = "[hidden]"

// secretName are attributes whose value nobody should read.
var secretName = regexp.MustCompile(`(?i)(^|[_.-])(secrets?|passw(or)?d|authorization|cookie|api[_-]?key|secret[_-]?key|access[_-]?token|phone|mobile)$`)

// Shapes of secrets within texts.
var (
	bylawToken    = regexp.MustCompile(`byl_[0-9A-Za-z]{6,}(_[0-9A-Za-z]*)?`)
	bearer        = regexp.MustCompile(`(?i)(bearer|basic)\s+[0-9A-Za-z._~+/=-]{8,}`)
	webhookSecret = regexp.MustCompile(`whs(ec|k)_[0-9A-Za-z+/=_-]{8,}`)
	urlPassword   = regexp.MustCompile(`([a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+@`)
	inQuery       = regexp.MustCompile(`(?i)([?&#](access_token|key|secret|token|sign|signature|password)=)[^&\s"']+`)
	telephone     = regexp.MustCompile(`(^|[^0-9A-Za-z.:_-])(\+?[0-9]{1,3}[ -]?)?(1[3-9][0-9])[0-9]{4}([0-9]{4})($|[^0-9A-Za-z.:_-])`)
	foreign       = regexp.MustCompile(`(^|[^0-9A-Za-z])\+[0-9][0-9 -]{6,14}([0-9]{2})($|[^0-9])`)
)

// Redact blanks credentials and telephone numbers in a text.
func Redact(s string) string {
	s = bylawToken.ReplaceAllString(s, "byl_"+hidden)
	s = bearer.ReplaceAllString(s, "$1 "+hidden)
	s = webhookSecret.ReplaceAllString(s, hidden)
	s = urlPassword.ReplaceAllString(s, "${1}"+hidden+"@")
	s = inQuery.ReplaceAllString(s, "${1}"+hidden)
	if strings.ContainsAny(s, "0123456789") {
		s = telephone.ReplaceAllString(s, "${1}${3}****${4}${5}")
		s = foreign.ReplaceAllString(s, "${1}+****${2}${3}")
	}
	return s
}
