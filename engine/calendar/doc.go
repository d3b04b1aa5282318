// Package calendar is all of Bylaw's arithmetic with time: local days, windows,
// review periods, schedules, quiet hours, festivals and workdays.
//
// Everything here is a pure function of its arguments: nothing reads a clock,
// and the only state is the memo inside a Zone that its owner holds.
//
// Three rules give the same answer everywhere a clock jumps:
//   - a day begins at the first instant with that local date, which is not
//     always midnight; a date that a zone skipped begins where the next one does;
//   - a local time that is skipped stands for the first instant after the gap;
//   - a local time that comes twice stands for its first coming.
//
// All three are one function of the zone, "the first instant at which the local
// clock has reached this reading", so they cannot disagree with each other.
package calendar
