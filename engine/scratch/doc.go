// Package scratch is the in-memory engine.Store. Simulations, back-tests and
// tests run on it: the same machine on the same contract, with no hands.
//
// A Store forks in a few pointers (Fork), so that many "what if" runs may start
// from one past. It is deterministic: every list has one order. Bodies are
// copied when saved; what a reader gives out must not be changed.
package scratch
