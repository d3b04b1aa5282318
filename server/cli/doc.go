// Package cli is the command line: one file a command, all listed in root.go.
//
// Data goes to stdout, progress and logs to stderr. Every command that prints
// data knows --json. Texts are in the language of the environment (LANG),
// English or Chinese. Exit codes: 0 done, 1 problems found or refused, 2 used
// wrongly, 3 something that is needed cannot be reached.
package cli
