// Package bench measures Bylaw as ratios to limits measured in the same run, so
// that a figure means the same on a fast and on a busy machine. It talks to a
// server over HTTP as any sender would; the limit beside it is the database
// itself, driven directly.
//
//   - load.go: the events and rules that ingest is measured with
//   - raw.go: the limit: multi-row inserts into an ordinary table
//   - client.go, sender.go: one request at a time, and batches by several senders
//   - ingest.go, single.go, index.go, reload.go, demo.go: one measurement each
//   - why.go, try.go, backtest.go: the past of a year; check.go: documents
//   - usage_linux.go: processor time and memory
//   - report.go: what is printed, with machine, versions and medians
package bench
