package service_test

import "slices"

var lengths = map[string]int64{"90m": 90 * 60 * aSecond, "24h": aDay, "3d": 3 * aDay, "7d": 7 * aDay, "30d": 30 * aDay, "2w": 14 * aDay}

// begins is where a window begins: a rolling one after that moment, the others
// with it. The window of everything never begins.
func begins(window string, now int64) (from int64, rolling, all bool) {
	d := day(now)
	switch window {
	case "today":
		return dayStart(d), false, false
	case "this_week":
		return dayStart((d+3)/7*7 - 3), false, false
	case "this_month":
		return dayStart(monthStart(d, 0)), false, false
	case "1mo":
		return dayStart(monthsAgo(d, 1)), false, false
	case "all":
		return 0, false, true
	}
	return now - lengths[window], true, false
}

// monthsAgo is the same local day that many months ago, clamped.
func monthsAgo(d int64, n int) int64 {
	start, next := monthStart(d, n), monthStart(d, n-1)
	return min(start+d-monthStart(d, 0), next-1)
}

// covered is whether all that happened since a moment was reported.
func (w *naive) covered(m *metric, f *facts, from int64) bool {
	declared := m.typ == "act" || m.typ == "done"
	switch m.source {
	case "member":
		if from < w.people[f.who].joined || !declared && from < w.heard {
			return false
		}
	case "group":
		if group := w.list[f.event].group; !declared && w.opened[group] != 0 && from < w.opened[group] {
			return false
		}
	}
	return true
}

// counted are the events that a metric is about, of whatever time.
func (w *naive) counted(m *metric, f *facts) (out []*happening) {
	for i := range w.list {
		e := &w.list[i]
		if e.typ != m.typ {
			continue
		}
		var current *happening
		if f.event >= 0 {
			current = &w.list[f.event]
		}
		mine := map[string]bool{"member": e.who == f.who, "group": current != nil && e.group == current.group, "content": current != nil && e.thing == current.thing}[m.source]
		kept := true
		switch m.filter {
		case "k=a":
			kept = e.k == "a"
		case "k=event":
			kept = e.k == current.k
		case "group=g1":
			kept = e.group == "g1"
		case "content=event":
			kept = e.thing == current.thing
		}
		if mine && kept {
			out = append(out, e)
		}
	}
	return out
}

// asks is whether the metric's subject and filter have a value.
func (n *metric) asks(w *naive, f *facts) bool {
	var e happening
	if f.event >= 0 {
		e = w.list[f.event]
	}
	switch {
	case n.source == "member" && f.who == "", n.source == "group" && e.group == "", n.source == "content" && e.thing == "",
		n.filter == "k=event" && e.k == "", n.filter == "content=event" && e.thing == "":
		return false
	}
	return true
}

// read gives the events in the metric's window; false where that is unknown.
func (n *metric) read(w *naive, f *facts) (out []*happening, ok bool) {
	if !n.asks(w, f) {
		return nil, false
	}
	from, rolling, all := begins(n.window, f.now)
	newest := int64(0)
	for _, e := range w.counted(n, f) {
		newest = max(newest, e.at)
		if e.at <= f.now && (all || e.at > from || e.at == from && !rolling) {
			out = append(out, e)
		}
	}
	return out, newest-f.now <= 2*aDay
}

func (n metric) value(w *naive, f *facts) amount {
	list, ok := n.read(w, f)
	if !ok {
		return amount{}
	}
	v := n.aggregate(list, f)
	if from, _, all := begins(n.window, f.now); v.known && !all && !w.covered(&n, f, from) {
		grows := slices.Contains([]string{"count", "distinct", "days", "streak"}, n.agg) || n.agg == "sum" && n.typ == "act"
		v.known, v.atLeast = grows, true
	}
	return v
}

func (n metric) aggregate(list []*happening, f *facts) amount {
	var sum, with, least, most int64
	days, kinds, times := map[int64]bool{}, map[string]bool{}, []int64{}
	for _, e := range list {
		days[day(e.at)] = true
		times = append(times, e.at)
		if e.k != "" {
			kinds[e.k] = true
		}
		if e.n < 0 {
			continue
		}
		if with++; with == 1 {
			least, most = e.n, e.n
		}
		sum, least, most = sum+e.n, min(least, e.n), max(most, e.n)
	}
	switch n.agg {
	case "count":
		return exactly(int64(len(list)))
	case "sum":
		return exactly(sum)
	case "avg":
		return amount{num: sum, den: with, known: with > 0}
	case "min":
		return amount{num: least, den: 1, known: with > 0}
	case "max":
		return amount{num: most, den: 1, known: with > 0}
	case "distinct":
		return exactly(int64(len(kinds)))
	case "days":
		return exactly(int64(len(days)))
	case "streak":
		return exactly(streak(days, day(f.now)))
	case "first":
		return amount{num: slices.Min(append(times, 1<<62)), den: 1, known: len(times) > 0}
	}
	return amount{num: slices.Max(append(times, 0)), den: 1, known: len(times) > 0} // last
}

func streak(days map[int64]bool, today int64) (n int64) {
	if !days[today] {
		today--
	}
	for ; days[today]; today-- {
		n++
	}
	return n
}
