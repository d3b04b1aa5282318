package store

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

func TestIdempotencyKeys(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		key := IdempotencyKey{Workspace: "w", Token: "t", Key: "钥匙 ", Route: [32]byte{1}}
		begin := func(k IdempotencyKey, request byte, at engine.Time) (IdempotencyState, string) {
			t.Helper()
			state, answer, err := s.BeginIdempotent(ctx, k, [32]byte{request}, at)
			must(t, err)
			return state, fmt.Sprintf("%d %s", answer.Status, answer.Body)
		}
		expect := func(k IdempotencyKey, request byte, at engine.Time, want IdempotencyState, answer string) {
			t.Helper()
			state, got := begin(k, request, at)
			equal(t, "state", state, want)
			equal(t, "answer", got, answer)
		}
		expect(key, 1, now, KeyTaken, "0 ")
		expect(key, 1, now, KeyInFlight, "0 ")
		expect(key, 2, now, KeyMisused, "0 ")
		for _, change := range []func(*IdempotencyKey){
			func(k *IdempotencyKey) { k.Workspace = "v" }, func(k *IdempotencyKey) { k.Token = "u" },
			func(k *IdempotencyKey) { k.Key = "钥匙" }, func(k *IdempotencyKey) { k.Route[0] = 2 },
		} {
			other := key
			change(&other)
			expect(other, 1, now, KeyTaken, "0 ")
		}
		must(t, s.FinishIdempotent(ctx, key, IdempotencyAnswer{201, []byte("做完了")}))
		expect(key, 1, now+1, KeyAnswered, "201 做完了")
		expect(key, 2, now+1, KeyMisused, "0 ")
		must(t, s.AbandonIdempotent(ctx, key)) // an answer stays
		expect(key, 1, now+1, KeyAnswered, "201 做完了")
		expect(key, 2, now.Add(keysKept), KeyTaken, "0 ") // a week later
		must(t, s.AbandonIdempotent(ctx, key))
		expect(key, 1, now.Add(keysKept), KeyTaken, "0 ")
		expect(key, 1, now.Add(keysKept+longestCall), KeyTaken, "0 ") // its call died
		n, err := s.PurgeIdempotent(ctx, now.Add(keysKept))
		must(t, err)
		equal(t, "purged", n, 4)
		_, _, err = s.BeginIdempotent(ctx, IdempotencyKey{Workspace: "w"}, [32]byte{}, now)
		isCode(t, err, engine.CodeInvalid)
	})
}

func TestIdempotencyKeyRace(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		var taken, waiting atomic.Int64
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				state, _, err := s.BeginIdempotent(context.Background(), IdempotencyKey{Workspace: "w", Key: "k"}, [32]byte{1}, now)
				if err != nil {
					t.Error(err)
				}
				switch state {
				case KeyTaken:
					taken.Add(1)
				case KeyInFlight:
					waiting.Add(1)
				}
			})
		}
		wg.Wait()
		equal(t, "taken and waiting", show(taken.Load(), waiting.Load()), "1 15")
	})
}

func TestLeases(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		take := func(workspace, holder string, at, until engine.Time) string {
			t.Helper()
			epoch, taken, err := s.TakeLease(context.Background(), Lease{workspace, "retention", holder, until}, at)
			must(t, err)
			return show(epoch, taken)
		}
		equal(t, "first", take("", "a", now, now+10), "1 true")
		equal(t, "held", take("", "b", now+9, now+20), "1 false")
		equal(t, "renewed", take("", "a", now+9, now+20), "1 true")
		equal(t, "of a workspace", take("w", "b", now, now+10), "1 true")
		equal(t, "run out", take("", "b", now+20, now+30), "2 true")
		equal(t, "too late to renew", take("", "a", now+21, now+30), "2 false")
		must(t, s.ReleaseLease(context.Background(), Lease{Name: "retention", Holder: "a"}))
		equal(t, "released by a stranger", take("", "a", now+22, now+30), "2 false")
		must(t, s.ReleaseLease(context.Background(), Lease{Name: "retention", Holder: "b"}))
		equal(t, "released", take("", "a", now+23, now+30), "3 true")
	})
}

