package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

func scope() Scope {
	d := workspace()
	d.Rewards = map[string]*engine.Reward{"nice": {Key: "nice", Kind: "badge"}, "gold": {Key: "gold", Kind: "points"}}
	return Scope{Defs: d}
}

// reading is a live rule that reads a metric of its own.
func reading(i int) Source {
	return Source{Key: fmt.Sprintf("rule-%04d", i), Version: 1, Document: fmt.Appendf(nil, `key: rule-%04d
kind: reward
title: {en: Rule %d, zh: 规则 %d}
on: vote.received
when: 'event.props.kind == "answer" and event.group == "g%d" and events("vote.received", "%dd", {content_id: event.props.content_id}).sum("value") >= 10 and not member.left'
once: 'event.props.content_id'
then:
  - award_badge: {badge: nice}
  - grant_points: {amount: 'event.props.value * 2', reason: 'for {{ event.props.content_id }}'}
`, i, i, i, i, 1+i%3000)}
}

func sources(n int) []Source {
	list := make([]Source, n)
	for i := range list {
		list[i] = reading(i)
	}
	return list
}

func TestLibraryBuild(t *testing.T) {
	paused, wrong, broken := reading(7), reading(8), reading(9)
	paused.Paused = true
	wrong.Key = "other"
	broken.Document = []byte(strings.Replace(string(broken.Document), "badge: nice", "badge: gone", 1))
	shadow := reading(2)
	shadow.Version, shadow.Shadow, shadow.Percent, shadow.LiveFrom = 4, true, 25, 77
	var lib Library
	book := lib.Build(12, []Source{shadow, reading(1), paused, wrong, broken}, scope())
	if book.Revision != 12 || len(book.Rules) != 2 || book.Rules[0].Key != "rule-0001" {
		t.Fatalf("%d rules of revision %d", len(book.Rules), book.Revision)
	}
	r := book.Rules[1]
	if r.Version != 4 || !r.Shadow || r.Percent != 25 || r.LiveFrom != 77 || len(r.Metrics) != 1 {
		t.Errorf("rule %+v", r)
	}
	if got := book.Metrics.All[r.Metrics[0]].Window; got != "3d" {
		t.Errorf("its metric has window %s", got)
	}
	want := []string{
		`other: conflict: the document's key is rule-0008`,
		`rule-0009: invalid: the rule no longer compiles; /then/0/award_badge/badge there is no badge "gone"`,
	}
	var got []string
	for key, err := range book.Broken {
		got = append(got, key+": "+err.Error())
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("broken: %q", got)
	}
}

func TestLibraryKeepsNumbers(t *testing.T) {
	var lib Library
	s := scope()
	first := lib.Build(1, sources(200), s)
	second := lib.Build(2, append(sources(200)[1:], reading(500)), s)
	for _, r := range second.Rules {
		i := slices.IndexFunc(first.Rules, func(x *engine.Rule) bool { return x.Key == r.Key })
		if i >= 0 && !slices.Equal(first.Rules[i].Metrics, r.Metrics) {
			t.Fatalf("%s read metrics %v and now %v", r.Key, first.Rules[i].Metrics, r.Metrics)
		}
		if m := second.Metrics.All[r.Metrics[0]]; m.Filter[0].FromEvent != "props.content_id" {
			t.Fatalf("%s reads %+v", r.Key, m)
		}
	}
	if len(first.Metrics.All) != 200 {
		t.Errorf("a rulebook that was handed out now has %d metrics", len(first.Metrics.All))
	}
	third := lib.Build(3, sources(20), s)
	if len(third.Metrics.All) != 20 || third.Rules[19].Metrics[0] != 19 {
		t.Errorf("%d metrics after most rules are gone", len(third.Metrics.All))
	}
	s.Defs.Rewards = nil
	if book := lib.Build(4, sources(20), s); len(book.Broken) != 20 {
		t.Errorf("%d of 20 rules are broken after their badge is gone", len(book.Broken))
	}
}

// TestPublishingOneRuleCompilesOne: the others are not compiled again, so it takes
// a small part of what all take, on any machine.
func TestPublishingOneRuleCompilesOne(t *testing.T) {
	var lib Library
	list, s := sources(1000), scope()
	began := time.Now()
	lib.Build(1, list, s)
	whole := time.Since(began)
	list[500].Document = append(list[500].Document, "# changed\n"...)
	began = time.Now()
	lib.Build(2, list, s)
	again := time.Since(began)
	if again > whole/2 {
		t.Errorf("1,000 rules took %v, after one publish %v", whole, again)
	}
}

func TestSegments(t *testing.T) {
	s := scope()
	s.Defs.Segments = map[string]*engine.Segment{
		"quiet": {Key: "quiet", Where: `silent_for("14d")`},
		"event": {Key: "event", Where: `event.type == "x"`},
	}
	var lib Library
	book := lib.Build(1, nil, s)
	if len(book.Segments) != 1 || book.Segments["quiet"] == nil || len(book.Metrics.All) != 1 || len(book.Broken) != 1 {
		t.Errorf("segments %v, broken %v", book.Segments, book.Broken)
	}
	if err := book.Broken["segment:event"]; err == nil || err.Error() != "invalid: the segment does not compile;  event.type: there is no event here" {
		t.Errorf("broken segment: %v", err)
	}
}

// TestBooks checks that many workspaces can share one Books without seeing each
// other, and that a publish in one finds what was compiled for it.
func TestBooks(t *testing.T) {
	var b Books
	stored := func(from, to int) []engine.Definition {
		var list []engine.Definition
		for i := from; i < to; i++ {
			s := &Stored{Draft: string(reading(i).Document)}
			if err := s.Publish(Rollout{}, 1); err != nil {
				t.Fatal(err)
			}
			body, err := s.Body()
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, engine.Definition{Kind: engine.DefineRule, Key: reading(i).Key, Body: body})
		}
		return list
	}
	defs := scope().Defs
	for round := range 3 {
		for workspace := range 4 {
			from := workspace * 10
			book, err := b.Book(int64(round), append(stored(from, from+5+round), engine.Definition{Kind: engine.DefineRule, Key: "bad", Body: []byte("{")}), defs)
			if err != nil || len(book.Rules) != 5+round || len(book.Metrics.All) != 5+round || book.Broken["bad"] == nil {
				t.Fatalf("round %d, workspace %d: %d rules, %d metrics, %v", round, workspace, len(book.Rules), len(book.Metrics.All), book.Broken)
			}
			if book.Rules[0].Key != reading(from).Key {
				t.Errorf("workspace %d has the rule %s", workspace, book.Rules[0].Key)
			}
		}
	}
	if len(b.libraries) != 4 {
		t.Errorf("%d libraries for 4 workspaces", len(b.libraries))
	}
}
