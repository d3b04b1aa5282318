// Package app puts the server together: New in app.go is the one place where
// every part is made and given to the others, in the order of that function;
// Start sets it going and Stop ends it in reverse, by name and within bounds.
//
//   - app.go, lifecycle.go: New, Start, Stop
//   - open.go: a database ready for use; the command line opens it the same way
//   - seal.go: the server's secret key, and channels' secrets at rest
//   - channels.go, facts.go: what the outbox needs to know before it sends
//   - loops.go: what happens by the clock
//   - http.go, ready.go, metrics.go, logging.go: how it is reached and watched
//   - setup.go: the first run
//   - failpoint.go: how tests kill it
package app
