// Package transfer moves what a workspace has into files and files into a
// workspace: exports of members, events, ledger and the rest as CSV, XLSX or
// JSON lines, and imports of members and events. Imports change members through
// the machine alone, so that the log has them and a replay finds the same.
//
//   - export.go, columns.go, nouns.go, member_columns.go: what leaves, and how
//   - import.go, mapping.go, value.go: reading a table, which column means what
//   - member_rows.go, event_rows.go: a row as changes by hand, or as an event
//   - work.go, run.go, file.go: both as jobs, whose files are fetched from the server
package transfer
