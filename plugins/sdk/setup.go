package sdk

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Setup is what an instance is opened with.
type Setup struct {
	Workspace string
	Channel   string // the channel's key in its workspace
	Config    json.RawMessage
	Secrets   map[string]string // the x-secret fields of the schema
	Cursor    string            // where a Listener goes on

	// DataDir is the only directory the instance may write in; empty for none.
	DataDir string
	// AllowPrivate says that private and loopback addresses may be dialled.
	AllowPrivate bool
	// Now is the clock.
	Now func() time.Time
	// Log goes to the operator's log, with this instance's secrets removed.
	Log *slog.Logger
}

// Decode reads configuration and secrets into one struct with json tags.
// Fields the struct doesn't have are an error.
func (s Setup) Decode(into any) error {
	merged, err := s.merge()
	if err != nil {
		return err
	}
	dec := json.NewDecoder(strings.NewReader(string(merged)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return Problems{{Code: "config", Message: Text{
			En: "the configuration cannot be read: " + err.Error(),
			Zh: "无法读取配置：" + err.Error(),
		}}}
	}
	return nil
}

// merge puts the secrets among the configuration's top-level fields.
func (s Setup) merge() (json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	if len(s.Config) > 0 {
		if err := json.Unmarshal(s.Config, &fields); err != nil {
			return nil, Problems{{Code: "config", Message: Text{
				En: "the configuration must be a JSON object: " + err.Error(),
				Zh: "配置必须是 JSON 对象：" + err.Error(),
			}}}
		}
	}
	if fields == nil {
		fields = map[string]json.RawMessage{}
	}
	for name, value := range s.Secrets {
		quoted, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("quote secret %s: %w", name, err)
		}
		fields[name] = quoted
	}
	return json.Marshal(fields)
}

// Problem is one thing wrong in a configuration.
type Problem struct {
	Pointer string // RFC 6901, e.g. /url
	Code    string
	Message Text
}

// Problems are what an operator can mend. It is an error.
type Problems []Problem

// Error lists the problems in English.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = strings.TrimPrefix(one.Pointer+": ", ": ") + one.Message.En
	}
	return strings.Join(lines, "; ")
}
