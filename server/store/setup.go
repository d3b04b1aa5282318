package store

import (
	"context"
	"errors"

	"github.com/bylaw-dev/bylaw/engine"
)

// OfferSetup replaces the workspace's one-time set-up token, of which the hash is kept.
func (s *Store) OfferSetup(ctx context.Context, workspace string, hash [32]byte, expires engine.Time) error {
	return s.failure("offer set-up", s.transact(ctx, workspace, func(c scope) error {
		row := setupBulk.rows(1)
		row.add(workspace, 0, hash[:], int64(expires), 0)
		return c.insert(ctx, row)
	}))
}

var setupBulk = bulk{table: "setups", columns: []string{"hash", "expires_at", "used_at"}, keys: 1, set: []string{"hash", "expires_at", "used_at"}}

// UseSetup exchanges the set-up token for the owner's, in one step: true for the
// first who brings it in time, once, and while the server has no owner.
func (s *Store) UseSetup(ctx context.Context, hash [32]byte, now engine.Time, owner Token) (first bool, err error) {
	return s.useSetup(ctx, owner.Workspace, SetupLink{hash, now}, func(c scope) error {
		return c.session.WithContext(ctx).Create(owner.row()).Error
	})
}

// SetupLink is a set-up token, as it is brought at a time.
type SetupLink struct {
	Hash [32]byte
	At   engine.Time
}

// UseSetupByUser is UseSetup for an owner who is a user of the console, and signed
// in at once; name is what the workspace is called from now on, "" as before.
func (s *Store) UseSetupByUser(ctx context.Context, link SetupLink, owner User, session Session, name string) (first bool, err error) {
	owner.Version = 1
	return s.useSetup(ctx, owner.Workspace, link, func(c scope) error {
		row, identities := owner.row(), owner.identityRows()
		if err := c.session.WithContext(ctx).Create(&row).Error; err != nil {
			return err
		}
		if len(identities) > 0 {
			if err := c.session.WithContext(ctx).Create(&identities).Error; err != nil {
				return err
			}
		}
		if name != "" {
			if _, err := c.exec(ctx, "UPDATE workspaces SET name = ?, version = version + 1 WHERE workspace = ?", name); err != nil {
				return err
			}
		}
		return c.addSession(ctx, session)
	})
}

func (s *Store) useSetup(ctx context.Context, workspace string, link SetupLink, add func(scope) error) (first bool, err error) {
	hash, now := link.Hash, link.At
	err = s.audited(ctx, workspace, func(c scope) error {
		first = false
		n, err := c.exec(ctx, "UPDATE setups SET used_at = ? WHERE workspace = ? AND hash = ? AND used_at = 0 AND expires_at > ?", int64(now), hash[:], int64(now))
		if err != nil {
			return err
		}
		owned, err := hasOwner(ctx, c.session, now)
		if err != nil {
			return err
		}
		if n == 0 || owned {
			return errSpent
		}
		first = true
		return add(c)
	})
	if errors.Is(err, errSpent) {
		err = nil
	}
	return first && err == nil, s.failure("use set-up", err)
}

var errSpent = errors.New("the set-up token is spent")
