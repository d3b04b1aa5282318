package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules"
)

const (
	// caseEvents is how many entries of events a case has at most.
	caseEvents = 200
	// workOfTelling is what may be played to find a case, and workOfMerging what
	// may be played to tell it shortly, counted as cases count it: under a second.
	workOfTelling = 10_000
	workOfMerging = 8_000
	// workOfOne is what a case costs however short it is.
	workOfOne = 20
)

// settled finds the way of telling that comes out as it was decided, and makes
// it as small as the work allows. Where none does it answers the first, whose
// verdict says what differs.
func (t *telling) settled(ctx context.Context, s *story) (*story, error) {
	for _, way := range []func(*story) *story{asItWas, stateAlone, t.clockAlone, outcomeAlone} {
		try := way(s)
		if try == nil {
			continue
		}
		same, err := t.same(ctx, try)
		if err != nil {
			return nil, err
		}
		if !same {
			continue
		}
		if err := t.shrink(ctx, try); err != nil {
			return nil, err
		}
		if len(try.told) > caseEvents {
			return nil, tooMany(caseEvents)
		}
		return try, nil
	}
	if len(s.told) > caseEvents {
		return nil, tooMany(caseEvents)
	}
	return s, nil
}

func asItWas(s *story) *story { return s }

// stateAlone lets the earlier events be counted and decide nothing: what they
// came to then, by another version perhaps, stands in what is given.
func stateAlone(s *story) *story {
	c := *s
	c.told = slices.Clone(s.told)
	for i := range c.told {
		e := &c.told[i]
		e.History = !e.stay
	}
	return &c
}

// clockAlone begins just before a decision of a schedule, with somebody else's
// event to tell the time by: earlier firings, at which the rule was not yet in
// force or the member had not been there long enough, would have done it all.
func (t *telling) clockAlone(s *story) *story {
	if s.asked == 0 || t.doc.Every == "" || len(s.told) == 0 {
		return nil
	}
	c := *s
	e := s.told[len(s.told)-1]
	e.at = s.asked.Add(-time.Minute)
	e.At, e.Times, e.History, e.Member = rules.CaseTime(e.at, t.zone.Location()), 1, true, cmp.Or(e.Member, "somebody")
	c.told = []told{e}
	return &c
}

// outcomeAlone leaves out that something stopped it: other members' decisions,
// stock or another rule may have.
func outcomeAlone(s *story) *story {
	x := &s.Expect
	if x.Outcome != engine.OutcomeTrue || len(x.Effects) > 0 || !x.None && len(x.Not) == 0 {
		return nil
	}
	c := *s
	c.Expect = rules.Expect{Outcome: x.Outcome}
	return &c
}

// same is whether a story comes out as is expected; no when there is no work
// left to find out.
func (t *telling) same(ctx context.Context, s *story) (bool, error) {
	met, err := t.play(ctx, s)
	if unplayable(err) {
		return false, nil
	}
	return met && err == nil, err
}

func (t *telling) play(ctx context.Context, s *story) (bool, error) {
	if err := t.work.Spend(workOfOne); err != nil {
		return false, err
	}
	c := s.build()
	trial, err := rules.NewTrial(t.doc, c, t.book, t.scope)
	if err != nil {
		return false, err
	}
	trial.Work = t.work
	result, err := t.Trials.Run(ctx, trial)
	if err != nil {
		return false, err
	}
	return result.Meets(&c.Expect), t.work.Spend(0) // its expressions may have taken the rest
}

// unplayable is whether a story is only too long, or has an event that is not
// possible today; proving says which.
func unplayable(err error) bool {
	var impossible *engine.Error
	return errors.Is(err, rules.ErrWork) || errors.As(err, &impossible) && impossible.Code == engine.CodeInvalid
}

// keep takes over a shorter list where it comes out the same.
func (t *telling) keep(ctx context.Context, s *story, list []told) (bool, error) {
	if len(list) == 0 || len(list) == len(s.told) {
		return false, nil
	}
	less := *s
	less.told = list
	t.date(list)
	same, err := t.same(ctx, &less)
	if same {
		s.told = list
	}
	return same, err
}

