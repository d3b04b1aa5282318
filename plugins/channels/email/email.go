// Package email sends messages as e-mail over SMTP.
package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"net/mail"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
	"github.com/bylaw-dev/bylaw/plugins/sdk/dial"
)

//go:embed schema.json
var schema []byte

// Channel is the plugin.
func Channel() sdk.Channel { return channel{} }

type channel struct{}

// Describe implements sdk.Channel. Receivers may drop a second message with the
// same Message-ID, but nobody promises it: so no Dedupe.
func (channel) Describe() sdk.Description {
	return sdk.Description{
		ID: "email", Version: "1.0.0",
		Title:        sdk.Text{En: "E-mail", Zh: "电子邮件"},
		About:        sdk.Text{En: "Sends messages as e-mail over your SMTP server.", Zh: "通过你的 SMTP 服务器以邮件发送消息。"},
		Schema:       schema,
		Capabilities: map[sdk.Capability]sdk.Support{sdk.CanSend: sdk.Auto},
		Targets:      []sdk.TargetKind{sdk.ToMember, sdk.ToUser, sdk.ToGroup},
		MaxBatch:     50,
	}
}

type config struct {
	Host           string `json:"host"`
	Port           int    `json:"port"`
	TLS            string `json:"tls"`
	CA             string `json:"ca"`
	Username       string `json:"username"`
	Password       string `json:"password"`
	Auth           string `json:"auth"`
	From           string `json:"from"`
	ReplyTo        string `json:"reply_to"`
	Subject        string `json:"subject"`
	UnsubscribeURL string `json:"unsubscribe_url"`
	ListID         string `json:"list_id"`
}

const (
	implicitPort = 465
	implicit     = "implicit"
	starttls     = "starttls"
	plainText    = "none"
)

// Open implements sdk.Channel.
func (channel) Open(_ context.Context, setup sdk.Setup) (sdk.Instance, error) {
	c := config{Port: 587, Auth: "auto"}
	if err := setup.Decode(&c); err != nil {
		return nil, err
	}
	if c.TLS == "" {
		c.TLS = starttls
		if c.Port == implicitPort {
			c.TLS = implicit
		}
	}
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, problem("/from", "is not an address: "+err.Error(), "不是有效的邮件地址")
	}
	if c.TLS == plainText && c.Password != "" {
		return nil, problem("/tls", "a password needs encryption: choose starttls or implicit", "使用密码时必须加密：请选择 starttls 或 implicit")
	}
	roots := (*x509.CertPool)(nil)
	if c.CA != "" {
		roots = x509.NewCertPool()
		if !roots.AppendCertsFromPEM([]byte(c.CA)) {
			return nil, problem("/ca", "holds no certificate in PEM", "其中没有 PEM 证书")
		}
	}
	return &instance{
		config: c, from: from, now: setup.Now, dial: dial.New(setup.AllowPrivate),
		tls: &tls.Config{ServerName: c.Host, RootCAs: roots, MinVersion: tls.VersionTLS12},
	}, nil
}

func problem(pointer, en, zh string) error {
	return sdk.Problems{{Pointer: pointer, Code: "config", Message: sdk.Text{En: en, Zh: zh}}}
}

type instance struct {
	config
	from *mail.Address
	tls  *tls.Config
	dial dial.Func
	now  func() time.Time
}

// Send implements sdk.Instance.
func (i *instance) Send(ctx context.Context, m sdk.Message) sdk.Receipt {
	return i.SendBatch(ctx, []sdk.Message{m})[0]
}

// SendBatch implements sdk.BatchSender: one connection for all, a new one when
// the server has closed it.
func (i *instance) SendBatch(ctx context.Context, batch []sdk.Message) []sdk.Receipt {
	receipts := make([]sdk.Receipt, len(batch))
	var c *connection
	defer func() { c.close() }()
	for n, m := range batch {
		mail, refused := i.compose(m)
		if refused != nil {
			receipts[n] = *refused
			continue
		}
		if c == nil {
			var err error
			if c, err = i.connect(ctx); err != nil {
				receipts[n] = dialReceipt(err)
				if receipts[n].Outcome != sdk.Retryable || ctx.Err() != nil {
					return spread(receipts, n)
				}
				continue
			}
		}
		var broken bool
		if receipts[n], broken = c.send(mail, m); broken {
			c.close()
			c = nil
		}
	}
	return receipts
}

// spread gives everything from n on, not sent either, the receipt of n.
func spread(receipts []sdk.Receipt, n int) []sdk.Receipt {
	for i := n + 1; i < len(receipts); i++ {
		receipts[i] = receipts[n]
	}
	return receipts
}

// Check implements sdk.Checker.
func (i *instance) Check(ctx context.Context) []sdk.Step {
	step := sdk.Step{Name: sdk.Text{En: "connect, encrypt and sign in", Zh: "连接、加密并登录"}, OK: true}
	c, err := i.connect(ctx)
	if err != nil {
		step.OK, step.Detail = false, dialReceipt(err).Detail
	}
	c.close()
	return []sdk.Step{step}
}

var authTypes = map[string]gomail.SMTPAuthType{
	"auto": gomail.SMTPAuthAutoDiscover, "plain": gomail.SMTPAuthPlain, "login": gomail.SMTPAuthLogin,
	"cram-md5": gomail.SMTPAuthCramMD5, "scram-sha-256": gomail.SMTPAuthSCRAMSHA256, "xoauth2": gomail.SMTPAuthXOAUTH2,
}
