package app

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/plugins/channels/email/smtptest"
)

// mailer is a server that sends e-mails, to somebody who takes them.
type mailer struct {
	*world
	smtp *smtptest.Server
	n    int
}

func newMailer(t *testing.T) *mailer {
	t.Helper()
	a := begin(t, settings(t, map[string]string{"public-url": "https://bylaw.example.com"}))
	m := &mailer{world: &world{process: &process{url: "http://" + a.Addr() + "/"}, token: ownerToken(t, a)}, smtp: smtptest.New(t, false)}
	m.anyHour(t)
	m.must(t, "PUT", "channels/email", map[string]any{"plugin": "email", "title": map[string]string{"en": "Mail"}, "config": map[string]any{
		"host": m.smtp.Host, "port": m.smtp.Port, "ca": m.smtp.CA, "from": "community@example.com"}})
	m.must(t, "PUT", "rules/hello", map[string]any{"key": "hello", "kind": "reward", "title": map[string]string{"en": "Hello"}, "on": "message.sent",
		"then": []any{map[string]any{"send": map[string]any{"channel": "email", "text": "hello"}}}})
	m.must(t, "POST", "rules/hello/publish", map[string]any{})
	return m
}

// hello makes the rule write to somebody, and gives what became of it.
func (m *mailer) hello(t *testing.T, to string) map[string]any {
	t.Helper()
	m.n++
	m.must(t, "POST", "events", map[string]any{"events": []any{map[string]any{"id": "e" + strings.Repeat("i", m.n), "type": "message.sent",
		"member": map[string]string{"channel": "email", "external_id": to}}}})
	var last map[string]any
	eventually(t, "the e-mail is settled", func() bool {
		list := asList(m.must(t, "GET", "deliveries?limit=100", nil)["items"])
		last = list[0]
		return len(list) == m.n && last["state"] != "pending" && last["state"] != "sending"
	})
	return last
}

func (m *mailer) is(t *testing.T, what string, d map[string]any, state, because string) {
	t.Helper()
	if got, _ := d["because"].(string); d["state"] != state || got != because {
		t.Errorf("%s: %v", what, d)
	}
}

func (m *mailer) suppressed(t *testing.T, member string) string {
	t.Helper()
	list := asList(m.must(t, "GET", "members/"+member+"/suppressions", nil)["items"])
	if len(list) == 0 {
		return ""
	}
	return list[0]["reason"].(string)
}

// An address that does not exist is not written to again, until somebody says
// that it does.
func TestHardBouncesAreSuppressed(t *testing.T) {
	m := newMailer(t)
	m.smtp.RefuseNext("gone@example.com", smtptest.Reply(550, 5, 1, 1))
	m.is(t, "to nobody", m.hello(t, "gone@example.com"), "dead", "")
	if got := m.suppressed(t, "email:gone@example.com"); got != "bounce" {
		t.Fatalf("suppressed because of %q", got)
	}
	m.is(t, "again", m.hello(t, "gone@example.com"), "dropped", "suppressed")
	m.smtp.RefuseNext("full@example.com", smtptest.Reply(554, 5, 7, 1))
	m.is(t, "to somebody who refuses it", m.hello(t, "full@example.com"), "dead", "")
	if got := m.suppressed(t, "email:full@example.com"); got != "" {
		t.Errorf("what is no bounce is suppressed: %s", got)
	}
	m.must(t, "DELETE", "members/email:gone@example.com/suppressions/email", nil)
	m.is(t, "after it was lifted", m.hello(t, "gone@example.com"), "sent", "")
	m.must(t, "PUT", "members/email:gone@example.com/suppressions/email", map[string]string{"reason": "complaint"})
	m.is(t, "after a complaint", m.hello(t, "GONE@example.com"), "dropped", "suppressed")
	row := asList(m.must(t, "GET", "audit?limit=1", nil)["items"])[0]
	if row["action"] != "member.suppress" || strings.Contains(row["key"].(string), "@") || !strings.Contains(row["after"].(string), "complaint") {
		t.Errorf("the audit says %v", row)
	}
	if status, answer := m.ask(t, "PUT", "members/email:gone@example.com/suppressions/wecom", map[string]string{"reason": "manual"}); status != 404 {
		t.Errorf("on a channel without address: %d %v", status, answer)
	}
	if status, answer := m.ask(t, "PUT", "members/email:gone@example.com/suppressions/email", map[string]string{"reason": "bored"}); status != 422 {
		t.Errorf("for no reason: %d %v", status, answer)
	}
}

// Who gets e-mails can end that with the link in them, in two clicks or in the
// one of a mail program.
func TestUnsubscribing(t *testing.T) {
	m := newMailer(t)
	m.is(t, "the first", m.hello(t, "ann@example.com"), "sent", "")
	head := m.smtp.Mails()[0].Header
	found := strings.Trim(head.Get("List-Unsubscribe"), "<>")
	if found == "" || head.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Fatalf("no way to unsubscribe: %v", head)
	}
	link, err := url.Parse(found)
	if err != nil || link.Host != "bylaw.example.com" || link.Scheme != "https" || strings.Contains(link.String(), "ann") {
		t.Fatalf("%s: %v", link, err)
	}
	local := strings.TrimSuffix(m.url, "/") + link.Path
	visit := func(method, address string, want int, says ...string) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader("List-Unsubscribe=One-Click"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		if response.StatusCode != want {
			t.Errorf("%s: %d %s", method, response.StatusCode, body)
		}
		for _, text := range says {
			if !strings.Contains(string(body), text) {
				t.Errorf("%s does not say %q: %s", method, text, body)
			}
		}
	}
	visit("GET", local, 200, "You will get no more", "确认退订", "<form method=\"post\">")
	m.is(t, "after looking at the page", m.hello(t, "ann@example.com"), "sent", "")
	flipped := "A"
	if strings.HasSuffix(local, "A") {
		flipped = "E"
	}
	visit("POST", local[:len(local)-8]+flipped+local[len(local)-7:], 404, "链接无效")
	m.is(t, "after a forged link", m.hello(t, "ann@example.com"), "sent", "")
	visit("POST", local, 200, "Unsubscribed", "已退订")
	m.is(t, "after unsubscribing", m.hello(t, "ann@example.com"), "dropped", "suppressed")
	m.is(t, "to somebody else", m.hello(t, "ben@example.com"), "sent", "")
	if got := m.suppressed(t, "email:ann@example.com"); got != "unsubscribe" {
		t.Errorf("suppressed because of %q", got)
	}
}
