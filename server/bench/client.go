package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
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

// do makes one call and answers the body; a status of 400 and more is an error
// with what the server said.
func (c *Client) do(ctx context.Context, method, path, kind string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.Base+"/api/v1"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	req.Header.Set("Content-Type", kind)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 400 {
		err = fmt.Errorf("%s %s: %s: %.400s", method, path, resp.Status, answer)
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

// Prepare declares the load's event types and publishes its rules.
func (c *Client) Prepare(ctx context.Context, l *Load, progress func(done, total int64)) error {
	for _, t := range l.EventTypes() {
		body, err := json.Marshal(map[string]any{"title": t.Title, "subject": t.Subject, "fields": t.Fields})
		if err != nil {
			return err
		}
		if _, err := c.do(ctx, http.MethodPut, "/event-types/"+t.Key, "application/json", body); err != nil {
			return err
		}
	}
	done := int64(0)
	for key, doc := range l.Documents() {
		if _, err := c.do(ctx, http.MethodPut, "/rules/"+key, "application/yaml", []byte(doc)); err != nil {
			return err
		}
		if _, err := c.do(ctx, http.MethodPost, "/rules/"+key+"/publish", "application/json", []byte("{}")); err != nil {
			return err
		}
		done++
		progress(done, int64(l.Rules))
	}
	return nil
}
