package backtesting

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// chunk is how many events are worked at a time: between two chunks a run can be
// cancelled, shows what it knows, and lets live work pass.
const chunk = 2000

// Plan is what a run is made from.
type Plan struct {
	Workspace   string
	Definitions []engine.Definition // of the revision
	Log         Log
	Position    int64 // of the log, pinned
	Revision    int64
	From, To    engine.Time // From inclusive, To exclusive

	// Rule is the key of the rule under test. Old and New hold it as it is (Old
	// may lack it) and as it might be, beside the rules whose effects it reads.
	// Both share one table of metrics and keep the same of them.
	Rule     string
	Old, New *engine.Rulebook
	Imported bool                            // imported history decides too
	Audience engine.Condition                // whose decisions count; nil: everybody's
	Traits   map[string]engine.ChannelTraits // by plugin; one that is not there can reach everybody

	Progress func(done, total int64)
	Show     func(known func() *Result) error // offers what is known so far
	Yield    func(context.Context) error      // lets live work pass; nil: never
	Acted    func(s *machine.Seen)            // each decision of the new version that acted; nil: nobody asks

	// Merged says that people are merged in the log, so that its events are kept:
	// merging reads them again. A run that was not told finds out, and begins anew.
	Merged bool
}

// run is one back-test on its way.
type run struct {
	Plan
	old, new *side
	forked   bool
	events   int64
	begun    engine.Time // time of the first event of the log
}

// Run works a plan. The answer's Members are all members, in order of id.
func Run(ctx context.Context, p Plan) (*Result, error) {
	if p.Acted != nil && !p.Merged { // what acted cannot be taken back
		var err error
		if p.Merged, err = p.merges(ctx); err != nil {
			return nil, err
		}
	}
	out, err := p.once(ctx)
	if errors.Is(err, errMerged) {
		p.Merged = true
		return p.once(ctx)
	}
	return out, err
}

// errMerged ends a run that keeps no events at the first merge.
var errMerged = errors.New("people are merged in the log")

// once works a plan that knows whether people are merged.
func (p Plan) once(ctx context.Context) (*Result, error) {
	r := &run{Plan: p}
	anchors, err := p.anchors(ctx)
	if err != nil {
		return nil, err
	}
	words, err := p.words(ctx)
	if err != nil {
		return nil, err
	}
	sim, err := machine.NewSimulation(ctx, machine.Simulated{Workspace: p.Workspace, Definitions: p.Definitions, Book: p.Old, History: p.Imported,
		KeepEvents: p.Merged, Marks: anchors, Words: words})
	if err != nil {
		return nil, err
	}
	r.old = newSide(&r.Plan, sim, p.Old)
	defer r.close()
	ctx, stop := context.WithCancel(ctx)
	feed := &feeder{plan: &r.Plan, portions: make(chan portion, 2)}
	var reading sync.WaitGroup
	reading.Go(func() { feed.run(ctx) })
	defer reading.Wait()
	defer stop()
	for read := range feed.portions {
		if err := r.portion(ctx, read); err != nil {
			return nil, err
		}
	}
	if feed.err != nil {
		return nil, feed.err
	}
	return r.finish(ctx)
}

// portion lets a stretch of the log happen and tells how far it came.
func (r *run) portion(ctx context.Context, read portion) error {
	if err := r.chunk(ctx, read.events); err != nil {
		return err
	}
	if r.Progress != nil {
		r.Progress(read.through/engine.PositionStride, r.Position/engine.PositionStride)
	}
	if !r.forked {
		if r.Yield != nil {
			return r.Yield(ctx)
		}
		return nil
	}
	if r.Show == nil {
		return nil
	}
	var failed error
	err := r.Show(func() *Result {
		failed = r.settled()
		return r.result()
	})
	return cmp.Or(failed, err)
}

// settled waits until both sides worked what they were fed.
func (r *run) settled() error {
	old, other := r.old.settled(), r.new.settled()
	return cmp.Or(old, other)
}

// close ends what the sides do by themselves.
func (r *run) close() {
	r.old.close()
	if r.new != nil {
		r.new.close()
	}
}

// mergeTypes are the events that read the log again.
var mergeTypes = []string{"bylaw.member.merge", "bylaw.member.unmerge"}