func TestNewestJob(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		create := func(id, kind, request string, at engine.Time) engine.Job {
			t.Helper()
			j := engine.Job{Workspace: "w", ID: id, Kind: kind, Request: []byte(request), CreatedAt: at, Epoch: 1, ETA: now + 100}
			must(t, s.CreateJob(ctx, j))
			return j
		}
		finish := func(j engine.Job) {
			t.Helper()
			j.Result = []byte(`"` + j.ID + `"`)
			_, err := s.FinishJob(ctx, j, now+50)
			must(t, err)
		}
		finish(create("old", "test", `{"text":"a","n":1}`, now))
		finish(create("new", "test", `{"text":"a","n":2}`, now+1))
		finish(create("kind", "import", `{"text":"a","n":3}`, now+2))
		finish(create("text", "test", `{"text":"A","n":4}`, now+3))
		finish(create("short", "test", `{}`, now+4))
		create("running", "test", `{"text":"a","n":5}`, now+5)
		j, found, err := s.NewestJob(ctx, "w", "test", []byte(`{"text":"a"`))
		must(t, err)
		equal(t, "newest", show(found, j.ID, j.UpdatedAt == now+50, string(j.Result)), `true new true "new"`)
		j, found, err = s.OpenJob(ctx, "w", "test", []byte(`{"text":"a"`))
		must(t, err)
		equal(t, "open", show(found, j.ID), "true running")
		_, found, err = s.OpenJob(ctx, "w", "test", []byte(`{"text":"A"`))
		must(t, err)
		equal(t, "open of another text", found, false)
		_, found, err = s.NewestJob(ctx, "v", "test", []byte(`{"text":"a"`))
		must(t, err)
		equal(t, "of another workspace", found, false)
	})
}

func TestJobs(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		for i := range 3 {
			must(t, s.CreateJob(ctx, engine.Job{Workspace: "w", ID: fmt.Sprint("j", i), Kind: "import", Request: []byte(`{"a":1}`), Total: 10, CreatedAt: now + engine.Time(i)}))
		}
		isCode(t, s.CreateJob(ctx, engine.Job{Workspace: "w", ID: "j0"}), engine.CodeConflict)
		claimed, err := s.ClaimJobs(ctx, []string{"import"}, now+1, now+100, 10)
		must(t, err)
		equal(t, "claimed", show(len(claimed), claimed[0].ID, claimed[1].ID, claimed[0].State), "2 j0 j1 running")
		other, err := s.ClaimJobs(ctx, []string{"export"}, now+1000, now+2000, 10)
		must(t, err)
		equal(t, "claimed of another kind", len(other), 0)
		stale := claimed[0]
		mine, err := s.ProgressJob(ctx, engine.Job{Workspace: "w", ID: "j0", Epoch: stale.Epoch, Done: 3, Total: 10}, now+2, now+50)
		must(t, err)
		equal(t, "mine", mine, true)
		again, err := s.ClaimJobs(ctx, []string{"import"}, now+60, now+200, 10)
		must(t, err)
		equal(t, "claimed after the lease", show(len(again), again[0].ID, again[1].ID, again[1].Done), "2 j2 j0 3")
		mine, err = s.FinishJob(ctx, stale, now+61)
		must(t, err)
		equal(t, "the stale worker's", mine, false)
		done := again[1]
		done.Done, done.Result = 10, []byte(`{"ok":true}`)
		mine, err = s.FinishJob(ctx, done, now+62)
		must(t, err)
		equal(t, "mine", mine, true)
		got, err := s.Job(ctx, "w", "j0")
		must(t, err)
		equal(t, "finished", show(got.State, got.Done, string(got.Result), string(got.Request)), `done 10 {"ok":true} {"a":1}`)
		cancelled, err := s.CancelJob(ctx, "w", "j1", now+63)
		must(t, err)
		equal(t, "cancelled", cancelled.State, engine.JobCancelled)
		mine, err = s.ProgressJob(ctx, claimed[1], now+64, now+300)
		must(t, err)
		equal(t, "a cancelled job goes on", mine, false)
		finished, err := s.CancelJob(ctx, "w", "j0", now+65)
		must(t, err)
		equal(t, "cancelling what is done", finished.State, engine.JobDone)
		_, err = s.CancelJob(ctx, "v", "j0", now)
		isCode(t, err, engine.CodeNotFound)
		jobsEnd(t, s, again[0])
	})
}

