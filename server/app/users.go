package app

import (
	"context"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/store"
)

// hashesAtOnce bounds how many passwords are hashed at a time: 19 MiB each.
const hashesAtOnce = 2

// Users keeps the console's users, as the API needs it.
type Users struct{ store *store.Store }

// ListUsers gives a workspace's users by login.
func (u Users) ListUsers(ctx context.Context, workspace string) ([]auth.User, error) {
	found, err := u.store.Users(ctx, workspace)
	list := make([]auth.User, 0, len(found))
	for _, one := range found {
		list = append(list, userFromStore(one))
	}
	return list, err
}

// User gives a user by id.
func (u Users) User(ctx context.Context, workspace, id string) (auth.User, error) {
	found, err := u.store.User(ctx, workspace, id)
	return userFromStore(found), err
}

// UserByLogin gives a user by login.
func (u Users) UserByLogin(ctx context.Context, workspace, login string) (auth.User, error) {
	found, err := u.store.UserByLogin(ctx, workspace, login)
	return userFromStore(found), err
}

// AddUser adds a user; a login that is taken is a conflict.
func (u Users) AddUser(ctx context.Context, add auth.User) error {
	return u.store.CreateUser(ctx, userToStore(add))
}

// SaveUser changes a user that still has its version.
func (u Users) SaveUser(ctx context.Context, changed auth.User) (auth.User, error) {
	saved, err := u.store.UpdateUser(ctx, userToStore(changed))
	return userFromStore(saved), err
}

// ChangePassword is SaveUser for who does it themselves: that session goes on.
func (u Users) ChangePassword(ctx context.Context, changed auth.User, session string) (auth.User, error) {
	saved, err := u.store.ChangePassword(ctx, userToStore(changed), session)
	return userFromStore(saved), err
}

// RemoveUser removes a user that still has its version.
func (u Users) RemoveUser(ctx context.Context, gone auth.User) error {
	return u.store.RemoveUser(ctx, userToStore(gone))
}

// NewUser makes a user that nobody else is.
func NewUser(workspace, login string, role auth.Role) auth.User {
	return auth.User{ID: "usr_" + newID(), Workspace: workspace, Login: login, Role: role, CreatedAt: now(), Version: 1}
}

func userFromStore(u store.User) auth.User {
	out := auth.User{ID: u.ID, Workspace: u.Workspace, Login: u.Login, Name: u.Name, Role: auth.Role(u.Role), Password: u.Password,
		CreatedAt: u.CreatedAt, DisabledAt: u.DisabledAt, Version: u.Version, TwoFactors: u.TwoFactors}
	for _, i := range u.Identities {
		if i.Channel == auth.EmailChannel {
			out.Email = i.ExternalID
			continue
		}
		if out.Identities == nil {
			out.Identities = map[string]string{}
		}
		out.Identities[i.Channel] = i.ExternalID
	}
	return out
}

func userToStore(u auth.User) store.User {
	out := store.User{ID: u.ID, Workspace: u.Workspace, Login: u.Login, Name: u.Name, Role: string(u.Role), Password: u.Password,
		CreatedAt: u.CreatedAt, DisabledAt: u.DisabledAt, Version: u.Version}
	if u.Email != "" {
		out.Identities = append(out.Identities, engine.Identity{Channel: auth.EmailChannel, ExternalID: u.Email})
	}
	for channel, address := range u.Identities {
		out.Identities = append(out.Identities, engine.Identity{Channel: channel, ExternalID: address})
	}
	return out
}
