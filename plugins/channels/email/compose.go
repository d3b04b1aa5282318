package email

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/mail"
	"net/url"
	"regexp"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

var plainKey = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// messageID is the same for every attempt of one delivery.
func (i *instance) messageID(key string) string {
	if !plainKey.MatchString(key) || strings.HasPrefix(key, ".") || strings.HasSuffix(key, ".") || strings.Contains(key, "..") {
		sum := sha256.Sum256([]byte(key))
		key = hex.EncodeToString(sum[:16])
	}
	_, domain, _ := strings.Cut(i.from.Address, "@")
	return key + "@" + domain
}

// compose makes the mail, or the receipt of one that cannot be.
func (i *instance) compose(m sdk.Message) (*gomail.Msg, *sdk.Receipt) {
	to, err := mail.ParseAddress(m.Target.Address)
	if err != nil {
		r := sdk.Fail(sdk.Permanent, "address", "%q is not an e-mail address", m.Target.Address)
		return nil, &r
	}
	out := gomail.NewMsg()
	out.FromMailAddress(i.from)
	out.ToMailAddress(to)
	if i.ReplyTo != "" {
		if err := out.ReplyTo(i.ReplyTo); err != nil {
			r := sdk.Fail(sdk.Permanent, "reply_to", "reply_to is not an address")
			return nil, &r
		}
	}
	out.Subject(i.subject(m))
	out.SetMessageIDWithValue(i.messageID(m.Key))
	out.SetDateWithValue(i.now())
	out.SetGenHeader("Auto-Submitted", "auto-generated")
	out.SetBodyString(gomail.TypeTextPlain, m.Text)
	return out, i.bulk(out, to.Address, m.Data)
}

// subject is one line: the title, the configured one, or the text's beginning.
func (i *instance) subject(m sdk.Message) string {
	const longest = 150
	for _, s := range []string{m.Title, i.Subject, m.Text} {
		if s = strings.Join(strings.Fields(s), " "); s != "" {
			if runes := []rune(s); len(runes) > longest {
				return string(runes[:longest]) + "..."
			}
			return s
		}
	}
	return "-"
}

// bulk adds what mailbox providers ask of mail to many.
func (i *instance) bulk(out *gomail.Msg, to string, data json.RawMessage) *sdk.Receipt {
	if i.ListID != "" {
		out.SetGenHeader("List-Id", "<"+i.ListID+">")
		out.SetGenHeader("Precedence", "bulk")
	}
	address := i.unsubscribe(to, data)
	if address == "" {
		return nil
	}
	if err := out.SetListUnsubscribeOneClick(address); err != nil {
		r := sdk.Fail(sdk.Permanent, "unsubscribe_url", "%v", err)
		return &r
	}
	return nil
}

// unsubscribe is where the receiver ends such mail: the operator's address, else
// the one that Bylaw gives with the message.
func (i *instance) unsubscribe(to string, data json.RawMessage) string {
	if i.UnsubscribeURL != "" {
		return strings.ReplaceAll(i.UnsubscribeURL, "{address}", url.QueryEscape(to))
	}
	var with struct {
		URL string `json:"unsubscribe_url"`
	}
	if len(data) == 0 || json.Unmarshal(data, &with) != nil {
		return ""
	}
	return with.URL
}
