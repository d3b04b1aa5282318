package demo

import (
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Seed is the number that the whole community grows from.
const Seed = 20261016

// Version grows with every change of what a seed makes, so that a folder made by
// an older program is made anew.
const Version = 1

// zone is Asia/Shanghai, which has had no summer time since 1991.
var zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// EndDay is the last day of the story, and Now the moment in it at which a fresh
// demo stands: a Friday morning, ten days before which a holiday week ended and
// at whose first minute a review was opened.
var (
	EndDay = time.Date(2026, time.October, 16, 0, 0, 0, 0, zone)
	Now    = engine.TimeOf(EndDay.Add(10 * time.Hour))
)

// importedDays before the story begins are imported as history.
const importedDays = 30

// Size is how large a community is made.
type Size struct {
	Members int // who ever joined
	Days    int // the story's length; the last day is EndDay
}

// Full is what bylaw serve --demo shows: about 150,000 events.
var Full = Size{Members: 3000, Days: 90}

// founders were there before the story begins.
func (s Size) founders() int { return s.Members * 4 / 15 }

// Events is about how many events the story has, for showing progress.
func (s Size) Events() int64 {
	return int64(s.Members) * int64(s.Days+importedDays/3) / 2
}

// start is the first instant of a day of the story, 0 being the first. Days
// before it are negative.
func (s Size) start(day int) time.Time { return EndDay.AddDate(0, 0, day+1-s.Days) }
