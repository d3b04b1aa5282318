package machine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// on is a rule that answers an event with effects, one line each.
func on(key, typ string, lines ...string) string {
	return fmt.Sprintf("key: %s\nkind: reward\ntitle: {en: X, zh: 某}\non: %s\nwhen: 'true'\nthen:\n  - %s\n", key, typ, strings.Join(lines, "\n  - "))
}

func TestCouponsAndDrawsHandEachOutOnce(t *testing.T) {
	w := newWorld(t)
	codes := []string{"a", "b", "c", "d", "e", "f", "g"}
	w.reward(engine.Reward{Key: "pool", Kind: "coupon", Codes: codes})
	w.publish(on("draws", "draw", "draw: {pool: pool}"), on("issues", "issue", "issue_coupon: {pool: pool}"), on("takes", "take", "revoke_coupon: {pool: pool}"))
	none := 0
	for i := range 10 {
		typ, rule := "draw", "draws"
		if i%3 == 2 {
			typ, rule = "issue", "issues"
		}
		if w.do(fmt.Sprint("m", i), typ)[rule].Effects[0].Reason == engine.NoStock {
			none++
		}
	}
	var given []string
	for _, i := range w.items("coupon") {
		b := bodyOf(i)
		given = append(given, b["code"].(string))
		if seed, _ := b["seed"].(string); (seed != "") != (i.Rule == "draws") {
			t.Errorf("coupon %s by %s has seed %q", i.ID, i.Rule, seed)
		}
	}
	inOrder := slices.IsSorted(given)
	slices.Sort(given)
	if !slices.Equal(given, codes) || none != 3 || inOrder {
		t.Errorf("handed out %v (in order: %v), %d found none", given, inOrder, none)
	}
	w.do("m0", "take")
	if again := w.do("m0", "take")["takes"].Effects[0].Reason; again != engine.AlreadyDone {
		t.Errorf("taken twice: %s", again)
	}
	states := map[string]int{}
	for _, i := range w.items("coupon") {
		states[i.State]++
	}
	if states["void"] != 1 || states["issued"] != 6 {
		t.Errorf("states %v", states)
	}
	w.reward(engine.Reward{Key: "pool", Kind: "coupon", Codes: codes[:3]}) // codes are taken out of the pool
	if d := w.do("late", "draw")["draws"]; d.Effects[0].Reason != engine.NoStock {
		t.Errorf("from a pool that shrank: %+v", d)
	}
	w.verify()
}

