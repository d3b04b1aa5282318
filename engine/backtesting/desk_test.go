package backtesting_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/backtesting"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// thirds rewards every third message of a member and of a day, by what is kept of
// them: windows, points and how long they were silent.
const thirds = `key: thirds
kind: reward
title: {en: Thirds}
on: message.sent
when: 'events("message.sent", "all").count() % 3 == 0 or events("message.sent", "6h").count() >= 4 or silent_for("1d")'
then: [{grant_points: {amount: 'events("message.sent", "all").count()'}}, {add_tag: {tag: third}}]
`

// swaps change whom an event of an identity is about.
type swaps struct {
	*past
	n     int
	clock engine.Time
}

func (s *swaps) hand(typ, member string, props ...engine.Prop) {
	s.t.Helper()
	s.n++
	engine.SortProps(props)
	e := engine.Event{ID: fmt.Sprint("h", s.n), Type: typ, At: s.clock, Member: engine.MemberRef{ID: member}, Props: props}
	for i, p := range props {
		if p.Name == "to" {
			e.To, e.Props = engine.MemberRef{ID: p.Value.Str}, slices.Delete(props, i, i+1)
		}
	}
	results, err := s.machine.Accept(s.t.Context(), ws, machine.Batch{Source: "hand", Received: s.clock, Reserved: true, Events: []engine.Event{e}})
	s.must(err)
	if results[0].Status != machine.Accepted {
		s.t.Fatalf("%s: %+v", typ, results[0])
	}
}

func (s *swaps) says(who string) {
	s.t.Helper()
	s.n++
	s.happen(engine.Event{ID: fmt.Sprint("e", s.n), Type: "message.sent", At: s.clock, Member: engine.MemberRef{Identity: engine.Identity{Channel: "c", ExternalID: who}}})
}

// id is whose an identity is; somebody new is heard of first.
func (s *swaps) id(who string) string {
	s.t.Helper()
	key := engine.RecordKey{Kind: engine.IdentityRecord, Key: engine.Identity{Channel: "c", ExternalID: who}.Key()}
	found, err := s.store.Reader(ws).Records(s.t.Context(), []engine.RecordKey{key})
	s.must(err)
	if len(found[key]) == 0 {
		s.says(who)
		return s.member(who).ID
	}
	return string(found[key])
}

// gives gives an identity of one member to another.
func (s *swaps) gives(who, from, to string) {
	s.t.Helper()
	id := []engine.Prop{{Name: "channel", Value: engine.StringValue("c")}, {Name: "external_id", Value: engine.StringValue(who)}}
	s.hand("bylaw.member.identity", from, append(slices.Clone(id), engine.Prop{Name: "remove", Value: engine.BoolValue(true)})...)
	s.hand("bylaw.member.identity", to, id...)
}

// TestPeopleChangeWithinAChunk: who an identity is changes between two events that
// a simulation works in one go: somebody is merged and taken apart again, an
// identity goes over to another member, somebody is erased and comes back as a
// stranger. Each decision is the one that live processing made.
func TestPeopleChangeWithinAChunk(t *testing.T) {
	for seed := range uint64(12) {
		s := &swaps{past: newPast(t), clock: at("2026-03-02T00:00:00Z")}
		s.publish(thirds)
		chance, did := rand.New(rand.NewPCG(seed, 5)), map[string]int{}
		names := []string{"ada", "bo", "cy", "di", "ed"}
		for _, who := range names {
			s.says(who)
		}
		var merged [][2]string
		for range 300 {
			s.clock += engine.Time(chance.IntN(90)+1) * 60e6
			who, other := names[chance.IntN(len(names))], names[chance.IntN(len(names))]
			a, b := s.id(who), s.id(other)
			switch n := chance.IntN(60); {
			case n < 3 && a != b:
				s.hand("bylaw.member.merge", a, engine.Prop{Name: "to", Value: engine.StringValue(b)})
				merged = append(merged, [2]string{a, b})
				did["merge"]++
			case n < 5 && len(merged) > 0:
				last := merged[len(merged)-1]
				merged = merged[:len(merged)-1]
				s.hand("bylaw.member.unmerge", last[0], engine.Prop{Name: "to", Value: engine.StringValue(last[1])})
				did["unmerge"]++
			case n < 9 && a != b:
				s.gives(who, a, b)
				s.says(who)
				did["identity"]++
			case n < 11:
				s.hand("bylaw.member.erase", a)
				s.says(who)
				merged = nil
				did["erase"]++
			default:
				s.says(who)
				if chance.IntN(2) == 0 {
					s.says(who)
				}
			}
		}
		for _, what := range []string{"merge", "identity", "erase"} {
			if did[what] == 0 {
				t.Fatalf("seed %d: the test is not what it should be: %v", seed, did)
			}
		}
		s.agrees(seed)
	}
}

// agrees holds each decision of a back-test against live processing.
func (s *swaps) agrees(seed uint64) {
	s.t.Helper()
	say := func(d *engine.Decision) string {
		return fmt.Sprint(d.Position, " ", d.Subject, " ", d.At, " ", d.Effects[0].Fields["amount"].Num)
	}
	var live, simulated []string
	rows, err := s.store.Reader(ws).ListDecisions(s.t.Context(), engine.DecisionQuery{Rule: "thirds", Page: engine.Page{Limit: 1000}})
	s.must(err)
	for _, d := range slices.Backward(rows.Items) {
		if d.Outcome == engine.OutcomeTrue {
			live = append(live, say(&d))
		}
	}
	plan := s.plan(thirds, "", ever, forever+at("2027-01-01T00:00:00Z")-at("2026-01-01T00:00:00Z"))
	plan.Acted = func(x *machine.Seen) { simulated = append(simulated, say(&x.Decision)) }
	_, err = backtesting.Run(s.t.Context(), plan)
	s.must(err)
	if !slices.Equal(live, simulated) || len(live) < 50 {
		for i := range max(len(live), len(simulated)) {
			if i >= len(live) || i >= len(simulated) || live[i] != simulated[i] {
				s.t.Fatalf("seed %d: decision %d of %d is %v simulated, of %d live %v", seed, i, len(simulated), simulated[min(i, len(simulated)):min(i+2, len(simulated))], len(live), live[min(i, len(live)):min(i+2, len(live))])
			}
		}
		s.t.Fatalf("seed %d: only %d decisions", seed, len(live))
	}
}
