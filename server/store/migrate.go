package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	versions "github.com/pressly/goose/v3/database"

	"github.com/bylaw-dev/bylaw/engine"
)

//go:embed migrations
var migrations embed.FS

// Migrations are numbered steps, the same numbers for both dialects. On MySQL a
// step is one change of a table, which commits by itself; a step that was made
// but not noted, as the process died between, is made again and forgiven
// (forgiving.go). One process migrates at a time: it holds a lease.

// versionTable is where goose notes the steps that were made.
const versionTable = "schema_versions"

// Migrate brings the tables up to date. A database that a newer Bylaw has
// migrated is refused.
func (s *Store) Migrate(ctx context.Context) error {
	return s.migrating(ctx, func(p *goose.Provider) error {
		_, err := p.Up(ctx)
		return err
	})
}

// MigrateDown takes the tables back to a version; 0 removes everything.
func (s *Store) MigrateDown(ctx context.Context, to int64) error {
	return s.migrating(ctx, func(p *goose.Provider) error {
		_, err := p.DownTo(ctx, to)
		return err
	})
}

// migrateTo brings the tables up to a version that is not the newest.
func (s *Store) migrateTo(ctx context.Context, version int64) error {
	return s.migrating(ctx, func(p *goose.Provider) error {
		_, err := p.UpTo(ctx, version)
		return err
	})
}

// Version is the version of the tables, and the one that this program needs.
func (s *Store) Version(ctx context.Context) (current, needed int64, err error) {
	pool, done, err := s.migrationPool()
	if err != nil {
		return 0, 0, err
	}
	defer done()
	p, err := s.provider(pool)
	if err != nil {
		return 0, 0, err
	}
	current, needed, err = p.GetVersions(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("read schema version: %w", s.explain(err))
	}
	return current, needed, nil
}

func (s *Store) migrating(ctx context.Context, do func(*goose.Provider) error) error {
	pool, done, err := s.migrationPool()
	if err != nil {
		return err
	}
	defer done()
	release, err := s.lockMigration(ctx, pool)
	if err != nil {
		return fmt.Errorf("migrate: %w", s.explain(err))
	}
	defer release()
	p, err := s.provider(pool)
	if err != nil {
		return err
	}
	current, needed, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read schema version: %w", s.explain(err))
	}
	if current > needed {
		return newerSchema(current, needed)
	}
	if err := do(p); err != nil {
		return fmt.Errorf("migrate: %w", s.explain(err))
	}
	return nil
}

func newerSchema(current, needed int64) error {
	return &engine.Error{Code: engine.CodeConflict, Message: engine.Text{
		En: fmt.Sprintf("the database has schema version %d, this program knows %d; start the newer program, or restore the backup made before it", current, needed),
		Zh: fmt.Sprintf("数据库结构版本为 %d，本程序只认识到 %d；请使用更新的程序，或恢复升级前的备份", current, needed)}}
}

func (s *Store) provider(pool *sql.DB) (*goose.Provider, error) {
	steps, err := fs.Sub(migrations, "migrations/"+s.dialect.name)
	if err != nil {
		return nil, err
	}
	noted, err := versions.NewStore(versions.Dialect(s.dialect.goose), versionTable)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider("", pool, steps, goose.WithStore(noted), goose.WithDisableGlobalRegistry(true))
}

// leaseTime is how long a migration may be silent before another process takes over.
const leaseTime = 2 * time.Minute

// lockMigration takes the lease, waiting for whoever has it. The database's
// clock decides when a lease has run out, as those of processes differ.
func (s *Store) lockMigration(ctx context.Context, pool *sql.DB) (release func(), err error) {
	if _, err := pool.ExecContext(ctx, createMigrationLease); err != nil {
		return nil, err
	}
	insert := "INSERT INTO schema_lease (id, holder, taken_at) VALUES (1, '', 0)" + s.dialect.onDuplicate([]string{"id"}, nil)
	if _, err := pool.ExecContext(ctx, insert); err != nil {
		return nil, err
	}
	holder := fmt.Sprintf("%s/%p", s.options.Instance, s)
	for {
		taken, err := s.tryLease(ctx, pool, holder)
		if err != nil {
			return nil, err
		}
		if taken {
			break
		}
		if err := wait(ctx, 200*time.Millisecond); err != nil {
			return nil, errors.Join(errors.New("another process is migrating"), err)
		}
	}
	stop := s.renewLease(pool, holder)
	return func() {
		stop()
		pool.ExecContext(context.WithoutCancel(ctx), "UPDATE schema_lease SET holder = '', taken_at = 0 WHERE id = 1 AND holder = ?", holder) //nolint:errcheck // it runs out by itself
	}, nil
}

const createMigrationLease = "CREATE TABLE IF NOT EXISTS schema_lease (id BIGINT NOT NULL PRIMARY KEY, holder VARBINARY(191) NOT NULL, taken_at BIGINT NOT NULL)"

func (s *Store) tryLease(ctx context.Context, pool *sql.DB, holder string) (bool, error) {
	now, err := s.databaseClock(ctx, pool)
	if err != nil {
		return false, err
	}
	result, err := pool.ExecContext(ctx, "UPDATE schema_lease SET holder = ?, taken_at = ? WHERE id = 1 AND (holder = '' OR holder = ? OR taken_at < ?)",
		holder, now, holder, now-leaseTime.Microseconds())
	if err != nil {
		if f := s.dialect.fault(err); f == faultRetry {
			return false, nil
		}
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// renewLease keeps the lease while a long step runs.
func (s *Store) renewLease(pool *sql.DB, holder string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for wait(ctx, leaseTime/4) == nil {
			s.tryLease(ctx, pool, holder) //nolint:errcheck // the next one may succeed
		}
	}()
	return func() { cancel(); <-done }
}

func (s *Store) databaseClock(ctx context.Context, pool *sql.DB) (now int64, err error) {
	return now, pool.QueryRowContext(ctx, s.dialect.clock).Scan(&now)
}
