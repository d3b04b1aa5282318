package expression

import (
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

func groupKey(f *engine.Facts) (string, mark) {
	switch {
	case f.Group != nil:
		return f.Group.Key, exact
	case f.GroupDef != nil:
		return f.GroupDef.Key, exact
	}
	return "", noSubject
}

func groupSize(f *engine.Facts) (int64, mark) {
	if f.Group == nil {
		return 0, noSubject
	}
	return f.Group.Size, exact
}

func groupCapacity(f *engine.Facts) (int64, mark) {
	switch {
	case f.GroupDef != nil && f.GroupDef.Capacity > 0:
		return f.GroupDef.Capacity, exact
	case f.GroupDef == nil && f.Group == nil:
		return 0, noSubject
	}
	return 0, missingAttribute
}

// groupPhase is the group's own phase, else the one that its definition gives.
func groupPhase(f *engine.Facts) (string, mark) {
	if f.Group != nil && f.Group.Phase != "" {
		return f.Group.Phase, exact
	}
	if f.GroupDef != nil {
		return given(f.GroupDef.Phase, missingAttribute)
	}
	if f.Group == nil {
		return "", noSubject
	}
	return "", missingAttribute
}

func groupStage(f *engine.Facts) (int64, mark) {
	switch {
	case f.Group != nil && f.Group.Stage != 0:
		return f.Group.Stage, exact
	case f.GroupDef != nil && f.GroupDef.Stage != 0:
		return f.GroupDef.Stage, exact
	case f.Group == nil && f.GroupDef == nil:
		return 0, noSubject
	}
	return 0, missingAttribute
}

func groupType(f *engine.Facts) (string, mark) {
	if f.GroupDef != nil {
		return given(f.GroupDef.Type, missingAttribute)
	}
	if f.Group == nil {
		return "", noSubject
	}
	return "", missingAttribute
}

// readTier gives the tier on the ladder that the rule speaks of.
func readTier(v *Vocabulary) code { return tierOn(v.ladderKey()) }

func tierOn(ladder string) code {
	return code{kind: kText, s: func(f *engine.Facts, _ *engine.Value) (string, mark) {
		if f.Member == nil {
			return "", noSubject
		}
		return f.Member.Tiers[ladder].Tier, exact
	}}
}

func readRank(v *Vocabulary) code {
	ladder := v.ladderKey()
	ranks := v.ranks(ladder)
	return code{kind: kInt, n: func(f *engine.Facts, _ *engine.Value) (int64, mark) {
		if f.Member == nil {
			return 0, noSubject
		}
		return ranks[f.Member.Tiers[ladder].Tier], exact
	}}
}

func readScore(v *Vocabulary) code {
	return fromAny(kindOf(v.Score), func(f *engine.Facts, _ *engine.Value) (engine.Value, mark) {
		return f.Score, markOf(&f.Score)
	})
}

// utc stands in where facts have no zone.
func localDay(f *engine.Facts, t engine.Time) calendar.Date {
	if f.Zone == nil {
		return calendar.DateOf(t.Std(), nil)
	}
	return f.Zone.Day(instant(t))
}

// instant is the Time as a time.Time, also where it is 0.
func instant(t engine.Time) time.Time { return time.UnixMicro(int64(t)) }

func dayStart(f *engine.Facts, d calendar.Date) engine.Time {
	if f.Zone == nil {
		return engine.Time(calendar.DayStart(d, nil).UnixMicro())
	}
	return engine.Time(f.Zone.DayStart(d).UnixMicro())
}

func localClock(f *engine.Facts, t engine.Time) calendar.Local {
	if f.Zone == nil {
		return calendar.LocalOf(instant(t), nil)
	}
	return f.Zone.Local(instant(t))
}

func location(f *engine.Facts) *time.Location {
	if f.Zone == nil {
		return time.UTC
	}
	return f.Zone.Location()
}
