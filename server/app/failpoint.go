package app

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
)

// Tests kill the server at a chosen moment: BYLAW_FAILPOINT=after_commit:17 ends
// the process without warning when that point is passed for the 17th time. It
// does nothing unless BYLAW_TEST_FAILPOINTS=1 is set too.
const (
	failpointEnv   = "BYLAW_FAILPOINT"
	failpointGuard = "BYLAW_TEST_FAILPOINTS"
)

// failpoint gives the function that parts call at their failpoints; nil when
// none is asked for.
func failpoint() (func(name string), error) {
	asked := os.Getenv(failpointEnv)
	if asked == "" || os.Getenv(failpointGuard) != "1" {
		return nil, nil
	}
	name, times, _ := strings.Cut(asked, ":")
	n, err := strconv.ParseInt(times, 10, 64)
	if err != nil || n < 1 || name == "" {
		return nil, fmt.Errorf("%s=%s: write name:times, such as after_commit:17", failpointEnv, asked)
	}
	var passed atomic.Int64
	return func(at string) {
		if at == name && passed.Add(1) == n {
			die()
		}
	}, nil
}

// die ends the process as kill -9 does. It is a variable for the tests.
var die = func() {
	if self, err := os.FindProcess(os.Getpid()); err == nil {
		_ = self.Kill()
	}
	select {} // the signal is on its way; nothing may happen meanwhile
}
