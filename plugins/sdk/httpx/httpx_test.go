package httpx

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

func local(t *testing.T, base string) *Client {
	t.Helper()
	c := New(Options{BaseURL: base, AllowPrivate: true, Timeout: 2 * time.Second, Redact: []string{"s3cret"}})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestPrivateAddressesAreRefusedUnlessAllowed(t *testing.T) {
	reached := false
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer srv.Close()
	_, err := New(Options{}).Do(t.Context(), Request{Path: srv.URL})
	if r := FailReceipt(err); r.Outcome != sdk.Permanent || r.Code != "address_forbidden" || reached {
		t.Fatalf("%v %+v reached=%v", err, r, reached)
	}
	if _, err := local(t, srv.URL).Do(t.Context(), Request{}); err != nil || !reached {
		t.Fatalf("allowed, yet %v", err)
	}
}

// raw answers every connection with f after it has read a whole request.
func raw(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				r, err := http.ReadRequest(bufio.NewReader(c))
				if err == nil {
					_, _ = io.Copy(io.Discard, r.Body)
				}
				f(c)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestWhatCanHaveArrivedIsUnknown(t *testing.T) {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	refused := "http://" + l.Addr().String()
	_ = l.Close()
	cases := []struct {
		name, url string
		want      sdk.Outcome
	}{
		{"refused", refused, sdk.Retryable},
		{"no such scheme", "ftp://example.com", sdk.Retryable},
		{"cut after the body", raw(t, func(c net.Conn) {}), sdk.Unknown},
		{"silence after the body", raw(t, func(net.Conn) { time.Sleep(time.Second) }), sdk.Unknown},
		{"cut in the answer", raw(t, func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok") }), sdk.Unknown},
	}
	for _, c := range cases {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err := local(t, "").Do(ctx, Request{Path: c.url + "/?k=s3cret", Body: []byte("{}")})
		cancel()
		if got := FailReceipt(err).Outcome; got != c.want {
			t.Errorf("%s: %s, want %s (%v)", c.name, got, c.want, err)
		}
		var e *Error
		if !errors.As(err, &e) || strings.Contains(e.Error(), "s3cret") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestStatusReceipt(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	cases := []struct {
		status int
		after  string
		want   sdk.Outcome
		wait   time.Duration
	}{
		{200, "", sdk.Delivered, 0}, {204, "5", sdk.Delivered, 0},
		{301, "", sdk.Retryable, 0}, {400, "", sdk.Permanent, 0}, {401, "", sdk.AuthFailed, 0},
		{403, "", sdk.AuthFailed, 0}, {404, "", sdk.Retryable, 0}, {410, "", sdk.Gone, 0},
		{413, "", sdk.Permanent, 0}, {429, "7", sdk.RateLimited, 7 * time.Second},
		{429, "Fri, 02 Jan 2026 03:05:05 GMT", sdk.RateLimited, time.Minute},
		{429, "Thu, 01 Jan 2026 00:00:00 GMT", sdk.RateLimited, 0},
		{429, "rubbish", sdk.RateLimited, 0}, {429, "9999999", sdk.RateLimited, 24 * time.Hour},
		{500, "", sdk.Retryable, 0}, {503, "120", sdk.Retryable, 2 * time.Minute}, {504, "", sdk.Retryable, 0},
	}
	for _, c := range cases {
		r := StatusReceipt(Response{Status: c.status, Header: http.Header{"Retry-After": {c.after}}}, now)
		if r.Outcome != c.want || r.RetryAfter != c.wait {
			t.Errorf("%d %q: %+v", c.status, c.after, r)
		}
	}
}

func TestAnswersAreBoundedAndRedirectsNotFollowed(t *testing.T) {
	hits := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits++
		w.Header().Set("Location", "/next")
		w.WriteHeader(http.StatusFound)
		_, _ = w.Write(make([]byte, 1<<20))
	}))
	defer srv.Close()
	r, err := local(t, srv.URL).Do(t.Context(), Request{Method: http.MethodGet, Path: "/first"})
	if err != nil || r.Status != http.StatusFound || len(r.Body) != maxBody || hits != 1 {
		t.Fatalf("%v %d %d bytes, %d hits", err, r.Status, len(r.Body), hits)
	}
}
