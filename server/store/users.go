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
	Identities []engine.Identity // where they are reached, by channel
	TwoFactors bool              // signing in asks for a code; set when read, never written
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
	return User{r.Workspace, r.UserID, r.Login, r.Name, r.Role, r.Password, r.CreatedAt, r.DisabledAt, r.Version, nil, false}
}

func (u User) row() userRow {
	return userRow{u.Workspace, u.ID, u.Login, u.Name, u.Role, u.Password, u.CreatedAt, u.DisabledAt, u.Version}
}

// userIdentityRow is where a user is reached on a channel.
type userIdentityRow struct {
	Workspace  string `gorm:"primaryKey"`
	UserID     string `gorm:"primaryKey"`
	Channel    string `gorm:"primaryKey"`
	ExternalID string
}

func (userIdentityRow) TableName() string { return "user_identities" }

func (u User) identityRows() []userIdentityRow {
	return converted(u.Identities, func(i engine.Identity) userIdentityRow {
		return userIdentityRow{u.Workspace, u.ID, i.Channel, i.ExternalID}
	})
}

// CreateUser adds a user; an id or login that is taken is a conflict.
func (s *Store) CreateUser(ctx context.Context, u User) error {
	u.Version = 1
	row, identities := u.row(), u.identityRows()
	rows := []any{&row}
	if len(identities) > 0 {
		rows = append(rows, &identities)
	}
	return s.create(ctx, u.Workspace, "user", rows...)
}

// User gives a user by id.
func (s *Store) User(ctx context.Context, workspace, id string) (User, error) {
	return s.userWhere(ctx, workspace, "user_id", id)
}

// UserByLogin gives a user by login.
func (s *Store) UserByLogin(ctx context.Context, workspace, login string) (User, error) {
	return s.userWhere(ctx, workspace, "login", login)
}

func (s *Store) userWhere(ctx context.Context, workspace, column, value string) (User, error) {
	row, err := one[userRow](s.outside(workspace).orm(ctx).Where(column+" = ?", value), s, "user", value)
	if err != nil {
		return User{}, err
	}
	all := []User{row.user()}
	err = s.readIdentities(ctx, workspace, all, row.UserID)
	return all[0], err
}

// Users lists a workspace's users by login.
func (s *Store) Users(ctx context.Context, workspace string) ([]User, error) {
	var found []userRow
	err := s.outside(workspace).orm(ctx).Order("login").Find(&found).Error
	if err != nil {
		return nil, s.failure("list users", err)
	}
	all := converted(found, userRow.user)
	return all, s.readIdentities(ctx, workspace, all, "")
}

// readIdentities adds to users where they are reached and whether they have a
// second factor; id names the only one, if
// there is one.
func (s *Store) readIdentities(ctx context.Context, workspace string, users []User, id string) error {
	orm := s.outside(workspace).orm(ctx)
	if id != "" {
		orm = orm.Where("user_id = ?", id)
	}
	var found []userIdentityRow
	if err := orm.Order("user_id, channel").Find(&found).Error; err != nil {
		return s.failure("read users' identities", err)
	}
	of := map[string][]engine.Identity{}
	for _, r := range found {
		of[r.UserID] = append(of[r.UserID], engine.Identity{Channel: r.Channel, ExternalID: r.ExternalID})
	}
	orm = s.outside(workspace).orm(ctx)
	if id != "" {
		orm = orm.Where("user_id = ?", id)
	}
	protected, err := s.withSecondFactor(orm)
	for i := range users {
		users[i].Identities, users[i].TwoFactors = of[users[i].ID], protected[users[i].ID]
	}
	return err
}

// UpdateUser changes a user that still has the version it was read with. The last
// owner among users stays one: a conflict otherwise. A new password, and being
// disabled, end the user's sessions.
func (s *Store) UpdateUser(ctx context.Context, u User) (User, error) {
	return s.updateUser(ctx, u, "")
}

// ChangePassword is UpdateUser for who does it themselves: their session goes on.
func (s *Store) ChangePassword(ctx context.Context, u User, session string) (User, error) {
	return s.updateUser(ctx, u, session)
}

func (s *Store) updateUser(ctx context.Context, u User, session string) (User, error) {
	read := u.Version
	u.Version++
	row, identities := u.row(), u.identityRows()
	err := s.audited(ctx, u.Workspace, func(c scope) error {
		if u.Role != ownerRole || u.DisabledAt != 0 {
			if err := c.anotherOwner(ctx, u.ID); err != nil {
				return err
			}
		}
		if err := c.endSessionsOf(ctx, u, session); err != nil {
			return err
		}
		err := changedOne("user", u.ID, c.orm(ctx).Model(&userRow{}).Where("user_id = ? AND version = ?", u.ID, read).
			Select("login", "name", "role", "password", "disabled_at", "version").Updates(&row))
		if err != nil {
			return err
		}
		if err := c.orm(ctx).Where("user_id = ?", u.ID).Delete(&userIdentityRow{}).Error; err != nil || len(identities) == 0 {
			return err
		}
		return c.session.WithContext(ctx).Create(&identities).Error
	})
	if err != nil && s.dialect.fault(err) == faultTaken {
		err = engine.Conflict(engine.Text{En: "this login is taken", Zh: "该登录名已被使用"})
	}
	return u, s.explain(err)
}

// endSessionsOf ends a user's sessions, before they change, where the change asks for it.
func (c scope) endSessionsOf(ctx context.Context, u User, session string) error {
	var old []string
	err := c.orm(ctx).Model(&userRow{}).Where("user_id = ?", u.ID).Clauses(forUpdate).Pluck("password", &old).Error
	switch {
	case err != nil:
		return err
	case u.DisabledAt != 0:
		return c.endSessions(ctx, u.ID, "")
	case len(old) == 1 && old[0] != u.Password:
		return c.endSessions(ctx, u.ID, session)
	}
	return nil
}

// RemoveUser removes a user that still has the version it was read with, but for
// the last owner among users.
func (s *Store) RemoveUser(ctx context.Context, u User) error {
	err := s.audited(ctx, u.Workspace, func(c scope) error {
		if err := c.anotherOwner(ctx, u.ID); err != nil {
			return err
		}
		if err := changedOne("user", u.ID, c.orm(ctx).Where("user_id = ? AND version = ?", u.ID, u.Version).Delete(&userRow{})); err != nil {
			return err
		}
		for _, row := range []any{&userIdentityRow{}, &sessionRow{}, &factorRow{}, &recoveryRow{}} {
			if err := c.orm(ctx).Where("user_id = ?", u.ID).Delete(row).Error; err != nil {
				return err
			}
		}
		return nil
	})
	return s.explain(err)
}

const ownerRole = "owner"

// anotherOwner refuses to go on where a user is the workspace's last active
// owner. The owners stay locked, so that of two who are about to go one stays.
func (c scope) anotherOwner(ctx context.Context, id string) error {
	var owners []string
	err := c.orm(ctx).Model(&userRow{}).Where("role = ? AND disabled_at = 0", ownerRole).Order("user_id").
		Clauses(forUpdate).Pluck("user_id", &owners).Error
	if err != nil || len(owners) != 1 || owners[0] != id {
		return err
	}
	return engine.Conflict(engine.Text{
		En: "this is the last active owner among the workspace's users (tokens do not count): make another user an owner first",
		Zh: "这是空间用户中最后一名有效的所有者（令牌不计），请先将另一名用户设为所有者"})
}
