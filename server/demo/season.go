package demo

import "time"

// hours is how much of a day's life falls into each hour.
var hours = [24]float64{0.6, 0.2, 0.1, 0.1, 0.1, 0.3, 1.2, 3.2, 5, 4.6, 4.4, 4.6, 6.2, 5, 3.8, 4, 4.2, 4.4, 5.2, 7, 9.6, 10.4, 7.6, 3}

// checkHours is the same for check-ins, which are done in the morning or late.
var checkHours = [24]float64{0.1, 0, 0, 0, 0, 1, 6, 12, 9, 4, 2, 2, 4, 3, 1, 1, 1, 2, 3, 5, 8, 12, 10, 4}

// at throws a moment of a day.
func (d dice) at(day time.Time, hours *[24]float64) time.Time {
	return day.Add(time.Duration(d.weigh(hours[:]...))*time.Hour + time.Duration(d.IntN(3600_000))*time.Millisecond)
}

// during is whether a date is within a span of one year's dates, as month*100+day.
func during(day time.Time, from, to int) bool {
	md := int(day.Month())*100 + day.Day()
	return day.Year() == EndDay.Year() && from <= md && md <= to
}

func weekend(day time.Time) bool {
	return day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
}

// talkSeason is how lively a day is, 1 on an ordinary weekday.
func talkSeason(day time.Time) float64 {
	f := 1.0
	if weekend(day) {
		f = 1.22
	}
	switch {
	case during(day, 925, 927): // Mid-Autumn: people are at table
		f *= 0.85
	case during(day, 1001, 1007): // National Day: people travel
		f *= 0.68
	case during(day, 824, 906): // the newcomers of the promotion
		f *= 1.1
	}
	return f
}

// orderSeason is how much is bought.
func orderSeason(day time.Time) float64 {
	switch {
	case during(day, 829, 831): // term begins
		return 1.8
	case during(day, 917, 923): // presents for Mid-Autumn
		return 2.4
	case during(day, 1001, 1005):
		return 0.7
	}
	return 1
}

// joinSeason is how many newcomers each source brings, in the order of sources.
func joinSeason(day time.Time) [4]float64 {
	f := [4]float64{8, 7, 3.2, 5}
	if weekend(day) {
		f = [4]float64{9, 9, 4, 6.5}
	}
	switch {
	case promotion(day):
		f[fromDouyin] *= 11
	case during(day, 917, 924): // bring a friend for Mid-Autumn
		f[fromFriend] *= 2.2
	case during(day, 1001, 1007):
		for i := range f {
			f[i] *= 0.6
		}
	}
	return f
}

// promotion is the week in which short video is paid for.
func promotion(day time.Time) bool { return during(day, 824, 830) }
