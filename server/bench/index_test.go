package bench

import "testing"

// TestIndexPrunes is no timed test: the ratio of two figures of one run is far
// from 1 on any machine when the index works, and near 1 when it does not.
func TestIndexPrunes(t *testing.T) {
	r := NewReport("")
	if err := r.Index(1000, 1000, 40); err != nil {
		t.Fatal(err)
	}
	if f := r.Figures[0]; f.Ratio < 5 {
		t.Errorf("the index does not prune: %+v", f)
	} else {
		t.Logf("%+v", f)
	}
}

// The figure is there and counts every rule; how fast this machine is is not
// what a test says.
func TestReload(t *testing.T) {
	r := NewReport("none")
	if err := r.Reload(50); err != nil {
		t.Fatal(err)
	}
	if f := r.Figures[0]; f.Ratio <= 0 || f.Goal != "<= 1" || !f.Met {
		t.Errorf("%+v", f)
	}
}
