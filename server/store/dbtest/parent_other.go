//go:build !linux

package dbtest

import "os/exec"

// dieWithParent can do nothing here: a test that times out leaves its server behind.
func dieWithParent(*exec.Cmd) error { return nil }

// userFlags name whom the server becomes.
func userFlags() []string { return []string{"--user=" + serverUser()} }
