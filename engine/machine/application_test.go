package machine_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules"
)

const fee = `
key: fee
kind: threshold
title: {en: Fee, zh: 会费}
group: hall
when: '"paid" in member.tags'
then:
  - admit
  - grant_points: {amount: 3}
otherwise:
  - deny: {reason: the fee is not paid, next_step: pay the fee}
`

const known = `
key: known
kind: threshold
title: {en: Known, zh: 实名}
group: hall
when: 'member.attrs.level >= 2'
then:
  - admit
  - add_tag: {tag: known}
otherwise:
  - wait: {reason: an officer will look}
`

func applies(w *world, who string) (engine.Item, []engine.Decision) {
	w.t.Helper()
	e := w.by(who, "group.applied")
	e.Group = "hall"
	r := w.send(e)[0]
	items := w.items("application")
	for _, i := range slices.Backward(items) {
		if i.Member == w.id(who) {
			return i, r.Decisions
		}
	}
	w.t.Fatalf("%s has no application", who)
	return engine.Item{}, nil
}

func bodyOf(i engine.Item) map[string]any {
	b := map[string]any{}
	if err := json.Unmarshal(i.Body, &b); err != nil {
		panic(err)
	}
	return b
}

func fulfils(w *world, who string, paid bool, level int) {
	if paid {
		w.hand("bylaw.member.set", to(who), "tags_add", []string{"paid"})
	}
	if level > 0 {
		w.hand("bylaw.member.set", to(who), "attr.level", level)
	}
}

func TestSeveralThresholdsMustAllAdmit(t *testing.T) {
	w := newWorld(t)
	w.group("hall", 5)
	w.publish(fee, known)
	for _, x := range []struct {
		who         string
		paid        bool
		level       int
		state, next string
		effects     []string
	}{
		{"all", true, 2, "admitted", "", []string{"fee:admit", "fee:grant_points", "known:admit", "known:add_tag"}},
		{"unpaid", false, 2, "denied", "pay the fee", []string{"fee:deny"}},
		{"low", true, 1, "waiting", "", []string{"known:wait"}},
		{"unknown", true, 0, "waiting", "", nil},
		{"neither", false, 1, "denied", "pay the fee", []string{"fee:deny"}},
	} {
		w.do(x.who, "hello")
		fulfils(w, x.who, x.paid, x.level)
		i, decisions := applies(w, x.who)
		b := bodyOf(i)
		next, _ := b["next_step"].(string)
		if i.State != x.state || next != x.next || w.member(x.who).InGroup("hall") != (x.state == "admitted") {
			t.Errorf("%s: %s, next %q, in the group %v", x.who, i.State, next, w.member(x.who).InGroup("hall"))
		}
		if got := effects(decisions); !slices.Equal(got, x.effects) {
			t.Errorf("%s: effects %v, want %v", x.who, got, x.effects)
		}
		if x.state != "admitted" && len(b["reasons"].([]any)) == 0 {
			t.Errorf("%s: no reasons", x.who)
		}
	}
	// Who waits and fulfils it later is the same application, and waits no more.
	fulfils(w, "low", false, 3)
	before := len(w.items("application"))
	if i, _ := applies(w, "low"); i.State != "admitted" || len(w.items("application")) != before {
		t.Errorf("later: %s, %d applications", i.State, len(w.items("application"))-before)
	}
	if d := w.decisions("known"); len(d) == 0 || d[0].Answer == "" {
		t.Errorf("thresholds are stored: %+v", d)
	}
	w.verify()
}

func TestAGroupWithoutThresholdsAdmitsWhileThereAreSeats(t *testing.T) {
	w := newWorld(t)
	w.group("hall", 1)
	if i, d := applies(w, "ada"); i.State != "admitted" || d[0].Answer != "admit" {
		t.Errorf("the first: %+v, %+v", i, d)
	}
	if i, d := applies(w, "bo"); i.State != "waiting" || d[0].Reason != engine.NoSeat {
		t.Errorf("the second: %+v, %+v", i, d)
	}
}

func TestOtherRulesHearOfApplicationsToo(t *testing.T) {
	w := newWorld(t)
	w.group("hall", 0)
	w.publish(fee, `
key: note
kind: campaign
title: {en: Note, zh: 记录}
on: group.applied
when: 'not in_group("hall")'
then:
  - add_tag: {tag: applied}
`)
	_, decisions := applies(w, "ada")
	if len(decisions) != 2 || !w.member("ada").HasTag("applied") {
		t.Errorf("decisions %+v", decisions)
	}
}

func TestAThresholdInShadowDoesNotStandInTheWay(t *testing.T) {
	w := newWorld(t)
	w.group("hall", 0)
	w.publish(known)
	w.publishAs(rules.Rollout{Shadow: true}, fee)
	w.do("ada", "hello")
	w.hand("bylaw.member.set", to("ada"), "attr.level", 5)
	i, decisions := applies(w, "ada")
	d := byRule(decisions)
	if i.State != "admitted" || !d["fee"].Shadow || d["fee"].Answer != "deny" || d["fee"].Reason != engine.InShadow || len(d["fee"].Effects) != 0 {
		t.Errorf("%s: %+v", i.State, d["fee"])
	}
}

// TestATextWithAHoleAdmitsNobody: an unknown field makes the decision unknown,
// and nothing of it happens.
func TestATextWithAHoleAdmitsNobody(t *testing.T) {
	w := newWorld(t)
	w.group("hall", 0)
	w.publish(strings.Replace(fee, "amount: 3", "amount: 'member.attrs.bonus'", 1))
	w.do("ada", "hello")
	w.hand("bylaw.member.set", to("ada"), "tags_add", []string{"paid"})
	i, decisions := applies(w, "ada")
	if i.State != "waiting" || decisions[0].Outcome != engine.OutcomeUnknown || w.member("ada").InGroup("hall") {
		t.Errorf("%s: %+v", i.State, decisions)
	}
}

func TestALateApplicationWaits(t *testing.T) {
	w := newWorld(t)
	w.group("hall", 0)
	w.publish(strings.Replace(fee, `'"paid" in member.tags'`, `'true'`, 1))
	w.do("ada", "hello")
	e := w.by("ada", "group.applied")
	e.Group, e.At = "hall", w.now-3*day
	d := w.send(e)[0].Decisions[0]
	if d.Answer != "wait" || d.Reason != engine.TooLate {
		t.Errorf("%+v", d)
	}
}
