package email

import (
	"errors"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
	"github.com/bylaw-dev/bylaw/plugins/sdk/dial"
)

const (
	greylisted  = 5 * time.Minute
	mailboxFull = time.Hour
	fullTries   = 5 // a full mailbox is given up then
)

// dialReceipt is that of messages for which no session came about.
func dialReceipt(err error) sdk.Receipt {
	var reply *textproto.Error
	switch {
	case dial.Forbidden(err):
		return sdk.Fail(sdk.Permanent, "address_forbidden", "the server lies in a private network, which Bylaw isn't allowed to reach")
	case strings.Contains(err.Error(), "STARTTLS"):
		return sdk.Fail(sdk.AuthFailed, "starttls", "the server offers no STARTTLS: %v", err)
	case strings.Contains(err.Error(), "AUTH") && !errors.As(err, &reply):
		return sdk.Fail(sdk.AuthFailed, "auth", "%v", err)
	case errors.As(err, &reply):
		r := byReply(reply.Code, enhanced(reply.Msg), 0)
		if reply.Code >= 500 { // whoever may not sign in may not send anything
			r.Outcome = sdk.AuthFailed
		}
		r.Detail = reply.Error()
		return r
	}
	return sdk.Fail(sdk.Retryable, "connect", "%v", err)
}

// sendReceipt says what a failed message's outcome is, and whether the
// connection is broken.
func sendReceipt(err error, attempt int) (sdk.Receipt, bool) {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return sdk.Fail(sdk.Unknown, "send", "%v", err), true
	}
	if code := failed.ErrorCode(); code != 0 {
		r := byReply(code, failed.EnhancedStatusCode(), attempt)
		r.Detail = err.Error()
		return r, code == 421
	}
	// no reply: the connection broke. After the final dot nobody knows.
	if failed.Reason == gomail.ErrSMTPDataClose || failed.Reason == gomail.ErrAmbiguous {
		return sdk.Fail(sdk.Unknown, "no_reply", "the server didn't answer after the whole message: %v", err), true
	}
	return sdk.Fail(sdk.Retryable, "connection", "%v", err), true
}

// byReply reads RFC 5321 reply codes and RFC 3463 status codes.
func byReply(code int, status string, attempt int) sdk.Receipt {
	r := sdk.Receipt{Outcome: sdk.Permanent, Code: strings.TrimSpace(strconv.Itoa(code) + " " + status)}
	_, detail, _ := strings.Cut(status, ".") // 5.7.1 -> 7.1
	switch {
	case code == 530 || code == 534 || code == 535 || code == 538 || status == "5.7.8":
		r.Outcome = sdk.AuthFailed
	case detail == "2.2" && attempt < fullTries:
		r.Outcome, r.RetryAfter = sdk.Retryable, mailboxFull
	case detail == "2.2":
		r.Outcome = sdk.Permanent
	case code < 500 && strings.HasPrefix(detail, "7."):
		r.Outcome, r.RetryAfter = sdk.Retryable, greylisted
	case code < 500:
		r.Outcome = sdk.Retryable
	case strings.HasPrefix(detail, "7."):
		r.Outcome = sdk.PolicyBlocked
	}
	return r
}

// enhanced finds the status code at the beginning of a reply's text.
func enhanced(text string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	if strings.Count(word, ".") == 2 && strings.Trim(word, "0123456789.") == "" {
		return word
	}
	return ""
}
