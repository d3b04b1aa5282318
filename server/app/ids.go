package app

import (
	"crypto/rand"
	"encoding/binary"
	"strings"
	"time"
)

const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// newID makes an id that nothing else has: 48 bits of time, so that ids made
// later sort later, and 80 random bits, in 26 letters and digits.
func newID() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(time.Now().UnixMilli())<<16)
	if _, err := rand.Read(b[6:]); err != nil {
		panic("no randomness: " + err.Error()) // crypto/rand ends the process itself where it can
	}
	var out strings.Builder
	high, low := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	for i := range 26 {
		shift := 125 - 5*i
		var v uint64
		switch {
		case shift >= 64:
			v = high >> (shift - 64)
		case shift > 59:
			v = low>>shift | high<<(64-shift)
		default:
			v = low >> shift
		}
		out.WriteByte(crockford[v&31])
	}
	return out.String()
}
