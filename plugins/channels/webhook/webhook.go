// Package webhook posts messages to an address of the customer's, as Standard
// Webhooks 1.0.0 says: signed, with a stable id, redirects not followed. Requests
// that are signed likewise come in as events.
package webhook

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
	"github.com/bylaw-dev/bylaw/plugins/sdk/httpx"
)

//go:embed schema.json
var schema []byte

// Channel is the plugin.
func Channel() sdk.Channel { return channel{} }

type channel struct{}

// Describe implements sdk.Channel.
func (channel) Describe() sdk.Description {
	return sdk.Description{
		ID: "webhook", Version: "1.0.0",
		Title: sdk.Text{En: "Webhook", Zh: "Webhook 回调"},
		About: sdk.Text{
			En: "Posts every message as signed JSON to an address of yours, and takes signed webhooks as events (Standard Webhooks).",
			Zh: "将每条消息以签名的 JSON 发送到你的地址，也可把收到的签名回调变为事件（Standard Webhooks 规范）。",
		},
		Schema:       schema,
		Capabilities: map[sdk.Capability]sdk.Support{sdk.CanSend: sdk.Auto, sdk.CanReceive: sdk.Auto},
		Targets:      []sdk.TargetKind{sdk.ToWebhook, sdk.ToMember, sdk.ToGroup, sdk.ToUser},
		Dedupe:       sdk.Dedupe{Supported: true}, // receivers must know a webhook-id again
		MaxBatch:     100,
		Concurrency:  16,
	}
}

type config struct {
	URL           string `json:"url"`
	Secret        string `json:"secret"`
	InboundSecret string `json:"inbound_secret"`
}

// Open implements sdk.Channel.
func (channel) Open(_ context.Context, setup sdk.Setup) (sdk.Instance, error) {
	var c config
	if err := setup.Decode(&c); err != nil {
		return nil, err
	}
	keys, err := parseKeys(c.Secret)
	if err != nil {
		return nil, sdk.Problems{{Pointer: "/secret", Code: "secret", Message: sdk.Text{
			En: err.Error() + `: give "whsec_" and 24 to 64 random bytes in base64 (openssl rand -base64 32)`,
			Zh: `密钥格式不正确：应为 "whsec_" 加 24 至 64 个随机字节的 base64（openssl rand -base64 32）`,
		}}}
	}
	verifiers, err := parseVerifiers(c.InboundSecret)
	if err != nil {
		return nil, sdk.Problems{{Pointer: "/inbound_secret", Code: "secret", Message: sdk.Text{
			En: err.Error() + `: give "whsec_" and 24 to 64 random bytes in base64, or "whpk_" and an Ed25519 public key`,
			Zh: `密钥格式不正确：应为 "whsec_" 加 24 至 64 个随机字节的 base64，或 "whpk_" 加 Ed25519 公钥`,
		}}}
	}
	client := httpx.New(httpx.Options{AllowPrivate: setup.AllowPrivate})
	return &instance{url: c.URL, keys: keys, verifiers: verifiers, client: client, now: setup.Now}, nil
}

type instance struct {
	url       string
	keys      []key
	verifiers []verifier // of requests that come in
	client    *httpx.Client
	now       func() time.Time
}

// Close implements sdk.Closer.
func (i *instance) Close() error { return i.client.Close() }

// Send implements sdk.Instance.
func (i *instance) Send(ctx context.Context, m sdk.Message) sdk.Receipt {
	if i.url == "" {
		return sdk.Fail(sdk.Permanent, "no_url", "the channel has no address to send to: set its url")
	}
	now := i.now()
	body, err := payload(m, now)
	if err != nil {
		return sdk.Fail(sdk.Permanent, "payload", "%v", err)
	}
	answer, err := i.client.Do(ctx, httpx.Request{Path: i.url, Header: i.head(m.Key, now, body), Body: body})
	if err != nil {
		return httpx.FailReceipt(err)
	}
	return httpx.StatusReceipt(answer, i.now())
}

// head makes the headers. The timestamp is this attempt's, the id the delivery's.
func (i *instance) head(id string, now time.Time, body []byte) map[string]string {
	stamp := strconv.FormatInt(now.Unix(), 10)
	head := map[string]string{
		"Content-Type":      "application/json",
		"webhook-id":        id,
		"webhook-timestamp": stamp,
	}
	if len(i.keys) > 0 {
		head["webhook-signature"] = sign(i.keys, id, stamp, body)
	}
	return head
}

// payload is the message's data, or its text in the shape the standard advises.
func payload(m sdk.Message, now time.Time) ([]byte, error) {
	if len(m.Data) > 0 {
		if !json.Valid(m.Data) {
			return nil, fmt.Errorf("the message's data is not JSON")
		}
		return m.Data, nil
	}
	type target struct {
		Kind    sdk.TargetKind `json:"kind"`
		Address string         `json:"address,omitempty"`
	}
	type data struct {
		Title  string `json:"title,omitempty"`
		Text   string `json:"text"`
		Target target `json:"target"`
	}
	return json.Marshal(struct {
		Type      string `json:"type"`
		Timestamp string `json:"timestamp"`
		Data      data   `json:"data"`
	}{"message", now.UTC().Format(time.RFC3339Nano), data{m.Title, m.Text, target(m.Target)}})
}
