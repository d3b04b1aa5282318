package store

import (
	"context"
	"database/sql"
	"encoding/binary"

	"github.com/bylaw-dev/bylaw/engine"
)

// record gives what a record became with pseudonyms in it, and its key.
func (f *forgetter) record(kind engine.RecordKind, key string, body []byte) (newKey string, newBody []byte, changed bool) {
	if kind == engine.IdentityRecord {
		if p := f.keys[key]; p != "" && (body == nil || f.of(string(body))) {
			return p, body, true
		}
		return key, body, false
	}
	if kind == engine.MemberRecord && f.of(key) {
		if out, ok := f.json(body); ok {
			return key, out, true
		}
	}
	return key, body, false
}

// pastLog rewrites what is not filed yet.
func (f *forgetter) pastLog(ctx context.Context) error {
	type row struct{ last, part int64 }
	for after := (row{-1, -1}); ; {
		var all []row
		var bodies [][]byte
		rows, err := f.query(ctx, "SELECT last_position, part, body FROM past_log WHERE workspace = ? AND lane = 0 AND (last_position > ? OR last_position = ? AND part > ?) ORDER BY last_position, part LIMIT ?",
			after.last, after.last, after.part, manyPages)
		err = each(rows, err, func(r *sql.Rows) error {
			var at row
			var body []byte
			err := r.Scan(&at.last, &at.part, &body)
			all, bodies = append(all, at), append(bodies, body)
			return err
		})
		if err != nil || len(all) == 0 {
			return err
		}
		for i, at := range all {
			body, changed, err := f.pastRow(bodies[i])
			if err != nil {
				return err
			}
			if !changed {
				continue
			}
			err = f.store.transact(ctx, f.workspace, func(c scope) error {
				_, err := c.exec(ctx, "UPDATE past_log SET body = ? WHERE workspace = ? AND lane = 0 AND last_position = ? AND part = ?", body, at.last, at.part)
				return err
			})
			if err != nil {
				return err
			}
		}
		after = all[len(all)-1]
	}
}

func (f *forgetter) pastRow(body []byte) (out []byte, changed bool, err error) {
	err = readPast(body, func(p *engine.PastRecord) {
		r := engine.Record{Kind: p.Kind}
		var did bool
		r.Key, r.Body, did = f.record(p.Kind, p.Key, p.Body)
		out, changed = appendRecord(binary.AppendUvarint(out, uint64(p.Position)), &r), changed || did
	})
	return out, changed, err
}

// filed rewrites what is filed: the members' own rows, and those of identities,
// which go by their pseudonyms then.
func (f *forgetter) filed(ctx context.Context) error {
	for _, member := range append([]string{f.Member}, f.Merged...) {
		if err := f.filedRows(ctx, recordKey(engine.MemberRecord, member), recordKey(engine.MemberRecord, member), true); err != nil {
			return err
		}
	}
	for key, p := range f.keys {
		if err := f.filedRows(ctx, recordKey(engine.IdentityRecord, key), recordKey(engine.IdentityRecord, p), false); err != nil {
			return err
		}
	}
	return nil
}

// filedRows rewrites an item's rows, which may become another item's.
func (f *forgetter) filedRows(ctx context.Context, item, as string, members bool) error {
	found := map[int64][]byte{}
	rows, err := f.query(ctx, "SELECT segment, body FROM past WHERE workspace = ? AND lane = 0 AND segment > ? AND item = ?", -1, item)
	err = each(rows, err, func(r *sql.Rows) error {
		var segment int64
		var body []byte
		err := r.Scan(&segment, &body)
		found[segment] = body
		return err
	})
	if err != nil {
		return err
	}
	for segment, body := range found {
		kept, gone, err := f.versions(body, members)
		if err != nil {
			return err
		}
		err = f.store.transact(ctx, f.workspace, func(c scope) error {
			if _, err := c.exec(ctx, "DELETE FROM past WHERE workspace = ? AND lane = 0 AND segment = ? AND item = ?", segment, item); err != nil {
				return err
			}
			for name, v := range map[string]*recordVersions{item: kept, as: gone} {
				if len(v.body) == 0 {
					continue
				}
				row := historyBulk.rows(1)
				row.add(f.workspace, len(v.body), 0, segment, name, v.packed())
				if err := c.insert(ctx, row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// versions divides what an item became: what stays as it is, and what goes by
// another name. Of members all stays, with pseudonyms. An identity that somebody
// else has had meanwhile keeps their part.
func (f *forgetter) versions(row []byte, members bool) (kept, gone *recordVersions, err error) {
	kept, gone = &recordVersions{}, &recordVersions{}
	mine := true
	err = eachVersion(row, func(position int64, body []byte) {
		if members {
			_, out, _ := f.record(engine.MemberRecord, f.Member, body)
			kept.add(position, out)
			return
		}
		if body != nil {
			mine = f.of(string(body))
		}
		if mine {
			gone.add(position, body)
		} else {
			kept.add(position, body)
		}
	})
	return kept, gone, err
}
