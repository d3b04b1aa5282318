package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// madeTable is a table whose rows are filed by item (made.go).
type madeTable struct {
	name, order string
	first, last string // select bodies by place: before and behind the places
	one         string // one place
	args        func(p *place) []any
}

// madeQuery asks for the newest of an item.
type madeQuery struct {
	item     string
	kind     [2]string // empty parts do not restrict
	from, to engine.Time
	upTo     int64
	before   *place // where the page before ended
	limit    int
}

// may is whether a row that a list names can be one that is asked for.
func (q *madeQuery) may(m *made) bool {
	return m.position <= q.upTo && (q.before == nil || m.compare(q.before) < 0) &&
		(q.from == 0 || m.at >= q.from) && (q.to == 0 || m.at < q.to) &&
		(q.kind[0] == "" || strings.HasPrefix(m.kind, q.kind[0]+"\x00")) && (q.kind[1] == "" || strings.HasSuffix(m.kind, "\x00"+q.kind[1]))
}

// goOn begins behind the page before, and not behind a position.
func (q *madeQuery) goOn(upTo int64, behind string, keyOf func(*place, string) error) error {
	q.upTo = math.MaxInt64
	if upTo != 0 {
		q.upTo = upTo
	}
	at, err := cursorOf(behind)
	if err != nil || behind == "" {
		return err
	}
	q.before = &place{position: at.number}
	q.upTo = min(q.upTo, at.number)
	return keyOf(q.before, at.key)
}

func (p *place) compare(other *place) int {
	return cmp.Or(cmp.Compare(p.position, other.position), cmp.Compare(p.number, other.number), cmp.Compare(p.entry, other.entry))
}

// madeLister lists what one item has in a table.
type madeLister[T any] struct {
	*reader
	*madeTable
	madeQuery
	match func(*T) bool // of what was written again, something else may have become
	place func(*T) place
}

// list scans what is not filed, as a condition says, and reads the rest by item, a
// growing number of segments at a time, newest first. It gives one more than the
// limit when there are more.
func (l *madeLister[T]) list(ctx context.Context, c *condition) ([]T, error) {
	through, err := l.filedThrough(ctx, &madePile)
	if err != nil {
		return nil, err
	}
	var all []T
	if l.upTo > through {
		c.orm = c.orm.Where("position > ?", through)
		if all, err = decoded[T](ctx, c, l.name, l.order, l.limit); err != nil {
			return nil, err
		}
	}
	size := l.store.options.segment
	last := (min(l.upTo, through) + size - 1) / size
	for n := int64(8); last > 0 && len(all) <= l.limit; n = 64 {
		first := max(last-n, 0)
		places, err := l.places(ctx, span{first, last, 0})
		if err != nil {
			return nil, err
		}
		for len(places) > 0 && len(all) <= l.limit {
			n := min(len(places), l.limit+1-len(all), placesAtOnce)
			if all, err = l.read(ctx, places[:n], all); err != nil {
				return nil, err
			}
			places = places[n:]
		}
		last = first
	}
	return all, nil
}

// placesAtOnce bounds how many rows one statement names.
const placesAtOnce = 64

// places gives where the item's rows in some segments, after to upTo, are, newest first.
func (l *madeLister[T]) places(ctx context.Context, s span) (all []place, err error) {
	var segments []any
	for n := s.after + 1; n <= s.upTo; n++ {
		segments = append(segments, n)
	}
	segments = filledUp(segments)
	rows, err := l.query(ctx, "SELECT body FROM past WHERE workspace = ? AND lane = 0 AND segment IN ("+marks(len(segments))+") AND item = ?", append(segments, l.item)...)
	err = each(rows, err, func(row *sql.Rows) error {
		var body []byte
		if err := row.Scan(&body); err != nil {
			return err
		}
		return readMadeList(body, func(m *made) {
			if l.may(m) {
				all = append(all, m.place)
			}
		})
	})
	if err != nil {
		return nil, err
	}
	size := l.store.options.segment
	rows, err = l.query(ctx, "SELECT position, number, entry FROM made_late WHERE workspace = ? AND lane = 0 AND item = ? AND position > ? AND position <= ?",
		l.item, s.after*size, min(s.upTo*size, l.upTo))
	err = each(rows, err, func(row *sql.Rows) error {
		var p place
		err := row.Scan(&p.position, &p.number, &p.entry)
		if l.before == nil || p.compare(l.before) < 0 {
			all = append(all, p)
		}
		return err
	})
	slices.SortFunc(all, func(a, b place) int { return b.compare(&a) })
	return slices.Compact(all), err
}

// read appends the rows at places. They are put in order here: MariaDB 10.11 gives
// two rows of one position in the wrong one when a prepared statement meets them.
func (l *madeLister[T]) read(ctx context.Context, places []place, all []T) ([]T, error) {
	before := len(all)
	n := 1 << bits.Len(uint(len(places)-1)) // few statements are kept prepared
	var args []any
	for i := range n {
		args = append(args, l.args(&places[min(i, len(places)-1)])...)
	}
	rows, err := l.query(ctx, l.first+strings.TrimSuffix(strings.Repeat(l.one+" OR ", n), " OR ")+l.last, args...)
	err = each(rows, err, func(row *sql.Rows) error {
		var body []byte
		if err := row.Scan(&body); err != nil {
			return err
		}
		var v T
		err := json.Unmarshal(body, &v)
		if err == nil && l.match(&v) {
			all = append(all, v)
		}
		return err
	})
	slices.SortFunc(all[before:], func(a, b T) int {
		first, second := l.place(&a), l.place(&b)
		return second.compare(&first)
	})
	return all, err
}
