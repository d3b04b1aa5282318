package store

import (
	"context"
	"database/sql"

	"github.com/bylaw-dev/bylaw/engine"
)

// Files of jobs lie in the database and not beside it, so that any replica
// serves what any other has written, and a workspace's end takes them along.

var jobFileBulk = bulk{table: "job_files", columns: []string{"job_id", "epoch", "part", "expires_at", "body"}, keys: 4, set: []string{"expires_at", "body"}}

// JobFile names the file that one worker of a job writes: Epoch is 0 for what a
// job is given.
type JobFile struct {
	Workspace, Job string
	Epoch          int64
}

// PutJobFile writes one part of a file; parts count from 0. It may be repeated.
func (s *Store) PutJobFile(ctx context.Context, f JobFile, part int64, expires engine.Time, body []byte) error {
	return s.failure("write job's file", s.transact(ctx, f.Workspace, func(c scope) error {
		row := jobFileBulk.rows(1)
		row.add(f.Workspace, len(body), f.Job, f.Epoch, part, int64(expires), body)
		return c.insert(ctx, row)
	}))
}

// ReadJobFile gives one part of a file; nil where it has none or has expired.
func (s *Store) ReadJobFile(ctx context.Context, f JobFile, part int64, now engine.Time) (body []byte, err error) {
	rows, err := s.outside(f.Workspace).query(ctx, "SELECT body FROM job_files WHERE workspace = ? AND job_id = ? AND epoch = ? AND part = ? AND expires_at > ?",
		f.Job, f.Epoch, part, int64(now))
	err = each(rows, err, func(r *sql.Rows) error { return r.Scan(&body) })
	return body, s.failure("read job's file", err)
}

// PurgeJobFiles deletes the files that have expired, and says how many parts.
func (s *Store) PurgeJobFiles(ctx context.Context, now engine.Time) (int64, error) {
	done := s.across(ctx, s.writer, "files expire in all workspaces").Table("job_files").Where("expires_at <= ?", int64(now)).Delete(nil)
	return done.RowsAffected, s.failure("delete files that have expired", done.Error)
}
