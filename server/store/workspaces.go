package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
)

// Workspace is a tenant as the shell knows it.
type Workspace struct {
	ID         string
	ExternalID string // the marketplace's name for it, unique; "" is none
	Name       string
	State      string // active, suspended, closing
	Plan       string
	Limits     json.RawMessage // of the plan, JSON
	Zone       string
	CreatedAt  engine.Time
	Version    int64 // the ETag: grows with each change
}

type workspaceRow struct {
	Workspace  string `gorm:"primaryKey"`
	ExternalID *string
	Name       string
	State      string
	Plan       string
	LimitsJSON string `gorm:"column:limits_json"`
	Zone       string
	CreatedAt  engine.Time `gorm:"autoCreateTime:false"`
	Version    int64
}

func (workspaceRow) TableName() string { return "workspaces" }

func (w Workspace) row() workspaceRow {
	r := workspaceRow{w.ID, nil, w.Name, w.State, w.Plan, string(w.Limits), w.Zone, w.CreatedAt, w.Version}
	if w.ExternalID != "" {
		r.ExternalID = &w.ExternalID
	}
	return r
}

func (r workspaceRow) workspace() Workspace {
	w := Workspace{ID: r.Workspace, Name: r.Name, State: r.State, Plan: r.Plan, Zone: r.Zone, CreatedAt: r.CreatedAt, Version: r.Version}
	if r.ExternalID != nil {
		w.ExternalID = *r.ExternalID
	}
	if r.LimitsJSON != "" {
		w.Limits = json.RawMessage(r.LimitsJSON)
	}
	return w
}

// CreateWorkspace adds a tenant with its first tokens, all or nothing; an id or
// external id that is taken is a conflict.
func (s *Store) CreateWorkspace(ctx context.Context, w Workspace, tokens ...Token) error {
	w.Version = 1
	row := w.row()
	rows := []any{&row}
	for _, t := range tokens {
		rows = append(rows, t.row())
	}
	return s.create(ctx, w.ID, "workspace", rows...)
}

// Workspace gives a tenant by id.
func (s *Store) Workspace(ctx context.Context, id string) (Workspace, error) {
	row, err := one[workspaceRow](s.outside(id).orm(ctx), s, "workspace", id)
	return row.workspace(), err
}

// WorkspaceByExternalID gives a tenant by the marketplace's name for it.
func (s *Store) WorkspaceByExternalID(ctx context.Context, externalID string) (Workspace, error) {
	orm := s.across(ctx, s.readers, "the marketplace knows tenants by its own ids").Where("external_id = ?", externalID)
	row, err := one[workspaceRow](orm, s, "workspace", externalID)
	return row.workspace(), err
}

// Workspaces lists tenants by id.
func (s *Store) Workspaces(ctx context.Context, p engine.Page) (engine.Rows[Workspace], error) {
	at, err := cursorOf(p.Cursor)
	if err != nil {
		return engine.Rows[Workspace]{}, err
	}
	limit := limitOf(p)
	var found []workspaceRow
	err = s.across(ctx, s.readers, "the server's admin lists tenants").Where("workspace > ?", at.key).Order("workspace").Limit(limit + 1).Find(&found).Error
	return paged(converted(found, workspaceRow.workspace), limit, func(w *Workspace) cursor { return cursor{key: w.ID} }), s.failure("list workspaces", err)
}

// UpdateWorkspace changes a tenant that still has the version it was read with.
func (s *Store) UpdateWorkspace(ctx context.Context, w Workspace) (Workspace, error) {
	read := w.Version
	w.Version++
	row := w.row()
	err := s.audited(ctx, w.ID, func(c scope) error {
		return changedOne("workspace", w.ID, c.orm(ctx).Model(&workspaceRow{}).Where("version = ?", read).
			Select("external_id", "name", "state", "plan", "limits_json", "zone", "version").Updates(&row))
	})
	if err != nil && s.dialect.fault(err) == faultTaken {
		err = engine.Conflict(engine.Text{En: "this external id is taken", Zh: "该外部标识已被使用"})
	}
	return w, s.explain(err)
}

// workspaceTables are all tables that hold a workspace's rows; the tenant itself
// comes last, so that a removal that was broken off can go on.
var workspaceTables = []string{"tokens", "users", "user_identities", "sessions", "second_factors", "recovery_codes", "setups", "idempotency", "outbox", "deliveries", "timers", "items", "jobs", "job_keeps", "job_rows", "job_files", "leases", "channel_secrets", "ingresses",
	"personal", "erasures", "records", "state_log", "mark_filters", "decisions", "ledger", "definitions", "past", "past_lanes", "past_log", "made_lanes", "made_late", "figures", "audit", "claim_pages", "claim_filters", "claim_log", "event_pages", "lanes", "workspaces"}

// DeleteWorkspace removes a tenant and everything it holds, for good.
func (s *Store) DeleteWorkspace(ctx context.Context, id string) error {
	w, err := s.lanes.take(ctx, id)
	if err != nil {
		return err
	}
	defer s.lanes.leave(w, s.options.Memory)
	w.claims.forget()
	w.state.forget()
	w.marks.forget()
	for _, table := range workspaceTables {
		err := s.transact(ctx, id, func(c scope) error { return c.orm(ctx).Table(table).Delete(nil).Error })
		if err != nil {
			return fmt.Errorf("delete workspace: %s: %w", table, s.explain(err))
		}
	}
	return nil
}
