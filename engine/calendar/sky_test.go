package calendar

import (
	"math"
	"testing"
	"time"
)

// This file holds the lunar table against the sky: new moons and the sun's
// longitude after Meeus, Astronomical Algorithms, chapters 49 and 25, in China's
// time. The moon's series is good to seconds and the sun's to a quarter of an
// hour, so only an event that close to midnight may fall on either side.

const (
	moonSlack = 3.0 / 1440
	sunSlack  = 20.0 / 1440
	j2000     = 2451545.0
)

func sine(degrees float64) float64 { return math.Sin(degrees * math.Pi / 180) }

// newMoon returns the Julian day (dynamical time) of the k-th new moon after
// that of January 2000.
func newMoon(k float64) float64 {
	T := k / 1236.85
	E := 1 - 0.002516*T - 0.0000074*T*T
	sun := 2.5534 + 29.10535670*k - 0.0000014*T*T
	moon := 201.5643 + 385.81693528*k + 0.0107582*T*T
	F := 160.7108 + 390.67050284*k - 0.0016118*T*T
	node := 124.7746 - 1.56375588*k + 0.0020672*T*T
	day := 2451550.09766 + 29.530588861*k + 0.00015437*T*T
	for _, term := range []struct{ amount, angle float64 }{
		{-0.40720, moon}, {0.17241 * E, sun}, {0.01608, 2 * moon}, {0.01039, 2 * F}, {0.00739 * E, moon - sun},
		{-0.00514 * E, moon + sun}, {0.00208 * E * E, 2 * sun}, {-0.00111, moon - 2*F}, {-0.00057, moon + 2*F},
		{0.00056 * E, 2*moon + sun}, {-0.00042, 3 * moon}, {0.00042 * E, sun + 2*F}, {0.00038 * E, sun - 2*F},
		{-0.00024 * E, 2*moon - sun}, {-0.00017, node}, {0.000325, 299.77 + 0.107408*k - 0.009173*T*T},
		{0.000165, 251.88 + 0.016321*k}, {0.000164, 251.83 + 26.651886*k}, {0.000126, 349.42 + 36.412478*k},
		{0.000110, 84.66 + 18.206239*k}, {0.000062, 141.74 + 53.303771*k}, {0.000060, 207.14 + 2.453732*k},
	} {
		day += term.amount * sine(term.angle)
	}
	return day
}

// sunLongitude returns the sun's apparent longitude in degrees.
func sunLongitude(julian float64) float64 {
	T := (julian - j2000) / 36525
	M := 357.52911 + 35999.05029*T - 0.0001537*T*T
	centre := (1.914602-0.004817*T)*sine(M) + (0.019993-0.000101*T)*sine(2*M) + 0.000289*sine(3*M)
	longitude := 280.46646 + 36000.76983*T + 0.0003032*T*T + centre - 0.00569 - 0.00478*sine(125.04-1934.136*T)
	return math.Mod(math.Mod(longitude, 360)+360, 360)
}

// sunAt returns the Julian day near a guess at which the sun reaches a longitude.
func sunAt(longitude, guess float64) float64 {
	for range 6 {
		away := math.Mod(longitude-sunLongitude(guess)+540, 360) - 180
		guess += away * 365.2422 / 360
	}
	return guess
}

// inChina turns a Julian day of dynamical time into days since 1970 at 120 degrees
// east.
func inChina(julian float64) float64 {
	year := 2000 + (julian-j2000)/365.25
	seconds := 64 + 0.4*(year-2000) // what the earth lags behind, well enough
	if year < 2000 {
		seconds = max(0, 64-0.7*(2000-year))
	}
	return julian - 2440587.5 - seconds/86400 + 8.0/24
}

// onDay reports whether an instant, in days, lies on a date or within slack of it.
// Before 1929 almanacs kept the local time of Beijing, a quarter of an hour behind.
func onDay(at float64, d Date, slack float64) bool {
	late := slack
	if d < NewDate(1929, 1, 1) {
		late += 14.5 / 1440
	}
	return at >= float64(d)-slack && at < float64(d)+1+late
}

// Every month begins on the day of a new moon, none is left out.
func TestMonthsBeginAtNewMoon(t *testing.T) {
	k := -1236.0 // the new moon of 31 January 1900
	for year := MinLunarYear; year <= MaxLunarYear; year++ {
		y, _ := lunarYearOf(year)
		d := y.start(year)
		for i := range y.months() {
			if at := inChina(newMoon(k)); !onDay(at, d, moonSlack) {
				t.Errorf("month %d of %d begins on %v, the moon is new %.4f days later", i+1, year, d, at-float64(d))
			}
			k++
			d += Date(y.days(i))
		}
		if next, ok := lunarYearOf(year + 1); ok && next.start(year+1) != d {
			t.Errorf("%d ends before %v and %d begins on %v", year, d, year+1, next.start(year+1))
		}
	}
}

// A repeated month has none of the twelve middle terms of the sun, and the
// eleventh month has the winter solstice.
func TestMonthsFollowTheSun(t *testing.T) {
	for year := MinLunarYear; year <= MaxLunarYear; year++ {
		y, _ := lunarYearOf(year)
		d := y.start(year)
		for i := range y.months() {
			l, end := y.date(year, i, 1), d+Date(y.days(i))
			noon := float64(d) + 2440587.5
			term := math.Ceil(sunLongitude(noon-sunSlack*3)/30) * 30
			at := inChina(sunAt(term, noon+10))
			if l.Leap && at >= float64(d)+sunSlack && at < float64(end)-sunSlack {
				t.Errorf("the repeated month %d of %d has the sun at %v", l.Month, year, term)
			}
			if solstice := y.solstice(year); l.Month == 11 && !l.Leap && (solstice < d || solstice >= end) {
				t.Errorf("the solstice %v is outside month 11 of %d, %v to %v", solstice, year, d, end-1)
			}
			d = end
		}
	}
}

func TestQingmingAndSolsticeFollowTheSun(t *testing.T) {
	for year := MinLunarYear; year <= MaxLunarYear; year++ {
		for name, longitude := range map[string]float64{"qingming": 15, "winter-solstice": 270} {
			d, ok := Holiday(name, year)
			at := inChina(sunAt(longitude, float64(d)+2440587.5))
			if !ok || !onDay(at, d, sunSlack) {
				t.Errorf("%s of %d is %v, the sun is there %.4f days later", name, year, d, at-float64(d))
			}
		}
	}
}

// The model itself: instants that almanacs print, in UTC.
func TestSkyModel(t *testing.T) {
	for _, c := range []struct {
		got  float64
		want time.Time
		slip time.Duration
	}{
		{newMoon(math.Round((2024.27 - 2000) * 12.3685)), time.Date(2024, 4, 8, 18, 21, 0, 0, time.UTC), 2 * time.Minute},
		{newMoon(math.Round((2018.85 - 2000) * 12.3685)), time.Date(2018, 11, 7, 16, 2, 0, 0, time.UTC), 2 * time.Minute},
		{sunAt(0, 2460389), time.Date(2024, 3, 20, 3, 6, 0, 0, time.UTC), 15 * time.Minute},
		{sunAt(270, 2460665), time.Date(2024, 12, 21, 9, 21, 0, 0, time.UTC), 15 * time.Minute},
	} {
		at := time.Unix(int64((inChina(c.got)-8.0/24)*86400), 0)
		if away := at.Sub(c.want).Abs(); away > c.slip {
			t.Errorf("%v, want %v", at.UTC(), c.want)
		}
	}
}
