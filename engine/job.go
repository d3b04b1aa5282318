package engine

import "encoding/json"

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
	Workspace  string
	ID         string
	Kind       string // backtest, backfill, import, export, publish ...
	State      string
	Done       int64
	Total      int64
	Request    json.RawMessage
	Result     json.RawMessage // while it runs: what is known so far
	Checkpoint []byte          // what the next worker goes on from; the worker's own format
	Error      Text            // why it failed
	CreatedAt  Time
	UpdatedAt  Time
	ETA        Time   // when it will likely be done; 0: not known
	By         string // who asked for it: token or user id
	Epoch      int64  // of the claim; every write checks it
}

// Ended is whether nothing will change any more.
func (j *Job) Ended() bool {
	return j.State == JobDone || j.State == JobFailed || j.State == JobCancelled
}

// JobName names a job among all workspaces.
type JobName struct{ Workspace, ID string }
