// Package catalog lists the event types that Bylaw knows by itself: what each is
// about, its fields, and which lines of the requirements it serves; and says of
// every line what serves it. Workspaces may declare more types; types that nobody
// declared are accepted too.
package catalog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

const (
	member    = engine.SubjectMember
	group     = engine.SubjectGroup
	content   = engine.SubjectContent
	workspace = engine.SubjectWorkspace
)

// row is one event type: key, subject, titles, the names of its fields (their
// kinds and titles are in fields.go; "kind=a|b" lists the values it may take)
// and the requirement lines it serves.
type row struct {
	key     string
	subject engine.SubjectKind
	en, zh  string
	fields  string
	lines   string
}

// area is a part of a community's life with its event types.
type area struct {
	key    string
	en, zh string
	rows   []row
}

var areas = []area{
	{"people", "People", "成员", people},
	{"entry", "Entry and invitations", "入群与邀请", entry},
	{"works", "Works and contributions", "内容与贡献", works},
	{"talk", "Talk and questions", "交流与问答", talk},
	{"activities", "Activities", "活动", activities},
	{"gatherings", "Gatherings and live sessions", "聚会与直播", gatherings},
	{"money", "Orders and revenue", "订单与收入", money},
	{"sources", "Sources, spend and leads", "来源、花费与线索", sources},
	{"groups", "Groups", "群", groups},
	{"officers", "Officers and mentors", "管理岗与帮带", officers},
}

// Area is a part of a community's life, with the keys of its event types in the
// order in which they are documented.
type Area struct {
	Key   string      `json:"key"`
	Title engine.Text `json:"title"`
	Types []string    `json:"types"`
}

// Areas gives the parts of the catalogue; every type is in exactly one.
func Areas() []Area {
	out := make([]Area, len(areas))
	for i, a := range areas {
		out[i] = Area{Key: a.key, Title: engine.Text{En: a.en, Zh: a.zh}}
		for _, r := range a.rows {
			out[i].Types = append(out[i].Types, r.key)
		}
	}
	return out
}

// Types gives the catalogue as a map that the caller may change and add to.
func Types() map[string]*engine.EventType {
	out := make(map[string]*engine.EventType, len(built)+16)
	for key, t := range built {
		t.Fields = slices.Clone(t.Fields)
		t.Requirements = slices.Clone(t.Requirements)
		out[key] = &t
	}
	return out
}

// Passive is whether a type says what happened to a member rather than what the
// member did: getting a message or a like does not end a silence.
func Passive(key string) bool { return slices.Contains(passive, key) }

var built = build()

func build() map[string]engine.EventType {
	out := map[string]engine.EventType{}
	for _, a := range areas {
		for _, r := range a.rows {
			if _, twice := out[r.key]; twice {
				panic(fmt.Sprintf("catalog: %s stands there twice", r.key))
			}
			out[r.key] = r.build()
		}
	}
	return out
}

func (r row) build() engine.EventType {
	t := engine.EventType{Key: r.key, Subject: r.subject, Builtin: true, Title: engine.Text{En: r.en, Zh: r.zh},
		Requirements: numbers(r.key, r.lines)}
	for _, f := range strings.Fields(r.fields) {
		t.Fields = append(t.Fields, makeField(r.key, f))
	}
	return t
}

// makeField finds "name" or "name=value|value" among the declared fields.
func makeField(of, s string) engine.Field {
	name, values, closed := strings.Cut(s, "=")
	spec, ok := fields[name]
	if !ok {
		panic(fmt.Sprintf("catalog: %s: field %q is not in the table of fields", of, name))
	}
	kind := strings.TrimRight(spec.kind, "+!")
	f := engine.Field{Name: name, Type: kind, Title: engine.Text{En: spec.en, Zh: spec.zh},
		NonNegative: strings.Contains(spec.kind, "+"), Personal: strings.Contains(spec.kind, "!")}
	if f.Kind, ok = engine.KindNamed(kind); !ok {
		panic(fmt.Sprintf("catalog: field %q has no kind %q", name, kind))
	}
	if closed {
		f.Values = strings.Split(values, "|")
	}
	return f
}

// numbers reads a list of requirement lines.
func numbers(of, list string) []int {
	var out []int
	for _, s := range strings.Fields(list) {
		n, err := strconv.Atoi(s)
		if err != nil {
			panic(fmt.Sprintf("catalog: %s: line %q is not a number", of, s))
		}
		out = append(out, n)
	}
	return out
}
