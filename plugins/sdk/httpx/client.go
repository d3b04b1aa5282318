// Package httpx is the HTTP client for channels: it knows whether a failed
// request can have arrived, keeps answers small, follows no redirects, dials
// through sdk/dial and translates answers into receipts.
package httpx

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/sdk/dial"
)

// Options make a Client.
type Options struct {
	// BaseURL goes before the paths of requests; tests point it at a fake.
	BaseURL string
	// AllowPrivate is Setup.AllowPrivate.
	AllowPrivate bool
	// Timeout bounds one request (default 20 s).
	Timeout time.Duration
	// Redact are strings that must not appear in errors, e.g. a key in a URL.
	Redact []string
	// UserAgent is sent with every request (default Bylaw).
	UserAgent string
}

const (
	defaultTimeout = 20 * time.Second
	headTimeout    = 15 * time.Second
	maxBody        = 16 << 10
	maxHead        = 64 << 10
	idlePerHost    = 32
	idleTimeout    = 60 * time.Second
)

// Client sends requests. It is safe for concurrent use.
type Client struct {
	o    Options
	http *http.Client
}

// New makes a client with connections of its own.
func New(o Options) *Client {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.UserAgent == "" {
		o.UserAgent = "Bylaw"
	}
	p := &proxies{direct: dial.New(true), guarded: dial.New(o.AllowPrivate)}
	return &Client{o: o, http: &http.Client{
		Timeout:       o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy: p.choose, DialContext: p.dial,
			ForceAttemptHTTP2: true, TLSHandshakeTimeout: headTimeout, ResponseHeaderTimeout: headTimeout,
			MaxIdleConnsPerHost: idlePerHost, IdleConnTimeout: idleTimeout, MaxResponseHeaderBytes: maxHead,
		},
	}}
}

// Close ends idle connections.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// proxies lets the configured egress proxy be reached wherever it is; behind
// one, the proxy decides what may be dialled.
type proxies struct {
	direct, guarded dial.Func
	known           sync.Map // of host:port
}

func (p *proxies) choose(r *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(r)
	if u != nil {
		p.known.Store(hostPort(u), true)
	}
	return u, err
}

func (p *proxies) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if _, ok := p.known.Load(address); ok {
		return p.direct(ctx, network, address)
	}
	return p.guarded(ctx, network, address)
}

// hostPort is a proxy's address as it will be dialled.
func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	ports := map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}
	return net.JoinHostPort(u.Hostname(), ports[u.Scheme])
}

// Request is one request. Body is sent as it is.
type Request struct {
	Method string // POST when empty
	Path   string // after BaseURL, or a whole address
	Header map[string]string
	Body   []byte
}

// Response is an answer with at most 16 KiB of its body.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Error is a request without an answer.
type Error struct {
	// Written says that the whole request had left: it may have arrived.
	Written bool
	err     error
	text    string
}

// Error describes what happened, without the secrets named in Options.Redact.
func (e *Error) Error() string { return e.text }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.err }

// Do sends a request. Its error, if any, is an *Error.
func (c *Client) Do(ctx context.Context, r Request) (Response, error) {
	var written atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest: func(i httptrace.WroteRequestInfo) {
			if i.Err == nil {
				written.Store(true)
			}
		},
	})
	req, err := c.request(ctx, r)
	if err != nil {
		return Response{}, c.fail(err, false)
	}
	answer, err := c.http.Do(req)
	if err != nil {
		return Response{}, c.fail(err, written.Load())
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxBody))
	if err != nil {
		return Response{}, c.fail(fmt.Errorf("read the answer: %w", err), true)
	}
	return Response{Status: answer.StatusCode, Header: answer.Header, Body: body}, nil
}

func (c *Client) request(ctx context.Context, r Request) (*http.Request, error) {
	method, address := r.Method, r.Path
	if method == "" {
		method = http.MethodPost
	}
	if !strings.Contains(address, "://") {
		address = strings.TrimSuffix(c.o.BaseURL, "/") + address
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	if req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return nil, fmt.Errorf("the address must begin with http:// or https://")
	}
	req.Header.Set("User-Agent", c.o.UserAgent)
	for name, value := range r.Header {
		req.Header.Set(name, value)
	}
	return req, nil
}

// fail keeps addresses with keys in them, and what Redact names, out of errors.
func (c *Client) fail(err error, written bool) error {
	cause := err
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // its text holds the whole address
	}
	text := err.Error()
	for _, secret := range c.o.Redact {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return &Error{Written: written, err: cause, text: text}
}
