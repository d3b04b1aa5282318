package store

import (
	"context"
	"database/sql"

	"github.com/bylaw-dev/bylaw/engine"
)

var leaseBulk = bulk{table: "leases", columns: []string{"name"}, keys: 2, keep: true}

// TakeLease takes or renews a lease until a time, when it is free, run out or
// the holder's own. The epoch grows with each new holder: what is done under the
// lease carries it. Workspace "" is the whole server.
func (s *Store) TakeLease(ctx context.Context, l Lease, now engine.Time) (epoch int64, taken bool, err error) {
	err = s.transact(ctx, l.Workspace, func(c scope) error {
		fresh := leaseBulk.rows(1)
		fresh.add(l.Workspace, 0, l.Name)
		if err := c.insert(ctx, fresh); err != nil {
			return err
		}
		var holder string
		var until int64
		rows, err := c.query(ctx, "SELECT holder, epoch, until_at FROM leases WHERE workspace = ? AND name = ?"+s.dialect.forUpdate, l.Name)
		if err := each(rows, err, func(r *sql.Rows) error { return r.Scan(&holder, &epoch, &until) }); err != nil {
			return err
		}
		if taken = holder == l.Holder || until <= int64(now); !taken {
			return nil
		}
		if holder != l.Holder || until <= int64(now) {
			epoch++
		}
		_, err = c.exec(ctx, "UPDATE leases SET holder = ?, epoch = ?, until_at = ? WHERE workspace = ? AND name = ?", l.Holder, epoch, int64(l.Until), l.Name)
		return err
	})
	return epoch, taken, s.failure("take lease", err)
}

// Lease is a claim that only one may have at a time.
type Lease struct {
	Workspace, Name, Holder string
	Until                   engine.Time
}

// ReleaseLease gives a lease back, if it is still the holder's.
func (s *Store) ReleaseLease(ctx context.Context, l Lease) error {
	return s.failure("release lease", s.transact(ctx, l.Workspace, func(c scope) error {
		_, err := c.exec(ctx, "UPDATE leases SET until_at = 0 WHERE workspace = ? AND name = ? AND holder = ?", l.Name, l.Holder)
		return err
	}))
}