// date writes when events happen: those that are told as one a second apart, the
// last of them no later than it was, for others come after.
func (t *telling) date(list []told) {
	for i := range list {
		e := &list[i]
		if e.Times > 1 {
			e.at = min(e.at, e.until.Add(-time.Duration(e.Times-1)*time.Second))
			e.At = rules.CaseTime(e.at, t.zone.Location())
		}
	}
}

// shrink leaves out what a true decision did not need and tells runs of alike
// events as one. What a no rests on is kept: less would be a no as well.
func (t *telling) shrink(ctx context.Context, s *story) error {
	steps := []func(context.Context, *story) error{t.newest, t.types, t.merge, t.halves}
	if s.Expect.Outcome != engine.OutcomeTrue {
		steps = steps[2:3]
	}
	for _, step := range steps {
		if err := step(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// newest keeps so many of the newest events as suffice: looked for from few to
// many, so that a long history costs little.
func (t *telling) newest(ctx context.Context, s *story) error {
	all := s.told
	last := func(n int) (list []told) {
		for i := range all {
			if i >= len(all)-n || all[i].stay {
				list = append(list, all[i])
			}
		}
		return list
	}
	few, enough := 0, 1
	for ; enough < len(all); few, enough = enough, 2*enough {
		kept, err := t.keep(ctx, s, last(enough))
		if err != nil {
			return err
		}
		if kept {
			break
		}
	}
	enough = min(enough, len(all))
	for few+1 < enough {
		n := (few + enough) / 2
		kept, err := t.keep(ctx, s, last(n))
		switch {
		case err != nil:
			return err
		case kept:
			enough = n
		default:
			few = n
		}
	}
	return nil
}

// types leaves out whole types of events.
func (t *telling) types(ctx context.Context, s *story) error {
	var seen []string
	for _, e := range s.told {
		if !slices.Contains(seen, e.Type) {
			seen = append(seen, e.Type)
		}
	}
	for _, typ := range seen {
		less := slices.DeleteFunc(slices.Clone(s.told), func(e told) bool { return e.Type == typ && !e.stay })
		if _, err := t.keep(ctx, s, less); err != nil {
			return err
		}
	}
	return nil
}

// halves leaves out stretches, of half the events first, of one at last.
func (t *telling) halves(ctx context.Context, s *story) error {
	for size := len(s.told) / 2; size >= 1; size /= 2 {
		for from := 0; from+size <= len(s.told); {
			less := slices.Clone(s.told[:from])
			for _, e := range s.told[from : from+size] {
				if e.stay {
					less = append(less, e)
				}
			}
			kept, err := t.keep(ctx, s, append(less, s.told[from+size:]...))
			if err != nil {
				return err
			}
			if !kept {
				from += size
			}
		}
	}
	return nil
}

// manyEntries is from how many entries on a yes is told without its days.
const manyEntries = 12

// merge tells runs of alike events as one that happens several times, a second
// apart: those of one day, and where that is too long, of all days.
func (t *telling) merge(ctx context.Context, s *story) error {
	*t.work = *rules.NewWork(workOfMerging) // it must be found out whether it comes out the same
	most := manyEntries
	if s.Expect.Outcome != engine.OutcomeTrue { // it may rest on the days as well
		most = caseEvents
	}
	sameDay := func(a, b engine.Time) bool { return t.zone.Day(a.Std()) == t.zone.Day(b.Std()) }
	if _, err := t.keep(ctx, s, merged(s.told, sameDay)); err != nil || len(s.told) <= most {
		return err
	}
	_, err := t.keep(ctx, s, merged(s.told, func(engine.Time, engine.Time) bool { return true }))
	return err
}

// merged joins alike neighbours that may stand together.
func merged(list []told, together func(a, b engine.Time) bool) (out []told) {
	alike := func(a, b *told) bool {
		x, y := a.CaseEvent, b.CaseEvent
		x.Times, x.At, y.Times, y.At = 1, "", 1, ""
		return fmt.Sprint(x) == fmt.Sprint(y) && together(a.at, b.at)
	}
	for _, e := range list {
		n := len(out) - 1
		if n < 0 || e.stay || out[n].stay || !alike(&out[n], &e) {
			out = append(out, e)
			continue
		}
		out[n].Times += e.Times
		out[n].until = e.last()
	}
	return out
}
