package email

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

const stepTimeout = 30 * time.Second

// connection is one SMTP session. The batch's context ends it: go-mail's own
// steps know no context.
type connection struct {
	client *gomail.Client
	raw    net.Conn
	stop   func() bool
}

func (i *instance) connect(ctx context.Context) (*connection, error) {
	c := &connection{}
	client, err := gomail.NewClient(i.Host, i.options(func(dialing context.Context, network, address string) (net.Conn, error) {
		conn, err := i.dial(dialing, network, address)
		if err != nil {
			return nil, err
		}
		c.raw, c.stop = conn, context.AfterFunc(ctx, func() { _ = conn.Close() })
		if i.TLS != implicit {
			return conn, nil
		}
		encrypted := tls.Client(conn, i.tls)
		if err := encrypted.HandshakeContext(dialing); err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("encrypt: %w", err)
		}
		return encrypted, nil
	})...)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	c.client = client
	if err := client.DialWithContext(ctx); err != nil {
		c.abandon()
		return nil, err
	}
	return c, nil
}

func (i *instance) options(dial gomail.DialContextFunc) []gomail.Option {
	options := []gomail.Option{
		gomail.WithPort(i.Port), gomail.WithTimeout(stepTimeout), gomail.WithTLSConfig(i.tls),
		gomail.WithDialContextFunc(dial), gomail.WithoutNoop(), gomail.WithoutRset(),
	}
	switch i.TLS {
	case implicit:
		options = append(options, gomail.WithSSL())
	case plainText:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if i.Username != "" {
		options = append(options, gomail.WithSMTPAuth(authTypes[i.Auth]), gomail.WithUsername(i.Username), gomail.WithPassword(i.Password))
	}
	return options
}

// send sends one message; broken says that the connection is of no more use.
func (c *connection) send(mail *gomail.Msg, m sdk.Message) (r sdk.Receipt, broken bool) {
	err := c.client.Send(mail)
	if err == nil || mail.IsDelivered() {
		return sdk.Receipt{Outcome: sdk.Accepted, RemoteID: mail.GetMessageID()}, err != nil
	}
	return sendReceipt(err, m.Attempt)
}

// close says goodbye.
func (c *connection) close() {
	if c == nil {
		return
	}
	_ = c.client.Close()
	c.abandon()
}

func (c *connection) abandon() {
	if c.raw != nil {
		c.stop()
		_ = c.raw.Close()
	}
}
