// Package outbox gets due deliveries sent: it claims them from the queue of all
// workspaces, asks the gate about each one at the moment of sending, hands what
// may go to the channels and settles what became of it.
//
// # The promises it keeps
//
//   - At least once with one key for every attempt (Delivery.ID); exactly once
//     where the channel recognises that key; at most once where the channel is
//     configured so.
//   - What may have arrived is never sent again by itself, unless the channel
//     recognises its key for long enough: it becomes uncertain. To know that
//     after a crash too, an attempt that must not be repeated is written down
//     before it is made (see Worker). Delivery.SentAt is when a message was
//     sent or may first have been; an attempt that certainly failed leaves none.
//   - Nobody is messaged against their will: Gate is the only way to a channel.
//   - Caps, shares and quotas hold when several workers send at once: what is
//     claimed counts as sent until it is decided otherwise, so that of two who
//     look at the same time at least one sees the other (see tally).
//
// # Files
//
// schedule.go and settle.go say when to try again and what an answer makes of a
// delivery; gate.go, person.go and room.go say whether it may go now. These are
// pure functions. worker.go claims, sender.go keeps one queue per channel, batch.go
// takes one batch through gate, mark, send and settle, users.go divides among the
// console's users what is for several, tally.go counts, breaker.go
// rests a channel that keeps failing.
//
// Nothing here reads a clock or randomness: both are given (Options).
package outbox
