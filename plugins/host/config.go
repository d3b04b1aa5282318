package host

import (
	"context"
	"encoding/json"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/bylaw-dev/bylaw/engine"
	pb "github.com/bylaw-dev/bylaw/plugins/channelpb"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

// on runs f with a plugin's process.
func (h *Host) on(ctx context.Context, plugin string, f func(context.Context, *process) error) error {
	u, err := h.unit(plugin)
	if err != nil {
		return err
	}
	ctx, cancel := h.inTime(ctx)
	defer cancel()
	p, err := u.running(ctx)
	if err != nil {
		return err
	}
	defer p.calls.Done()
	return f(ctx, p)
}

// Describe says what a plugin is. It starts the plugin when it isn't running;
// while that fails, what it said last is the answer.
func (h *Host) Describe(ctx context.Context, plugin string) (sdk.Description, error) {
	var d sdk.Description
	err := h.on(ctx, plugin, func(_ context.Context, p *process) error {
		d = p.desc
		h.described.Store(plugin, d)
		return nil
	})
	if last, ok := h.described.Load(plugin); ok && err != nil {
		return last.(sdk.Description), nil //nolint:nilerr // see above: what it said last is the answer
	}
	return d, err
}

// SplitSecrets takes the x-secret fields out of a configuration as a person
// types it: what is left can be shown, the secrets are to be encrypted.
func (h *Host) SplitSecrets(ctx context.Context, plugin string, config json.RawMessage) (json.RawMessage, map[string]string, error) {
	fields := map[string]json.RawMessage{}
	if len(config) > 0 {
		if err := json.Unmarshal(config, &fields); err != nil {
			return nil, nil, engine.Invalid(engine.Text{En: "the configuration must be a JSON object", Zh: "配置必须是 JSON 对象"},
				engine.Problem{Code: "type", Message: engine.Text{En: err.Error(), Zh: err.Error()}})
		}
	}
	if fields == nil { // it was null
		fields = map[string]json.RawMessage{}
	}
	secrets := map[string]string{}
	err := h.on(ctx, plugin, func(_ context.Context, p *process) error {
		for _, name := range p.schema.Secrets() {
			var value string
			if raw, ok := fields[name]; ok && json.Unmarshal(raw, &value) == nil {
				secrets[name] = value
				delete(fields, name)
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	rest, err := json.Marshal(fields)
	return rest, secrets, err
}

// ValidateConfig looks for problems in a channel's configuration: first against
// the plugin's schema, then by the plugin itself. Nothing is opened or sent.
func (h *Host) ValidateConfig(ctx context.Context, c engine.ChannelConfig) ([]engine.Problem, error) {
	var found []engine.Problem
	err := h.on(ctx, c.Plugin, func(ctx context.Context, p *process) error {
		for _, one := range p.schema.Validate(c.Config, c.Secrets) {
			found = append(found, engine.Problem{Code: one.Code, Path: one.Pointer, Message: engine.Text{En: one.En, Zh: one.Zh}})
		}
		if len(found) > 0 {
			return nil
		}
		grants, err := h.grants(c.Workspace)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, h.time.open)
		defer cancel()
		answer, err := p.plugin.ValidateConfig(ctx, &pb.ValidateConfigRequest{Config: c.Config, Secrets: c.Secrets, Grants: grants})
		if err != nil {
			return callError("check the configuration", err)
		}
		found = problemsFromWire(answer.GetProblems())
		return nil
	})
	return found, err
}

// Check tries a channel's connection, step by step. A configuration with
// problems is an error.
func (h *Host) Check(ctx context.Context, c engine.ChannelConfig) ([]sdk.Step, error) {
	var steps []sdk.Step
	err := h.on(ctx, c.Plugin, func(ctx context.Context, p *process) error {
		return p.opened(ctx, c, func() error {
			ctx, cancel := context.WithTimeout(ctx, h.time.check)
			defer cancel()
			answer, err := p.plugin.CheckInstance(ctx, &pb.CheckInstanceRequest{InstanceId: instanceID(c.Workspace, c.Key)})
			for _, s := range answer.GetSteps() {
				steps = append(steps, sdk.Step{Name: textFromWire(s.GetName()), OK: s.GetOk(), Detail: cut(s.GetDetail())})
			}
			return err
		})
	})
	return steps, err
}

// opened runs a call into an open channel, and once more when the plugin has
// lost it meanwhile.
func (p *process) opened(ctx context.Context, c engine.ChannelConfig, call func() error) error {
	const tries = 2
	var err error
	for range tries {
		if err = p.ensure(ctx, c); err != nil {
			return err
		}
		if err = call(); status.Code(err) != codes.FailedPrecondition {
			break
		}
		p.forget(ctx, c)
	}
	if err != nil {
		return callError(fmt.Sprintf("channel %s", c.Key), err)
	}
	return nil
}
