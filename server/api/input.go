package api

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/spelling"
	"github.com/bylaw-dev/bylaw/server/service/shape"
)

// How large a body may be.
const (
	maxEventsBody = 8 << 20
	maxBody       = 1 << 20
	maxCodesBody  = 16 << 20 // a coupon pool's codes
	maxFileBody   = 64 << 20 // a file to be imported
)

// input checks a request against the operation's row: what it accepts, its
// parameters, the body's type, size and structure.
func (s *Server) input(op *operation) echo.MiddlewareFunc {
	limit := int64(maxBody)
	switch op.ID {
	case "sendEvents":
		limit = maxEventsBody
	case "putReward":
		limit = maxCodesBody
	case "createImport", "previewImport":
		limit = maxFileBody
	}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			k := callOf(c)
			if err := acceptable(op, c.Request()); err != nil {
				return err
			}
			if err := op.checkParams(c); err != nil {
				return err
			}
			problems, err := op.readBody(c, k, limit)
			if err != nil {
				return err
			}
			if problems = append(k.unnamed, problems...); len(problems) > 0 {
				return s.everythingWrong(c, op, problems)
			}
			return next(c)
		}
	}
}

// file is whether the body is a file in whatever encoding it has.
func (op *operation) file() bool { return op.ID == "createImport" || op.ID == "previewImport" }

// acceptable refuses a caller who cannot read what we write.
func acceptable(op *operation, r *http.Request) error {
	accept := r.Header.Get("Accept")
	if accept == "" {
		return nil
	}
	types := []string{"application/json", problemType}
	if op.ID == "metrics" {
		types = append(types, "text/plain")
	}
	if op.ID == "getJob" {
		types = append(types, streamType)
	}
	if op.ID == "getReport" {
		types = append(types, "text/csv")
	}
	if op.ID == "getJobFile" { // which has the type that the job gave it
		return nil
	}
	for part := range strings.SplitSeq(accept, ",") {
		media, params, err := mime.ParseMediaType(strings.TrimSpace(part))
		if err != nil || params["q"] == "0" {
			continue
		}
		main, sub, _ := strings.Cut(media, "/")
		for _, t := range types {
			ours, its, _ := strings.Cut(t, "/")
			if (main == "*" || main == ours) && (sub == "*" || sub == its) {
				return nil
			}
		}
	}
	return refuse(http.StatusNotAcceptable, engine.CodeInvalid, "we answer application/json", "我们只返回 application/json")
}

