//go:build !linux

package bench

import "time"

// Elsewhere processor time and memory are not measured: figures of them are 0.

func processCPU() time.Duration { return 0 }

func threadCPU() time.Duration { return 0 }

// Memory is what a process holds and held at most, in MiB.
type Memory struct{ Now, Peak float64 }

func memoryOf(int) Memory { return Memory{} }

func childrenOf(int) []int { return nil }
