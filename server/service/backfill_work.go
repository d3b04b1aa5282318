package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/backtesting"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// Backfill is what a rule has not done and would have (a preview), or what it
// did of that (a run; where its server was stopped in the middle, since then).
type Backfill struct {
	Rule        string           `json:"rule"`
	Version     int              `json:"version"`
	From        engine.Time      `json:"from"`
	To          engine.Time      `json:"to"`
	Messages    bool             `json:"messages"`
	Occurrences int              `json:"occurrences"` // that were not used
	Used        int              `json:"used"`        // that were, and are left alone
	Members     int              `json:"members"`
	Confirm     int              `json:"confirm"` // effects; of a run those that were made
	Stopped     int              `json:"stopped"` // occurrences of a run that a limit or budget stopped, or that somebody else used
	Cost        backtesting.Cost `json:"cost"`
}

// backfillSource is the namespace of the ids of backfills.
const (
	backfillSource = "bylaw.backfill"
	backfillChunk  = 200
)

// missing is an occurrence that a rule would have acted on.
type missing struct {
	decision               engine.Decision
	member, group, content string
}

// Preview finds what a rule has not done. plan may be completed by tune. It
// writes nothing.
func (b *Backfills) Preview(ctx context.Context, workspace string, w *BackfillWork, tune func(*backtesting.Plan)) (*Backfill, error) {
	out, _, err := b.find(ctx, workspace, w, tune)
	return out, err
}

// Run lets a rule do what it has not done, in order. It may be run again, and
// beside another: each occurrence is used once.
func (b *Backfills) Run(ctx context.Context, j *engine.Job, w *BackfillWork, tune func(*backtesting.Plan)) (*Backfill, error) {
	out, list, err := b.find(ctx, j.Workspace, w, tune)
	if err != nil {
		return nil, err
	}
	out.Confirm, out.Cost = 0, backtesting.NewCost()
	members := map[string]bool{}
	for part := range slices.Chunk(list, backfillChunk) {
		events := make([]engine.Event, len(part))
		for i := range part {
			if events[i], err = part[i].event(j, w); err != nil {
				return nil, err
			}
		}
		results, err := b.Machine.Accept(ctx, j.Workspace, machine.Batch{
			Source: backfillSource, Received: w.Asked, Show: machine.ShowMatched, Reserved: true, Events: events, By: w.By})
		if err != nil {
			return nil, fmt.Errorf("make up for the past: %w", err)
		}
		for i := range results {
			if made := out.count(results[i].Decisions); !made {
				out.Stopped++
			} else if part[i].member != "" {
				members[part[i].member] = true
			}
		}
	}
	out.Members = len(members)
	return out, nil
}

// count adds what was decided; false where nothing was done.
func (f *Backfill) count(list []engine.Decision) (made bool) {
	for i := range list {
		d := &list[i]
		if d.Reason != "" {
			continue
		}
		made = true
		for k := range d.Effects {
			f.add(&d.Effects[k])
		}
	}
	return made
}

func (f *Backfill) add(e *engine.Effect) {
	if e.Reason == "" {
		f.Confirm++
		f.Cost.Add(e)
	}
}