func TestReverseTakesBackWhatWasGivenAndNothingElse(t *testing.T) {
	w := newWorld(t)
	w.define(
		machine.Write{Kind: engine.DefineReward, Key: "star", Body: body(engine.Reward{Key: "star", Kind: "badge"})},
		machine.Write{Kind: engine.DefineReward, Key: "lounge", Body: body(engine.Reward{Key: "lounge", Kind: "privilege"})},
		machine.Write{Kind: engine.DefineReward, Key: "tea", Body: body(engine.Reward{Key: "tea", Kind: "coupon", Stock: 9})},
		machine.Write{Kind: engine.DefineGroup, Key: "hall", Body: body(engine.GroupDef{Key: "hall"})},
	)
	once := "once: event.props.ref\n"
	w.publish(
		strings.Replace(on("gives", "give", "grant_points: {amount: 10, expires: 5d}", "award_badge: {badge: star}", "grant_privilege: {privilege: lounge, lasts: 10d}",
			"add_tag: {tag: given}", "issue_coupon: {pool: tea}", "join_group: {group: hall}", "move_tier: {to: active}"), "then:", once+"then:", 1),
		strings.Replace(on("takes", "take", "reverse: {rule: gives}"), "then:", once+"then:", 1))
	w.hand("bylaw.member.set", to("had"), "tags_add", []string{})
	for _, who := range []string{"ada", "had"} {
		w.do(who, "hello")
		w.hand("bylaw.tier.set", to(who), "ladder", "default", "to", "participant")
	}
	w.hand("bylaw.badge.award", to("had"), "badge", "star")
	w.hand("bylaw.privilege.grant", to("had"), "privilege", "lounge")
	w.hand("bylaw.member.set", to("had"), "tags_add", []string{"given"})
	w.hand("bylaw.group.join", func(e *engine.Event) { e.Member, e.Group = identity("had"), "hall" })
	before := map[string]string{"ada": describe(w.member("ada")), "had": describe(w.member("had"))}
	for who := range before {
		w.do(who, "give", "ref", "r")
		if m := w.member(who); m.Accounts["points"].Balance != 10 || tierOf(w, who) != "active" || !m.InGroup("hall") || !m.HasTag("given") {
			t.Fatalf("%s was given %s", who, describe(m))
		}
		if until := w.member(who).Privileges["lounge"]; (until == 0) != (who == "had") {
			t.Errorf("%s has the lounge until %v: a privilege is never shortened", who, until)
		}
		w.do(who, "take", "ref", "r")
		got := strings.Replace(describe(w.member(who)), " points=0", "", 1)
		trim := func(s string) string { return strings.Split(s, "tiers=")[0] + strings.Split(s, "groups=")[1] }
		if trim(got) != trim(before[who]) || tierOf(w, who) != "participant" {
			t.Errorf("%s was   %s\nbecame %s", who, before[who], got)
		}
		if d := w.do(who, "give", "ref", "r")["gives"]; d.Reason != engine.AlreadyDone {
			t.Errorf("%s is given again: %+v", who, d)
		}
	}
	// What expired is not taken a second time.
	w.do("bo", "give", "ref", "r")
	w.pass(6 * day)
	w.do("bo", "take", "ref", "r")
	if m := w.member("bo"); m.Accounts["points"].Balance != 0 {
		t.Errorf("bo: %+v", w.ledger(m.ID))
	}
	w.verify()
}

func TestPrivilegesLapse(t *testing.T) {
	w := newWorld(t)
	w.reward(engine.Reward{Key: "lounge", Kind: "privilege", Lasts: "2d"})
	w.publish(on("lounge", "enter", "grant_privilege: {privilege: lounge}"))
	w.do("ada", "enter")
	w.pass(day)
	w.do("ada", "enter") // longer
	w.pass(day + hour)
	if _, has := w.member("ada").Privileges["lounge"]; !has {
		t.Error("gone after the first one's time")
	}
	w.pass(day)
	if _, has := w.member("ada").Privileges["lounge"]; has {
		t.Error("there after its time")
	}
	w.verify()
}

func TestMentorsAreSharedOutAndFreedAgain(t *testing.T) {
	w := newWorld(t, on("pairs", "new", "assign_mentor: {tier: leader, lasts: 3d}"), on("ends", "done", "end_mentor"))
	for _, who := range []string{"lea", "leo"} {
		w.do(who, "hello")
		w.hand("bylaw.tier.set", to(who), "ladder", "default", "to", "leader")
	}
	load := map[string]int{}
	for i := range 6 {
		who := fmt.Sprint("n", i)
		w.do(who, "new")
		load[w.member(who).Mentor]++
	}
	if load[w.id("lea")] != 3 || load[w.id("leo")] != 3 {
		t.Fatalf("shared out as %v", load)
	}
	for i := range 6 { // all of lea's are done
		if who := fmt.Sprint("n", i); w.member(who).Mentor == w.id("lea") {
			w.do(who, "done")
		}
	}
	w.do("n7", "new")
	w.do("n8", "new")
	if w.member("n7").Mentor != w.id("lea") || w.member("n8").Mentor != w.id("lea") {
		t.Error("the free mentor was not taken")
	}
	w.do("lea", "member.left")
	w.do("n9", "new")
	if w.member("n9").Mentor != w.id("leo") {
		t.Error("somebody who left mentors")
	}
	w.pass(4 * day)
	for i := range 10 {
		if m := w.member(fmt.Sprint("n", i)); m != nil && m.Mentor != "" {
			t.Errorf("%s has a mentor after the time", m.ID)
		}
	}
	states := map[string]int{}
	for _, i := range w.items("mentor") {
		states[i.State]++
	}
	if states["ended"] != 9 || states["open"] != 0 {
		t.Errorf("pairs %v", states)
	}
	w.verify()
}

