// Package expression is one expression of Bylaw's language: from its text to
// problems, closures, explanations and completions.
//
// # The life of one expression
//
//  1. scan.go looks at the raw text: its size, depth, comments, full-width
//     punctuation, words that are not operators. Nothing hostile gets further.
//  2. parse.go has expr's lexer and parser make tokens and a tree; syntax.go
//     says in an operator's words what they refuse. walk.go counts the tree as it
//     would be walked before anything walks it; span.go finds every node's range.
//  3. check.go and check_*.go type every node against a Vocabulary and report all
//     problems (messages.go has their words). What they make is a tree of our own
//     (node.go) in which every node knows its kind and range.
//  4. compile.go and compile_*.go turn that tree into closures over engine.Facts
//     (code.go), three-valued and without allocation. They are the only evaluator.
//  5. program.go is what callers hold; keys.go what an index may use of it;
//     explain.go runs the parts of a program and tells what each was.
//
// template.go is text with {{ expression }} in it, complete.go what may be typed
// next, names.go, functions.go and docs.go what there is to say.
//
// # Values
//
// A closure gives a value and a mark: exact, at least (a metric whose window
// begins before we listened), unknown for a reason, or failed (overflow, steps).
// and, or, not are Kleene's, and a failure counts as an unknown that no other
// unknown hides, so that the order of operands never changes an outcome.
//
// Decimals are millionths in 64 bits: + and - and multiplication by an integer
// are exact. Division and the product of two decimals continue in floating point
// and are compared, stored and shown rounded to millionths.
package expression
