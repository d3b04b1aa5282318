package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// serverJob is long work of a server, as its API tells of it.
type serverJob struct {
	ID     string          `json:"id"`
	State  string          `json:"state"`
	Done   int64           `json:"done"`
	Total  int64           `json:"total"`
	Error  engine.Text     `json:"error"`
	Result json.RawMessage `json:"result"`
}

// followEvery is how often a server is asked how far its job is.
const followEvery = 200 * time.Millisecond

// follow shows how far a server's job is until it has ended, and gives what it
// found. Who stops the command cancels the job.
func (p *program) follow(ctx context.Context, c *client, id, en, zh string) (json.RawMessage, error) {
	path := "/jobs/" + url.PathEscape(id)
	bar := p.progress(-1, en, zh)
	defer bar.Close()
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		var j serverJob
		err := c.get(ctx, path, nil, &j)
		switch {
		case ctx.Err() != nil:
			return nil, p.giveUp(ctx, c, path)
		case err != nil:
			return nil, err
		case j.State == engine.JobDone:
			return j.Result, nil
		case j.State == engine.JobFailed:
			return nil, &engine.Error{Code: engine.CodeInvalid, Message: j.Error}
		case j.State == engine.JobCancelled:
			if j.Error == (engine.Text{}) {
				j.Error = engine.Text{En: "the job was cancelled", Zh: "任务已取消"}
			}
			return nil, &engine.Error{Code: engine.CodeConflict, Message: j.Error}
		}
		if j.Total > 0 {
			bar.set(j.Done, j.Total)
		}
		select {
		case <-ctx.Done():
			return nil, p.giveUp(ctx, c, path)
		case <-tick.C:
		}
	}
}

// giveUp cancels a job that nobody waits for any more.
func (p *program) giveUp(ctx context.Context, c *client, path string) error {
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	var j serverJob
	if err := c.post(end, path+"/cancel", struct{}{}, &j); err != nil {
		p.note("the job could not be cancelled: "+err.Error(), fmt.Sprintf("任务未能取消：%v", err))
	}
	return ctx.Err()
}
