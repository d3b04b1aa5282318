package app

import (
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// clock gives the present. A demo's stands elsewhere in time.
type clock func() engine.Time

// now is the server's clock; everybody else is given the time.
func now() engine.Time { return engine.TimeOf(time.Now()) }
