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
	err = s.audited(ctx, owner.Workspace, func(c scope) error {
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
		return c.session.WithContext(ctx).Create(owner.row()).Error
	})
	if errors.Is(err, errSpent) {
		err = nil
	}
	return first && err == nil, s.failure("use set-up", err)
}

var errSpent = errors.New("the set-up token is spent")
