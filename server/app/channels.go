package app

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/plugins/host"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
	"github.com/bylaw-dev/bylaw/plugins/sdk/schema"
	"github.com/bylaw-dev/bylaw/server/api"
	"github.com/bylaw-dev/bylaw/server/store"
)

// channelsPort is how the API and the service reach channel plugins and channels'
// secrets, which are encrypted before they are kept.
type channelsPort struct {
	host    *host.Host
	store   *store.Store
	machine *machine.Machine
	sealer  *sealer
	now     clock
}

// place is what a secret is bound to when it is encrypted.
func place(workspace, channel, name string) string {
	return strings.Join([]string{workspace, channel, name}, "\x00")
}

// secrets gives a channel's secrets, decrypted.
func (c channelsPort) secrets(ctx context.Context, workspace, channel string) (map[string]string, error) {
	sealed, err := c.store.ChannelSecrets(ctx, workspace, channel)
	if err != nil {
		return nil, err
	}
	open := make(map[string]string, len(sealed))
	for name, text := range sealed {
		if open[name], err = c.sealer.Open(place(workspace, channel, name), text); err != nil {
			return nil, fmt.Errorf("secret %s of channel %s: %w", name, channel, err)
		}
	}
	return open, nil
}

// PutSecrets sets secrets of a channel; nil removes one. The channel's
// definition is written again as it is: its revision grows, by which plugins on
// every replica notice.
func (c channelsPort) PutSecrets(ctx context.Context, workspace, channel string, secrets map[string]*string) error {
	view, err := c.machine.State(ctx, workspace)
	if err != nil {
		return err
	}
	def := view.Defs.Channels[channel]
	if def == nil {
		return engine.NotFound("channel", channel)
	}
	var list []store.ChannelSecret
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		one := store.ChannelSecret{Channel: channel, Name: name, UpdatedAt: c.now()}
		if value := secrets[name]; value != nil {
			if one.Ciphertext, err = c.sealer.Seal(place(workspace, channel, name), *value); err != nil {
				return err
			}
		}
		list = append(list, one)
	}
	if err := c.store.PutChannelSecrets(ctx, workspace, list...); err != nil {
		return err
	}
	return c.touch(ctx, workspace, channel)
}

// touch writes a channel's definition again.
func (c channelsPort) touch(ctx context.Context, workspace, channel string) error {
	versions, err := c.store.Reader(workspace).DefinitionVersions(ctx, engine.DefineChannel, channel)
	if err != nil {
		return err
	}
	if len(versions) == 0 || versions[0].Body == nil {
		return engine.NotFound("channel", channel)
	}
	again := machine.Write{Kind: engine.DefineChannel, Key: channel, Body: versions[0].Body, IfRevision: &versions[0].Revision}
	_, err = c.machine.Define(ctx, workspace, versions[0].By, c.now(), []machine.Write{again}, nil)
	if engine.CodeOf(err) == engine.CodeConflict { // somebody wrote it meanwhile, which is as good
		return nil
	}
	return err
}

// SecretNames lists the secrets that are set, by channel.
func (c channelsPort) SecretNames(ctx context.Context, workspace string) (map[string][]string, error) {
	view, err := c.machine.State(ctx, workspace)
	if err != nil {
		return nil, err
	}
	names := map[string][]string{}
	for _, channel := range slices.Sorted(maps.Keys(view.Defs.Channels)) {
		sealed, err := c.store.ChannelSecrets(ctx, workspace, channel)
		if err != nil {
			return nil, err
		}
		if len(sealed) > 0 {
			names[channel] = slices.Sorted(maps.Keys(sealed))
		}
	}
	return names, nil
}

// CheckConfig reports what a plugin finds wrong with a configuration. Secrets
// are set apart, so that those which are missing are no problem yet.
func (c channelsPort) CheckConfig(ctx context.Context, plugin string, config json.RawMessage) ([]engine.Problem, error) {
	description, err := c.host.Describe(ctx, plugin)
	if code := engine.CodeOf(err); code == engine.CodeNotFound || code == engine.CodeForbidden {
		return []engine.Problem{{Code: "unknown_plugin", Path: "/plugin", Message: messageOf(err)}}, nil
	}
	if err != nil {
		return nil, err
	}
	known, err := schema.Parse(description.Schema)
	if err != nil {
		return nil, fmt.Errorf("schema of plugin %s: %w", plugin, err)
	}
	if len(config) == 0 {
		config = json.RawMessage(`{}`)
	}
	if inPlain := secretsIn(config, known.Secrets()); len(inPlain) > 0 {
		return inPlain, nil
	}
	if len(known.Secrets()) > 0 { // the plugin itself would miss its secrets
		return schemaProblems(known, config), nil
	}
	problems, err := c.host.ValidateConfig(ctx, engine.ChannelConfig{Plugin: plugin, Workspace: DefaultWorkspace, Key: "check", Config: config})
	for i := range problems {
		problems[i].Path = "/config" + problems[i].Path
	}
	return problems, err
}

