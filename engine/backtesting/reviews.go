package backtesting

import (
	"context"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// Log is what a run reads.
type Log interface {
	engine.LogReader
	// RecordsAt gives records as of a position, see engine.PastReader.
	RecordsAt(ctx context.Context, position int64, keys []engine.RecordKey) (map[engine.RecordKey][]byte, error)
}

// reviews are the rules of the run that review, old and new.
func (p *Plan) reviews() (list []*engine.Rule) {
	for _, book := range []*engine.Rulebook{p.Old, p.New} {
		for _, r := range book.Rules {
			if r.Review != nil {
				list = append(list, r)
			}
		}
	}
	return list
}

// anchors are the marks that tell from which local date reviews count periods of
// so many days: as live processing noted it, else the day the range begins.
func (p *Plan) anchors(ctx context.Context) (marks []engine.Record, err error) {
	keys := map[engine.RecordKey]bool{}
	for _, r := range p.reviews() {
		c, err := calendar.ParseCadence(r.Review.Every)
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", r.Key, err)
		}
		key := machine.AnchorMark(r.Key)
		if !c.NeedsAnchor() || keys[key] {
			continue
		}
		keys[key] = true
		found, err := p.Log.RecordsAt(ctx, p.Position, []engine.RecordKey{key})
		if err != nil {
			return nil, fmt.Errorf("read since when a review counts: %w", err)
		}
		day := found[key]
		if day == nil {
			if day, err = p.firstDay(); err != nil {
				return nil, err
			}
		}
		marks = append(marks, engine.Record{Kind: key.Kind, Key: key.Key, Body: day})
	}
	return marks, nil
}

// firstDay is the local date on which the range begins.
func (p *Plan) firstDay() ([]byte, error) {
	defs, err := machine.ParseDefinitions(p.Revision, p.Definitions)
	if err != nil {
		return nil, err
	}
	loc, err := calendar.LoadZone(defs.Settings.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone of the workspace: %w", err)
	}
	return []byte(calendar.DateOf(p.From.Std(), loc).String()), nil
}

const confirmType = "bylaw.review.confirm"

// words are the reviews that officers gave their word on, by what the log says.
// Where a notice ends without, a run takes the officers as agreeing: nobody could
// give a word on what was never proposed.
func (p *Plan) words(ctx context.Context) (map[string]bool, error) {
	words, notice := map[string]bool{}, false
	for _, r := range p.reviews() {
		notice = notice || r.Review.Notice > 0
	}
	for after := int64(0); notice; {
		page, err := p.Log.Events(ctx, engine.EventQuery{Types: []string{confirmType}, After: after, UpTo: p.Position, Limit: chunk})
		if err != nil {
			return nil, fmt.Errorf("read the officers' words: %w", err)
		}
		for _, s := range page {
			e, err := engine.DecodeEvent(s)
			if err != nil {
				return nil, err
			}
			words[e.Prop("review").Text0()] = true
			after = s.Position
		}
		notice = len(page) == chunk
	}
	return words, nil
}
