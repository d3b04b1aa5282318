package app

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api"
	"github.com/bylaw-dev/bylaw/server/jobs"
	"github.com/bylaw-dev/bylaw/server/service"
	"github.com/bylaw-dev/bylaw/server/store"
	"github.com/bylaw-dev/bylaw/server/transfer"
)

// jobFiles keeps the files of jobs in the database.
type jobFiles struct{ store *store.Store }

// PutFile writes one part.
func (f jobFiles) PutFile(ctx context.Context, n transfer.FileName, part int64, expires engine.Time, body []byte) error {
	return f.store.PutJobFile(ctx, store.JobFile(n), part, expires, body)
}

// ReadFile reads one part.
func (f jobFiles) ReadFile(ctx context.Context, n transfer.FileName, part int64, now engine.Time) ([]byte, error) {
	return f.store.ReadJobFile(ctx, store.JobFile(n), part, now)
}

// definitionsOf gives a workspace's newest definitions.
func (c *Core) definitionsOf(ctx context.Context, workspace string) (*engine.Definitions, error) {
	view, err := c.Machine.State(ctx, workspace)
	if err != nil {
		return nil, err
	}
	return view.Defs, nil
}

// Exports writes exports.
func (c *Core) Exports() *transfer.Exports {
	return &transfer.Exports{Files: jobFiles{c.Store}, Now: c.now,
		Exporter: transfer.Exporter{Service: c.Service, Readers: c.Store, State: c.definitionsOf}}
}

// Imports reads imports.
func (c *Core) Imports() *transfer.Imports {
	return &transfer.Imports{Files: jobFiles{c.Store}, Now: c.now, Importer: transfer.Importer{Service: c.Service,
		Machine: countedMachine{c.Machine, c.metrics, c.queued, &c.live}, Readers: c.Store, State: c.definitionsOf}}
}

// PutInput keeps the file that a job shall import.
func (c *Core) PutInput(ctx context.Context, j *engine.Job, body []byte) error {
	return transfer.PutInput(ctx, jobFiles{c.Store}, j.Workspace, j.ID, j.CreatedAt, body)
}

// ReadFile gives a file that a job wrote, part by part to the writer.
func (c *Core) ReadFile(ctx context.Context, j *engine.Job, f *transfer.File, write func([]byte) error) error {
	for part := int64(0); ; part++ {
		body, err := c.Store.ReadJobFile(ctx, store.JobFile{Workspace: j.Workspace, Job: j.ID, Epoch: f.Epoch}, part, c.now())
		if err != nil || body == nil {
			return err
		}
		if err := write(body); err != nil {
			return err
		}
	}
}

// transferHandlers work imports and exports.
func (c *Core) transferHandlers(handlers map[string]jobs.Handler) {
	handlers["export"] = func(ctx context.Context, w *jobs.Work) (any, error) { return c.Exports().Work(ctx, w) }
	handlers["import"] = func(ctx context.Context, w *jobs.Work) (any, error) { return c.Imports().Work(ctx, w) }
}

// transfers begins imports and exports for the API.
type transfers struct{ core *Core }

// Export checks and begins an export. What the caller may see is settled now.
func (t transfers) Export(ctx context.Context, who service.Caller, a api.Ask) (api.Job, error) {
	var ask transfer.Ask
	if err := json.Unmarshal(a.Body, &ask); err != nil {
		return api.Job{}, fmt.Errorf("read the ask: %w", err)
	}
	ask.By, ask.Personal = who.By, who.Personal
	if err := t.core.Exports().Check(ctx, who, ask); err != nil {
		return api.Job{}, err
	}
	return t.begin(ctx, who, a.ID, "export", ask)
}

// Preview says how a file would be imported.
func (t transfers) Preview(ctx context.Context, who service.Caller, a api.Ask) (any, error) {
	bring, err := bringOf(a.Body, who)
	if err != nil {
		return nil, err
	}
	return t.core.Imports().Preview(ctx, who, bring, a.File)
}

// Import checks a file and begins to import it.
func (t transfers) Import(ctx context.Context, who service.Caller, a api.Ask) (api.Job, error) {
	bring, err := bringOf(a.Body, who)
	if err != nil {
		return api.Job{}, err
	}
	imports := t.core.Imports()
	if err := imports.Check(ctx, who, bring, a.File); err != nil {
		return api.Job{}, err
	}
	if err := transfer.PutInput(ctx, imports.Files, who.Workspace, a.ID, who.Now, a.File); err != nil {
		return api.Job{}, err
	}
	return t.begin(ctx, who, a.ID, "import", bring)
}

func bringOf(body []byte, who service.Caller) (transfer.Bring, error) {
	var bring transfer.Bring
	if err := json.Unmarshal(body, &bring); err != nil {
		return bring, fmt.Errorf("read the ask: %w", err)
	}
	bring.By = who.By
	return bring, nil
}

func (t transfers) begin(ctx context.Context, who service.Caller, id, kind string, request any) (api.Job, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return api.Job{}, fmt.Errorf("write the request: %w", err)
	}
	j := engine.Job{Workspace: who.Workspace, ID: id, Kind: kind, State: engine.JobQueued, Request: body, CreatedAt: who.Now, UpdatedAt: who.Now, By: who.By}
	return shownJob(&j), t.core.Jobs.Start(ctx, j)
}

// File opens the file of a job that has ended. One with personal fields is for
// those who may see them.
func (t transfers) File(ctx context.Context, who service.Caller, id string) (api.JobFile, error) {
	j, err := t.core.Store.Job(ctx, who.Workspace, id)
	if err != nil {
		return api.JobFile{}, err
	}
	var result struct {
		File *transfer.File `json:"file"`
	}
	var ask struct {
		Personal bool `json:"personal"`
	}
	if json.Unmarshal(j.Result, &result) != nil || j.State != engine.JobDone || result.File == nil || result.File.Expires <= t.core.now() {
		return api.JobFile{}, engine.NotFound("file of job", id)
	}
	if json.Unmarshal(j.Request, &ask) == nil && (ask.Personal || j.Kind == "import") && !who.Personal {
		return api.JobFile{}, &engine.Error{Code: engine.CodeForbidden, Message: engine.Text{
			En: "this file may hold personal fields: it needs a token with the scope pii:read", Zh: "该文件可能包含个人信息：需要带 pii:read 权限的令牌"}}
	}
	f, part := result.File, int64(-1)
	return api.JobFile{Name: f.Name, Type: f.Type, Bytes: f.Bytes, Next: func() ([]byte, error) {
		part++
		return t.core.Store.ReadJobFile(ctx, store.JobFile{Workspace: who.Workspace, Job: id, Epoch: f.Epoch}, part, t.core.now())
	}}, nil
}
