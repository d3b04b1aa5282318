// Package robottest is a WeCom group robot to test against: it enforces what
// WeCom enforces and fails when told to.
package robottest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// Robot answers like qyapi.weixin.qq.com for the robots whose keys it knows.
type Robot struct {
	*httptest.Server
	// Now is the robot's clock.
	Now func() time.Time

	mu     sync.Mutex
	keys   map[string]bool
	posts  []Post
	minute map[string][]time.Time
	faults []Fault
}

// Post is one message in the group.
type Post struct {
	Key, Type, Content string
	Mention            []string
}

// Fault is what happens to the next request instead of an answer.
type Fault struct {
	Code   int    // an errcode
	Status int    // an HTTP status, with rubbish in the body
	Cut    string // "before" or "after" the body was read
	Body   string // a 200 with this body
}

const (
	perMinute     = 20
	textBytes     = 2048
	markdownBytes = 4096
)

// New starts a server that knows the given keys.
func New(t testing.TB, keys ...string) *Robot {
	r := &Robot{Now: time.Now, keys: map[string]bool{}, minute: map[string][]time.Time{}}
	for _, k := range keys {
		r.keys[k] = true
	}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	return r
}

// Webhook is the address of a robot as WeCom shows it.
func (r *Robot) Webhook(key string) string {
	return r.URL + "/cgi-bin/webhook/send?key=" + key
}

// Fail plans what happens to the next requests.
func (r *Robot) Fail(faults ...Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, faults...)
}

// Posts are what stands in the group.
func (r *Robot) Posts() []Post {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Post{}, r.posts...)
}

func (r *Robot) serve(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var fault Fault
	if len(r.faults) > 0 {
		fault, r.faults = r.faults[0], r.faults[1:]
	}
	if fault.Cut == "before" {
		panic(http.ErrAbortHandler)
	}
	body, _ := io.ReadAll(req.Body)
	if fault.Cut == "after" {
		panic(http.ErrAbortHandler)
	}
	switch {
	case fault.Status != 0:
		w.WriteHeader(fault.Status)
		_, _ = io.WriteString(w, "<html>gateway</html>")
	case fault.Body != "":
		_, _ = io.WriteString(w, fault.Body)
	case fault.Code != 0:
		answer(w, fault.Code, "planned")
	default:
		code, message := r.take(req, body)
		answer(w, code, message)
	}
}

func answer(w http.ResponseWriter, code int, message string) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_, _ = fmt.Fprintf(w, `{"errcode":%d,"errmsg":%q}`, code, message)
}

// take checks a message as WeCom does.
func (r *Robot) take(req *http.Request, body []byte) (int, string) {
	key := req.URL.Query().Get("key")
	if req.Method != http.MethodPost || req.URL.Path != "/cgi-bin/webhook/send" || !r.keys[key] {
		return 93000, "invalid webhook url, hint: [1700000000]"
	}
	var m struct {
		Type     string   `json:"msgtype"`
		Text     *content `json:"text"`
		Markdown *content `json:"markdown"`
		V2       *content `json:"markdown_v2"`
	}
	if json.Unmarshal(body, &m) != nil {
		return 47001, "data format error"
	}
	c, limit := m.Text, textBytes
	switch m.Type {
	case "text":
	case "markdown":
		c, limit = m.Markdown, markdownBytes
	case "markdown_v2":
		c, limit = m.V2, markdownBytes
	default:
		return 40008, "invalid message type"
	}
	switch {
	case c == nil:
		return 40058, "invalid Request Parameter"
	case c.Content == "":
		return 44004, "content is empty"
	case len(c.Content) > limit:
		return 45002, "content size out of limit"
	case !utf8.ValidString(c.Content):
		return 40058, "invalid utf-8"
	case !r.allowed(key):
		return 45009, "api freq out of limit"
	}
	r.posts = append(r.posts, Post{key, m.Type, c.Content, c.Mention})
	return 0, "ok"
}

type content struct {
	Content string   `json:"content"`
	Mention []string `json:"mentioned_list"`
}

// allowed counts a robot's messages of the last minute.
func (r *Robot) allowed(key string) bool {
	now, kept := r.Now(), r.minute[key][:0]
	for _, at := range r.minute[key] {
		if now.Sub(at) < time.Minute {
			kept = append(kept, at)
		}
	}
	r.minute[key] = kept
	if len(kept) >= perMinute {
		return false
	}
	r.minute[key] = append(kept, now)
	return true
}
