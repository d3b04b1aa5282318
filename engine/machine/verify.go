package machine

import (
	"context"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
)

// VerifyReport is what a replay found.
type VerifyReport struct {
	Events      int64        `json:"events"`
	Members     int64        `json:"members"`
	Entries     int64        `json:"entries"`
	Differences []Difference `json:"differences"` // the first 100
	More        int64        `json:"more,omitempty"`
}

// Difference is one thing that a replay of the log made otherwise.
type Difference struct {
	Noun   string `json:"noun"` // member, group, ledger
	Key    string `json:"key"`
	Stored string `json:"stored"`
	Replay string `json:"replay"`
}

func (r *VerifyReport) differ(noun, key string, stored, replay []byte) {
	if len(r.Differences) == 100 {
		r.More++
		return
	}
	r.Differences = append(r.Differences, Difference{Noun: noun, Key: key, Stored: string(stored), Replay: string(replay)})
}

// verifyTries is how often a verification catches up with a workspace that is
// being written to before it reports what it could not compare.
const verifyTries = 20

// Verify replays the log of a workspace by position on a store in memory, with
// the definitions of each event's revision, and compares every member (tiers,
// tags, memberships, balances), group and ledger entry with what is stored. It
// may run beside writers: what changed while it compared it replays and
// compares again.
func (m *Machine) Verify(ctx context.Context, workspace string, progress func(done, total int64)) (*VerifyReport, error) {
	copied := scratch.New()
	v := &verifier{live: m.store.Reader(workspace), other: copied.Reader(workspace), ws: workspace, progress: progress,
		replay: New(Options{Store: copied, Books: m.books, Log: m.log, CacheMembers: wholeCache})}
	for try := 1; ; try++ {
		lane, err := v.live.Lane(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the lane: %w", err)
		}
		if err := v.run(ctx, lane.Position); err != nil {
			return nil, err
		}
		moved, err := v.compare(ctx)
		if err != nil || !moved || try == verifyTries {
			return &v.report, err
		}
	}
}

type verifier struct {
	live, other engine.Reader
	replay      *Machine
	ws          string
	progress    func(done, total int64)

	upTo     int64 // position replayed
	revision int64
	report   VerifyReport
}

// run feeds the log up to a position. Emitted events are left out: the replay
// emits them again.
func (v *verifier) run(ctx context.Context, position int64) error {
	for v.upTo < position {
		page, err := v.live.Events(ctx, engine.EventQuery{After: v.upTo, UpTo: position, Limit: warmPage})
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		if err := v.feedPage(ctx, page); err != nil {
			return err
		}
		if len(page) > 0 {
			v.upTo = page[len(page)-1].Position
		}
		if len(page) < warmPage {
			v.upTo = position
		}
		if v.progress != nil {
			v.progress(v.upTo, position)
		}
	}
	return nil
}

func (v *verifier) feedPage(ctx context.Context, page []engine.StoredEvent) error {
	var group []*engine.Event
	for _, s := range page {
		v.report.Events++
		if s.Position%engine.PositionStride != 0 {
			continue
		}
		e, err := engine.DecodeEvent(s)
		if err != nil {
			return err
		}
		if len(group) > 0 && (e.Revision != group[0].Revision || len(group) == engine.MaxBatch) {
			if err := v.feed(ctx, group); err != nil {
				return err
			}
			group = group[:0]
		}
		group = append(group, e)
	}
	return v.feed(ctx, group)
}

// feed replays events of one revision at their old positions.
func (v *verifier) feed(ctx context.Context, events []*engine.Event) error {
	if len(events) == 0 {
		return nil
	}
	if rev := events[0].Revision; rev != v.revision {
		if err := v.define(ctx, rev, events[0].Position); err != nil {
			return err
		}
	}
	return v.replay.within(ctx, v.ws, events[len(events)-1].At, func(t *turn) error {
		t.replay, t.show = true, ShowNone
		in := make([]*incoming, len(events))
		s := &submission{results: make([]Result, len(events))}
		for i, e := range events {
			Normalize(e, t.view.Defs)
			again(e)
			in[i] = &incoming{sub: s, index: i, event: e}
			in[i].name()
		}
		if err := t.preload(in); err != nil {
			return err
		}
		for _, x := range in {
			if _, err := t.process(x); err != nil {
				return fmt.Errorf("replay position %d: %w", x.event.Position, err)
			}
		}
		t.changes.Timers, t.changes.TimersDone = nil, nil // they rang: the log has the events
		t.changes.Definitions, t.changes.Revision = nil, t.view.Lane.Revision
		return nil
	})
}

// again makes an event of the log one that arrives: identities are resolved anew.
func again(e *engine.Event) {
	e.MemberID, e.ToID = "", ""
	if e.Member.Channel != "" {
		e.Member.ID = ""
	}
	if e.To.Channel != "" {
		e.To.ID = ""
	}
}

// define brings the replay to a revision of the definitions; those that were
// deleted since go.
func (v *verifier) define(ctx context.Context, revision, position int64) error {
	list, err := v.live.DefinitionsAt(ctx, revision)
	if err != nil {
		return fmt.Errorf("read definitions at %d: %w", revision, err)
	}
	v.revision = revision
	return v.replay.within(ctx, v.ws, 0, func(t *turn) error {
		had, err := t.tx.Definitions(t.ctx, t.view.Lane.Revision)
		if err != nil {
			return fmt.Errorf("read definitions: %w", err)
		}
		for _, d := range had {
			d.Body = nil
			t.changes.Definitions = append(t.changes.Definitions, d)
		}
		t.changes.Definitions = replaced(t.changes.Definitions, list)
		for i := range t.changes.Definitions {
			t.changes.Definitions[i].Revision = revision
		}
		t.changes.Revision = revision
		t.changes.Position = position - 1
		return nil
	})
}
