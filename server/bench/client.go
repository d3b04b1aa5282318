package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/pprof"
	"time"
)

// Client sends to one server with one token.
type Client struct {
	Base  string // http://host:port, with the base path
	Token string
	http  http.Client
}

// NewClient makes a client that keeps connections for so many callers.
func NewClient(base, token string, callers int) *Client {
	return &Client{Base: base, Token: token, http: http.Client{Timeout: time.Minute,
		Transport: &http.Transport{MaxIdleConnsPerHost: callers, MaxConnsPerHost: callers}}}
}

// Profiled runs f and writes what the processor did meanwhile to a file, for
// go tool pprof; "" writes nothing. Samples of the sender have the label "sender".
func Profiled(file string, f func() error) error {
	if file == "" {
		return f()
	}
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(out); err != nil {
		return errors.Join(err, out.Close())
	}
	err = f()
	pprof.StopCPUProfile()
	return errors.Join(err, out.Close())
}

// do makes one call and answers the body; a status of 400 and more is an error
// with what the server said.
func (c *Client) do(ctx context.Context, method, path, kind string, body []byte) (answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, method, c.Base+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Content-Type", kind)
	pprof.Do(ctx, pprof.Labels("sender", path), func(context.Context) { answer, err = c.ask(req) })
	return answer, err
}

// ask sends a request and reads its answer.
func (c *Client) ask(req *http.Request) ([]byte, error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 400 {
		err = fmt.Errorf("%s %s: %s: %.400s", req.Method, req.URL.Path, resp.Status, answer)
	}
	return answer, err
}

// Batch writes the next n events of a load as one request body.
func (l *Load) Batch(n int) []byte {
	b := append(make([]byte, 0, n*260), `{"events":[`...)
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = l.Next().AppendJSON(b)
	}
	return append(b, `]}`...)
}

// Send posts events and makes sure that each was accepted.
func (c *Client) Send(ctx context.Context, body []byte, want int) error {
	answer, err := c.do(ctx, http.MethodPost, "/events", "application/json", body)
	if err != nil {
		return err
	}
	if n := bytes.Count(answer, []byte(`"status":"accepted"`)); n != want {
		return fmt.Errorf("%d of %d events accepted: %.400s", n, want, answer)
	}
	return nil
}
