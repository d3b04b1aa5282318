package service

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/bylaw-dev/bylaw/engine"
)

var keyPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// CheckKey refuses a key that nothing may have.
func CheckKey(key string) error {
	if keyPattern.MatchString(key) {
		return nil
	}
	return engine.Invalid(engine.Text{En: "the key cannot be used", Zh: "标识不可用"}, engine.Problem{Code: "bad_key", Path: "/key",
		Message: engine.Text{
			En: fmt.Sprintf("%.64q: a key has 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit", key),
			Zh: fmt.Sprintf("%.64q：标识为 1 到 64 个 a-z 0-9 . _ -，以字母或数字开头", key)}})
}

// vet reports everything wrong with a definition, and gives its body as it will
// be kept: without what only reading shows.
func (d *Definitions) vet(ctx context.Context, who Caller, def engine.Definition) (json.RawMessage, error) {
	message := engine.Text{En: "some of this has to be put right", Zh: "有内容需要修改"}
	if err := checkDefinitionKey(def); err != nil {
		return nil, err
	}
	schema := d.Shapes[def.Kind]
	if schema == nil {
		return nil, fmt.Errorf("no shape of kind %s", def.Kind)
	}
	if problems := schema.Check(def.Body); len(problems) > 0 {
		return nil, engine.Invalid(message, problems...)
	}
	body, err := strip(def)
	if err != nil {
		return nil, engine.Invalid(message, *err)
	}
	view, stateErr := d.state(ctx, who)
	if stateErr != nil {
		return nil, stateErr
	}
	c := &vetting{core: d.core, defs: view.Defs, key: def.Key}
	if err := c.kind(ctx, def.Kind, body); err != nil {
		return nil, err
	}
	return body, engine.Invalid(message, c.problems...)
}

// Wrong is what is wrong with a definition beyond its key and its structure. What
// is wrong with those is known already and taken out of the body, so that one answer
// tells everything; what cannot be read nevertheless has nothing to add.
func (d *Definitions) Wrong(ctx context.Context, who Caller, def engine.Definition) ([]engine.Problem, error) {
	body, unreadable := strip(def)
	if unreadable != nil {
		return nil, nil
	}
	view, err := d.state(ctx, who)
	if err != nil {
		return nil, err
	}
	c := &vetting{core: d.core, defs: view.Defs, key: def.Key}
	if err := c.kind(ctx, def.Kind, body); err != nil && engine.CodeOf(err) != engine.CodeInvalid {
		return nil, err
	}
	return c.problems, nil
}

// namePattern is for keys that rules write as names, which may be Chinese.
var namePattern = regexp.MustCompile(`^[\p{L}\p{N}_][\p{L}\p{N}._-]{0,63}$`)

// checkDefinitionKey checks keys; event types and attributes have names.
func checkDefinitionKey(def engine.Definition) error {
	switch def.Kind {
	case engine.DefineSettings:
		return nil
	case engine.DefineEventType, engine.DefineAttribute:
		if namePattern.MatchString(def.Key) {
			return nil
		}
	}
	return CheckKey(def.Key)
}

// strip removes what only reading shows, and sets the key.
func strip(def engine.Definition) (json.RawMessage, *engine.Problem) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(def.Body, &fields); err != nil {
		return nil, &engine.Problem{Code: "wrong_type", Message: engine.Text{En: "this must be an object", Zh: "这里必须是对象"}}
	}
	for _, shown := range []string{"meta", "state", "secrets", "builtin"} {
		delete(fields, shown)
	}
	var key string
	if raw, ok := fields["key"]; ok && json.Unmarshal(raw, &key) == nil && key != "" && key != def.Key {
		return nil, &engine.Problem{Code: "other_key", Path: "/key", Message: engine.Text{
			En: fmt.Sprintf("the key is %q in the address and %q here", def.Key, key),
			Zh: fmt.Sprintf("地址中的标识为 %q，此处为 %q", def.Key, key)}}
	}
	delete(fields, "key")
	if def.Kind != engine.DefineSettings {
		fields["key"], _ = json.Marshal(def.Key) // a string cannot fail
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return nil, &engine.Problem{Code: "wrong_type", Message: engine.Text{En: "this must be an object", Zh: "这里必须是对象"}}
	}
	return body, nil
}

// vetting gathers the problems of one definition beyond its structure.
type vetting struct {
	*core
	defs     *engine.Definitions
	key      string
	problems []engine.Problem
}

func (v *vetting) add(code, path, en, zh string) {
	v.problems = append(v.problems, engine.Problem{Code: code, Path: path, Message: engine.Text{En: en, Zh: zh}})
}

func (v *vetting) kind(ctx context.Context, kind engine.DefinitionKind, body []byte) error {
	switch kind {
	case engine.DefineGroup:
		return read(body, v.group)
	case engine.DefineLadder:
		return read(body, v.ladder)
	case engine.DefineReward:
		return read(body, v.reward)
	case engine.DefineTemplate:
		return read(body, v.template)
	case engine.DefineChannel:
		return read(body, func(c *engine.ChannelDef) error { return v.channel(ctx, c) })
	case engine.DefineEventType:
		return read(body, v.eventType)
	case engine.DefineSegment:
		return read(body, v.segment)
	case engine.DefineAttribute:
		return read(body, v.attribute)
	case engine.DefineSettings:
		return read(body, v.settings)
	}
	return fmt.Errorf("kind %s cannot be vetted", kind)
}

// read decodes a body whose structure was checked.
func read[T any](body []byte, check func(*T) error) error {
	v := new(T)
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(v); err != nil {
		return engine.Invalid(engine.Text{En: "the definition cannot be read", Zh: "定义无法读取"},
			engine.Problem{Code: "wrong_type", Message: engine.Text{En: "a value has a type that does not fit", Zh: "有值的类型不符"}})
	}
	return check(v)
}

// text wants at least one language.
func (v *vetting) text(t engine.Text, path string) {
	if t.En == "" && t.Zh == "" {
		v.add("empty", path, "this needs a text in at least one language", "请至少填写一种语言")
	}
}
