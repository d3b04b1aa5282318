package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"

	"github.com/bylaw-dev/bylaw/engine"
)

type jobRow struct {
	Workspace string `gorm:"primaryKey"`
	JobID     string `gorm:"primaryKey"`
	Kind      string
	State     string
	Done      int64
	Total     int64
	Request   []byte
	Result    []byte
	ErrorText string      // jobNotes
	CreatedAt engine.Time `gorm:"autoCreateTime:false"`
	UpdatedAt engine.Time `gorm:"autoUpdateTime:false"`
	Look      int64       // when it wants attention; math.MaxInt64 when it is finished
	Epoch     int64
}

func (jobRow) TableName() string { return "jobs" }

// jobNotes is what of a job is only shown. It stands in the column of the error.
type jobNotes struct {
	Error *engine.Text `json:"error,omitempty"`
	By    string       `json:"by,omitempty"`
	ETA   engine.Time  `json:"eta,omitzero"`
}

// notes writes a job's notes.
func notes(j engine.Job) string {
	n := jobNotes{By: j.By, ETA: j.ETA}
	if j.Error != (engine.Text{}) {
		n.Error = &j.Error
	}
	text, err := json.Marshal(n)
	if err != nil {
		panic(err) // of strings and a number
	}
	return string(text)
}

func (r jobRow) job() engine.Job {
	j := engine.Job{Workspace: r.Workspace, ID: r.JobID, Kind: r.Kind, State: r.State, Done: r.Done, Total: r.Total, Request: r.Request,
		Result: r.Result, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, Epoch: r.Epoch}
	var n jobNotes
	if r.ErrorText != "" && json.Unmarshal([]byte(r.ErrorText), &n) != nil { // an older program's
		n.Error = &engine.Text{En: r.ErrorText, Zh: r.ErrorText}
	}
	if n.Error != nil {
		j.Error = *n.Error
	}
	j.By, j.ETA = n.By, n.ETA
	return j
}

// jobNever is the look of a job that wants no attention any more.
const jobNever = math.MaxInt64

// CreateJob queues a job, or begins it at once: a job with an Epoch is claimed
// already, until its ETA.
func (s *Store) CreateJob(ctx context.Context, j engine.Job) error {
	row := &jobRow{Workspace: j.Workspace, JobID: j.ID, Kind: j.Kind, State: engine.JobQueued, Total: j.Total, Request: j.Request,
		CreatedAt: j.CreatedAt, UpdatedAt: j.CreatedAt, Look: int64(j.CreatedAt), ErrorText: notes(engine.Job{By: j.By})}
	if j.Epoch > 0 {
		row.State, row.Epoch, row.Look = engine.JobRunning, j.Epoch, int64(j.ETA)
	}
	return s.create(ctx, j.Workspace, "job", row)
}

// Job gives a job.
func (s *Store) Job(ctx context.Context, workspace, id string) (engine.Job, error) {
	row, err := one[jobRow](s.outside(workspace).orm(ctx).Where("job_id = ?", id), s, "job", id)
	return row.job(), err
}

// Jobs lists a workspace's jobs, newest first, without what they found.
func (s *Store) Jobs(ctx context.Context, workspace string, p engine.Page) (engine.Rows[engine.Job], error) {
	c := condition{s.outside(workspace).orm(ctx)}
	if err := c.after("created_at", "job_id", p.Cursor, textKey); err != nil {
		return engine.Rows[engine.Job]{}, err
	}
	limit := limitOf(p)
	var found []jobRow
	err := c.orm.Omit("result").Order("created_at DESC, job_id DESC").Limit(limit + 1).Find(&found).Error
	return paged(converted(found, jobRow.job), limit, func(j *engine.Job) cursor { return cursor{int64(j.CreatedAt), j.ID} }), s.failure("list jobs", err)
}

// NewestJob is the newest finished job of a kind whose request begins so.
func (s *Store) NewestJob(ctx context.Context, workspace, kind string, begins []byte) (j engine.Job, found bool, err error) {
	return s.jobAsked(ctx, workspace, kind, begins, engine.JobDone)
}

// OpenJob is the newest job of a kind that waits or runs, whose request begins so.
func (s *Store) OpenJob(ctx context.Context, workspace, kind string, begins []byte) (j engine.Job, found bool, err error) {
	return s.jobAsked(ctx, workspace, kind, begins, engine.JobQueued, engine.JobRunning)
}

func (s *Store) jobAsked(ctx context.Context, workspace, kind string, begins []byte, states ...string) (j engine.Job, found bool, err error) {
	var rows []jobRow
	err = s.outside(workspace).orm(ctx).Where("kind = ? AND state IN ? AND SUBSTR(request, 1, ?) = ?", kind, states, len(begins), begins).
		Order("created_at DESC, job_id DESC").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return j, false, s.failure("find job", err)
	}
	return rows[0].job(), true, nil
}

