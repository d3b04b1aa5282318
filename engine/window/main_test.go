package window

import (
	"flag"
	"os"
	"testing"
)

// TestMain makes the property tests try more by default: about 100,000 decisions.
// -rapid.checks on the command line still wins.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "1000"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
