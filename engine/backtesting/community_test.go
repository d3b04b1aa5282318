package backtesting_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

var (
	ever    = at("2010-01-01T00:00:00Z")
	forever = at("2026-01-01T00:00:00Z")
)

// The back-test of each badge over a community's whole history finds who has the
// badge by the reading that the data came with, and nobody else.
func TestBadgesOfARealCommunity(t *testing.T) {
	events, expected := community(t)
	p := newPast(t)
	documents, titles := p.badges()
	p.happen(events...)
	for _, key := range slices.Sorted(maps.Keys(documents)) {
		want, total := map[string]int{}, 0
		for _, row := range expected {
			if row[1] == titles[key] {
				want[row[0]]++
				total++
			}
		}
		r := p.test(documents[key], "", ever, forever)
		got := map[string]int{}
		for _, m := range r.Members {
			got[m.Identities[0].ExternalID] = int(m.Matches)
		}
		if !maps.Equal(got, want) || r.After.Badges[key] != int64(total) || r.Gained != int64(len(want)) || r.Lost+r.Same+r.Before.Matches != 0 {
			t.Errorf("%s: %v, expected %v; %+v", key, got, want, r.After)
		}
	}
}

// What a lower bar would have changed is what a plain reading of the votes says.
func TestALowerBar(t *testing.T) {
	events, _ := community(t)
	p := newPast(t)
	documents, _ := p.badges()
	p.happen(events...)
	p.publish(documents["nice-answer"])
	r := p.test(strings.Replace(documents["nice-answer"], ">= 10'", ">= 8'", 1), "", ever, forever)
	before, after := reaching(events, 10), reaching(events, 8)
	changes := map[string]string{}
	for _, m := range r.Members {
		changes[m.Identities[0].ExternalID] = m.Change
		if m.Matches != int64(after[m.Identities[0].ExternalID]) || m.Before != int64(before[m.Identities[0].ExternalID]) {
			t.Errorf("%+v: %d and %d by hand", m, before[m.Identities[0].ExternalID], after[m.Identities[0].ExternalID])
		}
	}
	want := map[string]string{}
	for who := range after {
		if want[who] = "gained"; before[who] > 0 {
			want[who] = "same"
		}
	}
	if !maps.Equal(changes, want) || r.Gained == 0 {
		t.Errorf("changes are %v, by hand %v", changes, want)
	}
	if again := p.test(strings.Replace(documents["nice-answer"], ">= 10'", ">= 8'", 1), "", ever, forever); again.Hash != r.Hash || r.Hash == "" {
		t.Errorf("the hash is %s once and %s then", r.Hash, again.Hash)
	}
}

// reaching counts by hand how many answers of each member reach a score.
func reaching(events []engine.Event, bar int64) map[string]int {
	score, done, out := map[string]int64{}, map[string]bool{}, map[string]int{}
	for _, e := range events {
		if e.Type != "vote.received" || e.Prop("kind").Str != "answer" {
			continue
		}
		id := fmt.Sprint(e.Member.ExternalID, " ", e.Prop("content_id").Str)
		if score[id] += e.Prop("value").Num; score[id] >= bar && !done[id] {
			done[id] = true
			out[e.Member.ExternalID]++
		}
	}
	return out
}
