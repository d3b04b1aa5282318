// Package backtesting lets a workspace's past happen again with a rule as it is and
// as it might be, on the machine itself and a store in memory, and says what
// would have been different: who would have matched, what it would have cost,
// what would have been sent or held and why.
//
// The rules of one revision are taken as if they had always been in force: up to
// the beginning of the range with the old version, from there on in two forks.
// Only the rules under test decide, and those whose effects they read.
//
// It has no hands: it reaches neither network nor files nor a database. The log
// comes through an engine.LogReader.
package backtesting