// What a job keeps comes back to whoever takes it up, and a job that is given
// back is taken up at once.
func TestJobsAreTakenUp(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := context.Background()
		must(t, s.CreateJob(ctx, engine.Job{Workspace: "w", ID: "j", Kind: "import", CreatedAt: now, By: "token"}))
		must(t, s.CreateJob(ctx, engine.Job{Workspace: "w", ID: "begun", Kind: "import", CreatedAt: now, Epoch: 1, ETA: now + 50}))
		first, err := s.ClaimJobs(ctx, []string{"import"}, now+1, now+10, 5)
		must(t, err)
		equal(t, "claimed", show(len(first), first[0].ID, first[0].By), "1 j token")
		step := first[0]
		step.Done, step.ETA, step.Checkpoint, step.Result = 4, now+99, []byte("half"), []byte(`{"n":1}`)
		mine, err := s.ProgressJob(ctx, step, now+2, now+10)
		must(t, err)
		equal(t, "mine", mine, true)
		step.Checkpoint, step.Result, step.Done = nil, nil, 5
		mine, err = s.ProgressJob(ctx, step, now+3, now+10)
		must(t, err)
		equal(t, "mine", mine, true)
		mine, err = s.ReleaseJob(ctx, step, now+4)
		must(t, err)
		equal(t, "released", mine, true)
		mine, err = s.MyJob(ctx, step)
		must(t, err)
		equal(t, "still mine", mine, false)
		again, err := s.ClaimJobs(ctx, []string{"import"}, now+4, now+20, 5)
		must(t, err)
		equal(t, "taken up", show(len(again), again[0].Done, again[0].Epoch, string(again[0].Checkpoint), string(again[0].Result)), `1 5 2 half {"n":1}`)
		mine, err = s.MyJob(ctx, again[0])
		must(t, err)
		equal(t, "the next worker's", mine, true)
		begun, err := s.ClaimJobs(ctx, []string{"import"}, now+51, now+60, 5)
		must(t, err)
		equal(t, "left behind by who began it", show(len(begun), begun[len(begun)-1].ID), "2 begun")
	})
}

func jobsEnd(t *testing.T, s *Store, failed engine.Job) {
	t.Helper()
	ctx := context.Background()
	failed.Error = engine.Text{En: "row 7: no such member", Zh: "第 7 行：没有此成员"}
	_, err := s.FinishJob(ctx, failed, now+66)
	must(t, err)
	page, err := s.Jobs(ctx, "w", engine.Page{Limit: 2})
	must(t, err)
	rest, err := s.Jobs(ctx, "w", engine.Page{Limit: 2, Cursor: page.Next})
	must(t, err)
	equal(t, "jobs", show(page.Items[0].ID, page.Items[0].State, page.Items[1].ID, rest.Items[0].ID), "j2 failed j1 j0")
	got, err := s.Job(ctx, "w", "j2")
	must(t, err)
	equal(t, "why it failed", got.Error, failed.Error)
	none, err := s.ClaimJobs(ctx, []string{"import"}, now+1000, now+2000, 10)
	must(t, err)
	equal(t, "claimed when all have ended", len(none), 0)
}

func TestStats(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		seed(t, s, "w")
		st, err := s.Stats(context.Background())
		must(t, err)
		equal(t, "figures", show(st.Workspaces, st.Backlog, st.OldestDue, st.Timers, st.Jobs), show(1, 3, now, 1, 1))
		if st.Server == "" || st.Bytes == 0 || len(st.Tables) < len(workspaceTables) {
			t.Fatalf("stats are %+v", st)
		}
	})
}

func TestPauseSpreads(t *testing.T) {
	s := &Store{}
	for random, want := range map[float64][2]time.Duration{0: {4 * time.Millisecond, 512 * time.Millisecond}, 0.5: {3 * time.Millisecond, 384 * time.Millisecond}} {
		s.options.Random = func() float64 { return random }
		equal(t, "the first pause", s.pause(0), want[0])
		equal(t, "the last pause", s.pause(9), want[1])
	}
}
