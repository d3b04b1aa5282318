package engine

import "github.com/bylaw-dev/bylaw/engine/calendar"

// MetricReader answers metrics during one decision, by their number in the
// rulebook's MetricTable. A value may be a lower bound or unknown.
type MetricReader interface {
	Metric(id int, f *Facts) Value
}

// CoverageReader is a MetricReader that also says since when what a metric
// counts is reported, and when its member joined: explanations name it. Zero is
// not known.
type CoverageReader interface {
	MetricReader
	Covered(id int, f *Facts) (from, joined Time)
}

// Facts is all that one decision may read. It is filled once per event and
// shared by every rule that listens, so conditions must not change it, except
// for Steps. What is nil is not in question and reads as unknown (no_subject).
type Facts struct {
	Event    *Event
	Member   *Member
	Inviter  *Member // unused by conditions unless loaded
	Group    *Group  // the event's or the reviewed group
	GroupDef *GroupDef
	Content  *Content
	Defs     *Definitions
	Now      Time // the event's or the planned time
	Zone     *calendar.Zone
	Period   *Period
	Score    Value // in reviews
	Metrics  MetricReader
	Personal map[string]string // name and other personal fields, for texts only

	Steps int // counted down by conditions; below zero the rule fails with ErrSteps
}

// Period is the span [Start, End) of a review.
type Period struct {
	Key   string
	Start Time
	End   Time
}

// MaxSteps is how many steps one rule may take on one event.
const MaxSteps = 100_000

// Definitions are a workspace's definitions at one revision, parsed.
type Definitions struct {
	Revision   int64
	Settings   Settings
	Groups     map[string]*GroupDef
	Ladders    map[string]*Ladder
	Rewards    map[string]*Reward
	Templates  map[string]*Template
	Channels   map[string]*ChannelDef
	EventTypes map[string]*EventType // declared and built in
	Segments   map[string]*Segment
	Attributes map[string]*Attribute
}

// Find is the definition of a kind that packs hold, such as *GroupDef, and nil
// where there is none.
func (d *Definitions) Find(kind DefinitionKind, key string) any {
	switch kind {
	case DefineEventType:
		return found(d.EventTypes, key)
	case DefineGroup:
		return found(d.Groups, key)
	case DefineLadder:
		return found(d.Ladders, key)
	case DefineReward:
		return found(d.Rewards, key)
	case DefineTemplate:
		return found(d.Templates, key)
	case DefineChannel:
		return found(d.Channels, key)
	case DefineAttribute:
		return found(d.Attributes, key)
	case DefineSegment:
		return found(d.Segments, key)
	}
	return nil
}

func found[T any](in map[string]*T, key string) any {
	if v := in[key]; v != nil {
		return v
	}
	return nil
}
