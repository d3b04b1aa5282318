package machine_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
)

const nine = `
key: nine
kind: campaign
title: {en: Nine, zh: 九点}
every: "0 9 * * *"
%s
when: 'true'
then:
  - grant_points: {amount: 1}
`

// firings are the planned times that a rule acted on for a member.
func firings(w *world, rule, who string) (times []string) {
	id := w.id(who)
	for _, d := range w.decisions(rule) {
		if d.Subject == id && len(d.Effects) > 0 {
			times = append(times, d.At.Std().Format("01-02T15:04Z"))
		}
	}
	return times
}

func TestAScheduleFiresOncePerPlannedTimeWithTwoMachines(t *testing.T) {
	w := newWorld(t, fmt.Sprintf(nine, "misfire: skip"))
	w.do("ada", "hello")
	w.do("bo", "hello")
	w.send(engine.Event{ID: "to", Type: "hello", At: w.now, Member: identity("ada"), To: identity("only-named")})
	other := w.another()
	for range 3 * 24 * 4 {
		w.now += hour / 4
		other.now = w.now
		other.tick()
		w.tick()
		if rapidly := w.now%(5*hour) == 0; rapidly {
			other = w.another()
		}
	}
	for _, who := range []string{"ada", "bo", "only-named"} {
		want := []string{"03-03T01:00Z", "03-04T01:00Z", "03-05T01:00Z"}
		if got := firings(w, "nine", who); !slices.Equal(got, want) {
			t.Errorf("%s: fired %v, want %v", who, got, want)
		}
		if n := w.member(who).Accounts["points"].Balance; n != 3 {
			t.Errorf("%s has %d points, want 3", who, n)
		}
	}
	w.verify()
}

func TestMissedFirings(t *testing.T) {
	for misfire, want := range map[string]int64{"misfire: skip": 1, "misfire: once": 2, "": 1} {
		w := newWorld(t, fmt.Sprintf(nine, misfire))
		w.do("ada", "hello")
		w.until(at("2026-03-03 09:05")) // fired once
		w.now = at("2026-03-08 15:00")  // five are missed
		w.tick()
		w.until(at("2026-03-09 08:00"))
		if n := w.member("ada").Accounts["points"].Balance; n != want {
			t.Errorf("%q: %d points, want %d", misfire, n, want)
		}
	}
}

func TestPublishingAScheduleAnewDoesNotFireThePast(t *testing.T) {
	w := newWorld(t, fmt.Sprintf(nine, "misfire: once"))
	w.do("ada", "hello")
	w.until(at("2026-03-03 09:05"))
	w.unpublish("nine")
	w.pass(5 * day)
	w.publish(fmt.Sprintf(nine, "misfire: once"))
	w.until(at("2026-03-09 08:00"))
	if n := w.member("ada").Accounts["points"].Balance; n != 1 {
		t.Errorf("%d points, want 1: what was due while the rule was away is not made up for", n)
	}
}

func TestSchedulesOnceADayOnceAMemberAndAnAudience(t *testing.T) {
	hourly := `
key: %s
kind: campaign
title: {en: Hourly, zh: 每小时}
every: "0 * * * *"
audience: '%s'
when: 'true'
once: %s
then:
  - grant_points: {amount: %d}
`
	w := newWorld(t, fmt.Sprintf(hourly, "daily", "true", "day", 1), fmt.Sprintf(hourly, "ever", "true", "member", 100),
		fmt.Sprintf(hourly, "some", `"vip" in member.tags`, "event", 1000))
	w.do("ada", "hello")
	w.do("bo", "hello")
	w.hand("bylaw.member.set", to("bo"), "tags_add", []string{"vip"})
	w.until(at("2026-03-04 10:30"))
	if n := w.member("ada").Accounts["points"].Balance; n != 103 {
		t.Errorf("ada has %d, want 103: three days and once for ever", n)
	}
	if n := w.member("bo").Accounts["points"].Balance; n != 49103 {
		t.Errorf("bo has %d, want 49103: and each of 49 hours", n)
	}
	w.verify()
}

// TestSchedulesInZonesWithSummerTime: the clock that is skipped in spring fires
// right after, and the hour that comes twice in autumn fires once.
func TestSchedulesInZonesWithSummerTime(t *testing.T) {
	w := newWorld(t)
	w.define(machine.Write{Kind: engine.DefineSettings, Key: "workspace", Body: body(engine.Settings{Zone: "Europe/Berlin", Currency: "EUR", Lang: "en"})})
	w.publish(strings.ReplaceAll(fmt.Sprintf(nine, ""), "0 9 * * *", "30 2 * * *"))
	utc := func(s string) engine.Time {
		x, err := time.Parse("2006-01-02T15:04Z", s)
		if err != nil {
			t.Fatal(err)
		}
		return engine.TimeOf(x)
	}
	w.now = utc("2026-03-27T12:00Z")
	w.do("ada", "hello")
	w.until(utc("2026-03-30T12:00Z"))
	w.now = utc("2026-10-23T12:00Z")
	w.tick()
	w.until(utc("2026-10-26T12:00Z"))
	want := []string{"03-28T01:30Z", "03-29T01:00Z", "03-30T00:30Z", "10-24T00:30Z", "10-25T00:30Z", "10-26T01:30Z"}
	got := firings(w, "nine", "ada")
	days := func(l []string) (d []string) {
		for _, s := range l {
			d = append(d, s[:5])
		}
		return d
	}
	if !slices.Equal(days(got), days(want)) {
		t.Errorf("fired %v, want one each day as in %v", got, want)
	}
}

