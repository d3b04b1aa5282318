package app

import "testing"

func TestFailpointsNeedTheirGuard(t *testing.T) {
	died := 0
	before := die
	die = func() { died++ }
	t.Cleanup(func() { die = before })

	t.Setenv(failpointEnv, "after_commit:2")
	if f, err := failpoint(); f != nil || err != nil {
		t.Error("a failpoint without its guard")
	}
	t.Setenv(failpointGuard, "1")
	f, err := failpoint()
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"after_commit", "before_commit", "before_commit"} {
		f(at)
	}
	if died != 0 {
		t.Fatal("it died too early")
	}
	f("after_commit")
	f("after_commit")
	if died != 1 {
		t.Errorf("it died %d times", died)
	}
	for _, wrong := range []string{"after_commit", "after_commit:0", ":3", "after_commit:x"} {
		t.Setenv(failpointEnv, wrong)
		if _, err := failpoint(); err == nil {
			t.Errorf("%q is let pass", wrong)
		}
	}
}
