package api

import (
	"context"
	"encoding/json"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/service"
)

// Tokens keeps the tokens of workspaces. Every method but auth.TokenStore's is
// scoped by the workspace it is given.
type Tokens interface {
	auth.TokenStore
	ListTokens(ctx context.Context, workspace string) ([]auth.Token, error)
	AddToken(ctx context.Context, t auth.Token) error
	// RevokeToken ends a token; engine.CodeNotFound when the workspace has none of
	// that id.
	RevokeToken(ctx context.Context, workspace, id string, at engine.Time) error
}

// Users keeps the console's users of workspaces.
type Users interface {
	// ListUsers gives all, by login.
	ListUsers(ctx context.Context, workspace string) ([]auth.User, error)
	// User gives one by id; engine.CodeNotFound when the workspace has none of it.
	User(ctx context.Context, workspace, id string) (auth.User, error)
	// AddUser adds one; engine.CodeConflict when the login is taken.
	AddUser(ctx context.Context, u auth.User) error
	// SaveUser writes one whose version is still u.Version, which grows by one.
	// engine.CodeConflict otherwise, when the login is taken, or when the workspace's
	// last active owner among users would be none any more.
	SaveUser(ctx context.Context, u auth.User) (auth.User, error)
	// RemoveUser removes one whose version is still u.Version, with the same conflicts.
	RemoveUser(ctx context.Context, u auth.User) error
}

// Workspace is one tenant.
type Workspace struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	ExternalID string      `json:"external_id,omitempty"`
	State      string      `json:"state"` // active or suspended
	CreatedAt  engine.Time `json:"created_at,omitempty"`
	Version    int64       `json:"version"`
}

// Workspaces keeps the server's workspaces.
type Workspaces interface {
	ListWorkspaces(ctx context.Context, p engine.Page) (engine.Rows[Workspace], error)
	Workspace(ctx context.Context, id string) (Workspace, error)
	// AddWorkspace creates one with its owner's token, both or none;
	// engine.CodeConflict when the external id is taken.
	AddWorkspace(ctx context.Context, w Workspace, owner auth.Token) error
	// SaveWorkspace writes one whose version is still w.Version, which grows by
	// one; engine.CodeConflict otherwise.
	SaveWorkspace(ctx context.Context, w Workspace) (Workspace, error)
}

// SetUps exchanges the set-up link's secret.
type SetUps interface {
	// Redeem uses a secret up, by its hash, and adds the owner's token, in one
	// step. engine.CodeUnauthorized when there is no such secret, it was used, is
	// older than 24 hours, or the server has an owner.
	Redeem(ctx context.Context, hash string, now engine.Time, owner auth.Token) (workspace string, err error)
	// RedeemByUser is Redeem for an owner who is a person, and signed in at once.
	RedeemByUser(ctx context.Context, o FirstOwner) (auth.SignedIn, error)
}

// FirstOwner is the person who opens the set-up link.
type FirstOwner struct {
	Hash      string // of the link's secret
	At        engine.Time
	User      auth.User // without workspace and password's hash
	Password  string
	From      auth.Client
	Workspace string // what it is called; "": as before
}

// OnceKey names one request that may be repeated.
type OnceKey struct {
	Workspace, Token, Call, Key string
	Body                        string // a hash of what was asked
}

// Answer is what was answered to a request.
type Answer struct {
	Status int
	Type   string
	ETag   string
	Body   []byte
}

// Once remembers the answers to requests with an Idempotency-Key for 24 hours.
type Once interface {
	// Begin claims a key, or gives the answer that it got. engine.CodeConflict
	// while the first request is still at work (a claim is given up for lost after
	// a minute); engine.CodeInvalid when it came with another body.
	Begin(ctx context.Context, k OnceKey, now engine.Time) (*Answer, error)
	Finish(ctx context.Context, k OnceKey, a Answer) error
	Abandon(ctx context.Context, k OnceKey) error
}

// Audit keeps one row for each change that somebody asked for. The row travels
// with the context (engine.WithAudit) and is written by whoever makes the change,
// in its transaction; AddAudit writes the one of a change that has none.
type Audit interface {
	AddAudit(ctx context.Context, workspace string) error
}

