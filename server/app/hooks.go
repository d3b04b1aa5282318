package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/plugins/host"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
	"github.com/bylaw-dev/bylaw/server/api"
	"github.com/bylaw-dev/bylaw/server/store"
)

// hooks takes the webhooks of channels: the address is ours, the plugin says
// what is genuine, and what it tells is durable before the sender has an answer.
type hooks struct {
	channels channelsPort
	inbound  inbound
	log      *slog.Logger
}

// ingressBytes are the random bytes of an address: 128 bits.
const ingressBytes = 16

// Ingress gives a channel's address.
func (h hooks) Ingress(ctx context.Context, workspace, channel string) (api.Ingress, error) {
	i, err := h.channels.store.IngressOf(ctx, workspace, channel)
	return ingressFromStore(i), err
}

// RotateIngress gives a channel a new address.
func (h hooks) RotateIngress(ctx context.Context, workspace, channel string) (api.Ingress, error) {
	def, err := h.channel(ctx, workspace, channel)
	if err != nil {
		return api.Ingress{}, err
	}
	description, err := h.channels.host.Describe(ctx, def.Plugin)
	if err != nil {
		return api.Ingress{}, err
	}
	if s := description.Capabilities[sdk.CanReceive]; s == "" || s == sdk.None {
		return api.Ingress{}, engine.Conflict(engine.Text{
			En: fmt.Sprintf("the plugin %s takes no webhooks", def.Plugin), Zh: fmt.Sprintf("插件 %s 不接收回调", def.Plugin)})
	}
	raw := make([]byte, ingressBytes)
	if _, err := rand.Read(raw); err != nil {
		return api.Ingress{}, fmt.Errorf("read randomness: %w", err)
	}
	i := store.Ingress{Workspace: workspace, Channel: channel, ID: hex.EncodeToString(raw), CreatedAt: h.channels.now()}
	return ingressFromStore(i), h.channels.store.PutIngress(ctx, i)
}

// CloseIngress takes a channel's address away.
func (h hooks) CloseIngress(ctx context.Context, workspace, channel string) error {
	return h.channels.store.DeleteIngress(ctx, workspace, channel)
}

func ingressFromStore(i store.Ingress) api.Ingress {
	return api.Ingress{Channel: i.Channel, ID: i.ID, CreatedAt: i.CreatedAt}
}

func (h hooks) channel(ctx context.Context, workspace, key string) (*engine.ChannelDef, error) {
	view, err := h.channels.machine.State(ctx, workspace)
	if err != nil {
		return nil, err
	}
	def := view.Defs.Channels[key]
	if def == nil {
		return nil, engine.NotFound("channel", key)
	}
	return def, nil
}

// FindHook finds the channel of an address. One of a workspace that is suspended
// or of a channel that is gone is as good as none.
func (h hooks) FindHook(ctx context.Context, id string) (api.HookPlace, error) {
	if raw, err := hex.DecodeString(id); err != nil || len(raw) != ingressBytes {
		return api.HookPlace{}, engine.NotFound("ingress", "")
	}
	i, err := h.channels.store.Ingress(ctx, id)
	if err != nil {
		return api.HookPlace{}, err
	}
	active, err := Tokens{h.channels.store}.WorkspaceActive(ctx, i.Workspace)
	if err != nil {
		return api.HookPlace{}, err
	}
	if !active {
		return api.HookPlace{}, engine.NotFound("ingress", "")
	}
	_, err = h.channel(ctx, i.Workspace, i.Channel)
	return api.HookPlace{Workspace: i.Workspace, Channel: i.Channel}, err
}

// ReceiveHook lets the channel's plugin read a webhook and accepts its events.
func (h hooks) ReceiveHook(ctx context.Context, at api.HookPlace, r api.HookRequest) (api.HookAnswer, error) {
	def, err := h.channel(ctx, at.Workspace, at.Channel)
	if err != nil {
		return api.HookAnswer{}, err
	}
	config, err := h.channels.configured(ctx, at.Workspace, def)
	if err != nil {
		return api.HookAnswer{}, err
	}
	said, err := h.channels.host.Receive(ctx, config, hookRequest(r))
	if err != nil {
		h.log.Warn("a webhook was not taken", "workspace", at.Workspace, "channel", at.Channel, "plugin", def.Plugin, "error", err)
		return api.HookAnswer{}, err
	}
	answer := api.HookAnswer{Status: said.Status, Header: http.Header{}, Body: said.Body}
	for _, line := range said.Headers {
		answer.Header.Set(line.Name, line.Value)
	}
	if len(said.Events) == 0 {
		return answer, nil
	}
	refused, err := h.inbound.Accept(ctx, host.Origin{Workspace: at.Workspace, Channel: at.Channel, Plugin: def.Plugin}, said.Events)
	for _, one := range refused {
		answer.Refused = append(answer.Refused, engine.Problem{Code: "bad_event", Path: fmt.Sprintf("/events/%d", one.Index),
			Message: engine.Text{En: one.Reason, Zh: one.Reason}})
	}
	return answer, err
}

func hookRequest(r api.HookRequest) sdk.Request {
	out := sdk.Request{Method: r.Method, Path: r.Path, Query: r.Query, Body: r.Body, RemoteIP: r.RemoteIP}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if name == "Cookie" {
			continue // of the console's origin, and nobody else's business
		}
		for _, value := range r.Header[name] {
			out.Headers = append(out.Headers, sdk.Header{Name: name, Value: value})
		}
	}
	return out
}
