package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"sync"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/service"
)

// world keeps in memory what the ports ask for.
type world struct {
	mu         sync.Mutex
	tokens     []auth.Token
	users      []auth.User
	passwords  *auth.Passwords
	accounts   *auth.Accounts
	sessions   []auth.Session
	factors    map[string]auth.Factor // by workspace/user
	recovery   map[string][]string    // hashes, by workspace/user
	workspaces []Workspace
	setUp      string // hash of the set-up secret
	once       map[OnceKey]*Answer
	audit      []engine.AuditEntry
	late       []string // actions of rows that no change's transaction wrote
	jobs       []Job
	jobRows    []json.RawMessage
	secrets    map[string]map[string]string
	sent       []engine.Message
	ingresses  map[string]Ingress     // by workspace/channel
	suppressed map[string]Suppression // by workspace/channel:address
	hooks      []HookRequest
	hookAnswer HookAnswer
	hookError  error
	failing    error // what TokenByHash answers, when set
}

func newWorld() *world {
	return &world{passwords: auth.NewPasswords(rand.Reader, 2), factors: map[string]auth.Factor{}, recovery: map[string][]string{}, once: map[OnceKey]*Answer{}, secrets: map[string]map[string]string{}, ingresses: map[string]Ingress{}, suppressed: map[string]Suppression{},
		workspaces: []Workspace{{ID: "ws_a", Name: "A", State: "active", Version: 1}, {ID: "ws_b", Name: "B", State: "active", Version: 1}},
		jobs:       []Job{{ID: "job_1", Kind: "import", State: "running", Done: 3, Total: 10}}}
}

func (w *world) TokenByHash(_ context.Context, hash string) (auth.Token, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failing != nil {
		return auth.Token{}, w.failing
	}
	for _, t := range w.tokens {
		if t.Hash == hash {
			return t, nil
		}
	}
	return auth.Token{}, engine.NotFound("token", "")
}

func (w *world) WorkspaceActive(ctx context.Context, id string) (bool, error) {
	x, err := w.Workspace(ctx, id)
	return x.State == "active", err
}

func (w *world) TouchToken(context.Context, string, string, engine.Time) error { return nil }

func (w *world) ListTokens(_ context.Context, workspace string) (list []auth.Token, err error) {
	for _, t := range w.tokens {
		if t.Workspace == workspace {
			list = append(list, t)
		}
	}
	return list, nil
}

func (w *world) AddToken(ctx context.Context, t auth.Token) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tokens = append(w.tokens, t)
	w.note(ctx, t.Workspace)
	return nil
}

func (w *world) RevokeToken(ctx context.Context, workspace, id string, at engine.Time) error {
	for i, t := range w.tokens {
		if t.Workspace == workspace && t.ID == id {
			w.tokens[i].RevokedAt = at
			w.note(ctx, workspace)
			return nil
		}
	}
	return engine.NotFound("token", id)
}

func (w *world) ListUsers(_ context.Context, workspace string) (list []auth.User, err error) {
	for _, u := range w.users {
		if u.Workspace == workspace {
			list = append(list, u)
		}
	}
	return list, nil
}

func (w *world) userAt(workspace, id string, version int64) int {
	return slices.IndexFunc(w.users, func(u auth.User) bool {
		return u.Workspace == workspace && u.ID == id && (version == 0 || u.Version == version)
	})
}

func (w *world) User(_ context.Context, workspace, id string) (auth.User, error) {
	i := w.userAt(workspace, id, 0)
	if i < 0 {
		return auth.User{}, engine.NotFound("user", id)
	}
	return w.users[i], nil
}

func (w *world) AddUser(ctx context.Context, u auth.User) error {
	if slices.ContainsFunc(w.users, func(o auth.User) bool { return o.Workspace == u.Workspace && o.Login == u.Login }) {
		return engine.Conflict(engine.Text{En: "taken", Zh: "已存在"})
	}
	w.users = append(w.users, u)
	w.note(ctx, u.Workspace)
	return nil
}

func (w *world) SaveUser(ctx context.Context, u auth.User) (auth.User, error) {
	i := w.userAt(u.Workspace, u.ID, u.Version)
	if i < 0 {
		return u, engine.Conflict(engine.Text{En: "changed", Zh: "已变"})
	}
	if w.users[i].Password != u.Password {
		w.endSessions(u.Workspace, u.ID, "")
	}
	u.Version++
	w.users[i] = u
	w.note(ctx, u.Workspace)
	return u, nil
}

func (w *world) RemoveUser(ctx context.Context, u auth.User) error {
	i := w.userAt(u.Workspace, u.ID, u.Version)
	if i < 0 {
		return engine.Conflict(engine.Text{En: "changed", Zh: "已变"})
	}
	w.users = slices.Delete(w.users, i, i+1)
	w.note(ctx, u.Workspace)
	return nil
}

func (w *world) ListWorkspaces(context.Context, engine.Page) (engine.Rows[Workspace], error) {
	return engine.Rows[Workspace]{Items: w.workspaces}, nil
}

