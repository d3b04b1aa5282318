package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"sort"

	"github.com/bylaw-dev/bylaw/engine"
)

// claimRow is one commit's row of claim_log: for each id 16 bytes, its body's
// hash of 8 and the position of 8.
type claimRow struct {
	number, before, stamp int64
	body                  []byte
}

const claimBytes = 16 + 8 + 8

var errClaimRow = errors.New("a row of event ids is damaged")

func appendClaim(b []byte, c engine.EventClaim) []byte {
	b = append(append(b, c.ID[:]...), c.Body[:]...)
	return binary.BigEndian.AppendUint64(b, uint64(c.Position))
}

func takenAt(b []byte) (k taken) {
	copy(k.body[:], b[16:24])
	k.position = int64(binary.BigEndian.Uint64(b[24:]))
	return k
}

func (r claimRow) each(visit func(id [16]byte, k taken)) error {
	if len(r.body)%claimBytes != 0 {
		return errClaimRow
	}
	for b := r.body; len(b) > 0; b = b[claimBytes:] {
		visit([16]byte(b), takenAt(b))
	}
	return nil
}

// findTaken searches a page of sorted ids.
func findTaken(page []byte, id [16]byte) (taken, bool) {
	n := len(page) / claimBytes
	i := sort.Search(n, func(i int) bool { return bytes.Compare(page[i*claimBytes:i*claimBytes+16], id[:]) >= 0 })
	if i == n || !bytes.Equal(page[i*claimBytes:i*claimBytes+16], id[:]) {
		return taken{}, false
	}
	return takenAt(page[i*claimBytes:]), true
}

func (t *tx) readClaimLog(ctx context.Context, after int64, visit func(claimRow) error) error {
	rows, err := t.query(ctx, "SELECT number, stamp_before, stamp, body FROM claim_log WHERE workspace = ? AND lane = 0 AND number > ? ORDER BY number", after)
	return each(rows, err, func(r *sql.Rows) error {
		var row claimRow
		if err := r.Scan(&row.number, &row.before, &row.stamp, &row.body); err != nil {
			return err
		}
		return visit(row)
	})
}

var claimLogBulk = bulk{table: "claim_log", columns: []string{"lane", "number", "stamp_before", "stamp", "body"}, keys: 3}

func (t *tx) saveClaims(ctx context.Context, _ *engine.Changes) error {
	if len(t.fresh) == 0 {
		return nil
	}
	body := make([]byte, 0, len(t.fresh)*claimBytes)
	for _, c := range t.fresh {
		body = appendClaim(body, c)
	}
	row := claimLogBulk.rows(1)
	row.add(t.workspace, len(body), 0, t.name.number, t.row.claimStamp, t.name.stamp, body)
	if err := t.insert(ctx, row); err != nil {
		return err
	}
	if len(t.lane.claims.open)+len(t.fresh) >= t.store.options.generation {
		return t.closeGeneration(ctx)
	}
	return t.trimClaimLog(ctx)
}

// trimClaimLog deletes some rows whose ids are in closed generations.
func (t *tx) trimClaimLog(ctx context.Context) error {
	m := &t.lane.claims
	if m.trimmed < 0 {
		first, err := t.firstOf(ctx, "SELECT MIN(number) FROM claim_log WHERE workspace = ? AND lane = 0")
		if err != nil {
			return err
		}
		m.trimmed = first - 1
	}
	if m.trimmed >= t.row.claimed {
		return nil
	}
	upTo := min(m.trimmed+trimAtOnce, t.row.claimed)
	_, err := t.exec(ctx, "DELETE FROM claim_log WHERE workspace = ? AND lane = 0 AND number <= ?", upTo)
	m.trimmed = upTo // after a rollback these rows stay a little longer, no more
	return err
}

// generation is one that is being closed.
type generation struct {
	number int64
	filter []byte
}

var (
	claimPageBulk   = bulk{table: "claim_pages", columns: []string{"lane", "generation", "bucket", "body"}, keys: 4}
	claimFilterBulk = bulk{table: "claim_filters", columns: []string{"lane", "generation", "amount", "body"}, keys: 3}
)

// closeGeneration sorts the open generation's ids into pages and makes their filter.
func (t *tx) closeGeneration(ctx context.Context) error {
	all := t.sortedByID()
	g := &generation{number: t.row.generation + 1, filter: newFilter(t.store.options.generation)}
	pages, page := claimPageBulk.rows(256), []byte(nil)
	for i, c := range all {
		page = appendClaim(page, c)
		setFilter(g.filter, c.ID)
		if i == len(all)-1 || all[i+1].ID[0] != c.ID[0] {
			pages.add(t.workspace, len(page), 0, g.number, c.ID[0], page)
			page = nil
		}
	}
	if err := t.insert(ctx, pages); err != nil {
		return err
	}
	row := claimFilterBulk.rows(1)
	row.add(t.workspace, len(g.filter), 0, g.number, len(all), g.filter)
	t.closing = g
	return t.insert(ctx, row)
}
