package machine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"pgregory.net/rapid"
)

// everything is a rulebook in which every kind of work happens.
var everything = []string{`
key: grow
kind: tier
title: {en: Grow, zh: 成长}
on: act
tier: {ladder: default, to: active, hold: 'events("act", "3d").count() >= 1', grace: 2d}
when: 'events("act", "3d").count() >= 2'
`, `
key: thanks
kind: reward
title: {en: Thanks, zh: 感谢}
on: act
when: 'event.props.n > 4'
after: 1d
unless: 'member.left'
then:
  - grant_points: {amount: 'event.props.n', expires: 4d}
  - grant_privilege: {privilege: lounge, lasts: 2d}
  - award_badge: {badge: talker}
`, `
key: welcome
kind: campaign
title: {en: Welcome, zh: 欢迎}
every: "0 9 * * *"
when: 'member.points > 3'
then:
  - grant_points: {amount: 1}
  - add_tag: {tag: rich}
  - send: {channel: app, text: 'Good morning {{ member.name }}'}
`, `
key: failing-note
kind: campaign
title: {en: Note, zh: 提醒}
on: tier.failing
when: 'true'
then:
  - create_task: {text: 'talk to {{ member.name }}'}
`, `
key: door
kind: threshold
title: {en: Door, zh: 门}
group: hall
on: group.applied
when: 'member.points >= 2'
then:
  - admit
  - grant_points: {amount: -1}
otherwise:
  - deny: {reason: too few points, next_step: earn some}
`, `
key: fortnight
kind: tier
title: {en: Fortnight, zh: 半月}
review:
  every: week
  groups: [hall, core]
  score: 'events("act", period).count()'
  up: {top: 2, from: hall, to: core, when: 'score >= 1'}
  down: {bottom: 1, from: core, to: hall, when: 'score < 3'}
  notice: 0
`, `
key: spread
kind: reward
title: {en: Spread, zh: 传播}
on: act
when: 'event.props.n > 6'
once: day
then:
  - emit: {type: act, props: {n: 'event.props.n - 3'}}
  - issue_coupon: {pool: tea}
  - draw: {pool: prizes}
limits: {per_member: {times: 5, per: week}, cooldown: 2h}
`}

func fullWorld(t fataler) *world {
	t.Helper()
	w := newWorld(t)
	w.define(
		machine.Write{Kind: engine.DefineGroup, Key: "hall", Body: body(engine.GroupDef{Key: "hall", Capacity: 3, Channel: "app", Address: "h"})},
		machine.Write{Kind: engine.DefineGroup, Key: "core", Body: body(engine.GroupDef{Key: "core", Capacity: 2, Channel: "app", Address: "c"})},
		machine.Write{Kind: engine.DefineChannel, Key: "app", Body: body(engine.ChannelDef{Key: "app", Plugin: "logfile"})},
		machine.Write{Kind: engine.DefineReward, Key: "talker", Body: body(engine.Reward{Key: "talker", Kind: "badge"})},
		machine.Write{Kind: engine.DefineReward, Key: "lounge", Body: body(engine.Reward{Key: "lounge", Kind: "privilege"})},
		machine.Write{Kind: engine.DefineReward, Key: "tea", Body: body(engine.Reward{Key: "tea", Kind: "coupon", Stock: 5})},
		machine.Write{Kind: engine.DefineReward, Key: "prizes", Body: body(engine.Reward{Key: "prizes", Kind: "coupon", Codes: []string{"a", "b", "c", "d"}})},
		machine.Write{Kind: engine.DefineEventType, Key: "act", Body: body(engine.EventType{Key: "act", Subject: engine.SubjectMember,
			CoveredFrom: at("2020-01-01 00:00"), Fields: []engine.Field{{Name: "n", Type: "integer"}, {Name: "phone", Type: "string", Personal: true}}})},
	)
	w.publish(everything...)
	return w
}

