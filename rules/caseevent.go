package rules

import (
	"slices"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

func (r *reader) caseEvents(n *node) []CaseEvent {
	var list []CaseEvent
	total := 0
	var e CaseEvent
	slots := []slot{
		{"type", func(v *node) { e.Type = r.name(v) }},
		{"times", func(v *node) { e.Times = int(r.integer(v, 1, MaxCaseEvents)) }},
		{"at", func(v *node) { e.At = r.moment(v) }},
		{"after", func(v *node) { e.After = r.duration(v) }},
		{"props", func(v *node) { e.Props = r.props(v) }},
		{"member", func(v *node) { e.Member = r.name(v) }},
		{"to", func(v *node) { e.To = r.name(v) }},
		{"group", func(v *node) { e.Group = r.name(v) }},
		{"content", func(v *node) { e.Content = r.name(v) }},
		{"origin", func(v *node) { e.Origin = r.name(v) }},
		{"history", func(v *node) { e.History = r.boolean(v) }},
	}
	r.each(n, 1000, func(_ int, item *node) {
		e = CaseEvent{Times: 1, After: time.Second, n: item}
		r.fields(item, anEvent, slots...)
		if item.kind != mappingNode {
			return
		}
		if item.find("type") == nil {
			r.add(item.start(), say("needs_type", "an event needs type:", "事件需要 type"))
		}
		if at, after := item.find("at"), item.find("after"); at != nil && after != nil {
			r.add(after, say("two_times", "an event has at: or after:, not both", "事件只能写 at 或 after 之一"))
		}
		total += e.Times
		list = append(list, e)
	})
	if total > MaxCaseEvents {
		r.add(n, sayf("many_events", "the case has %d events; the most is %d", "用例有 %d 个事件，最多 %d 个", total, MaxCaseEvents))
	}
	return list
}

func (r *reader) props(n *node) []engine.Prop {
	values := r.values(n)
	if len(values) == 0 {
		return nil
	}
	props := make([]engine.Prop, 0, len(values))
	for name, v := range values {
		props = append(props, engine.Prop{Name: name, Value: v})
	}
	slices.SortFunc(props, func(a, b engine.Prop) int { return strings.Compare(a.Name, b.Name) })
	return props
}

// layouts of "at": with a zone, or the workspace's local time.
var layouts = []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05", time.DateOnly}

func (r *reader) moment(n *node) string {
	if _, ok := parseMoment(n.text, time.UTC); !ok {
		r.add(n, say("bad_time", "a time is written 2026-03-02 10:00, or 2026-03-02T10:00:00Z", "时间写成 2026-03-02 10:00，或 2026-03-02T10:00:00Z"))
		return ""
	}
	return n.text
}

func parseMoment(s string, loc *time.Location) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, true
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, s, loc); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func (r *reader) expect(n *node) Expect {
	x := Expect{n: n}
	r.fields(n, expects,
		slot{"outcome", func(v *node) {
			x.Outcome = engine.Outcome(r.oneOf(v, "true", "false", "unknown", "error"))
		}},
		slot{"effects", func(v *node) {
			x.Effects = r.expectEffects(v)
			x.None = v.kind == listNode && len(v.items) == 0
		}},
		slot{"not", func(v *node) { x.Not = r.expectEffects(v) }})
	if n.kind == mappingNode && len(n.entries) == 0 {
		r.add(n, say("expect_nothing", "expect says nothing", "expect 是空的").hinted("for example {outcome: true}", "例如 {outcome: true}"))
	}
	return x
}

// expectEffects reads [award_badge, grant_points: {amount: 10}].
func (r *reader) expectEffects(n *node) []ExpectEffect {
	var list []ExpectEffect
	items := n
	if n.kind == scalarNode { // one effect without a list
		items = &node{kind: listNode, items: []*node{n}}
	}
	r.each(items, 100, func(_ int, item *node) {
		name, body := item, (*node)(nil)
		if item.kind == mappingNode && len(item.entries) == 1 {
			name, body = item.entries[0].key, item.entries[0].value
		}
		schema, ok := engine.SchemaOf(engine.EffectKind(name.text))
		if !ok || name.kind != scalarNode {
			r.add(name.named(item.path), sayf("unknown_effect", "there is no effect %q", "没有 %q 这种效果", name.text).meant(name.text, effectNames()))
			return
		}
		e := ExpectEffect{Kind: schema.Kind, n: item}
		if body != nil {
			e.Fields = r.values(body)
			r.expectFields(schema, body)
		}
		list = append(list, e)
	})
	return list
}

func (r *reader) expectFields(schema *engine.EffectSchema, body *node) {
	names := make([]string, len(schema.Fields))
	for i, f := range schema.Fields {
		names[i] = f.Name
	}
	for _, e := range body.entries {
		if !slices.Contains(names, e.key.text) {
			r.add(e.key.named(e.value.path), sayf("unknown_field", "%s has no field %q", "%s 没有字段 %q", schema.Kind, e.key.text).meant(e.key.text, names))
		}
	}
}
