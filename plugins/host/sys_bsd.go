//go:build unix && !linux

package host

import (
	"os"
	"syscall"
)

func selfPath() (string, error) { return os.Executable() }

func isolate() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// awaitExit leaves the waiting to os.Process.Wait.
func awaitExit(int) {}

// memory isn't known without asking the kernel through cgo.
func memory(int) int64 { return 0 }
