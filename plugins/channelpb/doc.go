// Package channelpb is the wire contract of channel plugins: channel.proto and
// the Go code generated from it. Authors of plugins in Go use plugins/sdk; this
// package is for the SDK, the host and plugins in other languages.
package channelpb

//go:generate ./generate.sh
