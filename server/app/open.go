package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/config"
	"github.com/bylaw-dev/bylaw/server/store"
)

// DefaultWorkspace is the workspace that every server has from its first start.
const DefaultWorkspace = "default"

// OpenStore connects to the database of the settings, without looking at its
// tables. Folders that are missing are made, for the owner alone.
func OpenStore(ctx context.Context, s *config.Settings) (*store.Store, error) {
	if err := os.MkdirAll(s.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	if path := s.SQLitePath(); path != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("make the database's folder: %w", err)
		}
		if err := private(path); err != nil {
			return nil, fmt.Errorf("make the database's file: %w", err)
		}
	}
	options := store.Options{URL: s.Database, Instance: newID(), Random: rand.Float64}
	if s.Demo {
		options.PageCache, options.Memory = demoPageCache, demoMemory
	}
	return store.Open(ctx, options)
}

// private makes a database file that nobody else can read, before SQLite makes
// one that everybody can; it gives its other files the same mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// prepare brings the tables up to date and makes the default workspace. Only a
// server and a first use do so; tools refuse tables that are not current.
func prepare(ctx context.Context, db *store.Store, migrate bool, log *slog.Logger) error {
	current, needed, err := db.Version(ctx)
	if err != nil {
		return err
	}
	switch {
	case migrate || current == 0:
		if current < needed {
			log.Info("migrating the database", "from", current, "to", needed)
		}
		if err := db.Migrate(ctx); err != nil {
			return err
		}
	case current != needed:
		return wrongVersion(current, needed)
	}
	return defaultWorkspace(ctx, db)
}

func wrongVersion(current, needed int64) error {
	return &engine.Error{Code: engine.CodeConflict, Message: engine.Text{
		En: fmt.Sprintf("the database has schema version %d, this program needs %d: start the server, or run bylaw migrate up", current, needed),
		Zh: fmt.Sprintf("数据库结构版本为 %d，本程序需要 %d：请启动服务，或运行 bylaw migrate up", current, needed)}}
}

func defaultWorkspace(ctx context.Context, db *store.Store) error {
	_, err := db.Workspace(ctx, DefaultWorkspace)
	if engine.CodeOf(err) != engine.CodeNotFound {
		return err
	}
	err = db.CreateWorkspace(ctx, store.Workspace{ID: DefaultWorkspace, Name: DefaultWorkspace, State: stateActive, CreatedAt: now()})
	if engine.CodeOf(err) == engine.CodeConflict { // another replica was first
		return nil
	}
	return err
}
