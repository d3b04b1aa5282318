package sdk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestRedactionFindsWordsAndEscapes(t *testing.T) {
	r := newRedactor(map[string]string{"a": "one-secret two-secret", "b": `quo"ted\secret`, "c": "ab", "d": ""})
	for _, leak := range []string{"one-secret", "two-secret", `quo"ted\secret`, `quo\"ted\\secret`} {
		if got := r.text("x " + leak + " y"); strings.Contains(got, "secret") {
			t.Errorf("%q", got)
		}
	}
	if got := r.text("about cab"); got != "about cab" {
		t.Errorf("a secret of two letters would hide everything: %q", got)
	}
	var log bytes.Buffer
	s := &server{logTo: &log, level: new(slog.LevelVar)}
	s.logger(r).Info("token one-secret", "error", errors.New(`quo"ted\secret`))
	if strings.Contains(log.String(), "secret") || !json.Valid(log.Bytes()) {
		t.Errorf("%s", log.String())
	}
	if got := (redactor{}).text("x"); got != "x" {
		t.Error(got)
	}
}

func TestDecodeMergesSecretsAndRefusesUnknownFields(t *testing.T) {
	var c struct {
		URL   string `json:"url"`
		Token string `json:"token"`
	}
	s := Setup{Config: json.RawMessage(`{"url":"u"}`), Secrets: map[string]string{"token": `t"`}}
	if err := s.Decode(&c); err != nil || c.URL != "u" || c.Token != `t"` {
		t.Fatalf("%v %+v", err, c)
	}
	for _, config := range []string{`{"other":1}`, `{`, `[]`, `{"url":5}`} {
		var problems Problems
		err := Setup{Config: json.RawMessage(config)}.Decode(&c)
		if !errors.As(err, &problems) || problems[0].Message.Zh == "" {
			t.Errorf("%s: %v", config, err)
		}
	}
	for _, config := range []string{``, `null`, `{}`} {
		if err := (Setup{Config: json.RawMessage(config)}).Decode(&c); err != nil {
			t.Errorf("%q: %v", config, err)
		}
	}
}

func TestBoundsOfADescription(t *testing.T) {
	for in, want := range map[int]int{-1: 100, 0: 100, 7: 7, 1000: 1000, 5000: 1000} {
		if got := (Description{MaxBatch: in}).batch(); got != want {
			t.Errorf("batch %d: %d", in, got)
		}
	}
	for in, want := range map[int]int{-1: 1, 0: 1, 16: 16, 9999: maxConcurrency} {
		if got := (Description{Concurrency: in}).workers(); got != want {
			t.Errorf("concurrency %d: %d", in, got)
		}
	}
	d := Description{}.FromManifest([]byte(`{"id":"a-b","version":"1.2.3","platforms":{}}`))
	if d.ID != "a-b" || d.Version != "1.2.3" {
		t.Errorf("%+v", d)
	}
	defer func() {
		if recover() == nil {
			t.Error("a manifest without a version was taken")
		}
	}()
	Description{}.FromManifest([]byte(`{"id":"a"}`))
}

func TestTheChannelIsToldToStopBeforeTheHostDoes(t *testing.T) {
	s := &server{}
	for given, margin := range map[time.Duration]time.Duration{time.Second: 100 * time.Millisecond, time.Minute: marginMax} {
		outer, cancel := context.WithTimeout(t.Context(), given)
		inner, stop := s.inTime(outer)
		a, _ := outer.Deadline()
		b, _ := inner.Deadline()
		if got := a.Sub(b); got < margin*8/10 || got > margin {
			t.Errorf("%s: %s early, not %s", given, got, margin)
		}
		stop()
		cancel()
	}
	inner, stop := s.inTime(t.Context())
	defer stop()
	if _, ok := inner.Deadline(); ok {
		t.Error("a deadline out of nothing")
	}
}

func TestReceiptsAreClippedToText(t *testing.T) {
	r := receiptToWire(Receipt{Outcome: "nonsense", Detail: strings.Repeat("很", 1000) + "\xff", RetryAfter: -time.Second})
	if r.Outcome != 0 || len(r.Detail) > maxDetail+3 || r.RetryAfterMs != 0 || !strings.HasPrefix(r.Detail, "很") {
		t.Errorf("%d bytes, %+v", len(r.Detail), r.Outcome)
	}
}
