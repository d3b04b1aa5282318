package httpx

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/plugins/sdk"
	"github.com/bylaw-dev/bylaw/plugins/sdk/dial"
)

// FailReceipt says what a request without an answer means.
func FailReceipt(err error) sdk.Receipt {
	var e *Error
	switch {
	case dial.Forbidden(err):
		return sdk.Fail(sdk.Permanent, "address_forbidden", "the address lies in a private network, which this server doesn't allow")
	case errors.As(err, &e) && !e.Written:
		return sdk.Fail(sdk.Retryable, "not_sent", "not sent: %s", e.text)
	default:
		return sdk.Fail(sdk.Unknown, "no_answer", "sent, but no answer came: %v", err)
	}
}

// StatusReceipt says what an HTTP status means where nothing more is known
// about the remote. Remotes that answer 200 for everything need more.
func StatusReceipt(r Response, now time.Time) sdk.Receipt {
	code := strconv.Itoa(r.Status)
	answer := sdk.Receipt{Code: code, Detail: detail(r)}
	switch r.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		answer.Outcome = sdk.AuthFailed
	case http.StatusGone:
		answer.Outcome = sdk.Gone
	case http.StatusTooManyRequests:
		answer.Outcome, answer.RetryAfter = sdk.RateLimited, RetryAfter(r.Header, now)
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
		http.StatusUnprocessableEntity, http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		answer.Outcome = sdk.Permanent
	default:
		answer.Outcome, answer.RetryAfter = sdk.Retryable, RetryAfter(r.Header, now)
	}
	switch {
	case r.Status >= 200 && r.Status < 300:
		answer.Outcome, answer.Detail, answer.RetryAfter = sdk.Delivered, "", 0
	case r.Status >= 300 && r.Status < 400:
		answer.Detail = "redirects are not followed: configure the final address"
	}
	return answer
}

const longestRetryAfter = 24 * time.Hour

// RetryAfter reads the header in seconds or as a date; 0 when there is none.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if value == "" {
		return 0
	}
	wait := time.Duration(0)
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, longestRetryAfter))
}

const detailBytes = 200

// detail is the beginning of what the remote said, on one line.
func detail(r Response) string {
	body := strings.Join(strings.Fields(string(r.Body)), " ")
	if len(body) > detailBytes {
		body = body[:detailBytes] + "..."
	}
	if body == "" {
		return http.StatusText(r.Status)
	}
	return strings.ToValidUTF8(body, "")
}