func TestGroupsAreOpenedFilledAndDissolved(t *testing.T) {
	w := newWorld(t)
	w.group("hall", 2)
	w.group("home", 1500)
	w.publish(on("opens", "full", "open_group: {like: hall}"), on("dissolves", "over", "dissolve_group: {group: hall, to: home}"))
	first := w.do("ada", "full")["opens"].Effects[0].Ref
	second := w.do("ada", "full")["opens"].Effects[0].Ref
	v, err := w.m.State(t.Context(), "w")
	if err != nil || first != "hall-2" || second != "hall-3" || v.Defs.Groups["hall-3"] == nil || v.Defs.Groups["hall-3"].Address != "" {
		t.Fatalf("opened %s and %s: %v", first, second, err)
	}
	var joins []engine.Event
	for i := range 1700 {
		e := w.by(fmt.Sprint("m", i), "group.joined")
		e.Group = "hall"
		joins = append(joins, e)
	}
	for chunk := range slices.Chunk(joins, 1000) {
		w.send(chunk...)
	}
	w.hand("bylaw.officer.appoint", func(e *engine.Event) { e.Member, e.Group = identity("m1"), "hall" }, "role", "assistant")
	w.do("ada", "over")
	w.tick()
	hall, home := record[engine.Group](w, engine.GroupRecord, "hall"), record[engine.Group](w, engine.GroupRecord, "home")
	if hall.Size != 0 || !hall.Closed || home.Size != 1500 {
		t.Errorf("hall %+v, home %+v", hall, home)
	}
	waiting := record[[]string](w, engine.MarkRecord, "waiting|home")
	if waiting == nil || len(*waiting) != 200 {
		t.Errorf("waiting %v", waiting)
	}
	w.verify()
}

func TestMessagesToGroupsOfficersAndSegments(t *testing.T) {
	w := newWorld(t)
	w.group("hall", 0)
	w.define(
		machine.Write{Kind: engine.DefineChannel, Key: "app", Body: body(engine.ChannelDef{Key: "app", Plugin: "logfile"})},
		machine.Write{Kind: engine.DefineSegment, Key: "rich", Body: body(engine.Segment{Key: "rich", Where: "member.points > 5"})},
	)
	w.publish(on("news", "news",
		"send: {channel: app, to: segment, segment: rich, text: 'to all: {{ event.props.n }}'}",
		"send: {channel: app, to: officer, group: hall, text: to the officers}",
		"praise: {group: hall, text: well done}"))
	for i := range 6 {
		who := fmt.Sprint("m", i)
		w.do(who, "hello")
		w.hand("bylaw.points.grant", to(who), "amount", i*2)
		w.hand("bylaw.group.join", func(e *engine.Event) { e.Member, e.Group = identity(who), "hall" })
	}
	w.hand("bylaw.officer.appoint", func(e *engine.Event) { e.Member, e.Group = identity("m2"), "hall" }, "role", "assistant")
	w.hand("bylaw.officer.appoint", func(e *engine.Event) { e.Member, e.Group = identity("m3"), "hall" }, "role", "recorder")
	w.do("m3", "group.left")
	w.hand("bylaw.group.leave", func(e *engine.Event) { e.Member, e.Group = identity("m3"), "hall" })
	w.do("m0", "news", "n", 7)
	w.tick()
	w.another().tick()
	got := map[string]int{}
	for _, d := range w.deliveries() {
		got[d.Text+" -> "+string(d.Target.Kind)+" "+d.Target.Address]++
	}
	want := map[string]int{"to all: 7 -> member m3": 1, "to all: 7 -> member m4": 1, "to all: 7 -> member m5": 1,
		"to the officers -> member m2": 1, "well done -> group hall": 1}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("sent %v\nwant %v", got, want)
	}
}

