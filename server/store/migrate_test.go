package store

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// TestMigrationsUpDownUp seeds data, takes every step back and makes it again.
func TestMigrationsUpDownUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		ctx := context.Background()
		s := openStore(t, db, small)
		seed(t, s, "w")
		before := countAll(t, s)
		must(t, s.Migrate(ctx)) // nothing to do, and nothing lost
		for table, n := range countAll(t, s) {
			equal(t, "rows of "+table, n, before[table])
		}
		_, needed, err := s.Version(ctx)
		must(t, err)
		for to := needed - 1; to >= 0; to-- {
			must(t, s.MigrateDown(ctx, to))
			current, _, err := s.Version(ctx)
			must(t, err)
			equal(t, "version", current, stepBelow(t, to))
		}
		must(t, s.Close())
		fresh := openStore(t, db, small) // migrates up
		seed(t, fresh, "w")
		current, _, err := fresh.Version(ctx)
		must(t, err)
		equal(t, "version", current, needed)
	})
}

// stepBelow is the last step with a number up to this one: numbers may be left out.
func stepBelow(t *testing.T, to int64) (last int64) {
	t.Helper()
	steps, err := fs.ReadDir(migrations, "migrations/sqlite")
	must(t, err)
	for _, step := range steps {
		number, _, _ := strings.Cut(step.Name(), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		must(t, err)
		if n <= to {
			last = max(last, n)
		}
	}
	return last
}

// TestMigrationStepsRunAgain makes every step a second time, as after a crash
// between a step and its note.
func TestMigrationStepsRunAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		s := openStore(t, db, small)
		seed(t, s, "w")
		before := countAll(t, s)
		if _, err := db.Open(t).Exec("DELETE FROM " + versionTable + " WHERE version_id > 0"); err != nil {
			t.Fatal(err)
		}
		must(t, s.Migrate(context.Background()))
		for table, n := range countAll(t, s) {
			equal(t, "rows of "+table, n, before[table])
		}
	})
}

// TestColumnsAreForgiven: steps after the first release add columns and indexes,
// for which MySQL has no IF NOT EXISTS.
func TestColumnsAreForgiven(t *testing.T) {
	for _, name := range dbtest.Engines(t) {
		if name == dbtest.SQLite {
			continue // its steps are transactions
		}
		t.Run(name, func(t *testing.T) {
			s := openStore(t, dbtest.New(t, name), small)
			pool, done, err := s.migrationPool()
			must(t, err)
			defer done()
			for _, ddl := range []string{"ALTER TABLE timers ADD COLUMN extra BIGINT NOT NULL DEFAULT 0", "ALTER TABLE timers ADD INDEX timers_extra (workspace, extra)",
				"ALTER TABLE timers DROP INDEX timers_extra", "ALTER TABLE timers DROP COLUMN extra"} {
				for range 2 {
					if _, err := pool.Exec(ddl); err != nil {
						t.Errorf("%s: %v", ddl, err)
					}
				}
			}
			if _, err := pool.Exec("ALTER TABLE timers DROP COLUMN"); err == nil {
				t.Error("an error of another kind was forgiven")
			}
		})
	}
}

func TestManyMigrateAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		var wg sync.WaitGroup
		for range 4 {
			s, err := Open(context.Background(), Options{URL: db.URL})
			must(t, err)
			defer s.Close()
			wg.Go(func() {
				if err := s.Migrate(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		seed(t, openStore(t, db, small), "w")
	})
}

func TestNewerSchemaIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		s := openStore(t, db, small)
		if _, err := db.Open(t).Exec("INSERT INTO " + versionTable + " (version_id, is_applied) VALUES (99999, 1)"); err != nil {
			t.Fatal(err)
		}
		err := s.Migrate(context.Background())
		isCode(t, err, engine.CodeConflict)
		if !strings.Contains(err.Error(), "99999") {
			t.Errorf("the error does not name the version: %v", err)
		}
		isCode(t, s.MigrateDown(context.Background(), 0), engine.CodeConflict)
	})
}

// TestDialectsHaveTheSameSteps compares the names and that MySQL's have one change each.
func TestDialectsHaveTheSameSteps(t *testing.T) {
	steps := func(dialect string) (names []string) {
		files, err := fs.Glob(migrations, path.Join("migrations", dialect, "*.sql"))
		must(t, err)
		for _, f := range files {
			names = append(names, path.Base(f))
			body, err := fs.ReadFile(migrations, f)
			must(t, err)
			up, down, found := strings.Cut(string(body), "-- +goose Down")
			_, up, _ = strings.Cut(up, "\n\n") // the heading may have any sign in it
			if !found || !strings.Contains(up, "-- +goose Up") {
				t.Errorf("%s has no way up or no way down", f)
			}
			if dialect == "mysql" && (strings.Count(up, ";") != 1 || strings.Count(down, ";") != 1) {
				t.Errorf("%s makes more than one change; on MySQL each commits by itself", f)
			}
		}
		return names
	}
	if lite, my := steps("sqlite"), steps("mysql"); !slices.Equal(lite, my) || len(lite) == 0 {
		t.Errorf("steps differ:\nsqlite %v\nmysql  %v", lite, my)
	}
}
