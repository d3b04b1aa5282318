package service_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/backtesting"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/service"
	"pgregory.net/rapid"
)

// TestAllWaysAgree: of random rules and histories, live processing, why, try,
// back-test and a naive reading of the raw list of events say the same. How many
// pairs of a rule and a history it draws is the flag -rapid.checks times about
// six; what fails is shrunk, and printed with how to run it again.
func TestAllWaysAgree(t *testing.T) {
	pairs := 0
	answers := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		list := drawRules(t)
		timers := slices.ContainsFunc(list, func(r said) bool {
			return r.after != 0 || r.hold != nil || slices.ContainsFunc(r.then, func(d deed) bool { return d.expires != 0 })
		})
		before, history := drawHistory(t, timers)
		w := newSquare(t, list)
		w.live(before, history)
		w.sameAsLive()
		w.sameAsWhy()
		w.sameAsTry()
		w.sameAsBacktest()
		pairs += len(list)
		for _, v := range w.naive.verdicts {
			answers[v.outcome+" "+v.reason]++
		}
	})
	t.Logf("%d pairs of a rule and a history: %v", pairs, answers)
}

// verdict brings a decision to the words of the naive interpreter. Its subject
// and place are the log's still: see settle.
func (w *square) verdict(d *engine.Decision) verdict {
	return verdict{event: int(d.Position), rule: d.Rule, subject: d.Subject, at: int64(d.At), outcome: string(d.Outcome), reason: string(d.Reason),
		answer: d.Answer, effects: effectsOf(d.Effects)}
}

func effectsOf(list []engine.Effect) (out []string) {
	for _, e := range list {
		words := string(e.Kind)
		for _, name := range []string{"tag", "badge", "to", "type"} {
			if v, ok := e.Fields[name]; ok && e.Kind != engine.CreateTask {
				words += " " + v.Text0()
			}
		}
		if e.Kind == engine.GrantPoints {
			words += fmt.Sprint(" ", e.Fields["amount"].Num)
		}
		if e.Reason != "" {
			words += " " + string(e.Reason)
		}
		out = append(out, words)
	}
	return out
}

// settle gives a verdict its place in the list and the member's name.
func (w *square) settle(v *verdict) {
	place, ok := w.places[int64(v.event)]
	if v.event = place; !ok {
		v.event = -1
	}
	if name, ok := w.ids[v.subject]; ok {
		v.subject = name
	}
}

// key is what a verdict is about.
func (v verdict) key() string {
	return fmt.Sprint(v.rule, " about ", v.subject, " at event ", v.event, " ", engine.Time(v.at))
}

// plainly is a verdict without the reason of what is unknown, which the naive
// interpreter does not tell.
func (v verdict) plainly() string {
	if v.outcome == "unknown" {
		v.reason = ""
	}
	return v.String()
}

// stored adds the decisions that nobody was answered, because they came of what
// the clock did.
func (w *square) stored() {
	answered := map[string]bool{}
	for _, v := range w.answers {
		answered[fmt.Sprint(v.rule, v.event)] = true
	}
	for _, r := range w.naive.rules {
		for at := (engine.Page{Limit: 1000}); ; {
			rows, err := w.store.Reader("w").ListDecisions(w.ctx, engine.DecisionQuery{Rule: r.key, Page: at})
			w.must(err, "read decisions")
			for i := range rows.Items {
				if v := w.verdict(&rows.Items[i]); !answered[fmt.Sprint(v.rule, v.event)] {
					w.answers = append(w.answers, v)
				}
			}
			if at.Cursor = rows.Next; rows.Next == "" {
				break
			}
		}
	}
}

// sameAsLive holds live decisions against the naive ones, and what became of
// everybody.
func (w *square) sameAsLive() {
	w.stored()
	want := map[string][]string{} // several only of the clock's
	for _, v := range w.naive.verdicts {
		want[v.key()] = append(want[v.key()], v.plainly())
	}
	for _, v := range w.answers {
		if v.rule == "(none)" { // a group that no rule guards
			continue
		}
		w.settle(&v)
		here := want[v.key()]
		i := slices.Index(here, v.plainly())
		if i < 0 && (len(here) > 0 || v.reason != string(engine.NotMatched)) {
			w.t.Fatalf("%s is %s live, and %q by the list%s", v.key(), v, here, w.story())
		}
		if i >= 0 {
			want[v.key()] = slices.Delete(here, i, i+1)
		}
	}
	for _, v := range w.naive.verdicts {
		unlisted := v.outcome == "false" || v.outcome == "unknown" && (w.unasked(v.event) || v.reason == string(engine.TooLate)) // the index need not find it
		if len(want[v.key()]) > 0 && !unlisted {
			w.t.Fatalf("%s is %s by the list, and nothing live%s", v.key(), v, w.story())
		}
	}
	w.sameState()
}

// unasked is whether an event came of what the clock did, where nobody is
// answered and only what came true is kept.
func (w *square) unasked(event int) bool {
	if event < 0 {
		return true
	}
	_, outside := w.places[w.log[event]-w.log[event]%engine.PositionStride]
	return !outside
}

func (w *square) sameState() {
	for id, name := range w.ids {
		key := engine.RecordKey{Kind: engine.MemberRecord, Key: id}
		found, err := w.store.Reader("w").Records(w.ctx, []engine.RecordKey{key})
		w.must(err, "read a member")
		var m engine.Member
		w.must(json.Unmarshal(found[key], &m), "read a member")
		p := w.naive.people[name]
		got := fmt.Sprint(m.Accounts[engine.DefaultAccount].Balance, m.Tags, slices.Sorted(maps.Keys(m.Badges)), slices.Sorted(maps.Keys(m.Groups)), m.Tiers[engine.DefaultLadder].Tier)
		want := fmt.Sprint(p.points, slices.Sorted(maps.Keys(p.tags)), slices.Sorted(maps.Keys(p.badges)), slices.Sorted(maps.Keys(p.groups)), p.tier)
		if got != want {
			w.t.Fatalf("%s is %s, by the list %s%s", name, got, want, w.story())
		}
	}
}

