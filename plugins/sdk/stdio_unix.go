//go:build unix

package sdk

import (
	"os"

	"golang.org/x/sys/unix"
)

// stdoutToStderr sends what is written to descriptor 1 to the log. The host
// reads the handshake from it and then nothing more, so a library that prints
// would fill the pipe and hang for ever. The first call proves that the
// handshake has been read.
func stdoutToStderr() {
	_ = unix.Dup2(2, 1)
}

// deathPipe is the descriptor that the host keeps open while it lives, or nil
// when there is none.
func deathPipe() *os.File {
	var stat unix.Stat_t
	if unix.Fstat(DeathPipe, &stat) != nil || stat.Mode&unix.S_IFMT != unix.S_IFIFO {
		return nil
	}
	unix.CloseOnExec(DeathPipe)
	return os.NewFile(DeathPipe, "death pipe")
}
