package app

import (
	"context"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/store"
)

// stateActive is the state of a workspace that may be used.
const stateActive = "active"

// Workspaces keeps the server's workspaces, as the API needs it.
type Workspaces struct {
	store *store.Store
	most  int // 0: any number
}

// ListWorkspaces gives workspaces by id.
func (w Workspaces) ListWorkspaces(ctx context.Context, p engine.Page) (engine.Rows[api.Workspace], error) {
	found, err := w.store.Workspaces(ctx, p)
	rows := engine.Rows[api.Workspace]{Items: []api.Workspace{}, Next: found.Next}
	for _, one := range found.Items {
		rows.Items = append(rows.Items, workspaceFromStore(one))
	}
	return rows, err
}

// Workspace gives one.
func (w Workspaces) Workspace(ctx context.Context, id string) (api.Workspace, error) {
	found, err := w.store.Workspace(ctx, id)
	return workspaceFromStore(found), err
}

// AddWorkspace creates a workspace with its owner's token, both or none.
func (w Workspaces) AddWorkspace(ctx context.Context, add api.Workspace, owner auth.Token) error {
	if err := w.room(ctx); err != nil {
		return err
	}
	token, err := tokenToStore(owner)
	if err != nil {
		return err
	}
	row := store.Workspace{ID: add.ID, Name: add.Name, ExternalID: add.ExternalID, State: add.State, CreatedAt: add.CreatedAt}
	if row.State == "" {
		row.State = stateActive
	}
	return w.store.CreateWorkspace(ctx, row, token)
}

// room refuses a workspace beyond the limit.
func (w Workspaces) room(ctx context.Context) error {
	if w.most == 0 {
		return nil
	}
	count := 0
	for page := (engine.Page{Limit: 1000}); ; {
		rows, err := w.store.Workspaces(ctx, page)
		if err != nil {
			return err
		}
		if count += len(rows.Items); count >= w.most {
			return engine.Conflict(engine.Text{
				En: fmt.Sprintf("this server may hold %d workspaces (setting max-workspaces), and does", w.most),
				Zh: fmt.Sprintf("本服务器最多 %d 个空间（设置 max-workspaces），已达上限", w.most)})
		}
		if page.Cursor = rows.Next; page.Cursor == "" {
			return nil
		}
	}
}

// SaveWorkspace writes a workspace whose version is still the one given.
func (w Workspaces) SaveWorkspace(ctx context.Context, save api.Workspace) (api.Workspace, error) {
	row, err := w.store.Workspace(ctx, save.ID)
	if err != nil {
		return save, err
	}
	row.Name, row.ExternalID, row.State, row.Version = save.Name, save.ExternalID, save.State, save.Version
	saved, err := w.store.UpdateWorkspace(ctx, row)
	return workspaceFromStore(saved), err
}

func workspaceFromStore(w store.Workspace) api.Workspace {
	return api.Workspace{ID: w.ID, Name: w.Name, ExternalID: w.ExternalID, State: w.State, CreatedAt: w.CreatedAt, Version: w.Version}
}
