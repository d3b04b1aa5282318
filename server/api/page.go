package api

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/service"
)

// defaultLimit is how many items a page has when the caller does not say; the
// API description says the same.
const defaultLimit = 50

// pageOf reads cursor and limit, which input.go has checked for form. A cursor
// belongs to one call with one set of filters.
func pageOf(c echo.Context) (engine.Page, error) {
	p := engine.Page{Limit: defaultLimit}
	if n, err := strconv.Atoi(c.QueryParam("limit")); err == nil {
		p.Limit = n
	}
	text := c.QueryParam("cursor")
	if text == "" {
		return p, nil
	}
	inner, ok := openCursor(text, filters(c))
	if !ok {
		return p, badCursor()
	}
	p.Cursor = inner
	return p, nil
}

func badCursor() error {
	err := service.BadCursor()
	return &refusal{400, engine.CodeInvalid, err}
}

// filters is a print of the call and its filters.
func filters(c echo.Context) uint32 {
	q := url.Values{}
	for name, v := range c.QueryParams() {
		if name != "cursor" && name != "limit" {
			q[name] = v
		}
	}
	return crc32.ChecksumIEEE([]byte(callOf(c).who.Workspace + "\x00" + c.Request().URL.Path + "\x00" + q.Encode()))
}

// sealCursor makes a cursor that openCursor opens for the same filters.
func sealCursor(inner string, filters uint32) string {
	b := binary.BigEndian.AppendUint32(nil, filters)
	return base64.RawURLEncoding.EncodeToString(append(b, inner...))
}

func openCursor(text string, filters uint32) (string, bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < 5 || binary.BigEndian.Uint32(b) != filters || base64.RawURLEncoding.EncodeToString(b) != text {
		return "", false // the decoder lets line breaks and spare bits pass
	}
	return string(b[4:]), true
}

// answerPage answers a page, its cursor sealed.
func answerPage[T any](c echo.Context, rows engine.Rows[T]) error {
	if rows.Items == nil {
		rows.Items = []T{}
	}
	if rows.Next != "" {
		rows.Next = sealCursor(rows.Next, filters(c))
	}
	return callOf(c).ok(rows)
}

// slicePage cuts a page out of a list that is whole in memory; its cursor is the
// number of items before it.
func slicePage[T any](c echo.Context, list []T) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	from, err := positionCursor(p.Cursor)
	if err != nil {
		return err
	}
	from = min(from, int64(len(list)))
	to := min(from+int64(p.Limit), int64(len(list)))
	rows := engine.Rows[T]{Items: list[from:to]}
	if to < int64(len(list)) {
		rows.Next = decimal(to)
	}
	return answerPage(c, rows)
}

func positionCursor(cursor string) (int64, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(cursor, 10, 64)
	if err != nil || n < 1 {
		return 0, badCursor()
	}
	return n, nil
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// value is what an optional parameter says, the zero value when it was not given.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

func timeOf(t *time.Time) engine.Time {
	if t == nil {
		return 0
	}
	return engine.TimeOf(*t)
}
