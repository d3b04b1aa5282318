package window

import (
	"math"
	"math/big"
	"slices"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// brute answers a metric from the raw list of events, as the contract words it,
// with nothing of this package's.
type brute struct {
	loc *time.Location
	log []*engine.Event // in the order they were accepted
}

func std(t engine.Time) time.Time { return time.UnixMicro(int64(t)) }

// dateOf finds the day whose first instant is at or before t and the next day's
// is not, by trying all near ones.
func (b *brute) dateOf(t engine.Time) calendar.Date {
	near := calendar.DateOf(std(t), time.UTC)
	for d := near + 3; ; d-- {
		if !std(t).Before(calendar.DayStart(d, b.loc)) {
			return d
		}
	}
}

func (b *brute) field(e *engine.Event, name string) engine.Value {
	switch name {
	case "group":
		if e.Group == "" {
			return engine.UnknownValue(engine.MissingProp)
		}
		return engine.StringValue(e.Group)
	case "content":
		if e.Content == "" {
			return engine.UnknownValue(engine.MissingProp)
		}
		return engine.StringValue(e.Content)
	}
	return e.Prop(name)
}

// counts is whether an event is one of those that the metric speaks of.
func (b *brute) counts(m *engine.Metric, e, current *engine.Event) bool {
	if m.Type != "*" && m.Type != e.Type {
		return false
	}
	switch m.Source {
	case engine.OfMember:
		if e.MemberID != current.MemberID {
			return false
		}
	case engine.OfGroup:
		if e.Group != current.Group {
			return false
		}
	case engine.OfContent:
		if e.Content != current.Content {
			return false
		}
	}
	for _, f := range m.Filter {
		want := f.Const
		if f.FromEvent != "" {
			want = b.field(current, fromNames[f.FromEvent])
		}
		if got := b.field(e, f.Name); got.Kind == engine.Unknown || !got.Equal(want) {
			return false
		}
	}
	return true
}

// asks is one question: a metric at a moment.
type asks struct {
	m       *engine.Metric
	about   *engine.Event // whose subject and fields are meant
	current *engine.Event // left out when the metric says so
	now     engine.Time
	period  *engine.Period
	cover   Coverage
}

// current fields that filters of the tests read.
var fromNames = map[string]string{"group": "group", "props.kind": "kind", "props.other": "other"}

// bounds is the window at the moment, and for growth the one before.
type bounds struct {
	begins   engine.Time // never: "all"
	in       func(engine.Time) bool
	before   func(engine.Time) bool
	noBefore bool
}

func (b *brute) bounds(q asks) bounds {
	if p := q.period; q.m.Window == "period" {
		return bounds{begins: p.Start, noBefore: true, in: func(t engine.Time) bool { return p.Start <= t && t < p.End && t <= q.now }}
	}
	w, err := calendar.ParseWindow(q.m.Window)
	if err != nil {
		panic(err)
	}
	out := bounds{begins: never, in: func(t engine.Time) bool { return t <= q.now }}
	if span, bounded := w.Bounds(std(q.now), b.loc); bounded {
		out.begins = engine.Time(span.From.UnixMicro())
		out.in = func(t engine.Time) bool { return span.Contains(std(t)) }
	}
	span, ok := w.Previous(std(q.now), b.loc)
	if out.noBefore = !ok; ok && q.m.Agg == engine.Growth {
		out.begins = engine.Time(span.From.UnixMicro())
		out.before = func(t engine.Time) bool { return span.Contains(std(t)) }
	}
	return out
}

func (b *brute) value(q asks) engine.Value {
	m := q.m
	if m.Source == engine.OfGroup && q.about.Group == "" {
		return engine.UnknownValue(engine.NoSubject)
	}
	for _, f := range m.Filter {
		if f.FromEvent != "" && b.field(q.about, fromNames[f.FromEvent]).Kind == engine.Unknown {
			return engine.UnknownValue(engine.MissingProp)
		}
	}
	at := b.bounds(q)
	var in, before []*engine.Event
	for _, e := range b.log {
		if !b.counts(m, e, q.about) || m.Exclude && e == q.current {
			continue
		}
		if at.in(e.At) {
			in = append(in, e)
		}
		if at.before != nil && at.before(e.At) {
			before = append(before, e)
		}
	}
	why := uncovered(at.begins, q.cover)
	if m.Agg == engine.Growth {
		switch {
		case at.noBefore:
			return engine.UnknownValue(engine.NotCovered)
		case why != "":
			return engine.UnknownValue(why)
		case len(in)+len(before) == 0:
			return engine.UnknownValue(engine.NoData)
		}
		return rat(big.NewRat(int64(len(in)+10), int64(len(before)+10)), true)
	}
	v := b.aggregate(m, in, q.now)
	if why == "" || v.Kind == engine.Unknown {
		return v
	}
	switch m.Agg {
	case engine.Count, engine.Distinct, engine.Days, engine.Streak:
		v.AtLeast = true
		return v
	case engine.Sum:
		if v.AtLeast = true; q.cover.NonNegative {
			return v
		}
	}
	return engine.UnknownValue(why)
}

func uncovered(begins engine.Time, c Coverage) engine.Reason {
	switch {
	case begins == never:
		return ""
	case c.From != 0 && begins < c.From:
		return engine.NotCovered
	case c.JoinedAt != 0 && begins < c.JoinedAt:
		return engine.BeforeJoined
	}
	return ""
}

func (b *brute) aggregate(m *engine.Metric, in []*engine.Event, now engine.Time) engine.Value {
	switch m.Agg {
	case engine.Count:
		return engine.IntValue(int64(len(in)))
	case engine.Days:
		return engine.IntValue(int64(len(b.dates(in))))
	case engine.Streak:
		return engine.IntValue(b.streak(b.dates(in), now))
	case engine.First, engine.Last:
		if len(in) == 0 {
			return engine.UnknownValue(engine.NoData)
		}
		at := make([]engine.Time, len(in))
		for i, e := range in {
			at[i] = e.At
		}
		if m.Agg == engine.First {
			return engine.TimeValue(slices.Min(at))
		}
		return engine.TimeValue(slices.Max(at))
	case engine.Distinct:
		var seen []engine.Value
		for _, e := range in {
			v := b.field(e, m.Field)
			if v.Kind != engine.Unknown && !slices.ContainsFunc(seen, v.Equal) {
				seen = append(seen, v)
			}
		}
		return engine.IntValue(int64(len(seen)))
	}
	return b.numbers(m, in)
}

func (b *brute) dates(in []*engine.Event) map[calendar.Date]bool {
	out := map[calendar.Date]bool{}
	for _, e := range in {
		out[b.dateOf(e.At)] = true
	}
	return out
}

// streak walks back day by day over the days that exist.
func (b *brute) streak(dates map[calendar.Date]bool, now engine.Time) (n int64) {
	back := func(d calendar.Date) calendar.Date { // the last moment before the day
		return b.dateOf(engine.Time(calendar.DayStart(d, b.loc).UnixMicro()) - 1)
	}
	d := b.dateOf(now)
	if !dates[d] {
		d = back(d)
	}
	for dates[d] {
		n++
		d = back(d)
	}
	return n
}

func (b *brute) numbers(m *engine.Metric, in []*engine.Event) engine.Value {
	var all []*big.Rat
	decimal := false
	for _, e := range in {
		switch v := b.field(e, m.Field); v.Kind {
		case engine.Int:
			all = append(all, new(big.Rat).SetInt64(v.Num))
		case engine.Decimal:
			decimal = true
			all = append(all, big.NewRat(v.Num, engine.Micro))
		case engine.Unknown:
		default:
			return engine.UnknownValue(engine.WrongType)
		}
	}
	sum := new(big.Rat)
	for _, x := range all {
		sum.Add(sum, x)
	}
	if m.Agg == engine.Sum {
		return rat(sum, decimal)
	}
	if len(all) == 0 {
		return engine.UnknownValue(engine.NoData)
	}
	slices.SortFunc(all, func(x, y *big.Rat) int { return x.Cmp(y) })
	switch m.Agg {
	case engine.Min:
		return rat(all[0], decimal)
	case engine.Max:
		return rat(all[len(all)-1], decimal)
	}
	return rat(sum.Quo(sum, new(big.Rat).SetInt64(int64(len(all)))), true)
}

// rat rounds half away from zero: FloatString does just that.
func rat(r *big.Rat, decimal bool) engine.Value {
	scaled, ok := new(big.Rat).Set(r), false
	if decimal {
		scaled.Mul(scaled, big.NewRat(engine.Micro, 1))
	}
	n, ok := new(big.Int).SetString(scaled.FloatString(0), 10)
	if !ok || n.Cmp(big.NewInt(math.MinInt64)) < 0 || n.Cmp(big.NewInt(math.MaxInt64)) > 0 {
		return engine.UnknownValue(Overflow)
	}
	if decimal {
		return engine.DecimalValue(n.Int64())
	}
	return engine.IntValue(n.Int64())
}