// Job is long work.
type Job struct {
	ID        string          `json:"id"`
	Kind      string          `json:"kind"`
	State     string          `json:"state"` // queued running done failed cancelled
	Done      int64           `json:"done"`
	Total     int64           `json:"total"`
	ETA       engine.Time     `json:"eta,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     *engine.Text    `json:"error,omitempty"`
	CreatedAt engine.Time     `json:"created_at,omitempty"`
	UpdatedAt engine.Time     `json:"updated_at,omitempty"`
	By        string          `json:"by,omitempty"`
}

func (j *Job) ended() bool {
	return j.State == engine.JobDone || j.State == engine.JobFailed || j.State == engine.JobCancelled
}

// Jobs is the workspace's long work.
type Jobs interface {
	ListJobs(ctx context.Context, workspace string, p engine.Page) (engine.Rows[Job], error)
	Job(ctx context.Context, workspace, id string) (Job, error)
	// CancelJob asks a job to stop; engine.CodeConflict when it has ended.
	CancelJob(ctx context.Context, workspace, id string) (Job, error)
	// JobRows gives a page of the list that a job of a kind found;
	// engine.CodeNotFound where there is no such job.
	JobRows(ctx context.Context, workspace, kind, id string, p engine.Page) (engine.Rows[json.RawMessage], error)
}

// Plugin is a channel plugin and what it can do.
type Plugin struct {
	ID        string            `json:"id"`
	Title     engine.Text       `json:"title,omitzero"`
	About     engine.Text       `json:"about,omitzero"`
	Version   string            `json:"version,omitempty"`
	State     string            `json:"state,omitempty"`
	Schema    json.RawMessage   `json:"schema,omitempty"`
	Secrets   []string          `json:"secrets,omitempty"`
	Targets   []string          `json:"targets,omitempty"`
	Reports   []string          `json:"reports,omitempty"`
	Dedupes   bool              `json:"dedupes,omitempty"`
	Abilities map[string]string `json:"abilities,omitempty"` // auto, confirm, manual or none
}

// ChannelHealth is how the process behind a channel is.
type ChannelHealth struct {
	Plugin   string      `json:"plugin"`
	State    string      `json:"state"`
	Version  string      `json:"version,omitempty"`
	Problem  engine.Text `json:"problem,omitzero"` // why it cannot run
	Until    engine.Time `json:"until,omitempty"`  // when it is started again
	Restarts int         `json:"restarts"`
	Log      []string    `json:"log"`              // last lines, oldest first
	Hidden   bool        `json:"hidden,omitempty"` // there may be lines that are not for this caller
}

// Channels reaches channel plugins and keeps channels' secrets, encrypted.
type Channels interface {
	Plugins(ctx context.Context) ([]Plugin, error)
	// Health tells of a plugin what one workspace may know.
	Health(workspace, plugin string) ChannelHealth
	// Test sends one message now, past the outbox.
	Test(ctx context.Context, workspace string, c engine.ChannelDef, m engine.Message) (engine.Receipt, error)
	// SecretNames lists the secrets that are set, by channel.
	SecretNames(ctx context.Context, workspace string) (map[string][]string, error)
	// PutSecrets sets secrets of a channel; nil removes one.
	PutSecrets(ctx context.Context, workspace, channel string, secrets map[string]*string) error
}

// Ask is what an import or export is asked to do, as the API describes it.
type Ask struct {
	ID   string          // of the job to be
	Body json.RawMessage // an ExportAsk or ImportAsk
	File []byte          // to be imported
}

// JobFile is a file that a job wrote.
type JobFile struct {
	Name, Type string
	Bytes      int64
	// Next gives one part after the other, nil after the last.
	Next func() ([]byte, error)
}

// Transfers brings files in and out, as jobs.
type Transfers interface {
	Export(ctx context.Context, who service.Caller, a Ask) (Job, error)
	// Preview says how a file would be read, and changes nothing.
	Preview(ctx context.Context, who service.Caller, a Ask) (any, error)
	Import(ctx context.Context, who service.Caller, a Ask) (Job, error)
	// File opens a job's file; engine.CodeNotFound when there is none, or none any more.
	File(ctx context.Context, who service.Caller, job string) (JobFile, error)
}
