package machine

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

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

// Verify replays the log of a workspace by position on a store in memory, with
// the definitions of each event's revision, and compares every member (tiers,
// tags, memberships, balances), group and ledger entry with what is stored. It
// reads up to the position at which it starts.
func (m *Machine) Verify(ctx context.Context, workspace string, progress func(done, total int64)) (*VerifyReport, error) {
	r := m.store.Reader(workspace)
	lane, err := r.Lane(ctx)
	if err != nil {
		return nil, err
	}
	copied := scratch.New()
	v := &verifier{live: r, replay: New(Options{Store: copied, Books: m.books, Log: m.log, CacheMembers: 1 << 30}), ws: workspace, lane: lane}
	if err := v.run(ctx, progress); err != nil {
		return nil, err
	}
	v.other = copied.Reader(workspace)
	return v.compare(ctx)
}

type verifier struct {
	live, other engine.Reader
	replay      *Machine
	ws          string
	lane        engine.LaneState
	revision    int64
	report      VerifyReport
}

// run feeds the log. Emitted events are left out: the replay emits them again.
func (v *verifier) run(ctx context.Context, progress func(done, total int64)) error {
	for after := int64(0); ; {
		page, err := v.live.Events(ctx, engine.EventQuery{After: after, UpTo: v.lane.Position, Limit: warmPage})
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		var group []*engine.Event
		flush := func() error {
			if len(group) == 0 {
				return nil
			}
			err := v.feed(ctx, group)
			group = nil
			return err
		}
		for _, s := range page {
			after = s.Position
			v.report.Events++
			if s.Position%engine.PositionStride != 0 {
				continue
			}
			e, err := engine.DecodeEvent(s)
			if err != nil {
				return err
			}
			if len(group) > 0 && (e.Revision != group[0].Revision || len(group) == engine.MaxBatch) {
				if err := flush(); err != nil {
					return err
				}
			}
			group = append(group, e)
		}
		if err := flush(); err != nil {
			return err
		}
		if progress != nil {
			progress(after, v.lane.Position)
		}
		if len(page) < warmPage {
			return nil
		}
	}
}

// feed replays events of one revision at their old positions.
func (v *verifier) feed(ctx context.Context, events []*engine.Event) error {
	if rev := events[0].Revision; rev != v.revision {
		if err := v.define(ctx, rev, events[0].Position); err != nil {
			return err
		}
	}
	return v.replay.within(ctx, v.ws, events[len(events)-1].At, func(t *turn) error {
		t.replay = true
		var in []*incoming
		s := &submission{results: make([]Result, len(events))}
		for i, e := range events {
			normalize(e, t.view.Defs)
			e.MemberID, e.ToID = "", ""
			if e.Member.Channel != "" {
				e.Member.ID = "" // the identity is resolved again
			}
			in = append(in, &incoming{sub: s, index: i, event: e})
		}
		if err := t.preload(in); err != nil {
			return err
		}
		for _, x := range in {
			if _, err := t.process(x.event); err != nil {
				return fmt.Errorf("replay position %d: %w", x.event.Position, err)
			}
		}
		t.changes.Position = events[len(events)-1].Position
		t.changes.Timers, t.changes.TimersDone = nil, nil // they rang: the log has the events
		return nil
	})
}

// define brings the replay to a revision of the definitions.
func (v *verifier) define(ctx context.Context, revision, position int64) error {
	list, err := v.live.DefinitionsAt(ctx, revision)
	if err != nil {
		return fmt.Errorf("read definitions at %d: %w", revision, err)
	}
	v.revision = revision
	return v.replay.within(ctx, v.ws, 0, func(t *turn) error {
		for i := range list {
			list[i].Revision = revision
		}
		t.changes.Definitions = list
		t.changes.Revision = revision
		t.changes.Position = position - 1
		return t.rewarm()
	})
}

// compare holds the replay against what is stored.
func (v *verifier) compare(ctx context.Context) (*VerifyReport, error) {
	for _, kind := range []engine.RecordKind{engine.MemberRecord, engine.GroupRecord} {
		if err := v.compareRecords(ctx, kind); err != nil {
			return nil, err
		}
	}
	return &v.report, v.compareLedger(ctx)
}

func (v *verifier) compareRecords(ctx context.Context, kind engine.RecordKind) error {
	stored, err := allRecords(ctx, v.live, kind)
	if err != nil {
		return err
	}
	replayed, err := allRecords(ctx, v.other, kind)
	if err != nil {
		return err
	}
	for _, key := range union(stored, replayed) {
		a, b := withoutVersion(stored[key]), withoutVersion(replayed[key])
		if !bytes.Equal(a, b) {
			v.report.differ(string(kind), key, a, b)
		}
		if kind == engine.MemberRecord {
			v.report.Members++
		}
	}
	return nil
}

// withoutVersion leaves out the position of the last save, which depends on how
// events were batched.
func withoutVersion(body []byte) []byte {
	i := bytes.LastIndex(body, []byte(`,"version":`))
	if i < 0 {
		return body
	}
	return body[:i]
}

func union(a, b map[string][]byte) []string {
	keys := sortedKeys(a)
	for _, k := range sortedKeys(b) {
		if _, ok := a[k]; !ok {
			keys = append(keys, k)
		}
	}
	return keys
}

func allRecords(ctx context.Context, r engine.Reader, kind engine.RecordKind) (map[string][]byte, error) {
	out := map[string][]byte{}
	for cursor := ""; ; {
		rows, err := r.ListRecords(ctx, kind, "", engine.Page{Cursor: cursor, Limit: 1000})
		if err != nil {
			return nil, fmt.Errorf("list %s records: %w", kind, err)
		}
		for _, x := range rows.Items {
			out[x.Key] = x.Body
		}
		if cursor = rows.Next; cursor == "" {
			return out, nil
		}
	}
}

func (v *verifier) compareLedger(ctx context.Context) error {
	stored, err := allEntries(ctx, v.live)
	if err != nil {
		return err
	}
	replayed, err := allEntries(ctx, v.other)
	if err != nil {
		return err
	}
	v.report.Entries = int64(len(stored))
	for i := range max(len(stored), len(replayed)) {
		var a, b []byte
		key := ""
		if i < len(stored) {
			a, key = []byte(stored[i]), stored[i]
		}
		if i < len(replayed) {
			b = []byte(replayed[i])
		}
		if !bytes.Equal(a, b) {
			v.report.differ("ledger", strings.SplitN(key, " ", 2)[0], a, b)
		}
	}
	return nil
}

// allEntries writes the ledger as lines, without what depends on batching.
func allEntries(ctx context.Context, r engine.Reader) ([]string, error) {
	var out []string
	for cursor := ""; ; {
		rows, err := r.ListLedger(ctx, engine.LedgerQuery{Page: engine.Page{Cursor: cursor, Limit: 1000}})
		if err != nil {
			return nil, fmt.Errorf("list ledger: %w", err)
		}
		for _, e := range rows.Items {
			out = append(out, fmt.Sprintf("%016x %s %s %d %s %s %d", e.Position, e.Member, e.Account, e.Amount, e.Kind, e.Rule, e.Balance))
		}
		if cursor = rows.Next; cursor == "" {
			slices.Sort(out)
			return out, nil
		}
	}
}
