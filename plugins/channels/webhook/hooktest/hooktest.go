// Package hooktest is a receiver of Standard Webhooks to test against: it
// verifies every request as the specification asks and fails when told to.
package hooktest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Receiver answers webhooks.
type Receiver struct {
	*httptest.Server
	// Secret is base64 after whsec_; empty accepts unsigned requests.
	Secret string

	mu     sync.Mutex
	calls  []Call
	faults []Fault
}

// Call is one request that was verified.
type Call struct {
	ID        string
	Timestamp time.Time
	Body      []byte
	Header    http.Header
}

// Fault is the answer to the next verified request.
type Fault struct {
	Status int
	Header map[string]string
	Cut    bool          // the connection is cut after the body was read
	Hang   time.Duration // before anything is answered
}

const tolerance = 5 * time.Minute

// New starts a receiver.
func New(t testing.TB, secret string) *Receiver {
	r := &Receiver{Secret: secret}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	return r
}

// Fail plans the next answers.
func (r *Receiver) Fail(faults ...Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, faults...)
}

// Calls are the verified requests so far.
func (r *Receiver) Calls() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Call{}, r.calls...)
}

func (r *Receiver) serve(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	stamp, err := strconv.ParseInt(req.Header.Get("webhook-timestamp"), 10, 64)
	at := time.Unix(stamp, 0)
	if err != nil || req.Method != http.MethodPost || time.Since(at).Abs() > tolerance || !r.verify(req, body) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	r.mu.Lock()
	r.calls = append(r.calls, Call{req.Header.Get("webhook-id"), at, body, req.Header})
	var fault Fault
	if len(r.faults) > 0 {
		fault, r.faults = r.faults[0], r.faults[1:]
	}
	r.mu.Unlock()
	time.Sleep(fault.Hang)
	if fault.Cut {
		panic(http.ErrAbortHandler)
	}
	for name, value := range fault.Header {
		w.Header().Set(name, value)
	}
	if fault.Status != 0 {
		w.WriteHeader(fault.Status)
	}
}

// verify looks for one right signature among those given.
func (r *Receiver) verify(req *http.Request, body []byte) bool {
	if r.Secret == "" {
		return true
	}
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.Secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, secret)
	_, _ = io.WriteString(mac, req.Header.Get("webhook-id")+"."+req.Header.Get("webhook-timestamp")+".")
	mac.Write(body)
	for s := range strings.FieldsSeq(req.Header.Get("webhook-signature")) {
		given, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "v1,"))
		if err == nil && strings.HasPrefix(s, "v1,") && hmac.Equal(given, mac.Sum(nil)) {
			return true
		}
	}
	return false
}
