// Package catalog lists the event types that Bylaw knows by itself: what each is
// about, its fields, and which lines of the requirements it serves. Workspaces
// may declare more; types nobody declared are accepted too.
package catalog

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// row is one event type in the table of types.go: key, subject, titles, fields
// as "name:kind" with suffix + for "never negative" and ! for "personal", and
// the requirement lines it serves.
type row struct {
	key     string
	subject engine.SubjectKind
	en, zh  string
	fields  string
	lines   string
}

// Types gives the catalogue as a map that the caller may add to.
func Types() map[string]*engine.EventType {
	out := make(map[string]*engine.EventType, len(rows)+16)
	for _, r := range rows {
		t := r.build()
		out[t.Key] = &t
	}
	return out
}

func (r row) build() engine.EventType {
	t := engine.EventType{Key: r.key, Subject: r.subject, Builtin: true, Title: engine.Text{En: r.en, Zh: r.zh}}
	for _, f := range strings.Fields(r.fields) {
		t.Fields = append(t.Fields, parseField(f))
	}
	for _, l := range strings.Fields(r.lines) {
		n, err := strconv.Atoi(l)
		if err != nil {
			panic(fmt.Sprintf("catalog: %s: line %q is not a number", r.key, l))
		}
		t.Requirements = append(t.Requirements, n)
	}
	return t
}

func parseField(s string) engine.Field {
	name, kind, ok := strings.Cut(s, ":")
	f := engine.Field{Name: name, NonNegative: strings.Contains(kind, "+"), Personal: strings.Contains(kind, "!")}
	f.Type = strings.TrimRight(kind, "+!")
	if f.Kind, ok = engine.KindNamed(f.Type); !ok {
		panic(fmt.Sprintf("catalog: field %q has no kind", s))
	}
	return f
}
