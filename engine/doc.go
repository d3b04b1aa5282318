// Package engine holds Bylaw's nouns and the ports through which the machine
// reaches the world. It imports only the standard library and its own
// sub-packages, because nouns must outlive every library.
//
// # The life of one event
//
//  1. The API decodes and validates it (event.go); every problem is named with its place.
//  2. It joins a batch (engine/machine: intake). What waits together commits together.
//  3. One transaction locks the workspace's lane (ports.go: Store.Within) and reads
//     position and revision.
//  4. Duplicates are recognised by their id (Tx.Claim); the rest get positions.
//  5. Members, groups and window cells are loaded (Tx.Load), or found in the cache
//     that the position vouches for.
//  6. Each event is folded in: member facts (machine), windows (engine/window).
//  7. Every rule that listens decides (rule.go: Rule, Condition) on Facts (facts.go).
//     All rules of one event see the same state: after the event, before any effect.
//  8. Effects (effect.go) change members, ledgers, groups; messages become
//     deliveries, rows of the same transaction (delivery.go, outbox.go).
//  9. Tx.Save writes everything as a few multi-row statements and advances the position.
//  10. After the commit each event is answered with its decisions; the outbox delivers.
//
// Sub-packages: calendar (zones, days, periods, schedules), window (exact
// windows), catalog (event types), machine (deciding and applying), outbox
// (delivering), scratch (the in-memory store that simulations and tests run on),
// simulate (the past of one member, and rules asked there),
// enginetest (the contract every store must pass).
package engine
