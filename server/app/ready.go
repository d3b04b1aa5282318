package app

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/bylaw-dev/bylaw/server/store"
)

// readiness says what keeps the server from answering requests.
type readiness struct {
	store    *store.Store
	stopping *atomic.Bool
	current  atomic.Bool // the schema was seen to be what this program needs
}

// patience is how long the database may take to answer a probe.
const patience = 2 * time.Second

// problems names what is not ready, by part; none: the server can answer.
func (r *readiness) problems(request *http.Request) map[string]string {
	if r.stopping.Load() {
		return map[string]string{"server": "stopping"}
	}
	ctx, cancel := context.WithTimeout(request.Context(), patience)
	defer cancel()
	if err := r.store.Ping(ctx); err != nil {
		return map[string]string{"database": "cannot be reached"}
	}
	if r.current.Load() { // only a newer program changes the schema, and it keeps what we need
		return nil
	}
	current, needed, err := r.store.Version(ctx)
	switch {
	case err != nil:
		return map[string]string{"schema": "cannot be read"}
	case current < needed:
		return map[string]string{"schema": fmt.Sprintf("is at version %d of %d", current, needed)}
	}
	r.current.Store(true)
	return nil
}
