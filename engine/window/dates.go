package window

import (
	"encoding/binary"
	"slices"

	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// dateRuns is the set of dates in a cell's old totals, as runs of days in a row.
// The last run is at hand; the ones before it stay packed, because only an event
// that comes very late looks at them.
type dateRuns struct {
	packed []byte // of each run: gap to the end of the one before, length; immutable
	packLo calendar.Date
	packHi calendar.Date // end of the last packed run
	count  int64         // dates in all
	lo, hi calendar.Date // the last run, both inclusive; hi < lo: none
}

type dateRun struct{ lo, hi calendar.Date }

func (r *dateRuns) empty() bool { return r.count == 0 }

// add puts a date in, when the layout asks for dates.
func (r *dateRuns) add(d calendar.Date, lay *layout) {
	switch {
	case !lay.dates || !r.empty() && r.lo <= d && d <= r.hi:
	case r.empty():
		r.lo, r.hi, r.count = d, d, 1
	case d == r.hi+1:
		r.hi++
		r.count++
	case d > r.hi:
		r.push()
		r.lo, r.hi = d, d
		r.count++
	default:
		r.rebuild(append(r.runs(), dateRun{d, d}))
	}
}

// push packs the last run.
func (r *dateRuns) push() {
	b := slices.Clip(r.packed)
	if len(b) == 0 {
		r.packLo, r.packHi = r.lo, r.lo
	}
	b = binary.AppendUvarint(b, uint64(r.lo-r.packHi))
	r.packed = binary.AppendUvarint(b, uint64(r.hi-r.lo))
	r.packHi = r.hi
}

// runs lists all runs.
func (r *dateRuns) runs() []dateRun {
	var out []dateRun
	end := r.packLo
	for b := r.packed; len(b) > 0; {
		gap, n := binary.Uvarint(b)
		length, m := binary.Uvarint(b[max(n, 0):])
		if n <= 0 || m <= 0 || gap > 1<<23 || length > 1<<23 { // damaged
			break
		}
		lo := end + calendar.Date(gap)
		end = lo + calendar.Date(length)
		out = append(out, dateRun{lo, end})
		b = b[n+m:]
	}
	if r.count > 0 {
		out = append(out, dateRun{r.lo, r.hi})
	}
	return out
}

// rebuild makes the set anew from runs in any order, which may touch or overlap.
func (r *dateRuns) rebuild(runs []dateRun) {
	slices.SortFunc(runs, func(a, b dateRun) int { return int(a.lo) - int(b.lo) })
	*r = dateRuns{}
	for i, run := range runs {
		switch {
		case i == 0:
			r.lo, r.hi = run.lo, run.hi
		case run.lo <= r.hi+1:
			r.count -= int64(r.hi-r.lo) + 1
			r.hi = max(r.hi, run.hi)
		default:
			r.push()
			r.lo, r.hi = run.lo, run.hi
		}
		r.count += int64(r.hi-r.lo) + 1
	}
}

// backward lists the runs that continue, back in time, a streak whose next date
// is want; fresh says that it has no day yet and may begin a day earlier.
func (r *dateRuns) backward(z *calendar.Zone, want calendar.Date, fresh bool) []dateRun {
	if !follows(z, r.hi, want) && !(fresh && follows(z, r.hi, want-1)) {
		return nil
	}
	out := []dateRun{{r.lo, r.hi}}
	if begin(z, r.lo-1) != begin(z, r.lo) {
		return out
	}
	runs := r.runs() // the date before was skipped: the run before may go on
	for i := len(runs) - 2; i >= 0 && follows(z, runs[i].hi, out[len(out)-1].lo-1); i-- {
		out = append(out, runs[i])
	}
	return out
}
