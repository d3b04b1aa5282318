package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/ingest"
	"github.com/bylaw-dev/bylaw/server/service"
)

const problemType = "application/problem+json"

// problemBody is an error as RFC 9457 wants it, with our code, both languages,
// and each problem with its place.
type problemBody struct {
	Type     string           `json:"type"`
	Title    string           `json:"title"`
	Status   int              `json:"status"`
	Code     engine.Code      `json:"code"`
	Detail   string           `json:"detail"`
	Message  engine.Text      `json:"message"`
	Problems []engine.Problem `json:"problems,omitempty"`
	Request  string           `json:"request_id"`
}

// refusal is an error with a status of HTTP's own.
type refusal struct {
	status int
	code   engine.Code
	err    error // an *engine.Error
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

func refuse(status int, code engine.Code, en, zh string) error {
	return &refusal{status, code, &engine.Error{Code: code, Message: engine.Text{En: en, Zh: zh}}}
}

// writeProblem is the one place where an error becomes an answer. What is not
// ours to show is "internal" with the request's id, and logged whole.
func (s *Server) writeProblem(err error, c echo.Context) {
	call := callOf(c)
	if c.Response().Committed {
		call.log(s.log).Error("answer was cut off", "err", err)
		return
	}
	e, status := classify(err)
	if e.Code == engine.CodeInternal {
		call.log(s.log).Error("request failed", "err", err)
	}
	h := c.Response().Header()
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="bylaw"`)
	}
	body, marshalErr := json.Marshal(problemBody{
		Type: "urn:bylaw:problem:" + string(e.Code), Title: http.StatusText(status), Status: status, Code: e.Code,
		Detail: e.Message.In(languageOf(c.Request())), Message: e.Message, Problems: e.Problems, Request: call.id,
	})
	if marshalErr != nil {
		call.log(s.log).Error("problem cannot be written", "err", marshalErr)
		body = []byte(`{}`)
	}
	call.status = status
	if c.Request().Method == http.MethodHead {
		c.Response().WriteHeader(status)
		return
	}
	if err := c.Blob(status, problemType, body); err != nil {
		call.log(s.log).Debug("answer did not arrive", "err", err)
	}
}

// classify finds what of an error a caller may see, and its status.
func classify(err error) (*engine.Error, int) {
	var refused *refusal
	if errors.As(err, &refused) {
		var e *engine.Error
		if errors.As(refused.err, &e) {
			return e, refused.status
		}
	}
	var fromEcho *echo.HTTPError
	if errors.As(err, &fromEcho) {
		return ofEcho(fromEcho)
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return tooBig(tooLarge.Limit), http.StatusRequestEntityTooLarge
	}
	if errors.Is(err, service.ErrStale) {
		return service.ErrStale, http.StatusPreconditionFailed
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return unavailable(err), http.StatusServiceUnavailable
	}
	var e *engine.Error
	if !errors.As(err, &e) || e.Code == engine.CodeInternal {
		return internal(err), http.StatusInternalServerError
	}
	if e.Code == engine.CodeUnavailable && e.RetryAfter == 0 {
		shown := *e
		shown.RetryAfter = time.Second
		return &shown, http.StatusServiceUnavailable
	}
	return e, statusOf(e)
}

func statusOf(e *engine.Error) int {
	switch e.Code {
	case engine.CodeInvalid:
		for _, p := range e.Problems {
			if p.Code == ingest.Malformed {
				return http.StatusBadRequest
			}
		}
		return http.StatusUnprocessableEntity
	case engine.CodeNotFound:
		return http.StatusNotFound
	case engine.CodeConflict:
		return http.StatusConflict
	case engine.CodeForbidden:
		return http.StatusForbidden
	case engine.CodeUnauthorized:
		return http.StatusUnauthorized
	case engine.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case engine.CodeLimited:
		return http.StatusTooManyRequests
	case engine.CodeUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// ofEcho translates what the router says.
func ofEcho(e *echo.HTTPError) (*engine.Error, int) {
	switch e.Code {
	case http.StatusNotFound:
		return &engine.Error{Code: engine.CodeNotFound, Message: engine.Text{En: "there is nothing at this address", Zh: "此地址没有内容"}}, e.Code
	case http.StatusMethodNotAllowed:
		return &engine.Error{Code: engine.CodeInvalid, Message: engine.Text{
			En: "this address does not take this method; see Allow", Zh: "此地址不支持该方法，见 Allow"}}, e.Code
	case http.StatusRequestEntityTooLarge:
		return tooBig(0), e.Code
	}
	if e.Code >= 400 && e.Code < 500 {
		return &engine.Error{Code: engine.CodeInvalid, Message: engine.Text{En: "the request cannot be read", Zh: "请求无法读取"}}, http.StatusBadRequest
	}
	return internal(e), http.StatusInternalServerError
}

func internal(err error) *engine.Error {
	return &engine.Error{Code: engine.CodeInternal, Err: err, Message: engine.Text{
		En: "something went wrong on our side; the request id finds it in the log",
		Zh: "服务器内部错误，可凭 request_id 在日志中查找"}}
}

func unavailable(err error) *engine.Error {
	return &engine.Error{Code: engine.CodeUnavailable, RetryAfter: time.Second, Err: err, Message: engine.Text{
		En: "the answer took too long; try again", Zh: "处理超时，请重试"}}
}

func tooBig(limit int64) *engine.Error {
	m := engine.Text{En: "the body is too large", Zh: "请求体过大"}
	if limit > 0 {
		n := strconv.FormatInt(limit>>10, 10) + " KiB"
		m = engine.Text{En: "the body is too large: at most " + n, Zh: "请求体过大，最多 " + n}
	}
	return &engine.Error{Code: engine.CodeTooLarge, Message: m}
}

// languageOf is "zh" when Accept-Language begins with Chinese.
func languageOf(r *http.Request) string {
	if strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "zh") {
		return "zh"
	}
	return "en"
}

// log is a logger that names the request.
func (k *call) log(l *slog.Logger) *slog.Logger {
	return l.With("request_id", k.id, "method", k.method, "route", k.route)
}