// stir does one piece of work of any kind.
func stir(t *rapid.T, w *world, merges *[]int64) {
	who := rapid.SampledFrom([]string{"ada", "bo", "cy", "di", "ed"}).Draw(t, "who")
	n := rapid.IntRange(0, 9).Draw(t, "n")
	switch rapid.IntRange(0, 20).Draw(t, "work") {
	case 0, 1, 2, 3, 4, 5:
		e := w.by(who, "act", "n", n, "phone", fmt.Sprint("1380000", n))
		e.At -= engine.Time(rapid.Int64Range(0, int64(3*day)).Draw(t, "behind")) * engine.Time(n/8)
		e.Group = rapid.SampledFrom([]string{"", "hall", "core"}).Draw(t, "group")
		w.send(e, w.by(who, "other"), e)
	case 6:
		e := w.by(who, "group.applied")
		e.Group = "hall"
		w.send(e)
	case 7:
		w.do(who, "member.joined", "inviter", "app:"+rapid.SampledFrom([]string{"ada", "flo"}).Draw(t, "inviter"))
	case 8:
		w.do(who, "member.left")
	case 9:
		w.hand("bylaw.member.set", to(who), "tags_add", []string{fmt.Sprint("t", n)}, "attr.size", n, "zone", "Europe/Paris")
	case 10:
		w.hand("bylaw.points.grant", to(who), "amount", n-3, "expires", w.now+2*day)
	case 11:
		w.hand("bylaw.tier.set", to(who), "ladder", "default", "to", []string{"active", "advocate", "nowhere"}[n%3])
	case 12:
		w.hand("bylaw.group.release", func(e *engine.Event) { e.Group = "hall" }, "count", n)
	case 13:
		w.hand("bylaw.officer.appoint", func(e *engine.Event) { e.Member, e.Group = identity(who), "hall" }, "role", "assistant")
	case 14:
		e := w.by(who, "act", "n", n)
		e.To = identity(rapid.SampledFrom([]string{"gus", "ada"}).Draw(t, "to"))
		w.try(machine.Batch{Source: "past", History: true, Events: []engine.Event{e}})
	case 15:
		r := w.hand("bylaw.member.merge", func(e *engine.Event) { e.Member, e.To = identity(who), identity("hal") })
		*merges = append(*merges, r.Position)
	case 16:
		if len(*merges) > 0 {
			w.hand("bylaw.member.unmerge", to(who), "merge_position", (*merges)[len(*merges)-1])
		}
	case 17:
		w.hand("bylaw.member.erase", to(who))
	case 18:
		w.pass(engine.Time(n) * day / 2)
	case 19:
		w.publish(strings.ReplaceAll(everything[n%len(everything)], "zh:", fmt.Sprintf("zh: %d", w.sent)))
	case 20:
		key := []string{"welcome", "spread", "grow"}[n%3]
		w.unpublish(key)
	}
}

// TestVerifyPassesAfterWorkOfEveryKind replays random histories.
func TestVerifyPassesAfterWorkOfEveryKind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := fullWorld(t)
		var merges []int64
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			stir(t, w, &merges)
			w.now += engine.Time(rapid.Int64Range(0, int64(6*hour)).Draw(t, "gap"))
		}
		w.verify()
		for _, e := range w.log() {
			if strings.Contains(string(e.Body), "1380000") {
				t.Fatalf("a personal value is in the log: %s", e.Body)
			}
		}
	})
}

// TestVerifyFindsAPlantedDifference changes what is stored behind the machine's back.
func TestVerifyFindsAPlantedDifference(t *testing.T) {
	w := fullWorld(t)
	for range 3 {
		w.do("ada", "act", "n", 5)
		w.now += day
	}
	w.tick()
	w.verify()
	m := w.member("ada")
	plant := func(c *engine.Changes) {
		err := w.store.Within(context.Background(), "w", func(tx engine.Tx) error {
			c.Position, c.Revision = tx.Lane().Position, tx.Lane().Revision
			return tx.Save(context.Background(), c)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	was, _ := json.Marshal(m)
	m.Tags = []string{"planted"}
	now, _ := json.Marshal(m)
	plant(&engine.Changes{Records: []engine.Record{{Kind: engine.MemberRecord, Key: m.ID, Body: now}}})
	finds(t, w, "member", m.ID)
	plant(&engine.Changes{Records: []engine.Record{{Kind: engine.MemberRecord, Key: m.ID, Body: was}},
		Ledger: []engine.LedgerEntry{{ID: "0000000000001000-9", Position: 4096, Member: m.ID, Account: "points", Amount: 5, Kind: "grant"}}})
	finds(t, w, "ledger", "0000000000001000-9")
}

func finds(t *testing.T, w *world, noun, key string) {
	t.Helper()
	r, err := w.m.Verify(context.Background(), "w", nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Differences) != 1 || r.Differences[0].Noun != noun || r.Differences[0].Key != key {
		t.Errorf("planted in %s %s, found %+v", noun, key, r.Differences)
	}
}

// TestVerifyBesideWriters compares while events come in.
func TestVerifyBesideWriters(t *testing.T) {
	w := fullWorld(t)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			e := engine.Event{ID: fmt.Sprint("w", i), Type: "act", At: w.now + engine.Time(i), Member: identity(fmt.Sprint("m", i%50)),
				Props: []engine.Prop{{Name: "n", Value: engine.IntValue(int64(i % 10))}}}
			if _, err := w.m.Accept(context.Background(), "w", machine.Batch{Source: "test", Received: e.At, Events: []engine.Event{e}}); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for range 5 {
		w.verify()
	}
	close(stop)
	<-done
	w.verify()
}
