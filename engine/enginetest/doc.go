// Package enginetest holds the contract that every engine.Store keeps, as a
// suite: a store's own tests call ExerciseStore and pass all of it.
package enginetest
