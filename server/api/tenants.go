package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/service"
)

// ListWorkspaces lists the server's workspaces.
func (s *Server) ListWorkspaces(c echo.Context, _ contract.ListWorkspacesParams) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	rows, err := s.Workspaces.ListWorkspaces(c.Request().Context(), p)
	if err != nil {
		return err
	}
	return answerPage(c, rows)
}

// GetWorkspace answers one workspace.
func (s *Server) GetWorkspace(c echo.Context, id contract.ID) error {
	w, err := s.Workspaces.Workspace(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return callOf(c).reply(http.StatusOK, w.Version, w)
}

// CreateWorkspace creates a workspace with its owner's token.
func (s *Server) CreateWorkspace(c echo.Context) error {
	k := callOf(c)
	ask, err := decode[contract.WorkspaceAsk](k)
	if err != nil {
		return err
	}
	w := Workspace{ID: "ws_" + s.NewID(), Name: ask.Name, ExternalID: value(ask.ExternalId), State: "active", CreatedAt: k.now, Version: 1}
	t, secret, err := s.newToken(k, w.ID, "owner", auth.Owner)
	if err != nil {
		return err
	}
	k.audit.About(w.ID)
	k.audit.Change(nil, w)
	if err := s.Workspaces.AddWorkspace(c.Request().Context(), w, t); err != nil {
		return err
	}
	return k.reply(http.StatusCreated, 0, struct {
		Workspace Workspace  `json:"workspace"`
		Token     auth.Token `json:"token"`
		Secret    string     `json:"secret"`
	}{w, t, secret})
}

// PatchWorkspace renames, suspends or resumes a workspace.
func (s *Server) PatchWorkspace(c echo.Context, id contract.ID, _ contract.PatchWorkspaceParams) error {
	k, ctx := callOf(c), c.Request().Context()
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	p, err := decode[contract.WorkspacePatch](k)
	if err != nil {
		return err
	}
	w, err := s.Workspaces.Workspace(ctx, id)
	if err != nil {
		return err
	}
	if m.Given && m.Revision != w.Version {
		return service.ErrStale
	}
	before := w
	patchWorkspace(&w, p)
	if w.State != "active" && id == k.who.Workspace {
		return engine.Conflict(engine.Text{En: "the workspace that you call from cannot be suspended", Zh: "不能停用自己所在的空间"})
	}
	after := w
	after.Version++
	k.audit.Change(before, after)
	if w, err = s.Workspaces.SaveWorkspace(ctx, w); err != nil {
		return err
	}
	s.auth.Forget()
	return k.reply(http.StatusOK, w.Version, w)
}

func patchWorkspace(w *Workspace, p contract.WorkspacePatch) {
	if p.Name != nil {
		w.Name = *p.Name
	}
	if p.ExternalId != nil {
		w.ExternalID = *p.ExternalId
	}
	if p.State != nil {
		w.State = string(*p.State)
	}
}

// Health answers that the process lives.
func (s *Server) Health(c echo.Context) error { return callOf(c).ok(map[string]string{"status": "ok"}) }

// Ready answers whether the server can do its work.
func (s *Server) Ready(c echo.Context) error {
	var failing map[string]string
	if s.Options.Ready != nil {
		failing = s.Options.Ready(c.Request())
	}
	if len(failing) == 0 {
		return callOf(c).ok(map[string]string{"status": "ok"})
	}
	e := &engine.Error{Code: engine.CodeUnavailable, Message: engine.Text{En: "the server is not ready", Zh: "服务器未就绪"}}
	for _, part := range sortedKeys(failing) {
		e.Problems = append(e.Problems, engine.Problem{Code: "not_ready", Path: "/" + part, Message: engine.Text{En: failing[part], Zh: failing[part]}})
	}
	return e
}

// Metrics answers Prometheus' text format.
func (s *Server) Metrics(c echo.Context) error {
	if s.Options.Metrics == nil {
		return echo.ErrNotFound
	}
	s.Options.Metrics.ServeHTTP(c.Response(), c.Request())
	return nil
}
