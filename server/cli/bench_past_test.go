package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/server/bench"
)

// TestBenchMeasuresThePast runs the measurements of trusting rules in their
// smallest sizes: each of their goals has a figure that was measured.
func TestBenchMeasuresThePast(t *testing.T) {
	out := at(t).must(t, "bench", "--quick", "--only", "check,why,try,backtest", "--json")
	var report bench.Report
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for _, name := range []string{"rules.Check of", "POST /rules/check of", "why,", "try at", "back-test of 6000 events", "its first figures", "a back-test is cancelled", "ingest beside a back-test"} {
		found := false
		for _, f := range report.Figures {
			found = found || strings.HasPrefix(f.Name, name) && f.Ratio > 0 && f.Goal != "" && f.Detail != ""
		}
		if !found {
			t.Errorf("%s was not measured: %s", name, out)
		}
	}
}
