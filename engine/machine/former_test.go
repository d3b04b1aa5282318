package machine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
)

// rollback puts an earlier version in force again; drop ends what the live one
// has under way.
func (w *world) rollback(key string, version int, drop bool) {
	w.t.Helper()
	w.restate(key, func(s *rules.Stored, position int64) error {
		history, err := w.store.Reader("w").DefinitionVersions(context.Background(), engine.DefineRule, key)
		if err != nil {
			return err
		}
		past, ok := rules.Version(history, version)
		if !ok {
			return fmt.Errorf("no version %d", version)
		}
		s.Supersede(w.now, drop)
		return s.Rollback(past, rules.Rollout{}, position)
	})
}

// restate changes where a rule is in its life.
func (w *world) restate(key string, do func(s *rules.Stored, position int64) error) {
	w.t.Helper()
	compose := func(current map[machine.Named]engine.Definition, position int64, writes []machine.Write) error {
		s, err := rules.ReadStored(current[machine.Named{Kind: engine.DefineRule, Key: key}].Body)
		if err != nil {
			return err
		}
		if err = do(s, position); err != nil {
			return err
		}
		writes[0].Body, err = s.Body()
		return err
	}
	if _, err := w.m.Define(context.Background(), "w", "test", w.now, []machine.Write{{Kind: engine.DefineRule, Key: key}}, compose); err != nil {
		w.t.Fatalf("change %s: %v", key, err)
	}
}

const putOff = `
key: later
kind: reward
title: {en: Later, zh: 稍后}
on: hello
after: 3d
unless: '%s'
when: '%s'
then:
  - grant_points: {amount: %d}
`

// What a version put off it decides, by its own condition, words and windows,
// whatever was published since.
func TestWhatIsPutOffKeepsItsVersion(t *testing.T) {
	one := fmt.Sprintf(putOff, `"out" in member.tags`, `events("hello", "all").count() >= 1`, 1)
	two := fmt.Sprintf(putOff, `false`, `events("hello", "7d").count() >= 1`, 20)
	w := newWorld(t, one)
	w.do("ada", "hello")
	w.do("out", "hello")
	w.hand("bylaw.member.set", to("out"), "tags_add", []string{"out"})
	w.pass(day)
	w.publish(two)
	w.do("bo", "hello")
	w.pass(day)
	w.rollback("later", 1, false)
	w.do("cy", "hello")
	w.pass(4 * day)
	for who, want := range map[string]int64{"ada": 1, "out": 0, "bo": 20, "cy": 1} {
		if n := w.member(who).Accounts["points"].Balance; n != want {
			t.Errorf("%s has %d points, want %d", who, n, want)
		}
	}
	w.verify()
}

// A roll-back may also end what the version rolled back from has under way.
func TestWhatIsPutOffCanBeDropped(t *testing.T) {
	one := fmt.Sprintf(putOff, `false`, `true`, 1)
	w := newWorld(t, one)
	w.publish(strings.Replace(one, "amount: 1", "amount: 20", 1))
	w.do("ada", "hello")
	w.rollback("later", 1, true)
	w.do("bo", "hello")
	w.pass(4 * day)
	if ada, bo := w.member("ada").Accounts["points"].Balance, w.member("bo").Accounts["points"].Balance; ada != 0 || bo != 1 {
		t.Errorf("%d and %d points, want 0 and 1", ada, bo)
	}
	w.verify()
}

// A pause stops what is under way too: nothing of a paused rule acts.
func TestNothingOfAPausedRuleActs(t *testing.T) {
	one := fmt.Sprintf(putOff, `false`, `true`, 1)
	w := newWorld(t, one)
	w.do("ada", "hello")
	w.publish(strings.Replace(one, "amount: 1", "amount: 20", 1))
	w.restate("later", func(s *rules.Stored, _ int64) error { return s.Pause() })
	w.pass(4 * day)
	if n := w.member("ada").Accounts["points"].Balance; n != 0 {
		t.Errorf("%d points", n)
	}
}

// An audience that was frozen for a look at a tier is looked at by the version
// that froze it; the next day's look is the new version's.
func TestALookAtATierKeepsItsVersion(t *testing.T) {
	const rule = `
key: keep
kind: tier
title: {en: Keep, zh: 保级}
on: hello
tier: {ladder: default, to: active, hold: '%s', grace: 0}
when: 'events("hello", "all").count() >= %d'
`
	w := newWorld(t, fmt.Sprintf(rule, `events("hello", "all").count() >= 1`, 1))
	w.do("ada", "hello")
	w.until(at("2026-03-03 00:00") - 1)
	w.now = at("2026-03-03 00:00")
	if err := w.m.Schedule(context.Background(), "w", w.now); err != nil { // plans the look, which has not begun
		t.Fatal(err)
	}
	w.publish(fmt.Sprintf(rule, `events("hello", "all").count() >= 2`, 2))
	w.tick()
	if tier := w.member("ada").Tiers["default"].Tier; tier != "active" {
		t.Errorf("the look of the old version used the new hold: %s", tier)
	}
	w.until(at("2026-03-04 00:10"))
	if tier := w.member("ada").Tiers["default"].Tier; tier != "participant" {
		t.Errorf("the new version's look did nothing: %s", tier)
	}
	w.verify()
}

// A review under notice moves people to where it said, though the rule now
// says another place.
func TestAReviewUnderNoticeKeepsItsVersion(t *testing.T) {
	const rule = `
key: rank
kind: tier
title: {en: Rank, zh: 评级}
review:
  every: week
  ladder: default
  score: 'member.points'
  up: {top: 1, from: participant, to: %s}
  notice: 7d
`
	w := newWorld(t, fmt.Sprintf(rule, "active"))
	w.do("ada", "hello")
	w.hand("bylaw.tier.set", to("ada"), "to", "participant")
	w.until(at("2026-03-09 00:30"))
	w.publish(fmt.Sprintf(rule, "leader"))
	w.hand("bylaw.review.confirm", nil, "review", "rank@2026-03-02/2026-03-08")
	w.until(at("2026-03-16 00:30"))
	if tier := w.member("ada").Tiers["default"].Tier; tier != "active" {
		t.Errorf("moved to %q, not to where the notice said", tier)
	}
	w.verify()
}
