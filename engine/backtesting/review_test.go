package backtesting_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/backtesting"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

const halfMonth = `key: half-month
kind: tier
title: {en: Half month, zh: 半月}
review:
  every: %s
  groups: [second, core, held-back]
  score: 'events("message.sent", period).count()'
  up: {top: %d, from: second, to: core, when: 'score >= 3'}
  down: {bottom: 4, from: second, to: held-back, when: 'score < 4'}
  back: {from: held-back, to: second, when: 'score >= 4'}
  exempt: 'member.days_in_group < 7'
  notice: %s
  min_group: 6
`

const people = 24

var opens = at("2026-01-31T16:00:00Z") // the first of February in Shanghai

// reviewed is a community that was live under a review for two months; hand is
// what the officers do, asked every noon.
func reviewed(t *testing.T, document string, hand func(p *past, noon engine.Time)) *past {
	p := newPast(t)
	for _, key := range []string{"second", "core", "held-back"} {
		p.define(engine.DefineGroup, key, engine.GroupDef{Key: key})
	}
	p.define(engine.DefineEventType, "message.sent", engine.EventType{Key: "message.sent", Subject: engine.SubjectMember, CoveredFrom: 1})
	if document != "" {
		p.publish(document)
	}
	n := 0
	happens := func(typ, who, group string, moment engine.Time) {
		p.pass(moment)
		n++
		p.happen(engine.Event{ID: fmt.Sprint("e", n), Type: typ, At: moment, Group: group, Member: engine.MemberRef{Identity: engine.Identity{Channel: "c", ExternalID: who}}})
	}
	for i := range people {
		group := [...]string{"second", "second", "second", "core", "held-back"}[i%5]
		happens("member.joined", fmt.Sprint("m", i), "", at("2026-01-17T00:00:00Z").Add(time.Duration(i)*time.Minute))
		happens("group.joined", fmt.Sprint("m", i), group, at("2026-01-18T00:00:00Z").Add(time.Duration(i)*time.Minute))
	}
	chance := rand.New(rand.NewPCG(7, 7))
	for d := range 59 {
		noon := opens.Add(time.Duration(d)*24*time.Hour + 12*time.Hour)
		for i := range people {
			who := fmt.Sprint("m", i)
			if chance.IntN(20) < 1+(i*5+d/15)%13 {
				for _, group := range []string{"second", "core", "held-back"} { // wherever they are by then
					happens("message.sent", who, group, noon.Add(time.Duration(i)*time.Second))
				}
			}
		}
		p.pass(noon.Add(time.Hour))
		if hand != nil {
			hand(p, noon.Add(time.Hour))
		}
	}
	p.pass(at("2026-04-10T00:00:00Z"))
	return p
}

// pass lets the clock run, with a look at what is scheduled every hour.
func (p *past) pass(to engine.Time) {
	p.t.Helper()
	for ; p.now <= to; p.now = p.now.Add(time.Hour) {
		p.must(p.machine.Schedule(p.t.Context(), ws, p.now))
		p.until(p.now)
	}
	p.until(to)
}

func (p *past) member(who string) *engine.Member {
	p.t.Helper()
	r := p.store.Reader(ws)
	key := engine.RecordKey{Kind: engine.IdentityRecord, Key: engine.Identity{Channel: "c", ExternalID: who}.Key()}
	found, err := r.Records(p.t.Context(), []engine.RecordKey{key})
	p.must(err)
	key = engine.RecordKey{Kind: engine.MemberRecord, Key: string(found[key])}
	found, err = r.Records(p.t.Context(), []engine.RecordKey{key})
	p.must(err)
	var m engine.Member
	p.must(json.Unmarshal(found[key], &m))
	return &m
}

// moves counts, by member, what the rule decided in a range, and by local day.
func (p *past) moves(rule string, from, to engine.Time) (byMember, byDay map[string]int64) {
	p.t.Helper()
	byMember, byDay = map[string]int64{}, map[string]int64{}
	names := map[string]string{}
	for i := range people {
		names[p.member(fmt.Sprint("m", i)).ID] = fmt.Sprint("m", i)
	}
	rows, err := p.store.Reader(ws).ListDecisions(p.t.Context(), engine.DecisionQuery{Rule: rule, From: from, To: to, Page: engine.Page{Limit: 1000}})
	p.must(err)
	for _, d := range rows.Items {
		if d.Outcome == engine.OutcomeTrue && d.Reason == "" {
			byMember[names[d.Subject]]++
			byDay[d.At.Std().Add(8*time.Hour).Format("2006-01-02")]++
		}
	}
	return byMember, byDay
}

