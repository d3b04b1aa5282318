package store

import (
	"context"

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

// UseSetup takes the set-up token: true for the first who brings it in time, once.
func (s *Store) UseSetup(ctx context.Context, workspace string, hash [32]byte, now engine.Time) (first bool, err error) {
	err = s.transact(ctx, workspace, func(c scope) error {
		n, err := c.exec(ctx, "UPDATE setups SET used_at = ? WHERE workspace = ? AND hash = ? AND used_at = 0 AND expires_at > ?", int64(now), hash[:], int64(now))
		first = n == 1
		return err
	})
	return first, s.failure("use set-up", err)
}