func (w *world) Workspace(_ context.Context, id string) (Workspace, error) {
	for _, x := range w.workspaces {
		if x.ID == id {
			return x, nil
		}
	}
	return Workspace{}, engine.NotFound("workspace", id)
}

func (w *world) AddWorkspace(ctx context.Context, x Workspace, owner auth.Token) error {
	w.workspaces = append(w.workspaces, x)
	return w.AddToken(ctx, owner)
}

func (w *world) SaveWorkspace(ctx context.Context, x Workspace) (Workspace, error) {
	for i, have := range w.workspaces {
		if have.ID == x.ID && have.Version == x.Version {
			x.Version++
			w.workspaces[i] = x
			w.note(ctx, x.ID)
			return x, nil
		}
	}
	return x, engine.Conflict(engine.Text{En: "changed", Zh: "已变"})
}

func (w *world) Redeem(ctx context.Context, hash string, _ engine.Time, owner auth.Token) (string, error) {
	if hash != w.setUp || w.setUp == "" {
		return "", &engine.Error{Code: engine.CodeUnauthorized, Message: engine.Text{En: "the link was used or is too old", Zh: "链接已使用或已过期"}}
	}
	w.setUp, owner.Workspace = "", "ws_a"
	return "ws_a", w.AddToken(ctx, owner)
}

func (w *world) Begin(_ context.Context, k OnceKey, _ engine.Time) (*Answer, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for have, a := range w.once {
		body := have.Body
		if have.Body = k.Body; have != k {
			continue
		}
		switch {
		case body != k.Body:
			return nil, ErrOnceOtherBody
		case a == nil:
			return nil, ErrOnceInFlight
		}
		return a, nil
	}
	w.once[k] = nil
	return nil, nil
}

func (w *world) Finish(_ context.Context, k OnceKey, a Answer) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.once[k] = &a
	return nil
}

func (w *world) Abandon(_ context.Context, k OnceKey) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.once, k)
	return nil
}

// note writes the audit row that a change carries, as the store does.
func (w *world) note(ctx context.Context, workspace string) {
	a := engine.AuditOf(ctx)
	if e, pending := a.Pending(); pending {
		e.Noun = a.Workspace(workspace) + " " + e.Noun
		w.audit = append(w.audit, e)
		a.Written()
	}
}

func (w *world) AddAudit(ctx context.Context, workspace string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	e, _ := engine.AuditOf(ctx).Pending()
	w.late = append(w.late, e.Action)
	w.note(ctx, workspace)
	return nil
}

func (w *world) ListJobs(_ context.Context, workspace string, _ engine.Page) (engine.Rows[Job], error) {
	if workspace != "ws_a" {
		return engine.Rows[Job]{}, nil
	}
	return engine.Rows[Job]{Items: w.jobs}, nil
}

func (w *world) Job(_ context.Context, workspace, id string) (Job, error) {
	i := slices.IndexFunc(w.jobs, func(j Job) bool { return j.ID == id })
	if i < 0 || workspace != "ws_a" {
		return Job{}, engine.NotFound("job", id)
	}
	return w.jobs[i], nil
}

func (w *world) CancelJob(ctx context.Context, workspace, id string) (Job, error) {
	j, err := w.Job(ctx, workspace, id)
	if err == nil {
		w.note(ctx, workspace)
	}
	j.State = "cancelled"
	return j, err
}

func (w *world) Export(ctx context.Context, who service.Caller, a Ask) (Job, error) {
	w.note(ctx, who.Workspace)
	return Job{ID: a.ID, Kind: "export", State: "queued"}, nil
}

func (w *world) Import(ctx context.Context, who service.Caller, a Ask) (Job, error) {
	w.note(ctx, who.Workspace)
	return Job{ID: a.ID, Kind: "import", State: "queued"}, nil
}

func (w *world) Preview(context.Context, service.Caller, Ask) (any, error) {
	return map[string]any{"format": "csv", "columns": []any{}, "fields": []any{}, "rows": []any{}, "total": 0, "rejected": 0, "problems": []any{}}, nil
}

func (w *world) File(ctx context.Context, who service.Caller, id string) (JobFile, error) {
	if _, err := w.Job(ctx, who.Workspace, id); err != nil {
		return JobFile{}, err
	}
	parts := [][]byte{[]byte("a,b\r\n"), []byte("1,2\r\n"), nil}
	return JobFile{Name: "members.csv", Type: "text/csv", Bytes: 10, Next: func() (part []byte, err error) {
		part, parts = parts[0], parts[1:]
		return part, nil
	}}, nil
}

func (w *world) JobRows(ctx context.Context, workspace, kind, id string, _ engine.Page) (engine.Rows[json.RawMessage], error) {
	j, err := w.Job(ctx, workspace, id)
	if err == nil && j.Kind != kind {
		err = engine.NotFound("job", id)
	}
	return engine.Rows[json.RawMessage]{Items: w.jobRows}, err
}

func (w *world) Start(ctx context.Context, j engine.Job) error {
	w.note(ctx, j.Workspace)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs = append(w.jobs, Job{ID: j.ID, Kind: j.Kind, State: j.State})
	return nil
}
