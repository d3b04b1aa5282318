// Package ingest reads events from request bodies, JSON or NDJSON, in one pass
// over the bytes: the hot path of the API.
//
//   - scan.go, text.go, number.go: a JSON scanner without recursion or reflection
//   - event.go, member.go, value.go: an event's fields
//   - batch.go: the envelope and lines
//   - problem.go: what can be wrong, in both languages
//
// A body that is not JSON is one error saying where. Otherwise every problem of
// every event is reported with its place, and one bad event does not stop the
// others.
package ingest
