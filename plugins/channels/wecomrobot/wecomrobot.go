// Package wecomrobot posts in a WeCom (企业微信) group through its group robot.
package wecomrobot

import (
	"context"
	_ "embed"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
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
		ID: "wecom-robot", Version: "1.0.0",
		Title: sdk.Text{En: "WeCom group robot", Zh: "企业微信群机器人"},
		About: sdk.Text{
			En: "Posts in one WeCom group, at most 20 messages a minute. It cannot read, invite or remove anybody.",
			Zh: "在一个企业微信群内发言，每分钟最多 20 条。不能接收消息，也不能邀请或移出成员。",
		},
		Schema: schema,
		Capabilities: map[sdk.Capability]sdk.Support{
			sdk.CanSend: sdk.Auto, sdk.CanInvite: sdk.Manual, sdk.CanKick: sdk.Manual, sdk.CanMove: sdk.Manual,
		},
		Targets:  []sdk.TargetKind{sdk.ToGroup, sdk.ToWebhook},
		MaxBatch: 20, // a minute's worth
	}
}

type config struct {
	Webhook string   `json:"webhook"`
	Format  string   `json:"format"`
	Mention []string `json:"mention"`
	TooLong string   `json:"too_long"`
	BaseURL string   `json:"base_url"`
}

// Open implements sdk.Channel.
func (channel) Open(_ context.Context, setup sdk.Setup) (sdk.Instance, error) {
	c := config{Format: formatText, TooLong: "split", BaseURL: "https://qyapi.weixin.qq.com"}
	if err := setup.Decode(&c); err != nil {
		return nil, err
	}
	key := robotKey(c.Webhook)
	if key == "" {
		return nil, sdk.Problems{{Pointer: "/webhook", Code: "key", Message: sdk.Text{
			En: "no key in it: copy the robot's whole address from WeCom (it ends in ?key=...)",
			Zh: "其中没有 key：请从企业微信复制机器人的完整地址（以 ?key=... 结尾）",
		}}}
	}
	client := httpx.New(httpx.Options{BaseURL: c.BaseURL, AllowPrivate: setup.AllowPrivate, Redact: []string{key}})
	return &instance{config: c, path: "/cgi-bin/webhook/send?key=" + url.QueryEscape(key), client: client, now: setup.Now, progress: newProgress()}, nil
}

// robotKey takes the key out of an address, or the key itself.
func robotKey(s string) string {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "://") {
		if strings.ContainsAny(s, " /?&=") {
			return ""
		}
		return s
	}
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.Query().Get("key")
}

type instance struct {
	config
	path     string
	client   *httpx.Client
	now      func() time.Time
	progress *progress
}

// Close implements sdk.Closer.
func (i *instance) Close() error { return i.client.Close() }

// Send implements sdk.Instance. A long message goes in several parts; when one
// fails, the next attempt goes on with it.
func (i *instance) Send(ctx context.Context, m sdk.Message) sdk.Receipt {
	if m.Target.Kind == sdk.ToMember || m.Target.Kind == sdk.ToUser {
		return sdk.Fail(sdk.Unsupported, "target", "a group robot writes to its group, not to one person")
	}
	parts, err := i.compose(m)
	if err != nil {
		return sdk.Fail(sdk.Permanent, "content", "%v", err)
	}
	for n := i.progress.done(m.Key); n < len(parts); n++ {
		if r := i.post(ctx, parts[n]); r.Outcome != sdk.Delivered {
			i.progress.set(m.Key, n)
			return r
		}
	}
	i.progress.set(m.Key, 0)
	return sdk.OK("")
}

// post sends one part. WeCom answers 200 whatever happens: errcode tells.
func (i *instance) post(ctx context.Context, body []byte) sdk.Receipt {
	answer, err := i.client.Do(ctx, httpx.Request{Path: i.path, Header: map[string]string{"Content-Type": "application/json"}, Body: body})
	if err != nil {
		return httpx.FailReceipt(err)
	}
	if answer.Status != http.StatusOK {
		return httpx.StatusReceipt(answer, i.now())
	}
	var said struct {
		Code    *int   `json:"errcode"`
		Message string `json:"errmsg"`
	}
	if err := json.Unmarshal(answer.Body, &said); err != nil || said.Code == nil {
		return sdk.Fail(sdk.Unknown, "answer", "WeCom's answer cannot be read")
	}
	return receipt(*said.Code, said.Message)
}
