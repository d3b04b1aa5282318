package host

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const (
	maxFiles     = 5000
	maxBytes     = 512 << 20
	worldWrite   = 0o002
	pluginFolder = "plugins"
)

// digest is the sha256 over every file of a plugin's folder. It refuses what
// could change behind the server's back: links, devices, and whatever anybody
// on the machine may write.
func digest(dir string) (string, error) {
	if err := safeParents(dir); err != nil {
		return "", err
	}
	list, files, size := sha256.New(), 0, int64(0)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if err := safeEntry(path, info); err != nil || d.IsDir() {
			return err
		}
		if files, size = files+1, size+info.Size(); files > maxFiles || size > maxBytes {
			return fmt.Errorf("%s: more than %d files or %d MiB", dir, maxFiles, maxBytes>>20)
		}
		sum, err := fileSum(path)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		// the length keeps a name from pretending to be a line
		_, err = fmt.Fprintf(list, "%s %d %s\n", sum, len(rel), filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("look through the plugin's files: %w", err)
	}
	return hex.EncodeToString(list.Sum(nil)), nil
}

// safeParents checks plugins/<id>/<version> and the two folders above it.
func safeParents(dir string) error {
	for range 3 {
		info, err := os.Lstat(dir)
		if err != nil {
			return fmt.Errorf("look at the plugin's folder: %w", err)
		}
		if err := safeEntry(dir, info); err != nil {
			return err
		}
		dir = filepath.Dir(dir)
	}
	return nil
}

func safeEntry(path string, info fs.FileInfo) error {
	switch {
	case !info.Mode().IsRegular() && !info.IsDir():
		return fmt.Errorf("%s is a link or a device: a plugin consists of plain files", path)
	case !info.IsDir() && links(info) > 1:
		return fmt.Errorf("%s is hard-linked from elsewhere: copy the file instead", path)
	case info.Mode().Perm()&worldWrite != 0 && checksModes:
		return fmt.Errorf("%s may be written by anybody: chmod o-w", path)
	}
	return nil
}

func fileSum(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// versionDir is where a version of a plugin lies.
func versionDir(dataDir, id, version string) string {
	return filepath.Join(dataDir, pluginFolder, id, version)
}

// plainName keeps a name from being a path.
func plainName(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.ContainsAny(s, `/\`)
}
