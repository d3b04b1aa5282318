package api

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
)

// goesOn is a job that comes further each time it is looked at.
type goesOn struct {
	*world
	looks int
}

func (g *goesOn) Job(_ context.Context, _, id string) (Job, error) {
	g.looks++
	j := Job{ID: id, Kind: "backtest", State: "running", Done: int64(g.looks), Total: 4, Result: json.RawMessage(`{"n":1}`)}
	if g.looks >= 4 {
		j.State, j.Result = "done", json.RawMessage(`{"n":4}`)
	}
	return j, nil
}

// A stream tells of each change until the job has ended, and of a result only
// when it is another one.
func TestAJobIsFollowed(t *testing.T) {
	jobs := &goesOn{}
	b := setup(t, func(o *Options) { o.Jobs = jobs })
	a := b.as("owner", "GET", "/api/v1/jobs/j1", "", "Accept: text/event-stream").want(200)
	if got := a.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Error(got)
	}
	events := strings.Split(strings.TrimSuffix(string(a.Body), "\n\n"), "\n\n")
	if len(events) != 4 {
		t.Fatalf("%d events, not 4:\n%s", len(events), a.Body)
	}
	for i, want := range []string{`"result":{"n":1}`, `"done":2`, `"done":3`, `"result":{"n":4}`} {
		if !strings.HasPrefix(events[i], "event: job\ndata: {") || !strings.Contains(events[i], want) {
			t.Errorf("event %d lacks %s: %s", i, want, events[i])
		}
	}
	if strings.Contains(events[1], "result") || strings.Contains(events[1], "\n\n") {
		t.Errorf("the result comes again: %s", events[1])
	}
}

func TestAStreamEndsWithTheServer(t *testing.T) {
	b := setup(t, func(o *Options) { o.Stopping = func() bool { return true } })
	if a := b.as("owner", "GET", "/api/v1/jobs/job_1", "", "Accept: text/event-stream").want(200); strings.Count(string(a.Body), "event: job") != 1 {
		t.Errorf("%s", a.Body)
	}
}

// A back-test that cannot be is refused with every problem and its place.
func TestABacktestIsAskedFor(t *testing.T) {
	b := community(t)
	const rule = `{"key":"call","kind":"reward","title":{"en":"C"},"on":"checkin.done","when":"member.rank > 1","then":[{"grant_points":{"amount":1}}]}`
	const span = `"from":"2020-01-01T00:00:00Z","to":"2020-02-01T00:00:00Z"`
	b.as("operator", "POST", "/api/v1/backtests", `{"document":`+rule+`,`+span+`}`).want(202).is("queued", "state")
	b.as("viewer", "POST", "/api/v1/backtests", `{"document":`+rule+`,`+span+`}`).want(403)
	for body, path := range map[string]string{
		`{` + span + `}`: "/document",
		`{"rule":"a","document":` + rule + `,` + span + `}`:                                   "/document",
		`{"document":` + rule + `,"from":"2020-02-01T00:00:00Z","to":"2020-02-01T00:00:00Z"}`: "/from",
		`{"document":` + rule + `,"audience":"member.teir == 1",` + span + `}`:                "/audience",
		`{"document":` + strings.Replace(rule, "rank", "rnak", 1) + `,` + span + `}`:          "/when",
	} {
		p := b.as("operator", "POST", "/api/v1/backtests", body).want(422).problem()
		if len(p.Problems) == 0 || p.Problems[0].Path != path {
			t.Errorf("%s: %+v, want one at %s", body, p.Problems, path)
		}
	}
	b.as("operator", "POST", "/api/v1/backtests", `{"rule":"nobody",`+span+`}`).want(404)
	b.as("viewer", "GET", "/api/v1/jobs/job_1", "").want(200)
	b.as("operator", "GET", "/api/v1/backtests/job_1/members", "").want(404) // an import's
}
