package app

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/bylaw-dev/bylaw/plugins/channels"
)

// bylaw is the program itself, built once for the tests that run it.
var bylaw string

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == channels.Argument { // we are a plugin of a test's host
		channels.Serve(os.Args[2])
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "bylaw-app")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	bylaw = filepath.Join(dir, "bylaw")
	build := exec.Command("go", "build", "-o", bylaw, "github.com/bylaw-dev/bylaw/server")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the program:", err)
		return 1
	}
	return m.Run()
}
