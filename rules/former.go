package rules

import (
	"slices"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Former is an earlier version that may still have something under way: a
// decision put off by after:, a frozen audience, a review under notice. What it
// began it ends, by its own words.
type Former struct {
	Live
	Until   engine.Time `json:"until"`             // then nothing of it can be under way any more
	Dropped bool        `json:"dropped,omitempty"` // what it had under way is to come to nothing
}

const (
	// maxFormer bounds the earlier versions that are kept beside the live one; the
	// oldest goes first, and what it began is then ended by the live version.
	maxFormer = 10
	// formerMargin is how much longer than its timers a version is kept, for a
	// server that was away.
	formerMargin = 7 * 24 * time.Hour
	// reviewMargin is how long officers may take with a review.
	reviewMargin = 90 * 24 * time.Hour
)

// Supersede is to be called before another version is put in force at a time:
// it keeps the live version for what it has under way, or for that to be dropped.
func (s *Stored) Supersede(at engine.Time, drop bool) {
	s.Former = slices.DeleteFunc(slices.Clone(s.Former), func(f Former) bool { return f.Until <= at })
	if s.Live == nil {
		return
	}
	lasts, waits := underWay(s.Live.Document)
	if !waits {
		return
	}
	s.Former = append(s.Former, Former{Live: *s.Live, Until: at.Add(lasts + formerMargin), Dropped: drop})
	if n := len(s.Former) - maxFormer; n > 0 {
		s.Former = s.Former[n:]
	}
}

// underWay is whether a rule begins what it ends later, and for how long.
func underWay(document string) (lasts time.Duration, waits bool) {
	doc, _ := Parse([]byte(document))
	switch {
	case doc == nil:
		return 0, false
	case doc.Review != nil:
		return doc.Review.Notice + reviewMargin, true
	case doc.After > 0:
		return doc.After, true
	}
	return 0, doc.Every != "" || doc.Tier != nil && doc.Tier.Hold != nil
}

// settle drops a former version that is in force again: the live one answers
// for what it has under way.
func (s *Stored) settle() {
	s.Former = slices.DeleteFunc(slices.Clone(s.Former), func(f Former) bool { return s.Live != nil && f.Version == s.Live.Version })
	if len(s.Former) == 0 {
		s.Former = nil
	}
}

// formerSources are the earlier versions of a rule as sources.
func (s *Stored) formerSources(key string) []Source {
	var out []Source
	for _, f := range s.Former {
		out = append(out, Source{Key: key, Version: f.Version, Document: []byte(f.Document), Shadow: f.Shadow, Percent: f.Percent,
			LiveFrom: f.LiveFrom, Former: true, Dropped: f.Dropped})
	}
	return out
}

// former enters an earlier version into a rulebook. One that no longer compiles
// leaves what it began to the live version.
func (c *compiled) former(book *engine.Rulebook, src Source) {
	f := engine.FormerRule{Key: src.Key, Version: src.Version}
	if !src.Dropped {
		if c.err != nil || c.rule.Key != src.Key {
			return
		}
		f.Rule = c.versioned(src)
		book.Kept = append(book.Kept, f.Rule.Metrics...)
	}
	book.Former = append(book.Former, f)
}

// versioned is the compiled rule as the version of a source.
func (c *compiled) versioned(src Source) *engine.Rule {
	rule := *c.rule
	rule.Version, rule.Shadow, rule.Percent, rule.LiveFrom = src.Version, src.Shadow, src.Percent, src.LiveFrom
	return &rule
}
