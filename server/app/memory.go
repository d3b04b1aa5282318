package app

import (
	"context"
	"os"
	"runtime/debug"
	runtimemetrics "runtime/metrics"
	"strconv"
	"strings"
	"time"
)

// A server holds tens of megabytes that live long, full of pointers: members,
// windows, records. Collecting whenever garbage has grown as large as they are
// cost half of what an event took. Garbage may lie until it is garbageRoom, or
// an eighth of the machine's memory, or as much as lives, as Go would have it.
const (
	garbageRoom = 512 << 20
	garbagePart = 8    // of the memory that there is
	mostGarbage = 1000 // percent of what lives
	weighEvery  = time.Second
)

// roomForGarbage sets how much garbage may lie until the context ends. It leaves
// a GOGC or GOMEMLIMIT that somebody chose alone.
func roomForGarbage(ctx context.Context) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	room := min(int64(garbageRoom), memoryThere()/garbagePart)
	live := []runtimemetrics.Sample{{Name: "/gc/heap/live:bytes"}}
	now := 100
	defer func() { debug.SetGCPercent(100) }()
	for {
		runtimemetrics.Read(live)
		if next := garbagePercent(int64(live[0].Value.Uint64()), room); next < now*9/10 || next > now*11/10 {
			debug.SetGCPercent(next)
			now = next
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(weighEvery):
		}
	}
}

// garbagePercent is GOGC for a heap of which so many bytes live.
func garbagePercent(live, room int64) int {
	return int(min(max(room*100/max(live, 1), 100), mostGarbage))
}

// memoryThere is the bytes of memory that this process may use: its control
// group's limit or else the machine's; a modest amount where neither is told.
func memoryThere() int64 {
	there := int64(2 << 30)
	if info, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kilobytes string
		if f := strings.Fields(string(info)); len(f) > 1 {
			kilobytes = f[1] // MemTotal comes first
		}
		if n, err := strconv.ParseInt(kilobytes, 10, 64); err == nil {
			there = n << 10
		}
	}
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		limit, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(string(limit)), 10, 64); err == nil {
			there = min(there, n)
		}
	}
	return there
}