// compare holds what a back-test found of one side against what live processing
// made of the rule.
func compare(t *testing.T, name string, r *backtesting.Result, now bool, p *past) {
	t.Helper()
	found, days := map[string]int64{}, map[string]int64{}
	for _, m := range r.Members {
		n := m.Before
		if now && m.Change != backtesting.Lost {
			n = m.Matches
		} else if now {
			n = 0
		}
		if n > 0 {
			found[m.Identities[0].ExternalID] = n
		}
	}
	for _, d := range r.Days {
		n := d.Old
		if now {
			n = d.New
		}
		if n > 0 {
			days[d.Day] = n
		}
	}
	live, liveDays := p.moves("half-month", r.From, r.To)
	if len(live) < 5 {
		t.Fatalf("%s: the test is not what it should be: %v", name, live)
	}
	if !maps.Equal(found, live) || !maps.Equal(days, liveDays) {
		t.Errorf("%s: moved\n%v by %v, live\n%v by %v", name, found, days, live, liveDays)
	}
}

var winter = [2]engine.Time{at("2025-11-01T00:00:00Z"), at("2026-04-05T00:00:00Z")}

// A back-test of a review finds the moves that live processing made, whoever
// they were, and those it makes by other words.
func TestReviewsAreBackTested(t *testing.T) {
	for _, every := range []string{"half_month", "week", "15d"} {
		t.Run(every, func(t *testing.T) {
			narrow, wide := fmt.Sprintf(halfMonth, every, 1, "0"), fmt.Sprintf(halfMonth, every, 3, "0")
			p, other := reviewed(t, narrow, nil), reviewed(t, wide, nil)
			r := p.test(wide, "", winter[0], winter[1])
			compare(t, "old", r, false, p)
			compare(t, "new", r, true, other)
			if r.Before.Matches == r.After.Matches || r.After.Agreed != 0 {
				t.Errorf("%d and %d moves, %d of them agreed", r.Before.Matches, r.After.Matches, r.After.Agreed)
			}
			if len(r.Samples) == 0 || r.Samples[0].Finding == nil || r.Samples[0].Finding.Value.Kind != engine.Int {
				t.Errorf("no score is explained: %+v", r.Samples)
			}
		})
	}
}

// officers work what waits for their word: two days after a period an appeal that
// is upheld and one that is not, and on the third the word, with one left out.
func officers(all bool) func(*past, engine.Time) {
	return func(p *past, noon engine.Time) {
		rows, err := p.store.Reader(ws).ListItems(p.t.Context(), engine.ItemQuery{Kind: "review", State: "open"})
		p.must(err)
		for _, i := range rows.Items {
			var rev machine.Review
			p.must(json.Unmarshal(i.Body, &rev))
			hand := func(typ, member string, props ...engine.Prop) {
				props = append(props, engine.Prop{Name: "review", Value: engine.StringValue(i.ID)})
				engine.SortProps(props)
				e := engine.Event{ID: fmt.Sprint(typ, i.ID, member), Type: typ, At: noon, Member: engine.MemberRef{ID: member}, Props: props}
				results, err := p.machine.Accept(p.t.Context(), ws, machine.Batch{Source: "hand", Received: noon, Reserved: true, Events: []engine.Event{e}})
				p.must(err)
				if results[0].Status != machine.Accepted {
					p.t.Fatalf("%s: %+v", typ, results[0])
				}
			}
			days := noon.Sub(rev.End) / (24 * time.Hour)
			switch {
			case rev.Confirmed || len(rev.Moves) < 3:
			case days == 2 && !all:
				for n, uphold := range []bool{true, false} {
					hand("bylaw.review.appeal", rev.Moves[n].Member, engine.Prop{Name: "text", Value: engine.StringValue("I was ill")})
					hand("bylaw.review.decide", rev.Moves[n].Member, engine.Prop{Name: "uphold", Value: engine.BoolValue(uphold)})
				}
			case days == 3 && all:
				hand(confirm, "")
			case days == 3:
				hand(confirm, "", engine.Prop{Name: "skip", Value: engine.ListValue(engine.StringValue(rev.Moves[2].Member))})
			}
		}
	}
}

const confirm = "bylaw.review.confirm"

// What officers said of a review counts in a back-test as it did: who appealed and
// was heard, and who was left out, stay.
func TestReviewsWithNoticeAreBackTested(t *testing.T) {
	document := fmt.Sprintf(halfMonth, "half_month", 2, "7d")
	p := reviewed(t, document, officers(false))
	r := p.test(document, "", winter[0], winter[1])
	compare(t, "old", r, false, p)
	compare(t, "new", r, true, p)
	if r.Before.Agreed != 0 || r.Before.Matches == 0 {
		t.Errorf("%d moves, %d of them agreed", r.Before.Matches, r.Before.Agreed)
	}
}

// Nobody gave a word on a review that was not live: it is taken as agreed when its
// notice is over, and the result says for how many.
func TestAReviewThatNobodyHasSeen(t *testing.T) {
	document := fmt.Sprintf(halfMonth, "half_month", 2, "7d")
	p, live := reviewed(t, "", nil), reviewed(t, document, officers(true))
	r := p.test(document, "", winter[0], winter[1])
	compare(t, "new", r, true, live)
	if r.After.Agreed != r.After.Matches || r.After.Matches == 0 || r.Before.Matches != 0 || r.After.Tasks != 0 {
		t.Errorf("%d moves, %d of them agreed, %d tasks", r.After.Matches, r.After.Agreed, r.After.Tasks)
	}
}
