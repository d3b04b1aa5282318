package service

import "testing"

// TestAPanicWhileCountingIsAFailure: counting runs beside all requests, where a
// panic would end the server; who waits is told, and the next one counts again.
func TestAPanicWhileCountingIsAFailure(t *testing.T) {
	broken := &Members{core: &core{}} // has nothing to read from
	tally := &tally{asked: []Tallied{{Segment: "x", Where: "true"}}, done: make(chan struct{})}
	broken.begin(Caller{Workspace: "w"}, tally)
	<-tally.done
	if got := tally.segments[0]; got.State != "failed" || got.Problem == nil || got.Problem.Zh == "" {
		t.Errorf("a panic left %+v", got)
	}
}