// ClaimJobs leases jobs of the kinds that wait, and running ones whose lease ran
// out, until a time.
func (s *Store) ClaimJobs(ctx context.Context, kinds []string, now, until engine.Time, limit int) ([]engine.Job, error) {
	var waiting int64
	err := s.across(ctx, s.readers, "jobs of all workspaces are worked").Model(&jobRow{}).Where("look <= ? AND kind IN ?", int64(now), kinds).Count(&waiting).Error
	if err != nil || waiting == 0 {
		return nil, s.failure("claim jobs", err)
	}
	var claimed []engine.Job
	err = s.transact(ctx, "", func(c scope) error {
		claimed = nil
		var due []jobRow
		err := c.session.WithContext(ctx).Set(everyWorkspace, "jobs of all workspaces are worked").
			Where("look <= ? AND kind IN ?", int64(now), kinds).Order("look, workspace, job_id").Limit(limit).Clauses(forUpdate).Find(&due).Error
		if err != nil {
			return err
		}
		for _, row := range due {
			c.workspace = row.Workspace
			row.State, row.Epoch = engine.JobRunning, row.Epoch+1
			if _, err := c.exec(ctx, "UPDATE jobs SET state = ?, epoch = ?, look = ?, updated_at = ? WHERE workspace = ? AND job_id = ?",
				engine.JobRunning, row.Epoch, int64(until), int64(now), row.JobID); err != nil {
				return err
			}
			j := row.job()
			if j.Checkpoint, err = c.checkpoint(ctx, j.ID); err != nil {
				return err
			}
			claimed = append(claimed, j)
		}
		return nil
	})
	return claimed, s.failure("claim jobs", err)
}

// MyJob is whether a claimed job still is its claimer's: not cancelled, not
// taken by somebody else.
func (s *Store) MyJob(ctx context.Context, j engine.Job) (mine bool, err error) {
	rows, err := s.outside(j.Workspace).query(ctx, "SELECT 1 FROM jobs WHERE workspace = ? AND job_id = ? AND epoch = ? AND state = ?", j.ID, j.Epoch, engine.JobRunning)
	err = each(rows, err, func(*sql.Rows) error { mine = true; return nil })
	return mine, s.failure("look at job", err)
}

// ProgressJob notes how far a claimed job is and renews its lease; what it has
// no Result or Checkpoint of stays. false: it was cancelled, or somebody else
// has it; stop.
func (s *Store) ProgressJob(ctx context.Context, j engine.Job, now, until engine.Time) (mine bool, err error) {
	set := map[string]any{"done": j.Done, "total": j.Total, "error_text": notes(j), "updated_at": now, "look": int64(until)}
	if j.Result != nil {
		set["result"] = []byte(j.Result)
	}
	return s.changeJob(ctx, j, set)
}

// FinishJob ends a claimed job as done, or as failed when it has an Error. One
// whose work was done before its cancelling reached it is done.
func (s *Store) FinishJob(ctx context.Context, j engine.Job, now engine.Time) (mine bool, err error) {
	j.ETA, j.Checkpoint = 0, nil
	set := map[string]any{"state": engine.JobDone, "done": j.Done, "total": j.Total, "result": []byte(j.Result), "error_text": notes(j),
		"updated_at": now, "look": int64(jobNever)}
	if j.Error != (engine.Text{}) {
		set["state"] = engine.JobFailed
		return s.changeJob(ctx, j, set)
	}
	return s.changeJob(ctx, j, set, engine.JobCancelled)
}

// ReleaseJob gives a claimed job back, for whoever comes first.
func (s *Store) ReleaseJob(ctx context.Context, j engine.Job, now engine.Time) (mine bool, err error) {
	j.Checkpoint = nil
	return s.changeJob(ctx, j, map[string]any{"state": engine.JobQueued, "updated_at": now, "look": int64(now)})
}

// changeJob changes a job that runs, or is in another state that may be changed,
// under its claimer's epoch, and keeps its checkpoint
// where it has one.
func (s *Store) changeJob(ctx context.Context, j engine.Job, set map[string]any, also ...string) (mine bool, err error) {
	states := append([]string{engine.JobRunning}, also...)
	err = s.transact(ctx, j.Workspace, func(c scope) error {
		done := c.orm(ctx).Model(&jobRow{}).Where("job_id = ? AND epoch = ? AND state IN ?", j.ID, j.Epoch, states).Updates(set)
		if mine = done.RowsAffected > 0; done.Error != nil || !mine || j.Checkpoint == nil {
			return done.Error
		}
		row := jobKeepBulk.rows(1)
		row.add(j.Workspace, len(j.Checkpoint), j.ID, j.Checkpoint)
		return c.insert(ctx, row)
	})
	return mine, s.failure("change job", err)
}

var jobKeepBulk = bulk{table: "job_keeps", columns: []string{"job_id", "checkpoint"}, keys: 2, set: []string{"checkpoint"}}

// checkpoint is what a job's last worker kept.
func (c scope) checkpoint(ctx context.Context, job string) (kept []byte, err error) {
	rows, err := c.query(ctx, "SELECT checkpoint FROM job_keeps WHERE workspace = ? AND job_id = ?", job)
	return kept, each(rows, err, func(r *sql.Rows) error { return r.Scan(&kept) })
}

// CancelJob ends a job that is not finished; its worker sees that soon.
func (s *Store) CancelJob(ctx context.Context, workspace, id string, now engine.Time) (engine.Job, error) {
	var row jobRow
	err := s.audited(ctx, workspace, func(c scope) error {
		done := c.orm(ctx).Model(&jobRow{}).Where("job_id = ? AND state IN ?", id, []string{engine.JobQueued, engine.JobRunning}).
			Updates(map[string]any{"state": engine.JobCancelled, "updated_at": now, "look": int64(jobNever)})
		if done.Error != nil {
			return done.Error
		}
		var err error
		row, err = one[jobRow](c.orm(ctx).Where("job_id = ?", id), s, "job", id)
		return err
	})
	return row.job(), s.failure("cancel job", err)
}