func TestRulesAboutGroupsAndContents(t *testing.T) {
	w := newWorld(t)
	w.group("hall", 0)
	w.publish(`
key: lively
kind: reward
title: {en: Lively, zh: 活跃}
on: message.sent
subject: group
when: 'group_events("message.sent", "all").count() >= 3'
once: member
then:
  - set_group: {group: hall, phase: growth}
`, `
key: nice
kind: reward
title: {en: Nice, zh: 好}
on: vote.received
subject: content
when: 'content_events("vote.received", "all").count() >= 2'
once: 'event.content'
then:
  - create_task: {text: look at it}
`)
	for i := range 5 {
		e := w.by(fmt.Sprint("m", i), "message.sent")
		e.Group = "hall"
		d := byRule(w.send(e)[0].Decisions)["lively"]
		switch {
		case i == 2 && (d.Subject != "hall" || d.Reason != "" || len(d.Effects) != 1):
			t.Errorf("the third message: %+v", d)
		case i > 2 && d.Reason != engine.AlreadyDone:
			t.Errorf("message %d: %+v", i, d)
		}
		v := w.by(fmt.Sprint("m", i), "vote.received")
		v.Content = fmt.Sprint("c", i%2)
		w.send(v)
	}
	if g := record[engine.Group](w, engine.GroupRecord, "hall"); g.Phase != "growth" {
		t.Errorf("group %+v", g)
	}
	if n := len(w.items("task")); n != 2 {
		t.Errorf("%d tasks, want one for each content", n)
	}
	alone := w.do("zed", "message.sent")["lively"] // in no group
	if alone.Outcome != engine.OutcomeUnknown || alone.Reason != engine.NoSubject {
		t.Errorf("without a group: %+v", alone)
	}
	w.verify()
}

func TestChangesByHandMustNameWhatTheyChange(t *testing.T) {
	w := newWorld(t)
	w.do("ada", "hello")
	for typ, code := range map[string]string{"bylaw.points.grant": "required", "bylaw.group.set": "required", "bylaw.officer.appoint": "required", "bylaw.nonsense": "unknown_type"} {
		e := w.by("", typ)
		e.Member = engine.MemberRef{}
		r := w.try(machine.Batch{Source: "hand", Reserved: true, Events: []engine.Event{e}})[0]
		if r.Status != machine.Invalid || r.Problems[0].Code != code {
			t.Errorf("%s: %+v", typ, r)
		}
		e.Member, e.ID = identity("ada"), e.ID+"x"
		if r := w.try(machine.Batch{Source: "test", Events: []engine.Event{e}})[0]; r.Status != machine.Invalid || r.Problems[0].Code != "reserved_type" {
			t.Errorf("%s from outside: %+v", typ, r)
		}
	}
}

func TestCooldownAndLimitsDoNotUseUpTheOccurrence(t *testing.T) {
	w := newWorld(t, `
key: gift
kind: reward
title: {en: Gift, zh: 礼物}
on: act
when: 'true'
once: 'event.props.ref'
then:
  - grant_points: {amount: 1}
limits: {cooldown: 2h, per_member: {times: 2, per: day}}
`)
	var reasons []engine.Reason
	for i, ref := range []string{"a", "b", "b", "c", "c"} {
		w.now += []engine.Time{0, hour, 2 * hour, 3 * hour, 14 * hour}[i]
		reasons = append(reasons, w.do("ada", "act", "ref", ref)["gift"].Reason)
	}
	if want := []engine.Reason{"", engine.Cooldown, "", engine.CapReached, ""}; !slices.Equal(reasons, want) {
		t.Errorf("reasons %q, want %q", reasons, want)
	}
}
