package demo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// Folder is the data directory of a demo. A file in it says whether the story was
// told to its end, and by which version of this package.
type Folder string

// markFile is the file's name; databaseFile that of the database beside it.
const (
	markFile     = "demo"
	databaseFile = "bylaw.db"
)

// Begin makes the folder ready for a load, unless a whole community is there
// already. What is left of a load that did not come to its end, or of an older
// version, is deleted; a database that no demo made is refused.
func (f Folder) Begin() (loaded bool, err error) {
	mark, err := os.ReadFile(f.file(markFile))
	switch {
	case err == nil && string(mark) == f.text("ready"):
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		if err := f.foreign(); err != nil {
			return false, err
		}
	case err != nil:
		return false, fmt.Errorf("read the demo's mark: %w", err)
	}
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return false, fmt.Errorf("make the demo's folder: %w", err)
	}
	if err := f.write("loading"); err != nil {
		return false, err
	}
	for _, name := range []string{databaseFile, databaseFile + "-wal", databaseFile + "-shm", "channels"} {
		if err := os.RemoveAll(f.file(name)); err != nil {
			return false, fmt.Errorf("delete the unfinished demo: %w", err)
		}
	}
	return false, nil
}

// Done notes that the community is whole.
func (f Folder) Done() error { return f.write("ready") }

func (f Folder) file(name string) string { return filepath.Join(string(f), name) }

func (f Folder) text(state string) string {
	return fmt.Sprintf("%s version=%d seed=%d\n", state, Version, Seed)
}

func (f Folder) write(state string) error {
	if err := os.WriteFile(f.file(markFile), []byte(f.text(state)), 0o600); err != nil {
		return fmt.Errorf("write the demo's mark: %w", err)
	}
	return nil
}

// foreign refuses a folder in which somebody else keeps a database.
func (f Folder) foreign() error {
	_, err := os.Stat(f.file(databaseFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look into the demo's folder: %w", err)
	}
	dir := strings.TrimSpace(string(f))
	return &engine.Error{Code: engine.CodeConflict, Message: engine.Text{
		En: fmt.Sprintf("%s holds a database that was not made by --demo; move it away, or give another --data-dir", dir),
		Zh: fmt.Sprintf("%s 中的数据库不是示例模式创建的：请移走它，或换一个 --data-dir", dir)}}
}
