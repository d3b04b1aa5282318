// Package rules is the operator's language: rule documents, their problems,
// their compiled form, their cases and the packs they come in.
//
// # The life of a rule document
//
//  1. Parse reads the author's bytes, YAML (yaml.go) or JSON (json.go), into one
//     tree in which every value knows its place (node.go, source.go), and the
//     tree into a Document (document.go, read.go, effect.go, review.go, case.go).
//     Everything that can be wrong without knowing the workspace is found here.
//  2. Check looks at the Document with the workspace's definitions: expressions,
//     references, the shape of reviews, holds and cases, and warnings (check.go,
//     compile.go, lint.go).
//  3. Compile makes the engine.Rule: the same walk as Check, keeping what it made.
//  4. Stored (stored.go) is how a rule's drafts and live versions are kept as one
//     definition; Library (library.go) turns all live ones into a rulebook.
//  5. Cases (trial.go) run on a Runner and are compared with what they expect.
//  6. LoadPack (pack.go) reads a folder of rules with what they need.
//
// The author's bytes are what is stored. Edit (edit.go) replaces the bytes of one
// scalar; nothing here writes a document anew.
package rules
