// Package machine is the engine's one way of changing anything: it accepts
// events, decides every rule that listens, applies the effects and saves it all
// in one transaction. Changes made by hand, timers, schedules and reviews enter
// it as events of reserved types, so that the log alone can rebuild the state.
//
// The same code runs live (server/store), in simulations and in tests
// (engine/scratch); it reads no clock, no randomness and no network: receipt
// times come with the call.
//
// The way in:
//
//   - machine.go, intake.go: Machine, Accept, group commit, isolation of what fails
//   - accept.go, validate.go, duplicates.go: which events are taken
//   - turn.go, cache.go, packed.go, records.go, marks.go, keys.go: one transaction from lane to save
//   - count.go: what reports show, by day
//   - audit.go: the row that tells of a change by hand, saved with it
//   - preload.go, process.go, personal.go: one event and what it emits
//   - builtin.go, hand.go: what built-in types and changes made by hand do by themselves
//
// Deciding:
//
//   - view.go, index.go: definitions and rules at one revision, candidates
//   - decide.go, evaluate.go, reader.go: rulings, effect fields, metrics
//   - once.go, limits.go, failures.go: occurrences, limits, rules that fail
//   - application.go, groups.go: thresholds, seats, waiting lists
//   - effects*.go, mentors.go: one function per effect
//
// The past: past.go (what records became), windows.go, rehearse.go (a rule asked,
// nothing kept); package simulate puts them together.
//
// The clock: timers.go, after.go, schedule.go, hold.go, review.go, rank.go,
// moves.go, notice.go, quiet.go. People: merge.go, rebuild.go, erase.go. Definitions: define.go,
// prepare.go, warm.go. Proof: verify.go, compare.go.
package machine
