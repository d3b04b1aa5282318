package service

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// NearJob is the kind of the jobs that look at all members for who nearly
// fulfils a rule.
const NearJob = "near-misses"

// nearShown is how many members such a job shows, unless it is told.
const nearShown = 100

// NearAsk is what somebody wants to know of all members.
type NearAsk struct {
	Version string `json:"version,omitempty"` // as in NearQuery
	Where   string `json:"where,omitempty"`
	Limit   int    `json:"limit,omitempty"` // members to show; 0 is 100
}

// NearWork is the request of the job: the version is pinned, and of a draft its
// text, so that whoever works it, and works it again, asks the same.
type NearWork struct {
	NearAsk
	Rule     string `json:"rule"`
	Document string `json:"document,omitempty"`
	By       string `json:"by"`
	Personal bool   `json:"personal"`
}

// Beside is how long work lives beside other work. Nil does nothing.
type Beside struct {
	Progress func(done, total int64)
	Yield    func(context.Context) error // lets live work pass
}

// pass tells how far work is and lets others pass.
func (b Beside) pass(ctx context.Context, done int64) error {
	if b.Progress != nil {
		b.Progress(done, 0)
	}
	if b.Yield != nil {
		return b.Yield(ctx)
	}
	return ctx.Err()
}

// Start checks what is asked for and queues a look at all members.
func (n *Near) Start(ctx context.Context, who Caller, rule string, ask NearAsk) (engine.Job, error) {
	if ask.Limit == 0 {
		ask.Limit = nearShown
	}
	l := n.begin(ctx, who, NearQuery{Rule: rule, Version: ask.Version, Where: ask.Where, Page: engine.Page{Limit: ask.Limit}})
	if err := l.choose(); err != nil {
		return engine.Job{}, err
	}
	if _, err := n.members.sieve(ctx, who, ask.Where); err != nil {
		return engine.Job{}, err
	}
	w := NearWork{NearAsk: ask, Rule: rule, Document: l.document, By: who.By, Personal: who.Personal}
	if l.rule.Version != 0 {
		w.Version = strconv.Itoa(l.rule.Version)
	}
	body, err := json.Marshal(w)
	if err != nil {
		return engine.Job{}, fmt.Errorf("write the request: %w", err)
	}
	j := engine.Job{Workspace: who.Workspace, ID: n.NewID(), Kind: NearJob, State: engine.JobQueued, Request: body, CreatedAt: who.Now, By: who.By}
	engine.AuditOf(ctx).About(j.ID)
	engine.AuditOf(ctx).Change(nil, map[string]any{"rule": rule, "version": w.Version, "where": ask.Where})
	return j, n.Queue.Start(ctx, j)
}

// Run looks at all members. What it shows goes no further than the limit.
func (n *Near) Run(ctx context.Context, j *engine.Job, w *NearWork, b Beside) (*NearMisses, error) {
	who := Caller{Workspace: j.Workspace, By: w.By, Now: j.CreatedAt, Personal: w.Personal}
	l := n.begin(ctx, who, NearQuery{Rule: w.Rule, Version: w.Version, Where: w.Where, Page: engine.Page{Limit: w.Limit}})
	l.document, l.most, l.beside = w.Document, 0, b
	if b.Progress != nil {
		total, err := n.everybody(ctx, who)
		if err != nil {
			return nil, err
		}
		b.Progress(0, total)
		l.beside.Progress = func(done, _ int64) { b.Progress(done, max(done, total)) }
	}
	out, err := l.run()
	if err == nil {
		out.Next = "" // the whole list would be asked for page by page, each a job
	}
	return out, err
}

// everybody counts the members, also those who left.
func (n *Near) everybody(ctx context.Context, who Caller) (total int64, err error) {
	for at := (engine.Page{Limit: 1000}); ; {
		rows, err := n.reader(who).ListRecords(ctx, engine.MarkRecord, machine.Everybody, at)
		if err != nil {
			return 0, fmt.Errorf("count members: %w", err)
		}
		total += int64(len(rows.Items))
		if at.Cursor = rows.Next; at.Cursor == "" {
			return total, nil
		}
	}
}
