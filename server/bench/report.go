package bench

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"
)

// Figure is one measured figure beside its goal. Ratio is what counts.
type Figure struct {
	Name   string  `json:"name"`
	Ratio  float64 `json:"ratio"`
	Goal   string  `json:"goal"`
	Met    bool    `json:"met"`
	Detail string  `json:"detail"`
}

// Report is what one run found.
type Report struct {
	Machine  string   `json:"machine"`
	Database string   `json:"database"`
	Figures  []Figure `json:"figures"`
	Peers    []string `json:"peers"` // what others reached on the same task, to be filled in by whoever measures them beside
}

// NewReport describes the machine.
func NewReport(database string) *Report {
	return &Report{Database: database, Machine: fmt.Sprintf("%s/%s, %d CPUs, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())}
}

func (r *Report) add(f Figure) { r.Figures = append(r.Figures, f) }

// Print writes the report as a table.
func (r *Report) Print(w io.Writer) error {
	_, err := fmt.Fprintf(w, "%s\n%s\n", r.Machine, r.Database)
	for _, f := range r.Figures {
		mark := "met"
		if !f.Met {
			mark = "NOT MET"
		}
		if err == nil {
			_, err = fmt.Fprintf(w, "\n%-44s %8.2f   goal %-9s %s\n    %s\n", f.Name, f.Ratio, f.Goal, mark, f.Detail)
		}
	}
	return err
}

func median[T cmp.Ordered](v []T) T {
	s := slices.Clone(v)
	slices.Sort(s)
	return s[len(s)/2]
}

// usage is wall time and this process's processor time since a start.
type usage struct {
	wall time.Time
	cpu  time.Duration
}

func measure() usage { return usage{time.Now(), processCPU()} }

func (u usage) since() (wall, cpu time.Duration) { return time.Since(u.wall), processCPU() - u.cpu }
