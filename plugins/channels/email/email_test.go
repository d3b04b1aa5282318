package email

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/channels/email/smtptest"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

func open(t *testing.T, s *smtptest.Server, more map[string]any) sdk.Instance {
	t.Helper()
	config := map[string]any{"host": s.Host, "port": s.Port, "ca": s.CA, "from": "群规 <bot@bylaw.example>"}
	secrets := map[string]string{}
	for k, v := range more {
		if k == "password" {
			secrets[k] = v.(string)
			continue
		}
		config[k] = v
	}
	raw, _ := json.Marshal(config)
	i, err := Channel().Open(t.Context(), sdk.Setup{Config: raw, Secrets: secrets, AllowPrivate: true, Now: func() time.Time { return time.Unix(1700000000, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func to(address, key string) sdk.Message {
	return sdk.Message{Key: key, Attempt: 1, Text: "你好\r\n.\nline", Title: "Hello\r\nBcc: x@evil.example", Target: sdk.Target{Kind: sdk.ToMember, Address: address}}
}

func TestAMailAsItArrives(t *testing.T) {
	s := smtptest.New(t, false)
	s.User, s.Password = "bot", "pass word"
	i := open(t, s, map[string]any{"username": "bot", "password": "pass word", "list_id": "news.bylaw.example", "unsubscribe_url": "https://b.example/u?a={address}", "reply_to": "help@bylaw.example"})
	for range 2 {
		if r := i.Send(t.Context(), to("Li <li+x@example.com>", "k1")); r.Outcome != sdk.Accepted || r.RemoteID != "<k1@bylaw.example>" && r.RemoteID != "k1@bylaw.example" {
			t.Fatalf("%+v", r)
		}
	}
	mails := s.Mails()
	if len(mails) != 2 || mails[0].Header.Get("Message-ID") != "<k1@bylaw.example>" || mails[1].Header.Get("Message-ID") != mails[0].Header.Get("Message-ID") {
		t.Fatalf("%+v", mails)
	}
	m := mails[0]
	for name, want := range map[string]string{
		"Auto-Submitted": "auto-generated", "List-Id": "<news.bylaw.example>", "Precedence": "bulk",
		"List-Unsubscribe": "<https://b.example/u?a=li%2Bx%40example.com>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Reply-To": "<help@bylaw.example>",
	} {
		if got := m.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if m.Header.Get("Bcc") != "" || m.To != "li+x@example.com" || m.From != "bot@bylaw.example" || !strings.Contains(m.Header.Get("Subject"), "Hello") {
		t.Fatalf("%+v", m)
	}
}

func TestImplicitTLSAndCheck(t *testing.T) {
	s := smtptest.New(t, true)
	i := open(t, s, map[string]any{"tls": "implicit"})
	if r := i.Send(t.Context(), to("a@example.com", "k")); r.Outcome != sdk.Accepted {
		t.Fatalf("%+v", r)
	}
	if steps := i.(sdk.Checker).Check(t.Context()); len(steps) != 1 || !steps[0].OK {
		t.Fatalf("%+v", steps)
	}
	wrong := open(t, s, map[string]any{"tls": "implicit", "ca": smtptest.New(t, false).CA})
	if steps := wrong.(sdk.Checker).Check(t.Context()); steps[0].OK || steps[0].Detail == "" {
		t.Fatalf("an unknown certificate was taken: %+v", steps)
	}
}

func TestReplies(t *testing.T) {
	s := smtptest.New(t, false)
	i := open(t, s, nil)
	cases := []struct {
		code, a, b, c int
		want          sdk.Outcome
		wait          time.Duration
	}{
		{450, 4, 2, 0, sdk.Retryable, 0}, {451, 4, 3, 0, sdk.Retryable, 0}, {452, 4, 2, 2, sdk.Retryable, time.Hour},
		{451, 4, 7, 1, sdk.Retryable, 5 * time.Minute}, {550, 5, 1, 1, sdk.Permanent, 0}, {552, 5, 3, 4, sdk.Permanent, 0},
		{552, 5, 2, 2, sdk.Retryable, time.Hour}, {554, 5, 7, 1, sdk.PolicyBlocked, 0}, {550, 5, 7, 26, sdk.PolicyBlocked, 0},
		{535, 5, 7, 8, sdk.AuthFailed, 0},
	}
	for _, c := range cases {
		reply := smtptest.Reply(c.code, c.a, c.b, c.c)
		for _, at := range []string{"rcpt", "data"} {
			if at == "rcpt" {
				s.RefuseNext("a@example.com", reply)
			} else {
				s.Fail(smtptest.Fault{Reply: reply})
			}
			if r := i.Send(t.Context(), to("a@example.com", "k")); r.Outcome != c.want || r.RetryAfter != c.wait || !strings.HasPrefix(r.Code, strconv.Itoa(c.code)) {
				t.Errorf("%s %d %d.%d.%d: %+v", at, c.code, c.a, c.b, c.c, r)
			}
		}
	}
	s.RefuseNext("a@example.com", smtptest.Reply(552, 5, 2, 2))
	m := to("a@example.com", "k")
	m.Attempt = fullTries
	if r := i.Send(t.Context(), m); r.Outcome != sdk.Permanent {
		t.Errorf("a mailbox that stays full: %+v", r)
	}
}

func TestALostReplyAfterTheDotIsUnknown(t *testing.T) {
	s := smtptest.New(t, false)
	i := open(t, s, nil)
	s.Fail(smtptest.Fault{Cut: true})
	if r := i.Send(t.Context(), to("a@example.com", "k")); r.Outcome != sdk.Unknown || len(s.Mails()) != 1 {
		t.Fatalf("%+v, %d mails", r, len(s.Mails()))
	}
}

func TestABatchSharesAConnectionAndSurvivesItsLoss(t *testing.T) {
	s := smtptest.New(t, false)
	i := open(t, s, nil)
	s.Fail(smtptest.Fault{}, smtptest.Fault{Cut: true}, smtptest.Fault{}, smtptest.Fault{Reply: smtptest.Reply(550, 5, 1, 1)})
	batch := []sdk.Message{to("a@example.com", "1"), to("b@example.com", "2"), to("nonsense", "3"), to("c@example.com", "4"), to("d@example.com", "5"), to("e@example.com", "6")}
	receipts := i.(sdk.BatchSender).SendBatch(t.Context(), batch)
	for n, want := range []sdk.Outcome{sdk.Accepted, sdk.Unknown, sdk.Permanent, sdk.Accepted, sdk.Permanent, sdk.Accepted} {
		if receipts[n].Outcome != want {
			t.Errorf("%d: %+v", n, receipts[n])
		}
	}
	if s.Sessions() != 4 { // two connections: go-smtp counts each again after STARTTLS
		t.Errorf("%d sessions", s.Sessions())
	}
}

func TestNoSession(t *testing.T) {
	s := smtptest.New(t, false)
	s.User, s.Password = "bot", "right"
	wrong := open(t, s, map[string]any{"username": "bot", "password": "wrong-one"})
	receipts := wrong.(sdk.BatchSender).SendBatch(t.Context(), []sdk.Message{to("a@example.com", "1"), to("b@example.com", "2")})
	for _, r := range receipts {
		if r.Outcome != sdk.AuthFailed {
			t.Errorf("wrong password: %+v", r)
		}
	}
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	s.Port = l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	if r := open(t, s, nil).Send(t.Context(), to("a@example.com", "k")); r.Outcome != sdk.Retryable {
		t.Errorf("refused: %+v", r)
	}
}

func TestASilentServerIsLeftInTime(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	s := smtptest.New(t, false)
	s.Port = l.Addr().(*net.TCPAddr).Port
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	if r := open(t, s, nil).Send(ctx, to("a@example.com", "k")); r.Outcome != sdk.Retryable || time.Since(began) > 2*time.Second {
		t.Fatalf("%+v after %s", r, time.Since(began))
	}
}

func TestConfigurationsThatCannotWork(t *testing.T) {
	for _, c := range []struct{ config, password, pointer string }{
		{`{"host":"h","from":"no"}`, "", "/from"},
		{`{"host":"h","from":"a@b.c","tls":"none"}`, "pw", "/tls"},
		{`{"host":"h","from":"a@b.c","ca":"x"}`, "", "/ca"},
	} {
		_, err := Channel().Open(t.Context(), sdk.Setup{Config: json.RawMessage(c.config), Secrets: map[string]string{"password": c.password}})
		var problems sdk.Problems
		if !errors.As(err, &problems) || problems[0].Pointer != c.pointer {
			t.Errorf("%s: %v", c.config, err)
		}
	}
	i, err := Channel().Open(t.Context(), sdk.Setup{Config: json.RawMessage(`{"host":"127.0.0.1","port":2525,"from":"a@b.c"}`), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if r := i.Send(t.Context(), to("a@example.com", "k")); r.Code != "address_forbidden" {
		t.Fatalf("%+v", r)
	}
}
