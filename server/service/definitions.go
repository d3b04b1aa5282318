package service

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
)

// SettingsKey is the key of a workspace's one settings definition.
const SettingsKey = "workspace"

// Definitions reads and writes what rules speak of.
type Definitions struct{ *core }

// List gives the definitions of a kind by key, what is built in included
// (with revision 0).
func (d *Definitions) List(ctx context.Context, who Caller, kind engine.DefinitionKind) ([]engine.Definition, error) {
	all, err := d.reader(who).DefinitionsAt(ctx, 0)
	if err != nil {
		return nil, fmt.Errorf("read definitions: %w", err)
	}
	view, err := d.state(ctx, who)
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(slices.Clone(all), func(x engine.Definition) bool { return x.Kind != kind || x.Body == nil })
	own := map[string]bool{}
	for _, x := range list {
		own[x.Key] = true
	}
	builtin, err := builtins(kind, view.Defs, own)
	if err != nil {
		return nil, err
	}
	list = append(list, builtin...)
	slices.SortFunc(list, func(a, b engine.Definition) int { return strings.Compare(a.Key, b.Key) })
	return list, nil
}

// builtins are the definitions in force that nobody wrote.
func builtins(kind engine.DefinitionKind, defs *engine.Definitions, own map[string]bool) (list []engine.Definition, err error) {
	add := func(key string, v any) {
		if own[key] || err != nil {
			return
		}
		var body []byte
		body, err = json.Marshal(v)
		list = append(list, engine.Definition{Kind: kind, Key: key, Body: body})
	}
	switch kind {
	case engine.DefineLadder:
		for key, v := range defs.Ladders {
			add(key, v)
		}
	case engine.DefineReward:
		for key, v := range defs.Rewards {
			add(key, v)
		}
	case engine.DefineEventType:
		for key, v := range defs.EventTypes {
			add(key, v)
		}
	case engine.DefineSegment:
		for key, v := range defs.Segments {
			add(key, v)
		}
	case engine.DefineSettings:
		add(SettingsKey, defs.Settings)
	}
	return list, err
}

// Get gives one definition; engine.CodeNotFound when there is none.
func (d *Definitions) Get(ctx context.Context, who Caller, kind engine.DefinitionKind, key string) (engine.Definition, error) {
	list, err := d.List(ctx, who, kind)
	if err != nil {
		return engine.Definition{}, err
	}
	for _, x := range list {
		if x.Key == key {
			return x, nil
		}
	}
	return engine.Definition{}, engine.NotFound(string(kind), key)
}

// Put writes a definition after finding nothing wrong with it. created tells
// whether it is new.
func (d *Definitions) Put(ctx context.Context, who Caller, def engine.Definition, m Match) (saved engine.Definition, created bool, err error) {
	body, err := d.vet(ctx, who, def)
	if err != nil {
		return def, false, err
	}
	saved, err = d.write(ctx, who, def.Kind, def.Key, func(before engine.Definition, _ int64) (json.RawMessage, error) {
		created = before.Body == nil
		return body, m.check(revisionOf(before))
	})
	return saved, created, err
}

// Delete removes a definition that no live rule needs.
func (d *Definitions) Delete(ctx context.Context, who Caller, kind engine.DefinitionKind, key string, m Match) error {
	if _, err := d.Get(ctx, who, kind, key); err != nil {
		return err
	}
	_, err := d.write(ctx, who, kind, key, func(before engine.Definition, _ int64) (json.RawMessage, error) {
		if before.Body == nil {
			return nil, engine.Conflict(engine.Text{En: fmt.Sprintf("%s is built in and cannot be deleted", key), Zh: fmt.Sprintf("%s 为内置，不能删除", key)})
		}
		return nil, m.check(before.Revision)
	})
	return err
}

func revisionOf(d engine.Definition) int64 {
	if d.Body == nil {
		return 0
	}
	return d.Revision
}

