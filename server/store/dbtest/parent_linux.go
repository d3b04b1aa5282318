package dbtest

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel kill the server when the test's process ends without its clean-up, as at a time-out.
func dieWithParent(proc *exec.Cmd) {
	proc.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
