package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// client talks to a server's API.
type client struct {
	base, token string
	http        *http.Client
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 20

func newClient(server, token string) *client {
	return &client{strings.TrimSuffix(server, "/") + "/api/v1", token, &http.Client{Timeout: 2 * time.Minute}}
}

// eventAnswer is the API's answer to events.
type eventAnswer struct {
	Results []struct {
		ID        string `json:"id"`
		Status    string `json:"status"`
		Error     any    `json:"error"`
		Decisions []struct {
			Rule    string `json:"rule"`
			Outcome string `json:"outcome"`
		} `json:"decisions"`
	} `json:"results"`
}

// sendEvents sends events, each one line of JSON.
func (c *client) sendEvents(ctx context.Context, query string, events [][]byte) (*eventAnswer, error) {
	url := c.base + "/events?" + query
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(append(bytes.Join(events, []byte("\n")), '\n')))
	if err != nil {
		return nil, usage(fmt.Sprintf("%s is no address of a server", c.base), fmt.Sprintf("%s 不是服务地址", c.base))
	}
	request.Header.Set("Content-Type", "application/x-ndjson")
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, unreachable(c.base, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, unreachable(c.base, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, problemOf(response, body)
	}
	answer := &eventAnswer{}
	if err := json.Unmarshal(body, answer); err != nil {
		return nil, fmt.Errorf("%s does not answer like Bylaw: %w", c.base, err)
	}
	return answer, nil
}

// problemOf turns an answer that refuses into the error it speaks of.
func problemOf(response *http.Response, body []byte) error {
	var problem struct {
		Code     engine.Code      `json:"code"`
		Message  engine.Text      `json:"message"`
		Problems []engine.Problem `json:"problems"`
	}
	if json.Unmarshal(body, &problem) != nil || problem.Code == "" {
		problem.Message = engine.Text{En: "the server answered " + response.Status, Zh: "服务返回 " + response.Status}
		problem.Code = engine.CodeInternal
		if response.StatusCode >= 500 {
			problem.Code = engine.CodeUnavailable
		}
	}
	e := &engine.Error{Code: problem.Code, Message: problem.Message, Problems: problem.Problems}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}

// why shows an event's error in the language of the person.
func (p *program) why(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	var e struct {
		Code     string      `json:"code"`
		Message  engine.Text `json:"message"`
		Problems []struct {
			Path    string      `json:"path"`
			Message engine.Text `json:"message"`
		} `json:"problems"`
	}
	if json.Unmarshal(raw, &e) != nil || e.Message == (engine.Text{}) && len(e.Problems) == 0 {
		return string(raw)
	}
	parts := []string{}
	if e.Message != (engine.Text{}) {
		parts = append(parts, e.Message.In(p.lang))
	}
	for _, x := range e.Problems {
		parts = append(parts, strings.TrimSpace(x.Path+" "+x.Message.In(p.lang)))
	}
	return strings.Join(parts, "; ")
}
