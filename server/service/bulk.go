package service

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// BulkJob is the kind of the jobs that change many members by hand.
const BulkJob = "bulk"

// BulkAsk is one change to many members: to those it names, or else to all whom
// its condition and words select. It says one thing to do.
type BulkAsk struct {
	Members   []string   `json:"members,omitempty"` // ids
	Where     string     `json:"where,omitempty"`
	Words     string     `json:"q,omitempty"`
	AddTag    string     `json:"add_tag,omitempty"`
	RemoveTag string     `json:"remove_tag,omitempty"`
	Points    *BulkGrant `json:"points,omitempty"`
}

// BulkGrant is PointsGrant as a job keeps it.
type BulkGrant struct {
	Amount  int64       `json:"amount"`
	Account string      `json:"account,omitempty"`
	Reason  string      `json:"reason,omitempty"`
	Expires string      `json:"expires,omitempty"`
	Until   engine.Time `json:"until,omitempty"` // what expires says, from when it was asked
}

// BulkWork is the request of the job.
type BulkWork struct {
	BulkAsk
	By       string `json:"by"`
	Personal bool   `json:"personal"`
}

// BulkDone is what a change of many did.
type BulkDone struct {
	Changed   int              `json:"changed"`
	Unchanged int              `json:"unchanged"` // they had it already
	Failed    int              `json:"failed"`
	Problems  []engine.Problem `json:"problems"` // of the first who failed; path is the member's id
}

// BulkCount is how many members a change of many would touch.
func (s *Members) BulkCount(ctx context.Context, who Caller, ask BulkAsk) (Count, error) {
	if len(ask.Members) == 0 {
		return s.CountAll(ctx, who, MemberQuery{Where: ask.Where, Words: ask.Words})
	}
	list, err := s.called(ctx, who, ask.Members)
	return Count{Count: len(list)}, err
}

// Bulk checks and queues a change of many.
func (s *Members) Bulk(ctx context.Context, who Caller, ask BulkAsk) (engine.Job, error) {
	if err := s.bulkFits(ctx, who, &ask); err != nil {
		return engine.Job{}, err
	}
	n, err := s.BulkCount(ctx, who, ask)
	if err != nil {
		return engine.Job{}, err
	}
	body, err := json.Marshal(BulkWork{ask, who.By, who.Personal})
	if err != nil {
		return engine.Job{}, fmt.Errorf("write the request: %w", err)
	}
	j := engine.Job{Workspace: who.Workspace, ID: s.NewID(), Kind: BulkJob, State: engine.JobQueued, Request: body, Total: int64(n.Count), CreatedAt: who.Now, By: who.By}
	engine.AuditOf(ctx).About(j.ID)
	engine.AuditOf(ctx).Change(nil, ask)
	return j, s.Queue.Start(ctx, j)
}

// bulkFits refuses what cannot be done to anybody.
func (s *Members) bulkFits(ctx context.Context, who Caller, ask *BulkAsk) error {
	var problems []engine.Problem
	deeds := 0
	for _, given := range [...]bool{ask.AddTag != "", ask.RemoveTag != "", ask.Points != nil} {
		if given {
			deeds++
		}
	}
	if deeds != 1 {
		problems = append(problems, engine.Problem{Code: "required", Path: "/", Message: engine.Text{
			En: "say one thing to do: add_tag, remove_tag or points", Zh: "请指定一项操作：add_tag、remove_tag 或 points"}})
	}
	if len(ask.Members) > 0 && (ask.Where != "" || ask.Words != "") {
		problems = append(problems, engine.Problem{Code: "conflict", Path: "/members", Message: engine.Text{
			En: "name members, or a condition and words: not both", Zh: "请指定成员，或指定条件与搜索词，不能同时使用"}})
	}
	if p := ask.Points; p != nil && p.Amount == 0 {
		problems = append(problems, engine.Problem{Code: "out_of_range", Path: "/points/amount", Message: engine.Text{En: "the amount must not be 0", Zh: "数量不能为 0"}})
	}
	if err := engine.Invalid(engine.Text{En: "the change has problems", Zh: "修改有误"}, problems...); err != nil || ask.Points == nil {
		return err
	}
	return s.bulkGrant(ctx, who, ask.Points)
}

func (s *Members) bulkGrant(ctx context.Context, who Caller, p *BulkGrant) (err error) {
	if p.Account == "" {
		p.Account = engine.DefaultAccount
	}
	if p.Expires != "" {
		if p.Until, err = after(who.Now, p.Expires, "/points/expires"); err != nil {
			return err
		}
	}
	view, err := s.state(ctx, who)
	if err != nil {
		return err
	}
	r := view.Defs.Rewards[p.Account]
	return need(r != nil && r.Kind == "points", "/points/account", "points", rewardWords["points"], p.Account)
}

