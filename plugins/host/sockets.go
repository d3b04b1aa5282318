package host

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// socketDir is a private directory for the plugins' sockets. Its path must be
// short: a unix socket's address has room for about a hundred bytes, and a
// longer one fails with a message that says nothing of it.
type socketDir struct {
	path string
	lock *os.File
}

const (
	socketPrefix  = "bylaw-p"
	socketLock    = "lock"
	longestParent = 60 // leaves room for our name, go-plugin's folder and its socket
	youngest      = time.Minute
)

func newSocketDir() (*socketDir, error) {
	var last error
	for _, parent := range []string{os.TempDir(), "/tmp", "/run"} {
		if len(parent) > longestParent {
			last = fmt.Errorf("%s is too long a path for sockets", parent)
			continue
		}
		sweep(parent)
		dir, err := os.MkdirTemp(parent, socketPrefix) // 0700
		if err != nil {
			last = err
			continue
		}
		lock, err := os.OpenFile(filepath.Join(dir, socketLock), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, fmt.Errorf("make a directory for sockets: %w", err)
		}
		hold(lock)
		return &socketDir{dir, lock}, nil
	}
	return nil, fmt.Errorf("make a directory for sockets (set TMPDIR to a short path): %w", last)
}

// sweep removes the directories of hosts that were killed.
func sweep(parent string) {
	dirs, _ := filepath.Glob(filepath.Join(parent, socketPrefix+"*"))
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < youngest {
			continue
		}
		lock, err := os.OpenFile(filepath.Join(dir, socketLock), os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if hold(lock) {
			_ = os.RemoveAll(dir)
		}
		_ = lock.Close()
	}
}

func (s *socketDir) close() {
	_ = os.RemoveAll(s.path)
	_ = s.lock.Close()
}
