package window

import (
	"slices"
	"strings"
)

// keep is how long a column is kept: with the stamps only (rolling windows), in
// the totals of days too (calendar windows), or for ever ("all").
type keep uint8

const (
	keepStamps keep = iota
	keepDays
	keepAll
)

// column is a field that a shape keeps values of: numbers, or the set of what
// was seen.
type column struct {
	field string
	set   bool
	keep  keep
}

// layout says what a cell keeps. It is part of the cell's binary form, so that
// a cell kept for an older rulebook is never read for more than it knows.
type layout struct {
	all     bool // totals of what is older than every window
	dates   bool // and which days it was on
	edges   bool // first and last times of what has no stamps
	columns []column
}

func (l *layout) addColumn(c column) {
	i := l.column(c.field, c.set)
	if i < 0 {
		l.columns = append(l.columns, c)
		return
	}
	l.columns[i].keep = max(l.columns[i].keep, c.keep)
}

// column finds a column; -1 when there is none.
func (l *layout) column(field string, set bool) int {
	for i := range l.columns {
		if l.columns[i].set == set && l.columns[i].field == field {
			return i
		}
	}
	return -1
}

// sort fixes the columns' order, so that equal needs give equal layouts.
func (l *layout) sort() {
	slices.SortFunc(l.columns, func(a, b column) int {
		if c := strings.Compare(a.field, b.field); c != 0 || a.set == b.set {
			return c
		}
		if b.set {
			return -1
		}
		return 1
	})
}

// covers is whether a cell of this layout keeps everything that another asks for.
func (l *layout) covers(o *layout) bool {
	if l == o {
		return true
	}
	if o.all && !l.all || o.dates && !l.dates || o.edges && !l.edges {
		return false
	}
	for _, c := range o.columns {
		if i := l.column(c.field, c.set); i < 0 || l.columns[i].keep < c.keep {
			return false
		}
	}
	return true
}

func (l *layout) equal(o *layout) bool {
	return l.all == o.all && l.dates == o.dates && l.edges == o.edges && slices.Equal(l.columns, o.columns)
}

// hasSets is whether any column is a set.
func (l *layout) hasSets() bool {
	return slices.ContainsFunc(l.columns, func(c column) bool { return c.set })
}
