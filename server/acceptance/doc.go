// Package acceptance has no code: its tests run the real binary as a user
// would, on every engine that is announced, and hold it to its promises.
package acceptance