// merges is whether people are merged in the log, which is read for it.
func (p *Plan) merges(ctx context.Context) (bool, error) {
	found, err := p.Log.Events(ctx, engine.EventQuery{Types: mergeTypes, UpTo: p.Position, Limit: 1})
	return len(found) > 0, err
}

// chunk lets some events happen, before the fork or on both sides of it.
func (r *run) chunk(ctx context.Context, events []*engine.Event) error {
	if len(events) > 0 && r.begun == 0 {
		r.begun = events[0].At
	}
	if !r.forked {
		n := 0
		for n < len(events) && events[n].At < r.From {
			n++
		}
		if err := r.old.sim.Feed(ctx, events[:n]); err != nil {
			return err
		}
		if events = events[n:]; len(events) == 0 {
			return nil
		}
		if err := r.fork(ctx); err != nil {
			return err
		}
	}
	for _, e := range events {
		if e.At >= r.From && e.At < r.To {
			r.events++
		}
	}
	return r.both(events)
}

// fork begins the range: from here on the new version goes its own way. What
// the clock does at From itself is in the range.
func (r *run) fork(ctx context.Context) error {
	if err := r.old.sim.Pass(ctx, r.From-1); err != nil {
		return err
	}
	other, err := r.old.sim.Fork(r.New)
	if err != nil {
		return err
	}
	r.new = newSide(&r.Plan, other, r.New)
	if err := r.new.sim.Pass(ctx, r.From-1); err != nil {
		return err
	}
	r.old.begin()
	r.new.begin()
	r.new.acted = r.Acted
	r.forked = true
	r.old.after = r.Yield // while it waits, the other side is fed no more than lies ahead
	r.old.open(ctx)
	r.new.open(ctx)
	return nil
}

// both lets events happen on both sides, side by side. What fails is told by a
// later portion, or when they are settled.
func (r *run) both(events []*engine.Event) error {
	if !r.new.feed(events) || !r.old.feed(events) {
		return r.settled()
	}
	return nil
}

// finish lets the clock run to the end of the range.
func (r *run) finish(ctx context.Context) (*Result, error) {
	if !r.forked {
		if err := r.fork(ctx); err != nil {
			return nil, err
		}
	}
	if err := r.settled(); err != nil {
		return nil, err
	}
	for _, s := range []*side{r.old, r.new} {
		if err := s.sim.Pass(ctx, r.To-1); err != nil {
			return nil, err
		}
		if err := s.sim.Settle(); err != nil {
			return nil, err
		}
	}
	out := r.result()
	out.Members = r.members()
	if err := r.identify(ctx, out); err != nil {
		return nil, err
	}
	r.standing(out)
	return out, out.seal()
}

// feeder reads and decodes the log ahead of those who work it.
type feeder struct {
	plan     *Plan
	portions chan portion
	err      error
}

// portion is the events of a stretch of the log, which ends at a position.
type portion struct {
	events  []*engine.Event
	through int64
}

func (f *feeder) run(ctx context.Context) {
	defer close(f.portions)
	f.err = f.read(ctx)
}

func (f *feeder) read(ctx context.Context) error {
	p := f.plan
	defs, err := machine.ParseDefinitions(p.Revision, p.Definitions)
	if err != nil {
		return err
	}
	passed := false // the range: later events count only where their time lies in it
	for after := int64(0); after < p.Position; {
		page, err := p.Log.Events(ctx, engine.EventQuery{After: after, UpTo: p.Position, Limit: chunk})
		if err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		events := make([]*engine.Event, 0, len(page))
		for _, s := range page {
			passed = passed || s.At >= p.To
			if s.Position%engine.PositionStride != 0 || s.Type == "bylaw.timer" || passed && s.At >= p.To {
				continue // what it emitted and what its clock did happen again by themselves
			}
			if !p.Merged && slices.Contains(mergeTypes, s.Type) {
				return errMerged
			}
			e, err := engine.DecodeEvent(s)
			if err != nil {
				return err
			}
			machine.Normalize(e, defs)
			events = append(events, e)
		}
		if after = p.Position; len(page) == chunk {
			after = page[len(page)-1].Position
		}
		select {
		case f.portions <- portion{events, after}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
