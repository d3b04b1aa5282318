// Package simulate reads the past: what a member, a group and a content were at
// a moment, and what a rule, of then or of now, published or a draft, would
// have decided there. It runs the real machine (engine/machine) on a store in
// memory (engine/scratch) that fills itself from the log as it is asked, so
// nothing it does is ever written anywhere, and nothing is reckoned twice in
// two ways.
//
// Where the past comes from: records (members, groups, contents, marks) from
// what each event made of them (engine.PastReader), so that timers, reviews,
// merges and changes by hand need no second telling; windows from the subject's
// own events; definitions from the revision in force.
//
//   - past.go: Past, Moment, Scene: opening a moment
//   - store.go, reader.go: the store that fills itself
//   - windows.go: windows from events
//   - ask.go: Ask and Replay
package simulate
