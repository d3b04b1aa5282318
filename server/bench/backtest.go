package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// often is the rule that the past is tried on: each event of the log is decided,
// by two windows and a field, and about one in some dozens acts.
const often = `key: often
kind: reward
title: {en: Often, zh: 常来}
on: [act.0, act.1, act.2, act.3, act.4, act.5, act.6, act.7, act.8, act.9]
when: 'event.props.amount > 20 and (events("act.1", "30d").count() >= %[1]d or events("act.2", "30d").count() >= %[1]d)'
once: day
then:
  - grant_points: {amount: 5}
`

// The goals of back-tests.
const (
	backtestGoal = 10 * time.Second
	figuresGoal  = time.Second
	cancelGoal   = 200 * time.Millisecond
	besideGoal   = 0.9 // of the events that ingest takes alone
)

// PublishOften puts the rule in force that back-tests compare with. It comes
// before the events, so that nothing has to be warmed.
func (r *Run) PublishOften(ctx context.Context) error {
	if _, err := r.Client.do(ctx, http.MethodPut, "/rules/often", "application/yaml", fmt.Appendf(nil, often, 3)); err != nil {
		return err
	}
	_, err := r.Client.do(ctx, http.MethodPost, "/rules/often/publish", "application/json", []byte("{}"))
	return err
}

// job is what the bench reads of a job.
type job struct {
	ID     string
	State  string
	Result *struct {
		Hash   string
		Events int64
		Gained int64
	}
}

// Backtest measures letting the whole log happen again with another version of a
// rule, once the log is filed; running tells whether a job is worked in this process.
func (r *Run) Backtest(ctx context.Context, file func(context.Context) error, running func(id string) bool) error {
	if err := r.grow(ctx, "fill"); err != nil {
		return err
	}
	if err := file(ctx); err != nil {
		return err
	}
	for _, f := range []func(context.Context, func(string) bool) error{r.backtests, r.cancels, r.beside} {
		if err := f(ctx, running); err != nil {
			return err
		}
	}
	return nil
}

// startBacktest asks for a back-test of the whole log.
func (r *Run) startBacktest(ctx context.Context) (string, error) {
	body, err := json.Marshal(map[string]any{"document": fmt.Sprintf(often, 2), "from": r.Load.begin.String(), "to": (r.Load.clock + 1).String()})
	if err != nil {
		return "", err
	}
	answer, err := r.Client.do(ctx, http.MethodPost, "/backtests", "application/json", body)
	if err != nil {
		return "", err
	}
	var j job
	return j.ID, json.Unmarshal(answer, &j)
}

// backtests measures how long one takes, and until somebody who listens sees the
// first figures.
func (r *Run) backtests(ctx context.Context, _ func(string) bool) error {
	var walls, cpus, firsts []float64
	hashes, gained := map[string]bool{}, int64(0)
	for i := range r.Sizes.Backtests {
		u := measure()
		id, err := r.startBacktest(ctx)
		if err != nil {
			return err
		}
		var first time.Duration
		end, err := r.Client.follow(ctx, id, func(j *job) bool {
			if j.Result != nil && first == 0 {
				first, _ = u.since()
			}
			return true
		})
		if err != nil {
			return err
		}
		wall, cpu := u.since()
		if end.State != "done" || end.Result == nil || end.Result.Events != int64(r.sent) || end.Result.Gained == 0 {
			return fmt.Errorf("a back-test of %d events ended as %+v, %+v", r.sent, end, end.Result)
		}
		hashes[end.Result.Hash], gained = true, end.Result.Gained
		walls, cpus, firsts = append(walls, wall.Seconds()), append(cpus, cpu.Seconds()), append(firsts, first.Seconds())
		r.Progress("back-test", int64(i+1), int64(r.Sizes.Backtests))
	}
	if len(hashes) != 1 {
		return fmt.Errorf("%d back-tests of the same found %d different results", len(walls), len(hashes))
	}
	goal := backtestGoal.Seconds()
	r.Report.add(Figure{Name: fmt.Sprintf("back-test of %d events of a year, in seconds", r.sent), Ratio: median(walls), Goal: fmt.Sprintf("<= %.0f", goal), Met: median(walls) <= goal,
		Detail: fmt.Sprintf("median of %d, the fastest %.2f; %.2f s of processor time; every event decided by both versions, %d members of whom %d more match", len(walls), slices.Min(walls), median(cpus), r.Load.Members, gained)})
	goal = figuresGoal.Seconds()
	r.Report.add(Figure{Name: "its first figures are seen after, in seconds", Ratio: slices.Max(firsts), Goal: fmt.Sprintf("<= %.0f", goal), Met: slices.Max(firsts) <= goal,
		Detail: fmt.Sprintf("the slowest of %d, by one who listens to the job; median %.2f", len(firsts), median(firsts))})
	return nil
}

// follow listens to a job until it has ended, or see has seen enough.
func (c *Client) follow(ctx context.Context, id string, see func(*job) (more bool)) (last job, err error) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Base+"/api/v1/jobs/"+id, http.NoBody)
		if err != nil {
			return last, err
		}
		req.Header.Set("Authorization", "Bearer "+c.Token)
		req.Header.Set("Accept", "text/event-stream")
		resp, err := c.http.Do(req)
		if err != nil {
			return last, err
		}
		over, err := told(resp, &last, see)
		if err != nil || over {
			return last, err
		}
	}
}

