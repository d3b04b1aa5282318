package bench

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// processCPU is the processor time of this process so far.
func processCPU() time.Duration { return cpuOf(syscall.RUSAGE_SELF) }

// threadCPU is that of the calling thread.
func threadCPU() time.Duration { return cpuOf(syscall.RUSAGE_THREAD) }

func cpuOf(whose int) time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(whose, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// Memory is what a process holds and held at most, in MiB.
type Memory struct{ Now, Peak float64 }

// memoryOf reads it; zeros where there is no such process.
func memoryOf(pid int) (m Memory) {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(status)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		n, _ := strconv.ParseFloat(f[1], 64) // 0 where it is no number
		switch f[0] {
		case "VmRSS:":
			m.Now = n / 1024
		case "VmHWM:":
			m.Peak = n / 1024
		}
	}
	return m
}

// childrenOf lists the processes that a process started.
func childrenOf(pid int) (children []int) {
	tasks, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/task")
	if err != nil {
		return nil
	}
	for _, t := range tasks {
		list, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/task/" + t.Name() + "/children")
		if err != nil {
			continue
		}
		for _, f := range strings.Fields(string(list)) {
			if n, err := strconv.Atoi(f); err == nil {
				children = append(children, n)
			}
		}
	}
	return children
}
