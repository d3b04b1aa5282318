package service

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// What counting a ladder may read: those who stand on it, now and then.
const (
	maxStanding  = 200_000
	standingPage = 1000
)

// Pyramid is how many members stand on each tier of a ladder, lowest first.
type Pyramid struct {
	Ladder   string        `json:"ladder"`
	Days     int           `json:"days"`
	From     engine.Time   `json:"from"`     // the moment compared with
	Complete bool          `json:"complete"` // everybody was counted
	Compared bool          `json:"compared"` // how it was then is known
	Tiers    []PyramidTier `json:"tiers"`
}

// PyramidTier is one tier. What is nil is not known.
type PyramidTier struct {
	Tier   string      `json:"tier"`
	Title  engine.Text `json:"title,omitzero"`
	Count  int         `json:"count"`
	Before *int        `json:"before,omitempty"`
	Risen  *int        `json:"risen,omitempty"`  // stand here and stood lower
	Fallen *int        `json:"fallen,omitempty"` // stand here and stood higher
	Came   *int        `json:"came,omitempty"`   // stand here and stood on no tier
	Left   *int        `json:"left,omitempty"`   // stood here and stand on no tier
}

// standings is the rank of each member on a ladder, from 1.
type standings map[string]int

// Pyramid counts a ladder now and compares it with how it was so many days ago;
// engine.CodeNotFound when there is none. Its cost is that of reading those who
// stand on the ladder, at most maxStanding of them.
func (g *Groups) Pyramid(ctx context.Context, who Caller, key string, days int) (*Pyramid, error) {
	view, err := g.state(ctx, who)
	if err != nil {
		return nil, err
	}
	ladder := view.Defs.Ladders[key]
	if ladder == nil {
		return nil, engine.NotFound("ladder", key)
	}
	out := &Pyramid{Ladder: key, Days: days, From: who.Now.Add(-time.Duration(days) * 24 * time.Hour)}
	now := standings{}
	if out.Complete, err = g.standing(ctx, who, ladder, now); err != nil {
		return nil, err
	}
	before := standings{}
	if out.Complete {
		if out.Compared, err = g.stood(ctx, who, ladder, before, out.From); err != nil {
			return nil, err
		}
	}
	for _, t := range ladder.Tiers {
		row := PyramidTier{Tier: t.Key, Title: t.Title}
		if out.Compared {
			row.Before, row.Risen, row.Fallen, row.Came, row.Left = new(int), new(int), new(int), new(int), new(int)
		}
		out.Tiers = append(out.Tiers, row)
	}
	out.count(now, before)
	return out, nil
}

func (p *Pyramid) count(now, before standings) {
	for member, rank := range now {
		row := &p.Tiers[rank-1]
		row.Count++
		if !p.Compared {
			continue
		}
		switch was := before[member]; {
		case was == 0:
			*row.Came++
		case was < rank:
			*row.Risen++
		case was > rank:
			*row.Fallen++
		}
	}
	if !p.Compared {
		return
	}
	for member, rank := range before {
		*p.Tiers[rank-1].Before++
		if now[member] == 0 {
			*p.Tiers[rank-1].Left++
		}
	}
}

// add notes who a mark of a ladder is about.
func (s standings) add(ranks map[string]int, key string) {
	if prefix, ok := machine.TierOf(key); ok && ranks[prefix] > 0 {
		s[strings.TrimPrefix(key, prefix)] = ranks[prefix]
	}
}

// prefixes is the rank of each tier by the prefix of its marks.
func prefixes(ladder *engine.Ladder) map[string]int {
	ranks := map[string]int{}
	for i, t := range ladder.Tiers {
		ranks[machine.TierPrefix(ladder.Key, t.Key)] = i + 1
	}
	return ranks
}

// standing reads who stands on a ladder now; false when they are too many.
func (g *Groups) standing(ctx context.Context, who Caller, ladder *engine.Ladder, into standings) (bool, error) {
	ranks, p := prefixes(ladder), engine.Page{Limit: standingPage}
	for read := 0; read < maxStanding; read += standingPage {
		rows, err := g.reader(who).ListRecords(ctx, engine.MarkRecord, machine.LadderPrefix(ladder.Key), p)
		if err != nil {
			return false, fmt.Errorf("list who stands on %s: %w", ladder.Key, err)
		}
		for _, r := range rows.Items {
			into.add(ranks, r.Key)
		}
		if p.Cursor = rows.Next; p.Cursor == "" {
			return true, nil
		}
	}
	return false, nil
}

// stood reads who stood on a ladder at a moment; false when that is not kept or
// they are too many.
func (g *Groups) stood(ctx context.Context, who Caller, ladder *engine.Ladder, into standings, at engine.Time) (bool, error) {
	r := g.reader(who)
	position, err := r.PositionAt(ctx, at)
	if err != nil {
		return false, fmt.Errorf("find the moment: %w", err)
	}
	if from, err := keptFrom(ctx, r); err != nil || from < 0 || position < from {
		return false, err
	}
	list, err := r.ListRecordsAt(ctx, position, engine.RecordList{Kind: engine.MarkRecord, Prefix: machine.LadderPrefix(ladder.Key), Limit: maxStanding + 1})
	if err != nil {
		return false, fmt.Errorf("list who stood on %s: %w", ladder.Key, err)
	}
	if len(list) > maxStanding {
		return false, nil
	}
	ranks := prefixes(ladder)
	for _, x := range list {
		into.add(ranks, x.Key)
	}
	return true, nil
}

// keptFrom is the position from which on the past is kept; -1 where it is not.
func keptFrom(ctx context.Context, r engine.Reader) (int64, error) {
	since := engine.RecordKey{Kind: engine.MarkRecord, Key: machine.SinceMark}
	found, err := r.Records(ctx, []engine.RecordKey{since})
	if err != nil {
		return -1, fmt.Errorf("read since when the past is kept: %w", err)
	}
	from, err := strconv.ParseInt(string(found[since]), 10, 64)
	if err != nil {
		return -1, nil //nolint:nilerr // no such mark: nothing is kept
	}
	return from, nil
}