// called reads members by id; one that does not exist is a problem of the ask.
func (s *Members) called(ctx context.Context, who Caller, ids []string) ([]*engine.Member, error) {
	keys := make([]engine.RecordKey, len(ids))
	for i, id := range ids {
		keys[i] = engine.RecordKey{Kind: engine.MemberRecord, Key: id}
	}
	found, err := s.reader(who).Records(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	var list []*engine.Member
	seen := map[string]bool{}
	for i, k := range keys {
		if found[k] == nil {
			return nil, need(false, fmt.Sprintf("/members/%d", i), "member", "成员", k.Key)
		}
		m, err := readMember(found[k])
		if err != nil {
			return nil, err
		}
		if !seen[m.ID] && m.MergedInto == "" {
			seen[m.ID], list = true, append(list, m)
		}
	}
	return list, nil
}

// bulkChunk is how many members are changed in one transaction.
const bulkChunk = 200

// BulkRun works a change of many. It may be run again after it died half-way:
// nobody is changed twice.
func (s *Members) BulkRun(ctx context.Context, j *engine.Job, w *BulkWork, progress func(done, total int64)) (*BulkDone, error) {
	who := Caller{Workspace: j.Workspace, By: w.By, Now: j.CreatedAt, Personal: w.Personal}
	done := &BulkDone{Problems: []engine.Problem{}}
	if len(w.Members) > 0 {
		list, err := s.called(ctx, who, w.Members)
		if err != nil {
			return nil, err
		}
		for len(list) > 0 {
			n := min(bulkChunk, len(list))
			if err := s.bulkDo(ctx, who, bulkTask{j, w, list[:n], done}); err != nil {
				return nil, err
			}
			list = list[n:]
			progress(done.all(), max(j.Total, done.all()))
		}
		return done, nil
	}
	at := engine.Page{Limit: bulkChunk}
	sieve, err := s.sieve(ctx, who, w.Where)
	if err != nil {
		return nil, err
	}
	sieve.words = s.search(who, w.Words)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rows, err := s.walk(ctx, who, MemberQuery{Page: at}, sieve)
		if err != nil {
			return nil, err
		}
		if err := s.bulkDo(ctx, who, bulkTask{j, w, rows.Items, done}); err != nil {
			return nil, err
		}
		progress(done.all(), max(j.Total, done.all()))
		if at.Cursor = rows.Next; at.Cursor == "" {
			return done, nil
		}
	}
}

func (d *BulkDone) all() int64 { return int64(d.Changed + d.Unchanged + d.Failed) }

// bulkTask is one transaction of a change of many.
type bulkTask struct {
	job  *engine.Job
	work *BulkWork
	list []*engine.Member
	done *BulkDone
}

func (s *Members) bulkDo(ctx context.Context, who Caller, t bulkTask) error {
	b := machine.Batch{Source: handSource, Received: who.Now, Show: machine.ShowNone, Reserved: true, By: who.By}
	for _, m := range t.list {
		e, changes := t.work.event(m)
		if !changes {
			t.done.Unchanged++
			continue
		}
		e.ID, e.Source, e.At, e.Member = t.job.ID+"-"+m.ID, handSource, who.Now, engine.MemberRef{ID: m.ID}
		b.Events = append(b.Events, e)
	}
	if len(b.Events) == 0 {
		return ctx.Err()
	}
	results, err := s.Machine.Accept(ctx, who.Workspace, b)
	if err != nil {
		return err
	}
	for i, r := range results {
		if len(r.Problems) == 0 {
			t.done.Changed++
			continue
		}
		t.done.Failed++
		if p := r.Problems[0]; len(t.done.Problems) < 20 {
			p.Path = b.Events[i].Member.ID
			t.done.Problems = append(t.done.Problems, p)
		}
	}
	return nil
}

// event is the change to one member; not changes where it is so already.
func (a *BulkAsk) event(m *engine.Member) (e engine.Event, changes bool) {
	switch p := a.Points; {
	case p != nil:
		list := []engine.Prop{prop("amount", engine.IntValue(p.Amount)), textProp("account", p.Account), textProp("reason", p.Reason)}
		if p.Until != 0 {
			list = append(list, timeProp("expires", p.Until))
		}
		return engine.Event{Type: "bylaw.points.grant", Props: props(list...)}, true
	case a.AddTag != "":
		return engine.Event{Type: "bylaw.member.set", Props: props(prop("tags_add", tagList([]string{a.AddTag})))}, !hasTag(m, a.AddTag)
	default:
		return engine.Event{Type: "bylaw.member.set", Props: props(prop("tags_remove", tagList([]string{a.RemoveTag})))}, hasTag(m, a.RemoveTag)
	}
}

func hasTag(m *engine.Member, tag string) bool { return slices.Contains(m.Tags, tag) }
