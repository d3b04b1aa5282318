// Package dial makes outgoing connections that cannot be turned against the
// server's own network: every address is checked after its name was resolved,
// at the moment of connecting, so a name that changes its mind gains nothing.
package dial

import (
	"context"
	"errors"
	"net"
	"time"

	"code.dny.dev/ssrf"
)

const (
	connectTimeout = 10 * time.Second
	keepAlive      = 30 * time.Second
)

// Func dials an address, like net.Dialer.DialContext.
type Func func(ctx context.Context, network, address string) (net.Conn, error)

// New dials public addresses, and private and loopback ones when allowed.
func New(allowPrivate bool) Func {
	d := net.Dialer{Timeout: connectTimeout, KeepAlive: keepAlive}
	if !allowPrivate {
		d.Control = ssrf.New(ssrf.WithAnyPort()).Safe
	}
	return d.DialContext
}

// Forbidden says that the address belongs to a network that must not be dialled.
func Forbidden(err error) bool {
	return errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork) || errors.Is(err, ssrf.ErrProhibitedPort)
}