// schemaProblems holds a configuration to its schema, but for the secrets.
func schemaProblems(known *schema.Schema, config json.RawMessage) []engine.Problem {
	secret := map[string]bool{}
	for _, name := range known.Secrets() {
		secret["/"+name] = true
	}
	var problems []engine.Problem
	for _, p := range known.Validate(config, nil) {
		if !secret[p.Pointer] {
			problems = append(problems, engine.Problem{Code: p.Code, Path: "/config" + p.Pointer, Message: engine.Text{En: p.En, Zh: p.Zh}})
		}
	}
	return problems
}

// secretsIn finds secrets that stand in a configuration, which everybody may read.
func secretsIn(config json.RawMessage, names []string) []engine.Problem {
	fields := map[string]json.RawMessage{}
	if json.Unmarshal(config, &fields) != nil {
		return nil // the schema says it better
	}
	var problems []engine.Problem
	for _, name := range names {
		if _, there := fields[name]; there {
			problems = append(problems, engine.Problem{Code: "secret_in_config", Path: "/config/" + name, Message: engine.Text{
				En: "this is a secret: leave it out here and set it with PUT /api/v1/channels/{channel}/secrets",
				Zh: "这是密钥：请勿写在此处，改用 PUT /api/v1/channels/{channel}/secrets 设置"}})
		}
	}
	return problems
}

func messageOf(err error) engine.Text {
	if e := asEngineError(err); e != nil {
		return e.Message
	}
	return engine.Text{En: err.Error(), Zh: err.Error()}
}

// Plugins lists the server's plugins and what they can do. One that cannot be
// started is listed with its state alone.
func (c channelsPort) Plugins(ctx context.Context) ([]api.Plugin, error) {
	var list []api.Plugin
	for _, state := range c.host.List() {
		p := api.Plugin{ID: state.ID, Version: state.Version, State: string(state.State)}
		if state.State != host.StateRefused {
			if d, err := c.host.Describe(ctx, state.ID); err == nil {
				p = pluginFrom(d, p.State)
			}
		}
		list = append(list, p)
	}
	return list, nil
}

// shownLines is how many log lines an operator is shown.
const shownLines = 100

// Health tells of a plugin what one workspace may know.
func (c channelsPort) Health(workspace, plugin string) api.ChannelHealth {
	state := c.host.State(plugin)
	lines, hidden := c.host.Lines(plugin, workspace)
	h := api.ChannelHealth{Plugin: plugin, State: string(state.State), Version: state.Version, Problem: state.Said, Restarts: state.Restarts,
		Log: lines[max(0, len(lines)-shownLines):], Hidden: hidden}
	if !state.Until.IsZero() {
		h.Until = engine.TimeOf(state.Until)
	}
	return h
}

func pluginFrom(d sdk.Description, state string) api.Plugin {
	p := api.Plugin{ID: d.ID, Title: engine.Text{En: d.Title.En, Zh: d.Title.Zh}, About: engine.Text{En: d.About.En, Zh: d.About.Zh}, Version: d.Version, State: state, Schema: d.Schema,
		Dedupes: d.Dedupe.Supported, Abilities: map[string]string{}}
	if known, err := schema.Parse(d.Schema); err == nil {
		p.Secrets = known.Secrets()
	}
	for _, t := range d.Targets {
		p.Targets = append(p.Targets, string(t))
	}
	for _, e := range d.Events {
		p.Reports = append(p.Reports, e.Type)
	}
	for capability, support := range d.Capabilities {
		p.Abilities[string(capability)] = string(support)
	}
	return p
}

// Test sends one message now, past the outbox.
func (c channelsPort) Test(ctx context.Context, workspace string, def engine.ChannelDef, m engine.Message) (engine.Receipt, error) {
	config, err := c.configured(ctx, workspace, &def)
	if err != nil {
		return engine.Receipt{}, err
	}
	receipts := c.host.Send(ctx, config, []engine.Message{m})
	return receipts[0], nil
}

// configured is a channel as plugins take it.
func (c channelsPort) configured(ctx context.Context, workspace string, def *engine.ChannelDef) (engine.ChannelConfig, error) {
	versions, err := c.store.Reader(workspace).DefinitionVersions(ctx, engine.DefineChannel, def.Key)
	if err != nil {
		return engine.ChannelConfig{}, err
	}
	if len(versions) == 0 || versions[0].Body == nil {
		return engine.ChannelConfig{}, engine.NotFound("channel", def.Key)
	}
	secrets, err := c.secrets(ctx, workspace, def.Key)
	if err != nil {
		return engine.ChannelConfig{}, err
	}
	config := def.Config
	if len(config) == 0 {
		config = json.RawMessage(`{}`)
	}
	return engine.ChannelConfig{Workspace: workspace, Key: def.Key, Plugin: def.Plugin, Revision: versions[0].Revision, Config: config, Secrets: secrets}, nil
}
