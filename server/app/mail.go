package app

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"regexp"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api"
)

// mindful is a way to channels that minds what people and their servers say: who
// does not exist is not written to again, and every e-mail to a member carries a
// link with which they end that themselves.
type mindful struct {
	engine.Channels
	suppressions suppressions
	sealer       *sealer
	origin       func() string // "" where no link can lead to us
	log          *slog.Logger
}

// emailPlugin is the plugin whose messages carry the link.
const emailPlugin = "email"

// unsubscribePath is followed by a token that says whom it is for, unreadable
// and unforgeable without the server's key.
const unsubscribePath = "/unsubscribe/"

// nobody are the codes by which a mail server says that an address is none
// (RFC 3463, 5.1.x), or a plugin that it cannot be one.
var nobody = regexp.MustCompile(`^(5\d\d 5\.1\.(1|2|3|6|10)|address)$`)

// Send sends, and suppresses the addresses that turn out to be nobody's. Should
// we die in between, the message is tried again, and bounces again.
func (m mindful) Send(ctx context.Context, c engine.ChannelConfig, batch []engine.Message) []engine.Receipt {
	if c.Plugin == emailPlugin {
		for i := range batch {
			m.link(c, &batch[i])
		}
	}
	receipts := m.Channels.Send(ctx, c, batch)
	for i, r := range receipts {
		if i < len(batch) && r.Outcome == engine.Permanent && nobody.MatchString(r.Code) && batch[i].Target.Address != "" {
			m.bounced(ctx, c, batch[i].Target.Address, r)
		}
	}
	return receipts
}

func (m mindful) bounced(ctx context.Context, c engine.ChannelConfig, address string, r engine.Receipt) {
	err := m.suppressions.Suppress(context.WithoutCancel(ctx), c.Workspace, []string{address},
		api.Suppression{Channel: c.Key, Reason: api.SuppressedByBounce, Detail: r.Code})
	if err != nil {
		m.log.Error("suppress an address", "workspace", c.Workspace, "channel", c.Key, "error", err)
	}
}

// ticket is what the link's token says.
type ticket struct {
	Workspace string `json:"w"`
	Channel   string `json:"c"`
	Address   string `json:"a"`
}

// link puts the address to unsubscribe at beside a message to a member.
func (m mindful) link(c engine.ChannelConfig, x *engine.Message) {
	origin := m.origin()
	if origin == "" || x.Target.Kind != engine.ToMember || x.Target.Address == "" {
		return
	}
	text, err := json.Marshal(ticket{c.Workspace, c.Key, x.Target.Address})
	if err != nil {
		return
	}
	sealed, err := m.sealer.Seal(unsubscribePath, string(text))
	if err != nil {
		m.log.Error("make a link to unsubscribe", "error", err)
		return
	}
	data := map[string]json.RawMessage{}
	if len(x.Data) > 0 && json.Unmarshal(x.Data, &data) != nil {
		return
	}
	if data["unsubscribe_url"], err = json.Marshal(origin + unsubscribePath + base64.RawURLEncoding.EncodeToString(sealed)); err != nil {
		return
	}
	if with, err := json.Marshal(data); err == nil {
		x.Data = with
	}
}

// unsubscribe answers the link: a page that asks, and the deed when it is
// confirmed, or at once where a mail program posts it (RFC 8058).
type unsubscribe struct {
	suppressions suppressions
	sealer       *sealer
	base         string
	log          *slog.Logger
}

// ServeHTTP implements http.Handler.
func (u unsubscribe) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t, ok := u.read(strings.TrimPrefix(r.URL.Path, u.base+unsubscribePath))
	if !ok {
		u.show(w, http.StatusNotFound, sayNoLink)
		return
	}
	if r.Method != http.MethodPost {
		u.show(w, http.StatusOK, sayAsk)
		return
	}
	err := u.suppressions.Suppress(r.Context(), t.Workspace, []string{t.Address}, api.Suppression{Channel: t.Channel, Reason: api.SuppressedByMember})
	if err != nil {
		u.log.Error("unsubscribe", "workspace", t.Workspace, "channel", t.Channel, "error", err)
		w.Header().Set("Retry-After", "5")
		u.show(w, http.StatusServiceUnavailable, sayLater)
		return
	}
	u.show(w, http.StatusOK, sayDone)
}

func (u unsubscribe) read(token string) (t ticket, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return t, false
	}
	text, err := u.sealer.Open(unsubscribePath, sealed)
	if err != nil {
		return t, false
	}
	return t, json.Unmarshal([]byte(text), &t) == nil
}

func (u unsubscribe) show(w http.ResponseWriter, status int, body string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(unsubscribeHead + body + unsubscribeTail)) // who is gone needs no answer
}

const (
	unsubscribeHead = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Unsubscribe 退订</title>
<body>
<main>
`
	unsubscribeTail = "</main>\n</body>\n</html>\n"
	sayAsk          = `<h1>Unsubscribe <span lang="zh">退订</span></h1>
<p>You will get no more of these e-mails.<br><span lang="zh">确认后将不再收到此类邮件。</span></p>
<form method="post"><button>Unsubscribe <span lang="zh">确认退订</span></button></form>
`
	sayDone = `<h1>Unsubscribed <span lang="zh">已退订</span></h1>
<p>You will get no more of these e-mails.<br><span lang="zh">你将不再收到此类邮件。</span></p>
`
	sayNoLink = `<h1>This link does not work <span lang="zh">链接无效</span></h1>
<p>It is incomplete or too old. Use the link in the newest e-mail.<br><span lang="zh">链接不完整或已失效，请使用最新邮件中的链接。</span></p>
`
	sayLater = `<h1>Please try again <span lang="zh">请稍后再试</span></h1>
<p>This cannot be done at the moment.<br><span lang="zh">暂时无法处理。</span></p>
`
)