func TestAScheduleAboutGroupsAndTheWorkspace(t *testing.T) {
	doc := `
key: %s
kind: campaign
title: {en: About, zh: 关于}
every: "0 9 * * *"
subject: %s
when: '%s'
then:
  - create_task: {text: look}
`
	w := newWorld(t)
	w.group("full", 1)
	w.group("empty", 5)
	w.publish(fmt.Sprintf(doc, "of-group", "group", "group.size >= group.capacity"), fmt.Sprintf(doc, "of-all", "workspace", "true"))
	e := w.by("ada", "group.joined")
	e.Group = "full"
	w.send(e)
	w.pass(day)
	subjects := map[string][]string{}
	for _, rule := range []string{"of-group", "of-all"} {
		for _, d := range w.decisions(rule) {
			subjects[rule] = append(subjects[rule], d.Subject)
		}
	}
	if fmt.Sprint(subjects) != "map[of-all:[] of-group:[full]]" {
		t.Errorf("decided about %v", subjects)
	}
	if n := len(w.items("task")); n != 2 {
		t.Errorf("%d tasks", n)
	}
}

const tierRule = `
key: grow
kind: tier
title: {en: Grow, zh: 成长}
on: act
tier: {ladder: default, to: active, hold: 'events("act", "3d").count() >= 1', grace: 2d}
when: 'events("act", "3d").count() >= 2'
`

func tierWorld(t *testing.T) *world {
	w := newWorld(t)
	w.define(machine.Write{Kind: engine.DefineEventType, Key: "act", Body: body(engine.EventType{Key: "act", Subject: engine.SubjectMember, CoveredFrom: at("2020-01-01 00:00")})})
	w.publish(tierRule, `
key: warn
kind: campaign
title: {en: Warn, zh: 提醒}
on: tier.failing
when: 'true'
then:
  - create_task: {text: 'is failing {{ event.props.tier }}'}
`)
	long := w.by("ada", "member.joined")
	long.At = at("2026-01-01 00:00")
	w.try(machine.Batch{Source: "past", History: true, Events: []engine.Event{long}})
	return w
}

func tierOf(w *world, who string) string { return w.member(who).Tiers["default"].Tier }

func TestATierRulePromotesAndNeverDemotesByWhen(t *testing.T) {
	w := tierWorld(t)
	w.do("ada", "act")
	if tierOf(w, "ada") != "" {
		t.Fatal("promoted by one act")
	}
	d := w.do("ada", "act")["grow"]
	if tierOf(w, "ada") != "active" || d.Effects[0].Kind != engine.MoveTier || d.Effects[0].Fields["to"].Str != "active" {
		t.Errorf("tier %q by %+v", tierOf(w, "ada"), d)
	}
	w.hand("bylaw.tier.set", to("ada"), "ladder", "default", "to", "leader")
	w.do("ada", "act")
	if tierOf(w, "ada") != "leader" {
		t.Errorf("a leader became %s", tierOf(w, "ada"))
	}
}

// TestAPromotionDoesNotUndoAHigherOneOfTheSameEvent: both rules decide on the
// state before either acts.
func TestAPromotionDoesNotUndoAHigherOneOfTheSameEvent(t *testing.T) {
	w := newWorld(t)
	low, high := strings.Replace(tierRule, "key: grow", "key: z-low", 1), strings.Replace(tierRule, "key: grow", "key: a-high", 1)
	w.publish(low, strings.Replace(high, "to: active", "to: leader", 1))
	w.do("ada", "act")
	d := w.do("ada", "act")
	if tierOf(w, "ada") != "leader" || d["z-low"].Effects[0].Reason != engine.AlreadyDone {
		t.Errorf("ended as %s: %+v", tierOf(w, "ada"), d["z-low"])
	}
}

