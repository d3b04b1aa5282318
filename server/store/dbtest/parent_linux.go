package dbtest

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// dieWithParent has the kernel kill the server when the test's process ends without its clean-up, as at a time-out.
// The server is begun as its own user: were it to become that by itself (--user), the kernel would forget.
func dieWithParent(proc *exec.Cmd) error {
	proc.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		return nil
	}
	owner, err := user.Lookup(serverUser())
	if err != nil {
		return err
	}
	uid, _ := strconv.ParseUint(owner.Uid, 10, 32) // numbers on Linux
	gid, _ := strconv.ParseUint(owner.Gid, 10, 32)
	proc.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return nil
}

// userFlags name whom the server becomes: it is that user already.
func userFlags() []string { return nil }
