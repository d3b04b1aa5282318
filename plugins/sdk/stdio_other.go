//go:build !unix

package sdk

import "os"

// stdoutToStderr has nothing to do where descriptors cannot be replaced.
func stdoutToStderr() {}

// deathPipe doesn't exist here; the watch on the parent does its work.
func deathPipe() *os.File { return nil }