// write lets compose make a definition's new body from the one in force, under
// the workspace's lock, and writes it unless live rules would break. A nil body
// deletes.
func (c *core) write(ctx context.Context, who Caller, kind engine.DefinitionKind, key string,
	compose func(before engine.Definition, position int64) (json.RawMessage, error)) (engine.Definition, error) {
	saved := engine.Definition{Kind: kind, Key: key, By: who.By, At: who.Now}
	revision, err := c.Machine.Define(ctx, who.Workspace, who.By, who.Now, []machine.Write{{Kind: kind, Key: key}},
		func(current map[machine.Named]engine.Definition, position int64, writes []machine.Write) error {
			before := current[machine.Named{Kind: kind, Key: key}].Body
			body, err := compose(current[machine.Named{Kind: kind, Key: key}], position)
			if err != nil {
				return err
			}
			writes[0].Body, saved.Body = body, body
			audit := engine.AuditOf(ctx)
			audit.About(key)
			audit.Change(tell(kind, before), tell(kind, body))
			return c.breakage(current, saved)
		})
	saved.Revision = revision
	if err != nil {
		return saved, fmt.Errorf("write %s %s: %w", kind, key, err)
	}
	return saved, nil
}

// tell is a definition as its audit row shows it: of a rule what an operator
// knows of it.
func tell(kind engine.DefinitionKind, body json.RawMessage) any {
	if body == nil {
		return nil
	}
	if kind != engine.DefineRule {
		return body
	}
	s, err := rules.ReadStored(body)
	if err != nil {
		return nil
	}
	out := map[string]any{"state": s.State(), "document": s.Document()}
	if s.Live != nil {
		out["version"] = s.Live.Version
	}
	return out
}

// breakage refuses an edit after which live rules would no longer compile. An
// edit of a rule is that rule's own affair.
func (c *core) breakage(current map[machine.Named]engine.Definition, edit engine.Definition) error {
	if edit.Kind == engine.DefineRule {
		return nil
	}
	all := slices.Collect(maps.Values(current))
	before, err := c.broken(all)
	if err != nil {
		return err
	}
	after, err := c.broken(replaced(all, edit))
	if err != nil {
		return err
	}
	var problems []engine.Problem
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if before[key] != nil {
			continue
		}
		problems = append(problems, engine.Problem{Code: "breaks_rule", Path: "/rules/" + key, Message: engine.Text{
			En: fmt.Sprintf("the live rule %s would stop working", key), Zh: fmt.Sprintf("生效中的规则 %s 将无法运行", key)}})
	}
	if len(problems) == 0 {
		return nil
	}
	return &engine.Error{Code: engine.CodeConflict, Problems: problems, Message: engine.Text{
		En: "live rules need this as it is; pause or change them first", Zh: "有生效中的规则依赖它，请先暂停或修改这些规则"}}
}

// broken lists the live rules that do not compile among definitions.
func (c *core) broken(all []engine.Definition) (map[string]error, error) {
	defs, err := machine.ParseDefinitions(0, all)
	if err != nil {
		return nil, err
	}
	live := slices.DeleteFunc(slices.Clone(all), func(x engine.Definition) bool {
		return x.Kind != engine.DefineRule || x.Body == nil
	})
	book, err := c.Books.Book(0, live, defs)
	if err != nil {
		return nil, fmt.Errorf("compile rules: %w", err)
	}
	return book.Broken, nil
}

func replaced(all []engine.Definition, edit engine.Definition) []engine.Definition {
	out := slices.DeleteFunc(slices.Clone(all), func(x engine.Definition) bool { return x.Kind == edit.Kind && x.Key == edit.Key })
	if edit.Body != nil {
		out = append(out, edit)
	}
	return out
}

// Channels are the channels in force, by key.
func (d *Definitions) Channels(ctx context.Context, who Caller) (map[string]*engine.ChannelDef, error) {
	view, err := d.state(ctx, who)
	if err != nil {
		return nil, err
	}
	return view.Defs.Channels, nil
}

// SegmentWhere is a segment's condition.
func (d *Definitions) SegmentWhere(ctx context.Context, who Caller, key string) (string, error) {
	view, err := d.state(ctx, who)
	if err != nil {
		return "", err
	}
	s := view.Defs.Segments[key]
	if s == nil {
		return "", engine.NotFound("segment", key)
	}
	return s.Where, nil
}
