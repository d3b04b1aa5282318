package bench

import (
	"bufio"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestMain plays a server for TestDemoIsMeasured, which starts this very program.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "serve" {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, os.Interrupt)
		fmt.Println("Bylaw serves on http://127.0.0.1:1/") //nolint:forbidigo // what the server prints
		<-stop
		return
	}
	os.Exit(m.Run())
}

func TestDemoIsMeasured(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := NewReport("")
	if err := r.Demo(t.Context(), program, t.TempDir(), time.Millisecond); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(r.Figures, func(f Figure) bool { return strings.HasPrefix(f.Name, "memory of the server") })
	if runtime.GOOS == "linux" && (i < 0 || r.Figures[i].Ratio < 1) {
		t.Errorf("a process holds some memory: %+v", r.Figures)
	}
	if err := r.Demo(t.Context(), program+"-that-is-not-there", t.TempDir(), 0); err == nil {
		t.Error("nothing was started, and nothing was said")
	}
}

func TestServingWaitsForTheAddress(t *testing.T) {
	if err := serving(bufio.NewScanner(strings.NewReader("loading\nBylaw serves on http://127.0.0.1:8080/\n"))); err != nil {
		t.Error(err)
	}
	if err := serving(bufio.NewScanner(strings.NewReader("loading\n"))); err == nil {
		t.Error("a server that ended is taken for one that serves")
	}
}
