package service

import (
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/simulate"
	"github.com/bylaw-dev/bylaw/rules"
)

// inForce is a rule as it was at the moment in question.
type inForce struct {
	stored *rules.Stored
	live   *rules.Live   // nil: a draft, or nothing
	text   string        // the document that is explained
	absent engine.Reason // why it could not decide then
	rule   *engine.Rule
	book   *engine.Rulebook
}

// oneRule answers about one rule.
func (a *asking) oneRule(key string) error {
	f, err := a.version(key)
	if err != nil {
		return err
	}
	if a.event == nil && f.stored != nil {
		if err := a.latest(f); err != nil {
			return err
		}
		if a.event != nil { // what was in force when it happened
			if f, err = a.version(key); err != nil {
				return err
			}
		}
	}
	r, err := a.explain(key, f)
	if err != nil {
		return err
	}
	a.out.Rules = append(a.out.Rules, r)
	return nil
}

// version finds what was in force of a rule at the moment, and why it could not
// decide then. A rule that there never was is engine.CodeNotFound.
func (a *asking) version(key string) (*inForce, error) {
	if a.history == nil {
		list, err := a.reader.DefinitionVersions(a.ctx, engine.DefineRule, key)
		if err != nil {
			return nil, fmt.Errorf("read versions of rule %s: %w", key, err)
		}
		a.history = list
	}
	history := a.history
	if len(history) == 0 {
		return nil, engine.NotFound("rule", key)
	}
	revision, err := a.revision()
	if err != nil {
		return nil, err
	}
	f := &inForce{absent: engine.NotInForce}
	for _, d := range history { // newest first
		if d.Revision > revision {
			if f.stored, err = rules.ReadStored(d.Body); d.Body == nil || err != nil {
				f.stored = nil
			}
			f.absent = engine.NotLiveYet
			continue
		}
		if d.Body == nil {
			f.absent = engine.NotInForce
			break
		}
		if f.stored, err = rules.ReadStored(d.Body); err != nil {
			return nil, fmt.Errorf("rule %s: %w", key, err)
		}
		f.absent = a.absence(f.stored)
		break
	}
	if f.stored != nil {
		f.live, f.text = f.stored.Live, f.stored.Document()
		if f.live != nil {
			f.text = f.live.Document
		}
	}
	return f, nil
}

// absence is why a stored rule does not decide at the moment; "" where it does.
func (a *asking) absence(s *rules.Stored) engine.Reason {
	switch {
	case s.Retired:
		return engine.NotInForce
	case s.Live == nil:
		return engine.IsDraft
	case s.Live.Paused:
		return engine.Paused
	case a.event != nil && a.event.Position <= s.Live.LiveFrom:
		return engine.NotLiveYet
	}
	return ""
}

// revision is that of the definitions at the moment.
func (a *asking) revision() (int64, error) {
	if a.event != nil && a.event.Revision != 0 {
		return a.event.Revision, nil
	}
	s, err := a.bare()
	if err != nil {
		return 0, err
	}
	return s.Revision, nil
}

// bare is the moment without any rule, opened once.
func (a *asking) bare() (s *simulate.Scene, err error) {
	if a.empty == nil || a.emptyAt != a.out.Position {
		a.empty, err = a.moment(nothing())
		a.emptyAt = a.out.Position
	}
	return a.empty, err
}

// nothing is a moment without any rule.
func nothing() simulate.Rules {
	return simulate.Rules{Alone: &engine.Rulebook{Metrics: engine.NewMetricTable()}}
}

// latest turns a question about a moment into one about the member's latest
// event up to then that the rule listens to. A rule by the clock, or one that
// nothing set off, is asked at the moment itself.
func (a *asking) latest(f *inForce) error {
	doc, _ := rules.Parse([]byte(f.text))
	if doc == nil || len(doc.On) == 0 {
		return nil
	}
	for upTo, looked := int64(0), 0; looked < maxEventLooked; looked += eventsAtOnce {
		page, err := a.reader.Events(a.ctx, engine.EventQuery{Member: a.member.ID, Types: doc.On, UpTo: upTo, Backward: true, Limit: eventsAtOnce})
		if err != nil {
			return fmt.Errorf("look for the latest event: %w", err)
		}
		for _, s := range page {
			if s.At > a.out.At {
				continue
			}
			e, err := engine.DecodeEvent(s)
			if err != nil {
				return err
			}
			if doc.Group != "" && doc.Kind == engine.Threshold && e.Group != doc.Group {
				continue
			}
			a.event, a.out.Event, a.out.Position, a.out.At = e, e, e.Position, e.At
			return nil
		}
		if len(page) < eventsAtOnce {
			break
		}
		upTo = page[len(page)-1].Position - 1
	}
	if f.absent == "" {
		f.absent = engine.NoEvent
	}
	return nil
}

// compile compiles the version alone, with the definitions of the moment; false
// where they no longer fit it.
func (a *asking) compile(f *inForce) (bool, error) {
	s, err := a.bare()
	if err != nil {
		return false, err
	}
	view, err := s.View(a.ctx)
	if err != nil {
		return false, err
	}
	doc, _ := rules.Parse([]byte(f.text))
	version := 0
	if f.live != nil {
		version = f.live.Version
	}
	if f.book, _ = rules.CompileAlone(doc, version, rules.Scope{Defs: view.Defs}); f.book == nil {
		return false, nil
	}
	f.rule = f.book.Rules[0]
	if f.live != nil {
		f.rule.Shadow, f.rule.Percent, f.rule.LiveFrom = f.live.Shadow, f.live.Percent, f.live.LiveFrom
	}
	return true, nil
}

// everyRule answers with one line for each rule that listened to the event.
func (a *asking) everyRule() error {
	if a.event == nil {
		if err := a.newestEvent(); err != nil || a.event == nil {
			return err
		}
	}
	s, err := a.moment(simulate.Rules{})
	if err != nil {
		return err
	}
	var listening []*engine.Rule
	err = s.Ask(a.ctx, machine.Question{Event: arriving(a.event)}, func(r *machine.Rehearsal) error {
		for _, rule := range r.View().Book.Rules {
			if slices.Contains(rule.On, a.event.Type) && (rule.Kind != engine.Threshold || rule.Group == a.event.Group) {
				listening = append(listening, rule)
			}
		}
		return a.lines(r, listening)
	})
	return err
}

// newestEvent takes the member's newest event up to the moment that is not one
// of Bylaw's own.
func (a *asking) newestEvent() error {
	page, err := a.reader.Events(a.ctx, engine.EventQuery{Member: a.member.ID, Backward: true, Limit: eventsAtOnce})
	if err != nil {
		return fmt.Errorf("look for the newest event: %w", err)
	}
	for _, s := range page {
		if s.At <= a.out.At && !reservedType(s.Type) {
			e, err := engine.DecodeEvent(s)
			a.event, a.out.Event = e, e
			if err == nil {
				a.out.At, a.out.Position = e.At, e.Position
			}
			return err
		}
	}
	return nil
}

func reservedType(t string) bool {
	return len(t) >= len(engine.ReservedPrefix) && t[:len(engine.ReservedPrefix)] == engine.ReservedPrefix
}
