// Package bench measures Bylaw as ratios to limits measured in the same run, so
// that a figure means the same on a fast and on a busy machine. It talks to a
// server over HTTP as any sender would; the limit beside it is the database
// itself, driven directly.
//
//   - load.go: the events and rules that ingest is measured with
//   - raw.go: the limit: multi-row inserts into an ordinary table
//   - client.go: batches over HTTP
//   - ingest.go, growth.go, single.go, index.go: one measurement each
//   - report.go: what is printed, with machine, versions and medians
package bench
