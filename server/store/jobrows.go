package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

var jobRowsBulk = bulk{table: "job_rows", columns: []string{"job_id", "seq", "body"}, keys: 3, set: []string{"body"}}

// PutJobRows keeps a stretch of the list that a claimed job found, from its
// entry with a number on; what stood there is replaced. false: the job is not
// the claimer's any more, and nothing is kept.
func (s *Store) PutJobRows(ctx context.Context, j engine.Job, from int64, list []json.RawMessage) (mine bool, err error) {
	for part := range slices.Chunk(list, maxRows) {
		err := s.transact(ctx, j.Workspace, func(c scope) error {
			n, err := c.exec(ctx, "UPDATE jobs SET updated_at = updated_at + 1 WHERE workspace = ? AND job_id = ? AND epoch = ? AND state = ?", j.ID, j.Epoch, engine.JobRunning)
			if mine = n > 0; err != nil || !mine {
				return err
			}
			rows := jobRowsBulk.rows(len(part))
			for i, body := range part {
				rows.add(j.Workspace, len(body), j.ID, from+int64(i), []byte(body))
			}
			return c.insert(ctx, rows)
		})
		if err != nil || !mine {
			return mine, s.failure("keep a job's list", err)
		}
		from += int64(len(part))
	}
	return true, nil
}

// JobRows gives a page of the list that a job found.
func (s *Store) JobRows(ctx context.Context, workspace, id string, p engine.Page) (engine.Rows[json.RawMessage], error) {
	var out engine.Rows[json.RawMessage]
	after := int64(-1)
	if p.Cursor != "" {
		var err error
		if after, err = strconv.ParseInt(p.Cursor, 36, 64); err != nil {
			return out, badCursor()
		}
	}
	limit, last := limitOf(p), int64(0)
	rows, err := s.outside(workspace).query(ctx, "SELECT seq, body FROM job_rows WHERE workspace = ? AND job_id = ? AND seq > ? ORDER BY seq LIMIT ?", id, after, limit+1)
	err = each(rows, err, func(r *sql.Rows) error {
		var seq int64
		var body []byte
		if err := r.Scan(&seq, &body); err != nil {
			return err
		}
		if len(out.Items) == limit {
			out.Next = strconv.FormatInt(last, 36)
			return nil
		}
		last = seq
		out.Items = append(out.Items, body)
		return nil
	})
	return out, s.failure("read a job's list", err)
}
