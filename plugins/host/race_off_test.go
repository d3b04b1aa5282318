//go:build !race

package host

// rssLimit is what a bundled plugin may take, in bytes.
const rssLimit = 30_000_000
