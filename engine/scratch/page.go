package scratch

import (
	"slices"
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

// place is where a page begins: after the row with this number and key.
type place struct {
	number int64
	key    string
}

func (p place) String() string { return strconv.FormatInt(p.number, 36) + "." + p.key }

// placeOf reads a cursor; ok is false at the start of a list.
func placeOf(cursor string) (at place, ok bool, err error) {
	if cursor == "" {
		return place{}, false, nil
	}
	number, key, found := strings.Cut(cursor, ".")
	at.number, err = strconv.ParseInt(number, 36, 64)
	if !found || err != nil {
		return place{}, false, badCursor()
	}
	at.key = key
	return at, true, nil
}

func badCursor() error {
	return &engine.Error{Code: engine.CodeInvalid, Message: engine.Text{
		En: "this cursor is not one of ours; start without one", Zh: "游标无效，请从头开始"}}
}

// pager gathers one page.
type pager[T any] struct {
	rows  engine.Rows[T]
	limit int
	place func(*T) place
}

// add takes a row and says whether more are wanted.
func (p *pager[T]) add(v *T) bool {
	if len(p.rows.Items) == p.limit {
		p.rows.Next = p.place(&p.rows.Items[p.limit-1]).String()
		return false
	}
	p.rows.Items = append(p.rows.Items, *v)
	return true
}

func ascending(in []int64) []int64 {
	out := slices.Clone(in)
	slices.Sort(out)
	return slices.Compact(out)
}
