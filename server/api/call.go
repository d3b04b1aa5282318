package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/ingest"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/service"
)

// call is one request on its way through.
type call struct {
	id     string
	method string
	route  string // the pattern, never the path: paths may hold people's ids
	now    engine.Time
	op     *operation
	who    *auth.Principal
	body   []byte
	media  string
	// unnamed is what is wrong with the key of a definition that is to be written.
	unnamed []engine.Problem

	answer   *Answer       // nil: the handler wrote by itself
	audit    *engine.Audit // the row of the change, carried by the request's context
	status   int
	replayed bool // the answer of an earlier request
}

const callKey = "bylaw.call"

func callOf(c echo.Context) *call {
	if k, ok := c.Get(callKey).(*call); ok {
		return k
	}
	return &call{}
}

// caller is who asks, as the service wants to know it.
func (k *call) caller(c echo.Context) service.Caller {
	once := ""
	if k.op.Once {
		if key := c.Request().Header.Get("Idempotency-Key"); key != "" {
			once = k.op.ID + " " + c.Request().URL.Path + " " + key
		}
	}
	return service.Caller{Workspace: k.who.Workspace, By: k.who.By(), Now: k.now, Personal: k.who.Personal(), Once: once}
}

// reply keeps the answer; finish.go writes it after the audit row.
func (k *call) reply(status int, version int64, v any) error {
	k.answer = &Answer{Status: status}
	if version > 0 {
		k.answer.ETag = `"` + strconv.FormatInt(version, 10) + `"`
	}
	if v == nil {
		return nil
	}
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	k.answer.Type, k.answer.Body = echo.MIMEApplicationJSON, append(body, '\n')
	return nil
}

func (k *call) ok(v any) error { return k.reply(http.StatusOK, 0, v) }

// body decodes the request's body, which input.go has checked against its
// schema. An absent optional body is the zero value.
func decode[T any](k *call) (T, error) {
	var v T
	if len(k.body) == 0 {
		return v, nil
	}
	if err := json.Unmarshal(k.body, &v); err != nil {
		return v, engine.Invalid(bodyMessage, engine.Problem{Code: "wrong_type", Message: engine.Text{
			En: "a value has a type that does not fit", Zh: "有值的类型不符"}})
	}
	return v, nil
}

var bodyMessage = engine.Text{En: "some of this has to be put right", Zh: "有内容需要修改"}

// match reads If-Match and If-None-Match.
func match(r *http.Request) (service.Match, error) {
	tag := strings.TrimSpace(r.Header.Get("If-Match"))
	switch {
	case tag == "" && strings.TrimSpace(r.Header.Get("If-None-Match")) == "*":
		return service.Match{Given: true}, nil
	case tag == "":
		return service.Match{}, nil
	case tag == "*":
		return service.Match{Exists: true}, nil
	}
	number, quoted := strings.CutPrefix(strings.TrimPrefix(tag, "W/"), `"`)
	number, ended := strings.CutSuffix(number, `"`)
	n, err := strconv.ParseInt(number, 10, 64)
	if !quoted || !ended || err != nil || n < 0 {
		return service.Match{}, badHeader("If-Match", `send the ETag as it was read, e.g. "41"`, `请原样发送读到的 ETag，如 "41"`)
	}
	return service.Match{Given: true, Revision: n}, nil
}

func badHeader(name, en, zh string) error {
	e := &engine.Error{Code: engine.CodeInvalid, Message: engine.Text{En: "the header " + name + " has a problem", Zh: "请求头 " + name + " 有误"},
		Problems: []engine.Problem{{Code: "bad_header", Path: "/" + name, Message: engine.Text{En: en, Zh: zh}}}}
	return &refusal{http.StatusBadRequest, e.Code, e}
}

// valid refuses a body that is not JSON.
func (k *call) valid() error {
	if k.media == echo.MIMEApplicationJSON {
		return ingest.Valid(k.body)
	}
	return nil
}