// sampled are verdicts about events to ask again, some of each rule.
func (w *square) sampled() (out []verdict) {
	of := map[string]int{}
	for _, v := range w.naive.verdicts {
		if v.event < 0 {
			continue
		}
		kind := v.rule + v.outcome
		if of[kind]++; of[kind] <= 2 || of[kind]%7 == 0 {
			out = append(out, v)
		}
	}
	return out
}

// sameAsWhy asks why.
func (w *square) sameAsWhy() {
	for _, v := range w.sampled() {
		e := w.naive.list[v.event]
		a, err := w.service.Why.Ask(w.ctx, w.who, service.WhyQuery{Member: "app:" + e.who, Rule: v.rule, Event: fmt.Sprint(w.log[v.event])})
		w.must(err, "why "+v.key())
		r := a.Rules[0]
		got := verdict{outcome: string(r.Outcome), answer: r.Answer}
		if r.Because != nil {
			got.reason = string(r.Because.Code)
		}
		var made []engine.Effect
		for _, e := range r.Effects {
			if !e.Planned || e.Because == nil {
				made = append(made, e.Effect)
			}
		}
		got.effects = effectsOf(made)
		w.compare("why", v, got)
	}
}

// sameAsTry tries each rule alone on the event.
func (w *square) sameAsTry() {
	for _, v := range w.sampled() {
		got, err := w.service.Rules.TryRule(w.ctx, w.who, service.Attempt{Document: []byte(w.sources[v.rule]), Member: "app:" + w.naive.list[v.event].who, Position: w.log[v.event]})
		w.must(err, "try "+v.key())
		effects := got.Effects
		if got.Reason != "" {
			effects = nil
		}
		said := verdict{outcome: string(got.Outcome), reason: string(got.Reason), answer: got.Answer, effects: effectsOf(effects)}
		if v.answer != "" && w.thresholds() > 1 { // what comes of an answer hangs on the others', and this one is tried alone
			said.reason, said.answer, said.effects = v.reason, v.answer, v.effects
		}
		if w.crowded(v) { // what other rules did a moment before, this one alone does first
			v.effects, said.effects = afresh(v.effects), afresh(said.effects)
		}
		w.compare("try", v, said)
	}
}

// crowded is whether other rules acted on the event too.
func (w *square) crowded(v verdict) bool {
	return slices.ContainsFunc(w.naive.verdicts, func(x verdict) bool {
		return x.event == v.event && x.rule != v.rule && len(x.effects) > 0
	})
}

func afresh(effects []string) (out []string) {
	for _, e := range effects {
		out = append(out, strings.TrimSuffix(e, " already_done"))
	}
	return out
}

func (w *square) thresholds() (n int) {
	for _, r := range w.naive.rules {
		if r.kind == "threshold" {
			n++
		}
	}
	return n
}

func (w *square) compare(asked string, want, got verdict) {
	if want.outcome == "false" && want.reason == "" { // a threshold's, which says it by its answer
		got.reason = ""
	}
	if got.plainly() != want.plainly() {
		w.t.Fatalf("%s: %s says %s, the list %s%s", want.key(), asked, got, want, w.story())
	}
}

// sameAsBacktest back-tests each rule over everything and over the latter part.
func (w *square) sameAsBacktest() {
	from := w.naive.list[rapid.IntRange(0, len(w.naive.list)-1).Draw(w.t, "from")].at
	for _, r := range w.naive.rules {
		for _, from := range []int64{1, max(from, startOfAll)} {
			w.backtest(r, from)
		}
	}
}

func (w *square) backtest(r said, from int64) {
	reader := w.store.Reader("w")
	lane, err := reader.Lane(w.ctx)
	w.must(err, "back-test")
	list, err := reader.DefinitionsAt(w.ctx, lane.Revision)
	w.must(err, "back-test")
	defs, err := machine.ParseDefinitions(lane.Revision, list)
	w.must(err, "back-test")
	c := rules.Contrast{New: rules.Source{Key: r.key, Version: 2, Document: []byte(w.sources[r.key])}}
	for key, text := range w.sources {
		c.Live = append(c.Live, rules.Source{Key: key, Version: 1, Document: []byte(text)})
	}
	slices.SortFunc(c.Live, func(a, b rules.Source) int { return strings.Compare(a.Key, b.Key) })
	c.Old = &c.Live[slices.IndexFunc(c.Live, func(s rules.Source) bool { return s.Key == r.key })]
	pair, problems := c.Compile(rules.Scope{Defs: defs})
	if pair == nil {
		w.t.Fatalf("%v", problems)
	}
	got, err := backtesting.Run(w.ctx, backtesting.Plan{Workspace: "w", Definitions: list, Log: reader, Position: lane.Position, Revision: lane.Revision,
		From: engine.Time(from), To: w.who.Now + 1, Rule: r.key, Old: pair.Old, New: pair.New})
	w.must(err, "back-test")
	have, want := w.figures(got), w.byHand(r, from)
	if have != want {
		w.t.Fatalf("the back-test of %s from %s finds\n%s, the list\n%s%s", r.key, engine.Time(from), have, want, w.story())
	}
	if got.Gained+got.Lost != 0 || !reflect.DeepEqual(got.Before, got.After) {
		w.t.Fatalf("the back-test of %s against itself from %s finds\n%+v and\n%+v%s", r.key, engine.Time(from), got.Before, got.After, w.story())
	}
}