// find lists what is missing, in order.
func (b *Backfills) find(ctx context.Context, workspace string, w *BackfillWork, tune func(*backtesting.Plan)) (*Backfill, []missing, error) {
	plan, err := (&Backtests{b.core}).Plan(ctx, workspace, w.Test)
	if err != nil {
		return nil, nil, err
	}
	var all []missing
	plan.Acted = func(s *machine.Seen) {
		m := missing{decision: s.Decision, group: s.Group, content: s.Content}
		if s.Member != nil {
			m.member = s.Member.ID
		}
		m.decision.Effects = slices.DeleteFunc(slices.Clone(s.Decision.Effects), func(e engine.Effect) bool { return !wanted(&e, w.Messages) })
		all = append(all, m)
	}
	if tune != nil {
		tune(&plan)
	}
	if _, err := backtesting.Run(ctx, plan); err != nil {
		return nil, nil, err
	}
	out := &Backfill{Rule: w.Rule, Version: w.Version, From: w.Test.From, To: w.Test.To, Messages: w.Messages, Cost: backtesting.NewCost()}
	list, err := b.unused(ctx, workspace, w, all)
	if err != nil {
		return nil, nil, err
	}
	out.Used, out.Occurrences = len(all)-len(list), len(list)
	members := map[string]bool{}
	for i := range list {
		if id := list[i].member; id != "" {
			members[id] = true
		}
		for k := range list[i].decision.Effects {
			out.add(&list[i].decision.Effects[k])
		}
	}
	out.Members = len(members)
	out.Cost.Matches, out.Cost.Members = int64(len(list)), int64(len(members))
	return out, list, nil
}

// wanted is whether an effect is made up for: messages where they are asked
// for, but none to a segment, who are others now.
func wanted(e *engine.Effect, messages bool) bool {
	switch e.Kind {
	case engine.Send, engine.Praise, engine.GiveLink:
		return messages && e.Fields["to"].Text0() != "segment"
	}
	return true
}

// unused leaves out what was done, those for whom the rule does not act, and who
// is not there any more.
func (b *Backfills) unused(ctx context.Context, workspace string, w *BackfillWork, all []missing) ([]missing, error) {
	view, err := b.Machine.State(ctx, workspace)
	if err != nil {
		return nil, err
	}
	rule := view.Rule(w.Rule)
	if rule == nil || rule.Version != w.Version {
		return nil, engine.Conflict(engine.Text{En: "another version is in force by now: ask for a preview again", Zh: "生效版本已变化：请重新预览"})
	}
	var out []missing
	for part := range slices.Chunk(all, backfillChunk) {
		var keys []engine.RecordKey
		for i := range part {
			keys = append(keys, part[i].once(), engine.RecordKey{Kind: engine.MemberRecord, Key: part[i].member})
		}
		found, err := b.Readers.Reader(workspace).Records(ctx, keys)
		if err != nil {
			return nil, fmt.Errorf("read what was done: %w", err)
		}
		for _, m := range part {
			gone := m.member != "" && found[engine.RecordKey{Kind: engine.MemberRecord, Key: m.member}] == nil
			if found[m.once()] == nil && !gone && machine.ActsFor(rule, m.decision.Subject) {
				out = append(out, m)
			}
		}
	}
	return out, nil
}

// once is the mark that says that the rule has acted.
func (m *missing) once() engine.RecordKey {
	return engine.RecordKey{Kind: engine.MarkRecord, Key: machine.OnceKey(m.decision.Rule, m.decision.Subject, m.decision.Occurrence)}
}

// event is the change that makes up for it. Its id is the same whenever the job
// is worked.
func (m *missing) event(j *engine.Job, w *BackfillWork) (engine.Event, error) {
	d := &m.decision
	made := make([]engine.Effect, len(d.Effects))
	for i, e := range d.Effects {
		made[i] = engine.Effect{Kind: e.Kind, Number: e.Number, Fields: e.Fields}
	}
	effects, err := json.Marshal(made)
	if err != nil {
		return engine.Event{}, fmt.Errorf("write the effects of %s: %w", d.Occurrence, err)
	}
	sum := sha256.Sum256([]byte(j.ID + "\x00" + d.Subject + "\x00" + d.Occurrence))
	return engine.Event{ID: hex.EncodeToString(sum[:]), Source: backfillSource, Type: machine.BackfillType, At: d.At,
		Member: engine.MemberRef{ID: m.member}, Group: m.group, Content: m.content,
		Props: props(textProp("rule", w.Rule), prop("version", engine.IntValue(int64(w.Version))), textProp("subject", d.Subject),
			textProp("occurrence", d.Occurrence), textProp("effects", string(effects)), timeProp("asked", w.Asked))}, nil
}