// checkParams reports everything wrong with path and query, 400; a path that
// cannot name anything is 404, but for a PUT that wants to make it.
func (op *operation) checkParams(c echo.Context) error {
	query, err := url.ParseQuery(c.Request().URL.RawQuery)
	if err != nil {
		return refuse(http.StatusBadRequest, engine.CodeInvalid, "the query cannot be read: % must be followed by two hexadecimal digits", "查询串无法解析：% 后应为两位十六进制数")
	}
	var problems []engine.Problem
	known := []string{}
	for _, p := range op.Params {
		switch p.In {
		case "path":
			if err := op.checkPath(c, p); err != nil {
				return err
			}
		case "query":
			known = append(known, p.Name)
			problems = append(problems, checkQuery(p, query[p.Name])...)
		case "header":
			if v := c.Request().Header.Values(p.Name); len(v) > 0 {
				problems = append(problems, checkQuery(p, v)...)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(known, name) {
			problems = append(problems, unknownParam(name, known))
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return &refusal{http.StatusBadRequest, engine.CodeInvalid, &engine.Error{Code: engine.CodeInvalid, Problems: problems,
		Message: engine.Text{En: "the request's parameters have problems", Zh: "请求参数有误"}}}
}

func unknownParam(name string, known []string) engine.Problem {
	p := engine.Problem{Code: "unknown_parameter", Path: "/" + shape.Pointer(name), Message: engine.Text{
		En: fmt.Sprintf("there is no parameter %.64q", name), Zh: fmt.Sprintf("没有参数 %.64q", name)}}
	if near := spelling.Nearest(name, known); near != "" {
		p.Hint = engine.Text{En: fmt.Sprintf("did you mean %q?", near), Zh: fmt.Sprintf("是不是想写 %q？", near)}
	}
	return p
}

func checkQuery(p parameter, values []string) []engine.Problem {
	path := "/" + p.Name
	switch {
	case len(values) == 0 && p.Required:
		return []engine.Problem{{Code: "required", Path: path, Message: engine.Text{En: p.Name + " is missing", Zh: "缺少 " + p.Name}}}
	case len(values) == 0:
		return nil
	case len(values) > 1:
		return []engine.Problem{{Code: "duplicate_name", Path: path, Message: engine.Text{En: p.Name + " is given twice", Zh: p.Name + " 重复出现"}}}
	}
	return p.schema.CheckText(values[0], path)
}

func (op *operation) checkPath(c echo.Context, p parameter) error {
	v := c.Param(p.Name)
	if c.Request().URL.RawPath != "" {
		plain, err := url.PathUnescape(v)
		if err != nil {
			return echo.ErrNotFound
		}
		v = plain
	}
	problems := p.schema.CheckText(v, "/"+p.Name)
	switch {
	case len(problems) == 0:
		return nil
	case defined[op.ID] != "":
		callOf(c).unnamed = problems // told with what is wrong with the body
		return nil
	case op.Method == http.MethodPut:
		return engine.Invalid(engine.Text{En: "the address names something that cannot be", Zh: "地址中的标识不可用"}, problems...)
	}
	return engine.NotFound(strings.ReplaceAll(p.Name, "_", " "), v)
}

// readBody reads the body and says what of it does not fit the schema of its media
// type; what cannot be read at all is an error.
func (op *operation) readBody(c echo.Context, k *call, limit int64) ([]engine.Problem, error) {
	r := c.Request()
	if len(op.Bodies) == 0 && op.Method == http.MethodGet {
		return nil, nil
	}
	body, err := readAll(http.MaxBytesReader(c.Response(), r.Body, limit), r.ContentLength, limit)
	if err != nil {
		return nil, err
	}
	k.body = body
	switch {
	case len(body) == 0 && op.BodyRequired:
		return nil, refuse(http.StatusBadRequest, engine.CodeInvalid, "the request needs a body", "请求需要请求体")
	case len(body) == 0:
		return nil, nil
	case len(op.Bodies) == 0:
		if strings.TrimSpace(string(body)) == "{}" {
			return nil, nil // clients that always send an object
		}
		return nil, refuse(http.StatusBadRequest, engine.CodeInvalid, "this call takes no body", "此调用不接受请求体")
	}
	schema, err := op.mediaOf(k, r)
	if err != nil || op.ID == "sendEvents" { // whose decoder checks in its own single pass
		return nil, err
	}
	if err := k.valid(); err != nil || k.media != echo.MIMEApplicationJSON {
		return nil, err
	}
	return schema.Check(body), nil
}

// readAll reads a body whose length may be known.
func readAll(r io.Reader, length, limit int64) ([]byte, error) {
	if length > limit {
		return nil, &http.MaxBytesError{Limit: limit}
	}
	if length <= 0 {
		return readRest(r)
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, cutShort(err)
	}
	return body, nil
}

func readRest(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, cutShort(err)
	}
	return body, nil
}

func cutShort(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err
	}
	return refuse(http.StatusBadRequest, engine.CodeInvalid, "the body ended before its announced length", "请求体未传完")
}

// mediaOf finds the schema of the body's media type, 415 when there is none.
func (op *operation) mediaOf(k *call, r *http.Request) (*shape.Schema, error) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	schema := op.Bodies[media]
	charset := strings.ToLower(params["charset"])
	encoding := strings.ToLower(r.Header.Get("Content-Encoding"))
	if err != nil || schema == nil || charset != "" && charset != "utf-8" && !op.file() || encoding != "" && encoding != "identity" {
		list := strings.Join(slices.Sorted(maps.Keys(op.Bodies)), ", ")
		return nil, refuse(http.StatusUnsupportedMediaType, engine.CodeInvalid,
			"send the body as "+list+" in UTF-8, not compressed", "请以 UTF-8、不压缩的 "+list+" 发送请求体")
	}
	k.media = media
	return schema, nil
}
