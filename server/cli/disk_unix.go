//go:build unix

package cli

import "golang.org/x/sys/unix"

// diskSpace is what is free for this user, and all there is, in bytes.
func diskSpace(path string) (free, total uint64, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), uint64(s.Blocks) * uint64(s.Bsize), nil //nolint:unconvert // FreeBSD counts what is free with a sign
}
