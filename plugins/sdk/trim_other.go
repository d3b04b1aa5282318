//go:build !linux

package sdk

// trim is for Linux, where servers run.
func trim() {}
