package rules

import (
	"github.com/bylaw-dev/bylaw/engine"
)

// effects reads then or otherwise.
func (r *reader) effects(n *node) []Effect {
	var list []Effect
	if n.kind == mappingNode && len(n.entries) > 0 {
		r.add(n, say("not_list", "effects are a list", "效果要写成列表").
			hinted("begin each effect with a dash: - "+n.entries[0].key.text, "每个效果以短横线开头：- "+n.entries[0].key.text))
		return nil
	}
	r.each(n, MaxEffects, func(_ int, item *node) {
		if e, ok := r.effect(item); ok {
			list = append(list, e)
		}
	})
	if n.kind == listNode && len(n.items) == 0 {
		r.add(n, say("no_effects", "the list is empty", "列表是空的").hinted("write an effect, or delete the field", "请写一个效果，或删掉这个字段"))
	}
	return list
}

// effect reads "- admit" or "- award_badge: {badge: k}".
func (r *reader) effect(n *node) (Effect, bool) {
	name, body := n, (*node)(nil)
	switch {
	case n.kind == mappingNode && len(n.entries) == 1:
		name, body = n.entries[0].key, n.entries[0].value
	case n.kind != scalarNode || n.text == "":
		r.add(n, say("not_effect", "an effect is its name and its fields", "效果要写名称和字段").
			hinted("for example - award_badge: {badge: nice-answer}", "例如 - award_badge: {badge: nice-answer}"))
		return Effect{}, false
	}
	schema, ok := engine.SchemaOf(engine.EffectKind(name.text))
	if !ok {
		r.add(name.named(n.path), sayf("unknown_effect", "there is no effect %q", "没有 %q 这种效果", name.text).meant(name.text, effectNames()))
		return Effect{}, false
	}
	e := Effect{Kind: schema.Kind, n: name.named(n.path), body: body}
	if body != nil && !(body.empty() && !needsFields(schema)) {
		r.effectFields(&e, schema, body)
	}
	r.effectShape(&e, schema)
	return e, true
}

func effectNames() []string {
	names := make([]string, len(engine.EffectSchemas))
	for i, s := range engine.EffectSchemas {
		names[i] = string(s.Kind)
	}
	return names
}

func needsFields(s *engine.EffectSchema) bool {
	for _, f := range s.Fields {
		if f.Required || f.OneOf != "" {
			return true
		}
	}
	return false
}

func (r *reader) effectFields(e *Effect, schema *engine.EffectSchema, body *node) {
	owner := engine.Text{En: string(schema.Kind), Zh: string(schema.Kind) + " "}
	if len(schema.Fields) == 0 {
		if body.kind != mappingNode || len(body.entries) > 0 {
			r.add(body, say("no_fields", owner.En+" takes no fields", owner.Zh+"没有字段").
				hinted("write - "+owner.En, "请写成 - "+owner.En))
		}
		return
	}
	var slots []slot
	for _, f := range schema.Fields {
		slots = append(slots, slot{f.Name, func(v *node) {
			if r.effectField(f, v) {
				e.Fields = append(e.Fields, EffectField{f, v})
			}
		}})
	}
	r.fields(body, owner, slots...)
}

// effectField checks what can be told from a field alone; false leaves it out.
func (r *reader) effectField(f engine.FieldSchema, n *node) bool {
	before := len(r.list)
	switch f.Kind {
	case engine.KeyField:
		if len(f.Values) > 0 {
			r.oneOf(n, f.Values...)
		} else {
			r.name(n)
		}
	case engine.TextField:
		r.text(n)
	case engine.PropsField:
		r.propsField(n)
	default:
		r.expression(n)
	}
	return len(r.list) == before
}

func (r *reader) propsField(n *node) {
	if n.kind != mappingNode {
		r.add(n, say("not_props", "properties are names with expressions", "属性要写成名称和表达式").
			hinted("for example {points: '10'}", "例如 {points: '10'}"))
		return
	}
	for _, e := range n.entries {
		if !r.missing(e.value, e.key.text) {
			r.expression(e.value)
		}
	}
}

// effectShape finds fields that are missing or exclude each other.
func (r *reader) effectShape(e *Effect, schema *engine.EffectSchema) {
	groups := map[string][]string{}
	var order []string
	for _, f := range schema.Fields {
		if f.Required && !e.wrote(f.Name) {
			r.add(e.n, sayf("needs_field", "%s needs %q", "%s 需要 %q", schema.Kind, f.Name))
		}
		if f.OneOf != "" {
			if groups[f.OneOf] == nil {
				order = append(order, f.OneOf)
			}
			groups[f.OneOf] = append(groups[f.OneOf], f.Name)
		}
	}
	for _, g := range order {
		count := 0
		for _, name := range groups[g] {
			if e.wrote(name) {
				count++
			}
		}
		en, zh := quoteList(groups[g])
		switch {
		case count == 0:
			r.add(e.n, say("needs_one", string(schema.Kind)+" needs "+en, string(schema.Kind)+" 需要其中一个："+zh))
		case count > 1:
			r.add(e.n, say("only_one", string(schema.Kind)+" takes only one of "+en, string(schema.Kind)+" 只能写其中一个："+zh))
		}
	}
	r.target(e)
}

// wrote is whether the author wrote a field, right or wrong.
func (e *Effect) wrote(name string) bool {
	return e.body != nil && e.body.kind == mappingNode && e.body.find(name) != nil
}

// target checks that what "to" names is said, and only that.
func (r *reader) target(e *Effect) {
	if e.Kind != engine.Send && e.Kind != engine.CreateTask {
		return
	}
	to := ""
	if n, ok := e.find("to"); ok {
		to = n.text
	}
	needs := map[string]string{"group": "group", "officer": "group", "segment": "segment"}[to]
	if needs != "" && !e.wrote(needs) {
		r.add(e.n, sayf("needs_field", "%s to: %s needs %q", "%s 的 to: %s 需要 %q", e.Kind, to, needs))
	}
	r.userFields(e, to)
	for _, name := range []string{"group", "segment"} {
		if n, ok := e.find(name); ok && name != needs {
			r.add(n, sayf("unused_field", "%q is not used when to is %q", "to 是 %[2]q 时用不到 %[1]q", name, or(to, "member")).
				hinted("delete it, or write to: "+name, "请删掉，或写 to: "+name))
		}
	}
}

// userFields checks what is said of users: only to them, and one way.
func (r *reader) userFields(e *Effect, to string) {
	for _, name := range []string{"user", "role"} {
		if n, ok := e.find(name); ok && to != "user" {
			r.add(n, sayf("unused_field", "%q is not used when to is %q", "to 是 %[2]q 时用不到 %[1]q", name, or(to, "member")).
				hinted("delete it, or write to: user", "请删掉，或写 to: user"))
		}
	}
	if e.wrote("user") && e.wrote("role") {
		en, zh := quoteList([]string{"user", "role"})
		r.add(e.n, say("only_one", string(e.Kind)+" takes only one of "+en, string(e.Kind)+" 只能写其中一个："+zh))
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
