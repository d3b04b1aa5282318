package app

import (
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// now is the server's clock; everybody else is given the time.
func now() engine.Time { return engine.TimeOf(time.Now()) }
