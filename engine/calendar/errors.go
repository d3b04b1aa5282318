package calendar

// Error says what is wrong with a text that an operator wrote and what to write
// instead, in both languages. Codes are stable; the texts are not.
type Error struct {
	Code  string // such as window_syntax, cron_range, cron_never, holiday_unknown
	Field string // the cron field's English name, empty elsewhere
	Input string // the offending text as written
	En    string
	Zh    string
}

// Error returns the English text.
func (e *Error) Error() string { return e.En }

// didYouMean returns the English and Chinese tails that offer a suggestion, both
// empty when there is none.
func didYouMean(suggestion string) (en, zh string) {
	if suggestion == "" {
		return "", ""
	}
	return `; did you mean "` + suggestion + `"?`, `；是不是想写 "` + suggestion + `"？`
}
