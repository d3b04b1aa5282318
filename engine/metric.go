package engine

import (
	"sort"
	"strings"
)

// Source is whose events a metric counts.
type Source string

// The sources, by the function that rules write.
const (
	OfMember  Source = "member"  // events(...)
	OfGroup   Source = "group"   // group_events(...)
	OfContent Source = "content" // content_events(...)
)

// AnyType as a metric's Type counts events of every type.
const AnyType = "*"

// Agg is what a metric computes.
type Agg string

// The aggregates.
const (
	Count    Agg = "count"
	Sum      Agg = "sum"
	Avg      Agg = "avg"
	Min      Agg = "min"
	Max      Agg = "max"
	Distinct Agg = "distinct"
	Days     Agg = "days"
	Streak   Agg = "streak"
	First    Agg = "first"
	Last     Agg = "last"
	Growth   Agg = "growth" // (n1+10)/(n0+10), this window against the one before
)

// MetricFilter keeps only events whose Name has a value: a constant, or a field
// of the current event (FromEvent: "content", "group", "origin" or "props.x").
// Name is "group", "content", "origin" or a property.
type MetricFilter struct {
	Name      string
	Const     Value // when FromEvent is empty
	FromEvent string
}

// Metric is one number that rules read: an aggregate of a subject's events in a
// window. Two rules that say the same share one.
type Metric struct {
	Source  Source
	Type    string
	Window  string         // as written: "7d", "today", "all", "period"
	Filter  []MetricFilter // sorted by Name
	Agg     Agg
	Field   string // of sum avg min max distinct
	Exclude bool   // leave the current event out (silent_for, invited, previous)
}

// Key writes the metric unambiguously; equal metrics have equal keys.
func (m Metric) Key() string {
	var b strings.Builder
	b.WriteString(m.CellKey())
	for _, s := range []string{m.Window, string(m.Agg), m.Field} {
		b.WriteString("|" + s)
	}
	if m.Exclude {
		b.WriteString("|-")
	}
	return b.String()
}

// CellKey writes the part that says which events are counted, which is what
// window state is kept by: source, type and the filter's shape.
func (m Metric) CellKey() string {
	var b strings.Builder
	b.WriteString(string(m.Source) + "|" + m.Type)
	f := append([]MetricFilter(nil), m.Filter...)
	sort.Slice(f, func(i, j int) bool { return f[i].Name < f[j].Name })
	for _, x := range f {
		b.WriteString("|" + x.Name + "=")
		if x.FromEvent != "" {
			b.WriteString("$" + x.FromEvent)
		} else {
			b.WriteString(x.Const.Key())
		}
	}
	return b.String()
}

// MetricTable gives each metric of a rulebook one number, so that a decision
// reads a slot and no map.
type MetricTable struct {
	All []Metric
	ids map[string]int
}

// NewMetricTable makes an empty table.
func NewMetricTable() *MetricTable { return &MetricTable{ids: map[string]int{}} }

// Intern gives the metric's number, the same for equal metrics.
func (t *MetricTable) Intern(m Metric) int {
	k := m.Key()
	if id, ok := t.ids[k]; ok {
		return id
	}
	t.ids[k] = len(t.All)
	t.All = append(t.All, m)
	return len(t.All) - 1
}
