package app

import (
	"context"
	"runtime/debug"
	"testing"
	"testing/synctest"
)

// TestGarbagePercent: little that lives lets much garbage lie, but never more
// than ten times as much; beyond the room it is as Go has it.
func TestGarbagePercent(t *testing.T) {
	for _, c := range []struct {
		live, room int64
		want       int
	}{{0, 512 << 20, 1000}, {10 << 20, 512 << 20, 1000}, {128 << 20, 512 << 20, 400}, {512 << 20, 512 << 20, 100}, {4 << 30, 512 << 20, 100}} {
		if got := garbagePercent(c.live, c.room); got != c.want {
			t.Errorf("of %d MiB live with room for %d: %d %%, want %d", c.live>>20, c.room>>20, got, c.want)
		}
	}
	if memoryThere() <= 0 {
		t.Error("there is no memory")
	}
}

// TestRoomForGarbage sees the setting made and taken back.
func TestRoomForGarbage(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		go roomForGarbage(ctx)
		synctest.Wait()
		during := debug.SetGCPercent(100)
		cancel()
		synctest.Wait()
		if during <= 100 {
			t.Errorf("garbage may be %d %% of what lives in a small process", during)
		}
		if after := debug.SetGCPercent(100); after != 100 {
			t.Errorf("%d %% stays after the end", after)
		}
	})
}
