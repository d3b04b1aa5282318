package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/server/api/contract"
)

// ListJobs lists long work.
func (s *Server) ListJobs(c echo.Context, _ contract.ListJobsParams) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	rows, err := s.Jobs.ListJobs(c.Request().Context(), callOf(c).who.Workspace, p)
	if err != nil {
		return err
	}
	return answerPage(c, rows)
}

// GetJob answers one job, once or as it goes on.
func (s *Server) GetJob(c echo.Context, id contract.ID) error {
	j, err := s.job(c, id)
	if err != nil {
		return err
	}
	if wantsStream(c.Request()) {
		return s.followJob(c, j)
	}
	return callOf(c).ok(j)
}

// CancelJob stops a job.
func (s *Server) CancelJob(c echo.Context, id contract.ID, _ contract.CancelJobParams) error {
	j, err := s.Jobs.CancelJob(c.Request().Context(), callOf(c).who.Workspace, id)
	if err != nil {
		return err
	}
	j.Result = callOf(c).caller(c).MaskedIn(j.Result)
	return callOf(c).ok(j)
}

// job reads a job as the caller may see it.
func (s *Server) job(c echo.Context, id string) (Job, error) {
	k := callOf(c)
	j, err := s.Jobs.Job(c.Request().Context(), k.who.Workspace, id)
	j.Result = k.caller(c).MaskedIn(j.Result)
	return j, err
}

const streamType = "text/event-stream"

func wantsStream(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		if media, _, err := mime.ParseMediaType(part); err == nil && media == streamType {
			return true
		}
	}
	return false
}

// How often a stream looks, after how many looks it says so in any case, and
// after how many it ends: before the answer takes too long for the listener;
// browsers connect again by themselves.
const (
	streamLook   = 200 * time.Millisecond
	streamRepeat = 2
	streamLooks  = 500
)

// followJob tells of a job until it has ended.
func (s *Server) followJob(c echo.Context, j Job) error {
	ctx, h := c.Request().Context(), c.Response().Header()
	h.Set(echo.HeaderContentType, streamType)
	h.Set("X-Accel-Buffering", "no") // proxies that gather answers would hold it back
	tick := time.NewTicker(streamLook)
	defer tick.Stop()
	f := follower{response: c.Response()}
	for look := 0; ; look++ {
		if err := f.tell(j, look%streamRepeat == 0); err != nil {
			return nil // nobody listens any more
		}
		if j.ended() || look == streamLooks || s.Stopping != nil && s.Stopping() {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		next, err := s.job(c, j.ID)
		if err != nil {
			return nil // the answer has begun: who listens connects again and is told then
		}
		j = next
	}
}

// follower writes a job to one that listens.
type follower struct {
	response *echo.Response
	result   []byte // that was told last
	last     []byte
}

// tell writes a job where it changed, or in any case; its result only where that changed.
func (f *follower) tell(j Job, anyway bool) error {
	if result := j.Result; bytes.Equal(result, f.result) {
		j.Result = nil
	} else {
		f.result = result
	}
	body, err := json.Marshal(j)
	if err != nil {
		return err
	}
	if !anyway && bytes.Equal(body, f.last) {
		return nil
	}
	f.last = body
	if _, err := fmt.Fprintf(f.response, "event: job\ndata: %s\n\n", body); err != nil {
		return err
	}
	f.response.Flush()
	return nil
}
