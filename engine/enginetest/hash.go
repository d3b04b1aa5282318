package enginetest

import "crypto/sha256"

func hash(s string) [32]byte { return sha256.Sum256([]byte(s)) }
