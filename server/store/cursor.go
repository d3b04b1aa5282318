package store

import (
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

const (
	defaultLimit = 100
	maxLimit     = 1000
)

func limitOf(p engine.Page) int {
	if p.Limit <= 0 {
		return defaultLimit
	}
	return min(p.Limit, maxLimit)
}

// cursor is the last row of a page: its number and key, by which lists are ordered.
type cursor struct {
	number int64
	key    string
}

func (c cursor) String() string { return strconv.FormatInt(c.number, 36) + "." + c.key }

func cursorOf(s string) (c cursor, err error) {
	if s == "" {
		return c, nil
	}
	number, key, found := strings.Cut(s, ".")
	c.number, err = strconv.ParseInt(number, 36, 64)
	if !found || err != nil {
		return cursor{}, badCursor()
	}
	c.key = key
	return c, nil
}

func badCursor() error {
	return &engine.Error{Code: engine.CodeInvalid, Message: engine.Text{
		En: "this cursor is not one of ours; start without one", Zh: "游标无效，请从头开始"}}
}

// paged cuts a page from limit+1 rows.
func paged[T any](all []T, limit int, at func(*T) cursor) engine.Rows[T] {
	if len(all) <= limit {
		return engine.Rows[T]{Items: all}
	}
	return engine.Rows[T]{Items: all[:limit], Next: at(&all[limit-1]).String()}
}
