package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"math"

	"github.com/bylaw-dev/bylaw/engine"
)

// The states of a job.
const (
	JobQueued    = "queued"
	JobRunning   = "running"
	JobDone      = "done"
	JobFailed    = "failed"
	JobCancelled = "cancelled"
)

// Job is long work that survives the process that began it.
type Job struct {
	Workspace string
	ID        string
	Kind      string // backtest, import, export, warm ...
	State     string
	Done      int64
	Total     int64
	Request   json.RawMessage
	Result    json.RawMessage
	Error     string
	CreatedAt engine.Time
	UpdatedAt engine.Time
	Epoch     int64 // of the claim; every write checks it
}

type jobRow struct {
	Workspace string `gorm:"primaryKey"`
	JobID     string `gorm:"primaryKey"`
	Kind      string
	State     string
	Done      int64
	Total     int64
	Request   []byte
	Result    []byte
	ErrorText string
	CreatedAt engine.Time `gorm:"autoCreateTime:false"`
	UpdatedAt engine.Time `gorm:"autoUpdateTime:false"`
	Look      int64       // when it wants attention; math.MaxInt64 when it is finished
	Epoch     int64
}

func (jobRow) TableName() string { return "jobs" }

func (r jobRow) job() Job {
	return Job{r.Workspace, r.JobID, r.Kind, r.State, r.Done, r.Total, r.Request, r.Result, r.ErrorText, r.CreatedAt, r.UpdatedAt, r.Epoch}
}

// CreateJob queues a job.
func (s *Store) CreateJob(ctx context.Context, j Job) error {
	return s.create(ctx, j.Workspace, "job", &jobRow{Workspace: j.Workspace, JobID: j.ID, Kind: j.Kind, State: JobQueued, Total: j.Total, Request: j.Request,
		CreatedAt: j.CreatedAt, UpdatedAt: j.CreatedAt, Look: int64(j.CreatedAt)})
}

// Job gives a job.
func (s *Store) Job(ctx context.Context, workspace, id string) (Job, error) {
	row, err := one[jobRow](s.outside(workspace).orm(ctx).Where("job_id = ?", id), s, "job", id)
	return row.job(), err
}

// Jobs lists a workspace's jobs, newest first.
func (s *Store) Jobs(ctx context.Context, workspace string, p engine.Page) (engine.Rows[Job], error) {
	c := condition{s.outside(workspace).orm(ctx)}
	if err := c.after("created_at", "job_id", p.Cursor, textKey); err != nil {
		return engine.Rows[Job]{}, err
	}
	limit := limitOf(p)
	var found []jobRow
	err := c.orm.Order("created_at DESC, job_id DESC").Limit(limit + 1).Find(&found).Error
	return paged(converted(found, jobRow.job), limit, func(j *Job) cursor { return cursor{int64(j.CreatedAt), j.ID} }), s.failure("list jobs", err)
}

// ClaimJobs leases queued jobs, and running ones whose lease ran out, until a time.
func (s *Store) ClaimJobs(ctx context.Context, now, until engine.Time, limit int) ([]Job, error) {
	var claimed []Job
	err := s.transact(ctx, "", func(c scope) error {
		claimed = nil
		var due []jobRow
		err := c.session.WithContext(ctx).Set(everyWorkspace, "jobs of all workspaces are worked").
			Where("look <= ?", int64(now)).Order("look, workspace, job_id").Limit(limit).Clauses(forUpdate).Find(&due).Error
		if err != nil {
			return err
		}
		for _, row := range due {
			c.workspace = row.Workspace
			row.State, row.Epoch = JobRunning, row.Epoch+1
			if _, err := c.exec(ctx, "UPDATE jobs SET state = ?, epoch = ?, look = ?, updated_at = ? WHERE workspace = ? AND job_id = ?",
				JobRunning, row.Epoch, int64(until), int64(now), row.JobID); err != nil {
				return err
			}
			claimed = append(claimed, row.job())
		}
		return nil
	})
	return claimed, s.failure("claim jobs", err)
}

// ProgressJob notes how far a claimed job is and renews its lease. false: it was
// cancelled, or somebody else has it; stop.
func (s *Store) ProgressJob(ctx context.Context, j Job, now, until engine.Time) (mine bool, err error) {
	return s.changeJob(ctx, j, map[string]any{"done": j.Done, "total": j.Total, "result": []byte(j.Result), "updated_at": now, "look": int64(until)})
}

// FinishJob ends a claimed job as done, or as failed when it has an Error.
func (s *Store) FinishJob(ctx context.Context, j Job, now engine.Time) (mine bool, err error) {
	state := JobDone
	if j.Error != "" {
		state = JobFailed
	}
	return s.changeJob(ctx, j, map[string]any{"state": state, "done": j.Done, "total": j.Total, "result": []byte(j.Result), "error_text": j.Error,
		"updated_at": now, "look": int64(math.MaxInt64)})
}

func (s *Store) changeJob(ctx context.Context, j Job, set map[string]any) (bool, error) {
	done := s.inside(j.Workspace).orm(ctx).Model(&jobRow{}).Where("job_id = ? AND epoch = ? AND state = ?", j.ID, j.Epoch, JobRunning).Updates(set)
	return done.RowsAffected > 0, s.failure("change job", done.Error)
}

// CancelJob ends a job that is not finished; its worker sees it at its next progress.
func (s *Store) CancelJob(ctx context.Context, workspace, id string, now engine.Time) (Job, error) {
	var row jobRow
	err := s.audited(ctx, workspace, func(c scope) error {
		done := c.orm(ctx).Model(&jobRow{}).Where("job_id = ? AND state IN ?", id, []string{JobQueued, JobRunning}).
			Updates(map[string]any{"state": JobCancelled, "updated_at": now, "look": int64(math.MaxInt64)})
		if done.Error != nil {
			return done.Error
		}
		var err error
		row, err = one[jobRow](c.orm(ctx).Where("job_id = ?", id), s, "job", id)
		return err
	})
	return row.job(), s.failure("cancel job", err)
}

// NextJob is when a job wants attention next; 0 when none does.
func (s *Store) NextJob(ctx context.Context) (engine.Time, error) {
	var next sql.NullInt64
	rows, err := s.across(ctx, s.readers, "jobs of all workspaces are worked").Model(&jobRow{}).Select("MIN(look)").Where("look < ?", int64(math.MaxInt64)).Rows()
	err = each(rows, err, func(r *sql.Rows) error { return r.Scan(&next) })
	return engine.Time(next.Int64), s.failure("next job", err)
}
