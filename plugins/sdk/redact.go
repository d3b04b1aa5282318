package sdk

import (
	"encoding/json"
	"io"
	"slices"
	"strings"
)

const shortestSecret = 4

// redactor removes an instance's secrets from what leaves the plugin.
type redactor struct{ replace *strings.Replacer }

// newRedactor also finds secrets that hold several words and those that JSON
// has escaped. Very short ones would turn whole texts into stars: left alone.
func newRedactor(secrets map[string]string) redactor {
	var hide []string
	for _, secret := range secrets {
		for _, part := range append(strings.Fields(secret), secret) {
			if len(part) < shortestSecret {
				continue
			}
			quoted, _ := json.Marshal(part)
			hide = append(hide, part, strings.Trim(string(quoted), `"`))
		}
	}
	slices.SortFunc(hide, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, h := range slices.Compact(hide) {
		pairs = append(pairs, h, "***")
	}
	if len(pairs) == 0 {
		return redactor{}
	}
	return redactor{strings.NewReplacer(pairs...)}
}

func (r redactor) text(s string) string {
	if r.replace == nil || s == "" {
		return s
	}
	return r.replace.Replace(s)
}

func (r redactor) receipt(in Receipt) Receipt {
	if r.replace == nil {
		return in
	}
	in.Code, in.Detail, in.RemoteID = r.text(in.Code), r.text(in.Detail), r.text(in.RemoteID)
	return in
}

// writer removes secrets from log lines. slog hands over whole lines.
func (r redactor) writer(to io.Writer) io.Writer {
	return redactingWriter{r, to}
}

type redactingWriter struct {
	redactor
	to io.Writer
}

func (w redactingWriter) Write(line []byte) (int, error) {
	if _, err := io.WriteString(w.to, w.text(string(line))); err != nil {
		return 0, err
	}
	return len(line), nil
}
