// Package machine is the engine's one way of changing anything: it accepts
// events, decides every rule that listens, applies the effects and saves it all
// in one transaction. Changes made by hand, timers, schedules and reviews enter
// it as events of reserved types, so that the log alone can rebuild the state.
//
// The same code runs live (server/store), in simulations and in tests
// (engine/scratch); it reads no clock, no randomness and no network: receipt
// times come with the call.
//
//   - machine.go: Machine, Accept: the way in, group commit
//   - turn.go: one transaction from lane to save
//   - cache.go: what the position vouches for
//   - fold.go: what built-in event types do to members, groups and content
//   - decide.go: candidates, decisions, occurrences
//   - limits.go: limits, cooldowns, budgets
//   - effects_*.go: one function per effect
//   - hand.go: reserved types, changes made by hand
//   - timers.go, schedule.go, review.go: what happens by the clock
//   - verify.go: replay and compare
package machine
