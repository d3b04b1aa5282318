//go:build race

package host

// rssLimit of the race detector's build, whose shadow memory counts too.
const rssLimit = 120_000_000
