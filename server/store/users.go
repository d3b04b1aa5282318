package store

import (
	"context"

	"github.com/bylaw-dev/bylaw/engine"
)

// User is a person who signs in to the console.
type User struct {
	Workspace  string
	ID         string
	Login      string // unique in the workspace
	Name       string
	Role       string // owner, admin, operator, analyst, viewer
	Password   string // encoded hash; "" for those who sign in elsewhere
	CreatedAt  engine.Time
	DisabledAt engine.Time // 0: active
	Version    int64
}

type userRow struct {
	Workspace  string `gorm:"primaryKey"`
	UserID     string `gorm:"primaryKey"`
	Login      string
	Name       string
	Role       string
	Password   string
	CreatedAt  engine.Time `gorm:"autoCreateTime:false"`
	DisabledAt engine.Time
	Version    int64
}

func (userRow) TableName() string { return "users" }

func (r userRow) user() User {
	return User{r.Workspace, r.UserID, r.Login, r.Name, r.Role, r.Password, r.CreatedAt, r.DisabledAt, r.Version}
}

func (u User) row() userRow {
	return userRow{u.Workspace, u.ID, u.Login, u.Name, u.Role, u.Password, u.CreatedAt, u.DisabledAt, u.Version}
}

// CreateUser adds a user; an id or login that is taken is a conflict.
func (s *Store) CreateUser(ctx context.Context, u User) error {
	u.Version = 1
	row := u.row()
	return s.create(ctx, u.Workspace, "user", &row)
}

// User gives a user by id.
func (s *Store) User(ctx context.Context, workspace, id string) (User, error) {
	row, err := one[userRow](s.outside(workspace).orm(ctx).Where("user_id = ?", id), s, "user", id)
	return row.user(), err
}

// UserByLogin gives a user by login.
func (s *Store) UserByLogin(ctx context.Context, workspace, login string) (User, error) {
	row, err := one[userRow](s.outside(workspace).orm(ctx).Where("login = ?", login), s, "user", login)
	return row.user(), err
}

// Users lists a workspace's users by login.
func (s *Store) Users(ctx context.Context, workspace string) ([]User, error) {
	var found []userRow
	err := s.outside(workspace).orm(ctx).Order("login").Find(&found).Error
	return converted(found, userRow.user), s.failure("list users", err)
}

// UpdateUser changes a user that still has the version it was read with.
func (s *Store) UpdateUser(ctx context.Context, u User) (User, error) {
	read := u.Version
	u.Version++
	row := u.row()
	err := s.audited(ctx, u.Workspace, func(c scope) error {
		return changedOne("user", u.ID, c.orm(ctx).Model(&userRow{}).Where("user_id = ? AND version = ?", u.ID, read).
			Select("login", "name", "role", "password", "disabled_at", "version").Updates(&row))
	})
	if err != nil && s.dialect.fault(err) == faultTaken {
		err = engine.Conflict(engine.Text{En: "this login is taken", Zh: "该登录名已被使用"})
	}
	return u, s.explain(err)
}
