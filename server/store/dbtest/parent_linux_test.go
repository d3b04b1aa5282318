package dbtest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"
)

const orphanEngine = "BYLAW_TEST_ORPHAN"

// TestChildWithServer is no test of its own: it is the process that the next one kills.
func TestChildWithServer(t *testing.T) {
	if engine := os.Getenv(orphanEngine); engine != "" {
		fmt.Println("server", StartServer(t, engine).proc.Process.Pid)
		<-t.Context().Done() // until killed
	}
}

// A test's process that is killed leaves no server behind.
func TestServerEndsWithItsTest(t *testing.T) {
	EachServer(t, func(t *testing.T, server *Server) {
		child := exec.Command(os.Args[0], "-test.run", "^TestChildWithServer$")
		child.Env = append(os.Environ(), orphanEngine+"="+server.Name)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		pid := 0
		for lines := bufio.NewScanner(out); pid == 0 && lines.Scan(); {
			_, _ = fmt.Sscanf(lines.Text(), "server %d", &pid) // other lines are not about it
		}
		if pid == 0 || syscall.Kill(pid, 0) != nil {
			t.Fatalf("the child has no server (%d)", pid)
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait() // it was killed
		for end := time.Now().Add(30 * time.Second); alive(pid); {
			if time.Now().After(end) {
				t.Fatalf("server %d lives on", pid)
			}
			<-time.After(20 * time.Millisecond)
		}
	})
}

// alive is whether a process runs; one that ended and that nobody waited for does not.
func alive(pid int) bool {
	state, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	var id int
	var name, letter string
	_, _ = fmt.Sscan(string(state), &id, &name, &letter)
	return letter != "Z"
}
