package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/bench"
)

// TestBenchMeasures runs the measurements in their smallest sizes: every figure
// is there, and was measured.
func TestBenchMeasures(t *testing.T) {
	profile := filepath.Join(t.TempDir(), "cpu")
	out := at(t).must(t, "bench", "--quick", "--only", "ingest,growth,single", "--cpu-profile", profile, "--json")
	var report bench.Report
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(report.Figures) != 3 {
		t.Fatalf("%d figures: %s", len(report.Figures), out)
	}
	for _, f := range report.Figures {
		if f.Ratio <= 0 || f.Goal == "" || f.Detail == "" {
			t.Errorf("not measured: %+v", f)
		}
	}
	if !strings.Contains(report.Figures[0].Detail, "4 connections in flight") {
		t.Errorf("how it was sent is not said: %s", report.Figures[0].Detail)
	}
	if info, err := os.Stat(profile); err != nil || info.Size() == 0 {
		t.Errorf("the profile: %v, %v", info, err)
	}
	if r := at(t).run(t, "bench", "--only", "nonsense"); r.code == exitOK {
		t.Error("a measurement that is not there was measured")
	}
}