// told reads what a stream tells of a job; it may end before the job does.
func told(resp *http.Response, last *job, see func(*job) (more bool)) (over bool, err error) {
	defer resp.Body.Close()
	lines := bufio.NewReaderSize(resp.Body, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return false, nil // the stream is over: who listens connects again
		}
		data, ok := bytes.CutPrefix(line, []byte("data: "))
		if !ok {
			continue
		}
		j := job{}
		if err := json.Unmarshal(data, &j); err != nil {
			return false, err
		}
		if j.Result == nil {
			j.Result = last.Result
		}
		if *last = j; !see(&j) || j.State != "queued" && j.State != "running" {
			return true, nil
		}
	}
}

// underWay starts a back-test and waits until it has found something.
func (r *Run) underWay(ctx context.Context) (string, error) {
	id, err := r.startBacktest(ctx)
	if err != nil {
		return "", err
	}
	_, err = r.Client.follow(ctx, id, func(j *job) bool { return j.Result == nil })
	return id, err
}

// cancel stops a job that is worked and says how long that took: until it was
// answered, and until nobody worked it any more. Not ok: it had just ended.
func (r *Run) cancel(ctx context.Context, id string, running func(string) bool) (answered, stopped time.Duration, ok bool, err error) {
	if !running(id) {
		return 0, 0, false, nil
	}
	u := measure()
	if _, err := r.Client.do(ctx, http.MethodPost, "/jobs/"+id+"/cancel", "application/json", []byte("{}")); err != nil {
		if strings.Contains(err.Error(), ": 409 ") {
			err = nil
		}
		return 0, 0, false, err
	}
	answered, _ = u.since()
	until(func() bool { return !running(id) }, time.Minute)
	stopped, _ = u.since()
	return answered, stopped, true, nil
}

// until looks every millisecond whether something has come about, for so long.
func until(so func() bool, most time.Duration) {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for end := time.Now().Add(most); !so() && time.Now().Before(end); {
		<-look.C
	}
}

// cancels measures stopping a back-test: at once, and ever later into it.
func (r *Run) cancels(ctx context.Context, running func(string) bool) error {
	var answers, stops []float64
	for i := 0; i < 5*r.Sizes.Backtests && len(stops) < 3*r.Sizes.Backtests; i++ {
		id, err := r.startBacktest(ctx)
		if err != nil {
			return err
		}
		until(func() bool { return running(id) }, time.Second)
		later := time.Now().Add(time.Duration(i*r.Sizes.Grow) * 100 * time.Nanosecond) // a tenth of a second with a million events
		until(func() bool { return !time.Now().Before(later) }, time.Minute)
		answered, stopped, ok, err := r.cancel(ctx, id, running)
		if err != nil {
			return err
		}
		if ok {
			answers, stops = append(answers, inMillis(answered)), append(stops, inMillis(stopped))
		}
	}
	if len(stops) == 0 {
		return errors.New("each back-test was over before it could be cancelled")
	}
	goal := inMillis(cancelGoal)
	r.Report.add(Figure{Name: "a back-test is cancelled and stopped after, in ms", Ratio: slices.Max(stops), Goal: fmt.Sprintf("<= %.0f", goal), Met: slices.Max(stops) <= goal,
		Detail: fmt.Sprintf("the slowest of %d, median %.1f; answered after %.1f at most", len(stops), median(stops), slices.Max(answers))})
	return nil
}

// beside measures what ingest loses while a back-test is under way: slices with
// one and without, in turn.
func (r *Run) beside(ctx context.Context, running func(string) bool) error {
	var ratios, with, without, cpus []float64
	during := 0
	for i := range r.Sizes.Slices {
		id, err := r.underWay(ctx)
		if err != nil {
			return err
		}
		two, err := r.send(ctx, r.Sizes.Slice)
		if err != nil {
			return err
		}
		if _, _, ok, err := r.cancel(ctx, id, running); err != nil {
			return err
		} else if ok {
			during++
		}
		one, err := r.send(ctx, r.Sizes.Slice)
		if err != nil {
			return err
		}
		ratios = append(ratios, one.wall.Seconds()/two.wall.Seconds())
		with, without = append(with, perEvent(two.wall, r.Sizes.Slice)), append(without, perEvent(one.wall, r.Sizes.Slice))
		cpus = append(cpus, perEvent(two.cpu-one.cpu, r.Sizes.Slice))
		r.Progress("beside", int64(i+1), int64(r.Sizes.Slices))
	}
	r.Report.add(Figure{Name: "ingest beside a back-test, against ingest alone", Ratio: median(ratios), Goal: fmt.Sprintf(">= %.1f", besideGoal), Met: median(ratios) >= besideGoal,
		Detail: fmt.Sprintf("%.1f us an event beside it, %.1f us alone; the back-test took %.1f us of processor time an event; it was under way to the end of %d of %d slices of %d",
			median(with), median(without), median(cpus), during, r.Sizes.Slices, r.Sizes.Slice)})
	return nil
}
