package api

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

func (w *world) Plugins(context.Context) ([]Plugin, error) {
	return []Plugin{{ID: "webhook", Title: engine.Text{En: "Webhook", Zh: "网络钩子"}}}, nil
}

func (w *world) Health(_, plugin string) ChannelHealth {
	return ChannelHealth{Plugin: plugin, State: "running", Log: []string{"sent to ada@example.com"}}
}

func (w *world) Test(_ context.Context, _ string, _ engine.ChannelDef, m engine.Message) (engine.Receipt, error) {
	w.sent = append(w.sent, m)
	return engine.Receipt{Outcome: engine.Delivered, RemoteID: "r" + strconv.Itoa(len(w.sent))}, nil
}

func (w *world) SecretNames(_ context.Context, workspace string) (map[string][]string, error) {
	out := map[string][]string{}
	for key, m := range w.secrets {
		if ws, channel, _ := strings.Cut(key, "/"); ws == workspace {
			out[channel] = sortedKeys(m)
		}
	}
	return out, nil
}

func (w *world) PutSecrets(ctx context.Context, workspace, channel string, secrets map[string]*string) error {
	m := map[string]string{}
	for name, v := range secrets {
		if v != nil {
			m[name] = *v
		}
	}
	w.secrets[workspace+"/"+channel] = m
	w.note(ctx, workspace)
	return nil
}

func (w *world) CheckConfig(_ context.Context, plugin string, config json.RawMessage) ([]engine.Problem, error) {
	if plugin != "webhook" {
		return []engine.Problem{{Code: "unknown_plugin", Path: "/plugin", Message: engine.Text{En: "there is no such plugin", Zh: "没有此插件"}}}, nil
	}
	if !strings.Contains(string(config), "https://") {
		return []engine.Problem{{Code: "bad_url", Path: "/config/url", Message: engine.Text{En: "an https address is needed", Zh: "需要 https 地址"}}}, nil
	}
	return nil, nil
}

func (w *world) Ingress(_ context.Context, workspace, channel string) (Ingress, error) {
	i, ok := w.ingresses[workspace+"/"+channel]
	if !ok {
		return i, engine.NotFound("ingress", channel)
	}
	return i, nil
}

func (w *world) RotateIngress(ctx context.Context, workspace, channel string) (Ingress, error) {
	i := Ingress{Channel: channel, ID: "id-" + strconv.Itoa(len(w.audit)), CreatedAt: start}
	w.ingresses[workspace+"/"+channel] = i
	w.note(ctx, workspace)
	return i, nil
}

func (w *world) CloseIngress(ctx context.Context, workspace, channel string) error {
	_, err := w.Ingress(ctx, workspace, channel)
	if err == nil {
		delete(w.ingresses, workspace+"/"+channel)
		w.note(ctx, workspace)
	}
	return err
}

func (w *world) FindHook(_ context.Context, id string) (HookPlace, error) {
	for place, i := range w.ingresses {
		if workspace, channel, _ := strings.Cut(place, "/"); i.ID == id {
			return HookPlace{workspace, channel}, nil
		}
	}
	return HookPlace{}, engine.NotFound("ingress", "")
}

func (w *world) ReceiveHook(_ context.Context, at HookPlace, r HookRequest) (HookAnswer, error) {
	w.hooks = append(w.hooks, r)
	return w.hookAnswer, w.hookError
}

func (w *world) Suppressions(_ context.Context, workspace string, of []engine.Identity) ([]Suppression, error) {
	list := []Suppression{}
	for _, i := range of {
		if x, ok := w.suppressed[workspace+"/"+i.Key()]; ok {
			list = append(list, x)
		}
	}
	return list, nil
}

func (w *world) Suppress(ctx context.Context, workspace string, addresses []string, x Suppression) error {
	for _, a := range addresses {
		w.suppressed[workspace+"/"+x.Channel+":"+a] = x
	}
	w.note(ctx, workspace)
	return nil
}

func (w *world) Lift(ctx context.Context, workspace, channel string, addresses []string) error {
	for _, a := range addresses {
		delete(w.suppressed, workspace+"/"+channel+":"+a)
	}
	w.note(ctx, workspace)
	return nil
}
