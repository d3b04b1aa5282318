package outbox

import (
	"sync"
	"time"

	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// zones remembers time zones by name: loading one reads a file. Names that no
// zone has are not kept, for members may write anything.
type zones struct{ known sync.Map }

// load is nil for a name that no zone has.
func (z *zones) load(name string) *time.Location {
	if loc, ok := z.known.Load(name); ok {
		return loc.(*time.Location)
	}
	loc, err := calendar.LoadZone(name)
	if err != nil {
		return nil
	}
	z.known.Store(name, loc)
	return loc
}
