package store

import (
	"context"
	"database/sql"
	"math"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

var eventBulk = bulk{table: "event_pages", columns: []string{"lane", "last_position", "first_position", "at_min", "at_max", "body"}, keys: 3}

func (t *tx) saveEvents(ctx context.Context, c *engine.Changes) error {
	pages := eventBulk.rows(len(c.Events)/pageEvents + 1)
	for rest := c.Events; len(rest) > 0; {
		var p page
		p, rest = newPage(rest)
		pages.add(t.workspace, len(p.body), 0, p.last, p.first, int64(p.atMin), int64(p.atMax), p.body)
	}
	return t.insert(ctx, pages)
}

// Events reads the log.
func (r *reader) Events(ctx context.Context, q engine.EventQuery) ([]engine.StoredEvent, error) {
	if q.UpTo == 0 {
		q.UpTo = math.MaxInt64
	}
	var found []engine.StoredEvent
	var err error
	if q.Member != "" || q.Group != "" || q.Content != "" {
		found, err = r.eventsOf(ctx, &q)
	} else {
		found, err = r.scanEvents(ctx, &q)
	}
	return found, r.readError("read events", err)
}

// scanEvents walks the pages of a stretch of the log until it has enough.
func (c scope) scanEvents(ctx context.Context, q *engine.EventQuery) (found []engine.StoredEvent, err error) {
	if q.UpTo <= q.After {
		return nil, nil
	}
	err = c.eachPage(ctx, q, func(body []byte) (bool, error) {
		events, err := decodePage(body, q.Member, func(e *engine.StoredEvent) bool { return matches(q, e) })
		if err != nil {
			return false, err
		}
		if q.Group != "" || q.Content != "" {
			events = slices.DeleteFunc(events, func(e engine.StoredEvent) bool { return !about(q, &e) })
		}
		if q.Backward {
			slices.Reverse(events)
		}
		found = append(found, events...)
		return q.Limit <= 0 || len(found) < q.Limit, nil
	})
	if q.Limit > 0 && len(found) > q.Limit {
		found = found[:q.Limit]
	}
	return found, err
}

func matches(q *engine.EventQuery, e *engine.StoredEvent) bool {
	return e.Position > q.After && e.Position <= q.UpTo && (q.Member == "" || e.Member == q.Member) &&
		(q.Type == "" || e.Type == q.Type) && (len(q.Types) == 0 || slices.Contains(q.Types, e.Type)) && (q.From == 0 || e.At >= q.From) && (q.To == 0 || e.At < q.To)
}

// about is whether an event is about the group or content that is asked for.
func about(q *engine.EventQuery, e *engine.StoredEvent) bool {
	in := engine.PeekEvent(e.Body)
	return (q.Group == "" || in.Group == q.Group) && (q.Content == "" || in.Content == q.Content)
}

// Portions of pages grow, so that a short answer reads little.
const (
	fewPages  = 2
	manyPages = 64
)

// eachPage visits the pages that may hold what is asked for.
func (c scope) eachPage(ctx context.Context, q *engine.EventQuery, visit func(body []byte) (more bool, err error)) error {
	after, upTo := q.After, q.UpTo
	if upTo != math.MaxInt64 { // the page in which upTo lies ends behind it
		end, err := c.pageEnd(ctx, upTo)
		if err != nil {
			return err
		}
		upTo = end
	}
	for limit := fewPages; ; limit = min(limit*2, manyPages) {
		seen, more := 0, true
		err := c.portion(ctx, q, span{after, upTo, limit}, func(last int64, body []byte) (err error) {
			seen++
			if q.Backward {
				upTo = last - 1
			} else {
				after = last
			}
			if more {
				more, err = visit(body)
			}
			return err
		})
		if err != nil || !more || seen < limit {
			return err
		}
	}
}

// span is a stretch of the log and how many pages of it are read at once.
type span struct {
	after, upTo int64
	limit       int
}

func (c scope) portion(ctx context.Context, q *engine.EventQuery, s span, visit func(last int64, body []byte) error) error {
	from, to := int64(math.MinInt64), int64(math.MaxInt64)
	if q.From != 0 {
		from = int64(q.From)
	}
	if q.To != 0 {
		to = int64(q.To)
	}
	text := selectPages + " ORDER BY last_position LIMIT ?"
	if q.Backward {
		text = selectPages + " ORDER BY last_position DESC LIMIT ?"
	}
	rows, err := c.query(ctx, text, s.after, s.upTo, from, to, s.limit)
	return each(rows, err, func(r *sql.Rows) error {
		var last int64
		var body []byte
		if err := r.Scan(&last, &body); err != nil {
			return err
		}
		return visit(last, body)
	})
}

const selectPages = "SELECT last_position, body FROM event_pages WHERE workspace = ? AND lane = 0 AND last_position > ? AND last_position <= ? AND at_max >= ? AND at_min < ?"

// pageEnd is the last position of the page that a position lies in.
func (c scope) pageEnd(ctx context.Context, position int64) (int64, error) {
	end := int64(math.MaxInt64)
	rows, err := c.query(ctx, "SELECT last_position FROM event_pages WHERE workspace = ? AND lane = 0 AND last_position >= ? ORDER BY last_position LIMIT 1", position)
	err = each(rows, err, func(r *sql.Rows) error { return r.Scan(&end) })
	return end, err
}
