package wecomrobot

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

const (
	formatText    = "text"
	textBytes     = 2048
	markdownBytes = 4096
	maxParts      = 10
)

// compose makes the requests' bodies: one, or one for each part of a long text.
func (i *instance) compose(m sdk.Message) ([][]byte, error) {
	text, limit := strings.TrimSpace(m.Text), markdownBytes
	if i.Format == formatText {
		limit = textBytes
	}
	if title := strings.TrimSpace(m.Title); title != "" {
		if i.Format != formatText {
			title = "**" + title + "**"
		}
		text = strings.TrimSpace(title + "\n" + text)
	}
	if text == "" {
		return nil, errors.New("the message is empty")
	}
	texts := split(text, limit)
	switch {
	case len(texts) > 1 && i.TooLong == "refuse":
		return nil, fmt.Errorf("%d bytes long, WeCom takes %d", len(text), limit)
	case len(texts) > maxParts:
		return nil, fmt.Errorf("%d bytes long, more than %d messages of %d", len(text), maxParts, limit)
	}
	var bodies [][]byte
	for n, t := range texts {
		body, err := i.body(t, n == 0)
		if err != nil {
			return nil, err
		}
		bodies = append(bodies, body)
	}
	return bodies, nil
}

// body is one request. People are mentioned in the first part only.
func (i *instance) body(text string, first bool) ([]byte, error) {
	content := map[string]any{"content": text}
	if i.Format == formatText && first && len(i.Mention) > 0 {
		content["mentioned_list"] = i.Mention
	}
	return json.Marshal(map[string]any{"msgtype": i.Format, i.Format: content})
}

// split cuts a text into pieces of at most so many bytes: after a line where it
// can, else between characters, never inside one.
func split(text string, limit int) []string {
	var parts []string
	for len(text) > limit {
		cut := limit
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		if line := strings.LastIndexByte(text[:cut], '\n'); line > limit/2 {
			cut = line
		}
		parts = append(parts, strings.TrimRight(text[:cut], "\n"))
		text = strings.TrimLeft(text[cut:], "\n")
	}
	if text != "" {
		parts = append(parts, text)
	}
	return parts
}

const progressKept = 1000

// progress remembers how many parts of a message have been posted, so that a
// retry doesn't repeat them.
type progress struct {
	mu    sync.Mutex
	parts map[string]int
	order []string
}

func newProgress() *progress { return &progress{parts: map[string]int{}} }

func (p *progress) done(key string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.parts[key]
}

func (p *progress) set(key string, parts int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if parts == 0 {
		delete(p.parts, key)
		return
	}
	if _, ok := p.parts[key]; !ok {
		p.order = append(p.order, key)
	}
	p.parts[key] = parts
	if len(p.order) > progressKept {
		delete(p.parts, p.order[0])
		p.order = p.order[1:]
	}
}
