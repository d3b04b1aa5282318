// Package window keeps exact aggregates of events over sliding and calendar
// windows. It is pure state with a compact binary form: no store and no clock.
//
// A Plan is made from a rulebook's metrics. It groups them into shapes (whose
// events, of which type, under which filters) and works out what each shape must
// keep, so that nothing is kept that no rule reads. An event is folded into the
// cells that Plan.Keys names; a decision reads the cells that Plan.Reads names.
//
// # What a Cell keeps
//
// A cell keeps the events of one subject, shape and filter value, by local day.
// Each event leaves a stamp: its time and the values that rules aggregate. A
// stamp is kept for the longest rolling window plus engine.LateAfter, because
// only then may a window's edge still fall between it and its neighbours. Then
// the day keeps totals only; and when no calendar window needs the day any more,
// it joins the totals of everything older, from which "all" is answered.
//
// Stamps beyond SpillAt leave the row for segments, immutable records of their
// own, so that a row and the cost of one event stay small however busy a subject
// is. Plan.Needs names the segments that a decision will look into; the caller
// loads them and hands them to Cell.Attach. Folding never needs one.
//
// # Time
//
// A window ends at the moment of the decision, which may lie up to
// engine.LateAfter behind the cell's newest event. Further back the cell no
// longer knows, and answers unknown (late). Of equal times all that was folded
// so far counts, which is why a decision is made right after its event is folded.
//
// A day is [first instant with that local date, the next date's), in the zone in
// force when the event was folded.
package window