func TestFailingToHoldATier(t *testing.T) {
	w := tierWorld(t)
	w.do("ada", "act")
	w.do("ada", "act")
	w.pass(2 * day)
	if st := w.member("ada").Tiers["default"]; st.FailingAt != 0 {
		t.Fatalf("fails already: %+v", st)
	}
	w.until(at("2026-03-06 01:00")) // midnight after three days without an act
	st := w.member("ada").Tiers["default"]
	if st.FailingAt != at("2026-03-06 00:00") || !st.Noticed || len(w.items("task")) != 1 {
		t.Fatalf("not failing: %+v, %d tasks", st, len(w.items("task")))
	}
	w.do("ada", "act") // in time
	w.pass(day)
	if st := w.member("ada").Tiers["default"]; st.FailingAt != 0 || st.Tier != "active" {
		t.Fatalf("after an act in the grace: %+v", st)
	}
	w.pass(3 * day) // fails again, once
	if st := w.member("ada").Tiers["default"]; st.FailingAt == 0 || len(w.items("task")) != 2 {
		t.Fatalf("the second failing: %+v, %d tasks", st, len(w.items("task")))
	}
	w.pass(2 * day)
	if tierOf(w, "ada") != "participant" {
		t.Errorf("after the grace: %s", tierOf(w, "ada"))
	}
	last := w.decisions("grow")
	if d := last[len(last)-1]; d.Outcome != engine.OutcomeFalse || len(d.Effects) != 1 || d.Effects[0].Fields["to"].Str != "participant" {
		t.Errorf("the demotion: %+v", d)
	}
	w.verify()
}

// TestUnknownNeverDemotes: a member of three days cannot be known to be silent for longer.
func TestUnknownNeverDemotes(t *testing.T) {
	w := newWorld(t, strings.Replace(tierRule, `hold: 'events("act", "3d").count() >= 1'`, `hold: 'events("act", "3d").count() >= 1 and member.attrs.score > 1'`, 1))
	w.do("ada", "act")
	w.do("ada", "act")
	w.pass(2 * day)
	if st := w.member("ada").Tiers["default"]; st.Tier != "active" || st.FailingAt != 0 {
		t.Errorf("with an unknown attribute: %+v", st)
	}
}

// TestANoticeDoesNotEndASilence: what Bylaw says about a member is nothing that
// the member did, so a hold by silence fails until somebody acts.
func TestANoticeDoesNotEndASilence(t *testing.T) {
	w := newWorld(t, strings.Replace(tierRule, `'events("act", "3d").count() >= 1'`, `'not silent_for("3d")'`, 1))
	w.do("ada", "act")
	w.do("ada", "act")
	w.pass(4 * day)
	failing := w.member("ada").Tiers["default"].FailingAt
	w.hand("bylaw.member.set", to("ada"), "tags_add", []string{"x"})
	w.pass(day)
	if now := w.member("ada").Tiers["default"].FailingAt; failing == 0 || now != failing {
		t.Errorf("failing since %v, then %v", failing, now)
	}
	w.pass(2 * day)
	if tierOf(w, "ada") != "participant" {
		t.Errorf("after the grace: %s", tierOf(w, "ada"))
	}
}

func TestAShadowHoldTouchesNobody(t *testing.T) {
	w := tierWorld(t)
	w.do("ada", "act")
	w.do("ada", "act")
	w.publishAs(rules.Rollout{Shadow: true}, tierRule)
	w.pass(10 * day)
	if st := w.member("ada").Tiers["default"]; st.Tier != "active" || st.FailingAt != 0 || len(w.items("task")) != 0 {
		t.Errorf("%+v, %d tasks", st, len(w.items("task")))
	}
}

const later = `
key: later
kind: reward
title: {en: Later, zh: 以后}
on: act
when: 'events("act", "7d").count() >= 2'
once: 'event.props.ref'
after: 2d
unless: 'member.left'
then:
  - grant_points: {amount: 5}
limits: {per_member: {times: 2, per: week}}
`

func TestAfterDecidesOnTheStateOfThatMoment(t *testing.T) {
	w := newWorld(t, later)
	w.do("ada", "act", "ref", "one")
	w.do("bo", "act", "ref", "two")
	w.pass(day)
	w.do("ada", "act", "ref", "one") // the same occurrence again
	w.pass(5 * day)
	w.do("cy", "act", "ref", "three")
	w.do("cy", "act", "ref", "three")
	w.do("cy", "member.left")
	w.pass(3 * day)
	for who, want := range map[string]int64{"ada": 5, "bo": 0, "cy": 0} {
		if n := w.member(who).Accounts["points"].Balance; n != want {
			t.Errorf("%s has %d points, want %d", who, n, want)
		}
	}
	d := w.decisions("later")
	if len(d) != 2 || d[0].At-at("2026-03-02 10:00") != 2*day || d[1].Reason != engine.AlreadyDone || d[0].Position == d[1].Position {
		t.Errorf("decisions %+v", d)
	}
	w.verify()
}

func TestTimersOfOneTickAreOneTransactionEach(t *testing.T) {
	w := newWorld(t, later)
	for i := range 30 {
		w.do(fmt.Sprint("m", i), "act", "ref", "r")
		w.do(fmt.Sprint("m", i), "act", "ref", "r")
	}
	w.now += 3 * day
	other := w.another()
	n, err := w.m.Tick(context.Background(), w.now)
	again, err2 := other.m.Tick(context.Background(), w.now)
	if n != 60 || again != 0 || err != nil || err2 != nil {
		t.Errorf("%d, then %d timers: %v, %v", n, again, err, err2)
	}
	for i := range 30 {
		if got := w.member(fmt.Sprint("m", i)).Accounts["points"].Balance; got != 5 {
			t.Errorf("m%d has %d", i, got)
		}
	}
}
