package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"math"

	"github.com/bylaw-dev/bylaw/engine"
)

// What records became (engine.PastRecord) is written as one row a commit to
// past_log; BuildHistory files it by record with the segment's events in past.

var pastBulk = bulk{table: "past_log", columns: []string{"lane", "last_position", "part", "body"}, keys: 4}

// KeepsPast implements engine.PastKeeper.
func (s *Store) KeepsPast() bool { return true }

// savePast appends what records became in this commit.
func (t *tx) savePast(ctx context.Context, c *engine.Changes) error {
	all := pastBulk.rows(1)
	for rest := c.Past; len(rest) > 0; {
		var part []byte
		for len(rest) > 0 && len(part) < partBytes {
			part = appendRecord(binary.AppendUvarint(part, uint64(rest[0].Position)), &rest[0].Record)
			rest = rest[1:]
		}
		all.add(t.workspace, len(part), 0, c.Position, len(all.sizes), part)
	}
	return t.insert(ctx, all)
}

// eachPast visits what records became in a stretch of positions that is not
// filed yet, in order. A commit is of one row or of several.
func (c scope) eachPast(ctx context.Context, after, upTo int64, visit func(*engine.PastRecord)) error {
	end, err := c.pastEnd(ctx, upTo)
	if err != nil || end == 0 {
		return err
	}
	last, part := after, int64(math.MaxInt32)
	for limit := fewPages; ; limit = min(limit*2, manyPages) {
		seen := 0
		rows, err := c.query(ctx, selectPast, last, end, last, part, limit)
		err = each(rows, err, func(r *sql.Rows) error {
			var body []byte
			if err := r.Scan(&last, &part, &body); err != nil {
				return err
			}
			seen++
			return readPast(body, func(p *engine.PastRecord) {
				if p.Position > after && p.Position <= upTo {
					visit(p)
				}
			})
		})
		if err != nil || seen < limit {
			return err
		}
	}
}

// unfiled gathers what records became up to a position and is not filed, and says
// up to where all is filed. What is filed meanwhile may leave the log before it was
// seen there: then the gathering begins anew.
func (c scope) unfiled(ctx context.Context, upTo int64, wanted func(*engine.PastRecord) bool) (tail map[engine.RecordKey][]byte, through int64, err error) {
	through, err = c.historyThrough(ctx)
	for err == nil {
		tail = map[engine.RecordKey][]byte{}
		if upTo > through {
			err = c.eachPast(ctx, through, upTo, func(p *engine.PastRecord) {
				if wanted(p) {
					tail[engine.RecordKey{Kind: p.Kind, Key: p.Key}] = p.Body
				}
			})
		}
		before := through
		if err == nil {
			through, err = c.historyThrough(ctx)
		}
		if through == before {
			break
		}
	}
	return tail, through, err
}

const selectPast = "SELECT last_position, part, body FROM past_log WHERE workspace = ? AND lane = 0 AND last_position >= ? AND last_position <= ? AND (last_position > ? OR part > ?) ORDER BY last_position, part LIMIT ?"

// pastEnd is the last position of the last commit that a stretch up to a
// position reaches into; 0 where there is none.
func (c scope) pastEnd(ctx context.Context, upTo int64) (end int64, err error) {
	for _, text := range [...]string{"last_position >= ? ORDER BY last_position LIMIT 1", "last_position < ? ORDER BY last_position DESC LIMIT 1"} {
		rows, err := c.query(ctx, "SELECT last_position FROM past_log WHERE workspace = ? AND lane = 0 AND "+text, upTo)
		if err = each(rows, err, func(r *sql.Rows) error { return r.Scan(&end) }); err != nil || end != 0 {
			return end, err
		}
	}
	return 0, nil
}

func readPast(body []byte, visit func(*engine.PastRecord)) error {
	for d := (pageReader{rest: body}); len(d.rest) > 0; {
		var p engine.PastRecord
		p.Position = d.uvarint()
		p.Kind, p.Key = engine.RecordKind(d.text()), string(d.text())
		p.Body = d.optional()
		if d.bad {
			return errHistory
		}
		visit(&p)
	}
	return nil
}

// optional reads bytes that may be absent: their length and one, or 0.
func (d *pageReader) optional() []byte {
	size := d.uvarint()
	if size == 0 {
		return nil
	}
	if size-1 > int64(len(d.rest)) {
		d.bad, d.rest = true, nil
		return nil
	}
	b := d.rest[: size-1 : size-1]
	d.rest = d.rest[size-1:]
	return b
}
