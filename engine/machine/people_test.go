package machine_test

import (
	"context"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
	"pgregory.net/rapid"
)

// TestMergedPeopleAreCountedTogether merges and separates people among events:
// windows are those of the raw list in which both names are one person.
func TestMergedPeopleAreCountedTogether(t *testing.T) {
	published := []int{0, 1, 4, 7, 8}
	rapid.Check(t, func(t *rapid.T) {
		w := newNaive(t, published...)
		one := map[string]string{} // name -> who they are
		var merges []machine.Result
		var pairs [][2]string
		for range rapid.IntRange(4, 25).Draw(t, "steps") {
			switch rapid.IntRange(0, 7).Draw(t, "step") {
			case 0:
				if len(merges) < 2 {
					a, b := "ada", []string{"bo", "cy"}[len(merges)]
					merges = append(merges, w.hand("bylaw.member.merge", func(e *engine.Event) { e.Member, e.To = engine.MemberRef{ID: w.id(a)}, identity(b) }))
					pairs = append(pairs, [2]string{a, b})
					one[b] = a
				}
			case 1:
				if n := len(merges); n > 0 {
					w.hand("bylaw.member.unmerge", byID(w.world, pairs[n-1][0]), "merge_position", merges[n-1].Position)
					delete(one, pairs[n-1][1])
					merges, pairs = merges[:n-1], pairs[:n-1]
				}
			case 2:
				if len(published) > 0 { // a rule goes and comes back
					w.unpublish("shape-0")
					w.publish(shapeRule(0))
				}
			default:
				e, r := w.draw(t)
				if e.At < w.now-day {
					continue // lateness after a merge is the newest of both, another test's business
				}
				w.checkMerged(t, e, r, one, published)
			}
		}
		w.verify()
	})
}

// checkMerged decides an event and compares it with the list as it reads when
// merged names are one. What a separated person did while merged stays with
// the survivor.
func (w *naive) checkMerged(t fataler, e engine.Event, r raw, one map[string]string, published []int) {
	t.Helper()
	own := r.who
	if to, ok := one[own]; ok {
		own = to
	}
	got := byRule(w.send(e)[0].Decisions)
	r.who = own // the log has whom the name meant then
	w.all = append(w.all, r)
	seen := make([]raw, len(w.all))
	for i, x := range w.all {
		if to, ok := one[x.who]; ok {
			x.who = to
		}
		seen[i] = x
	}
	for _, i := range published {
		want := engine.OutcomeFalse
		if shapes[i].is(seen, seen[len(seen)-1]) {
			want = engine.OutcomeTrue
		}
		d := got["shape-"+string(rune('0'+i))]
		if d.Outcome != want {
			t.Fatalf("%s by %s at %v said %s (%s), the list says %s", shapes[i].when, r.who, e.At, d.Outcome, d.Reason, want)
		}
	}
}

func TestMergingUnitesAndUnmergingSeparates(t *testing.T) {
	w := newWorld(t)
	w.group("hall", 0)
	for _, who := range []string{"ada", "bo"} {
		w.do(who, "hello")
		w.hand("bylaw.member.set", to(who), "tags_add", []string{"of-" + who}, "attr.size", len(who))
		w.hand("bylaw.badge.award", to(who), "badge", "b-"+who)
		w.hand("bylaw.points.grant", to(who), "amount", 10)
	}
	w.hand("bylaw.tier.set", to("ada"), "ladder", "default", "to", "participant")
	w.hand("bylaw.tier.set", to("bo"), "ladder", "default", "to", "advocate")
	w.hand("bylaw.group.join", func(e *engine.Event) { e.Member, e.Group = identity("bo"), "hall" })
	w.hand("bylaw.officer.appoint", func(e *engine.Event) { e.Member, e.Group = identity("bo"), "hall" }, "role", "recorder")
	ada, bo := describe(w.member("ada")), describe(w.member("bo"))
	survivor := w.id("ada")
	r := w.hand("bylaw.member.merge", func(e *engine.Event) { e.Member, e.To = identity("ada"), identity("bo") })
	m := w.member("ada")
	if w.id("bo") != survivor || len(m.Identities) != 2 || m.Accounts["points"].Balance != 20 || !m.HasTag("of-bo") || m.Badges["b-bo"] == 0 ||
		!m.Officer("hall") || m.Tiers["default"].Tier != "advocate" {
		t.Fatalf("merged: %+v", m)
	}
	if g := record[engine.Group](w, engine.GroupRecord, "hall"); g.Size != 1 {
		t.Errorf("size %d", g.Size)
	}
	lists(t, w, "participant", 0)
	lists(t, w, "advocate", 1)
	w.hand("bylaw.member.unmerge", to("ada"), "merge_position", r.Position)
	if got := describe(w.member("ada")); got != ada {
		t.Errorf("ada was  %s\nbecame %s", ada, got)
	}
	if got := describe(w.member("bo")); got != bo {
		t.Errorf("bo was  %s\nbecame %s", bo, got)
	}
	lists(t, w, "participant", 1)
	lists(t, w, "advocate", 1)
	w.verify()
}

func lists(t *testing.T, w *world, tier string, want int) {
	t.Helper()
	rows, err := w.store.Reader("w").ListRecords(context.Background(), engine.MarkRecord, machine.TierPrefix("default", tier), engine.Page{})
	if err != nil || len(rows.Items) != want {
		t.Errorf("%d are listed as %s, want %d (%v)", len(rows.Items), tier, want, err)
	}
}

func personalWorld(t fataler) *world {
	w := newWorld(t)
	w.define(
		machine.Write{Kind: engine.DefineChannel, Key: "app", Body: body(engine.ChannelDef{Key: "app", Plugin: "logfile"})},
		machine.Write{Kind: engine.DefineAttribute, Key: "home", Body: body(map[string]any{"key": "home", "type": "string", "personal": true})},
	)
	w.publish(`
key: greet
kind: campaign
title: {en: Greet, zh: 问候}
on: hello
when: 'true'
then:
  - send: {channel: app, text: 'Dear {{ member.name }}'}
  - create_task: {text: 'call {{ member.name }}'}
  - grant_points: {amount: 1, reason: 'for {{ member.name }}'}
`, `
key: greet-later
kind: campaign
title: {en: Greet later, zh: 稍后问候}
on: hello
when: 'true'
after: 1d
then:
  - send: {channel: app, text: 'Again, {{ member.name }}'}
`)
	return w
}

func TestPersonalValuesStayOutOfTheLogAndDecisions(t *testing.T) {
	w := personalWorld(t)
	const secret = "Lovelace"
	w.do("ada", "member.updated", "name", secret)
	w.hand("bylaw.member.set", to("ada"), "attr.home", secret+" Street")
	w.do("ada", "hello")
	w.pass(2 * day)
	for _, e := range w.log() {
		if strings.Contains(string(e.Body), secret) {
			t.Errorf("in the log: %s %s", e.Type, e.Body)
		}
	}
	for _, rule := range []string{"greet", "greet-later"} {
		for _, d := range w.decisions(rule) {
			if strings.Contains(string(body(d)), secret) {
				t.Errorf("in a decision: %s", body(d))
			}
		}
	}
	m := w.member("ada")
	if strings.Contains(string(body(m)), secret) || strings.Contains(string(body(w.ledger(m.ID))), secret) {
		t.Errorf("in the state: %s", body(m))
	}
	texts := map[string]bool{}
	for _, d := range w.deliveries() {
		texts[d.Text] = true
	}
	if !texts["Dear "+secret] || !texts["Again, "+secret] {
		t.Errorf("messages %v", texts)
	}
	if tasks := w.items("task"); !strings.Contains(string(tasks[0].Body), secret) {
		t.Errorf("the task: %s", tasks[0].Body)
	}
	w.verify()

	w.hand("bylaw.member.erase", to("ada"))
	fields, err := w.store.Reader("w").PersonalFields(context.Background(), m.ID)
	if err != nil || len(fields) != 0 {
		t.Errorf("left after erasing: %+v, %v", fields, err)
	}
	for _, i := range w.items("task") {
		if strings.Contains(string(i.Body), secret) {
			t.Errorf("left in a task: %s", i.Body)
		}
	}
	if w.id("ada") != "" {
		t.Error("the identity still leads to the member")
	}
	w.verify()
}

// TestATextWithAPersonalHoleIsNotSentAndTheRestHappens: whether somebody's
// phone is known is not in the log, so it must not decide about points.
func TestATextWithAPersonalHoleIsNotSentAndTheRestHappens(t *testing.T) {
	w := personalWorld(t)
	w.define(machine.Write{Kind: engine.DefineEventType, Key: "hello", Body: body(engine.EventType{Key: "hello", Subject: engine.SubjectMember,
		Fields: []engine.Field{{Name: "phone", Type: "string", Personal: true}}})})
	w.publish(`
key: phone
kind: campaign
title: {en: Phone, zh: 电话}
on: hello
when: 'true'
then:
  - send: {channel: app, text: 'we call {{ member.attrs.home }}'}
  - grant_points: {amount: 100}
`)
	d := w.do("ada", "hello")["phone"]
	if d.Effects[0].Reason != engine.FieldUnknown || d.Effects[1].Reason != "" {
		t.Errorf("effects %+v", d.Effects)
	}
	for _, x := range w.deliveries() {
		if x.Rule == "phone" {
			t.Errorf("sent %q", x.Text)
		}
	}
	w.hand("bylaw.member.set", to("ada"), "attr.home", "Elm Street")
	if d := w.do("ada", "hello")["phone"]; d.Effects[0].Reason != "" {
		t.Errorf("with a home: %+v", d.Effects)
	}
	w.verify()
}

func TestErasingFreesSeatsAndForgetsMerges(t *testing.T) {
	w := newWorld(t)
	w.group("hall", 1)
	applies(w, "ada")
	r := w.hand("bylaw.member.merge", func(e *engine.Event) { e.Member, e.To = identity("ada"), identity("old-ada") })
	id := w.id("ada")
	w.hand("bylaw.member.erase", to("ada"))
	if g := record[engine.Group](w, engine.GroupRecord, "hall"); g.Size != 0 {
		t.Errorf("size %d", g.Size)
	}
	w.hand("bylaw.member.unmerge", func(e *engine.Event) { e.Member = engine.MemberRef{ID: id} }, "merge_position", r.Position)
	if w.id("old-ada") != "" {
		t.Error("unmerging brought an erased identity back")
	}
	if i, _ := applies(w, "ada"); i.State != "admitted" || w.id("ada") == id {
		t.Errorf("the newcomer of the same name: %+v", i)
	}
	w.verify()
}

func TestInviterIsToldOfComingAndGoing(t *testing.T) {
	w := newWorld(t, `
key: invite
kind: reward
title: {en: Invite, zh: 邀请}
on: invite.joined
when: 'true'
once: 'event.props.invitee'
then:
  - grant_points: {amount: 10}
  - add_tag: {tag: inviter}
`, `
key: clawback
kind: reward
title: {en: Clawback, zh: 追回}
on: invite.left
when: 'event.props.days <= 30'
once: 'event.props.invitee'
then:
  - reverse: {rule: invite}
`)
	w.do("ada", "hello")
	w.do("bo", "member.joined", "inviter", "app:ada")
	w.do("cy", "member.joined", "inviter", w.id("ada"))
	if m := w.member("ada"); m.Accounts["points"].Balance != 20 || w.member("bo").Inviter != m.ID {
		t.Fatalf("ada %+v", m)
	}
	w.now += 5 * day
	w.do("bo", "member.left")
	w.do("bo", "member.left")
	w.now += 40 * day
	w.do("cy", "member.left")
	if m := w.member("ada"); m.Accounts["points"].Balance != 10 {
		t.Errorf("after one left early: %+v", m.Accounts)
	}
	w.verify()
}

func TestPercentAndShadow(t *testing.T) {
	doc := `
key: some
kind: reward
title: {en: Some, zh: 部分}
on: hello
when: 'true'
then:
  - grant_points: {amount: 1}
`
	w := newWorld(t)
	w.publishAs(rules.Rollout{Percent: 30}, doc)
	acted := map[engine.Reason]int{}
	for i := range 400 {
		who := "m" + string(rune('a'+i%20)) + string(rune('a'+i/20))
		acted[w.do(who, "hello")["some"].Reason]++
		if again := w.do(who, "hello")["some"].Reason; again != w.decisions("some")[2*i].Reason {
			t.Fatalf("%s was inside once and outside once", who)
		}
	}
	if n := acted[""]; n < 80 || n > 160 || acted[""]+acted[engine.OutsideShare] != 400 {
		t.Errorf("acted for %v of 400, want about 120", acted)
	}
	w.publishAs(rules.Rollout{Shadow: true}, strings.Replace(doc, "amount: 1", "amount: 1000", 1))
	if d := w.do("zed", "hello")["some"]; d.Reason != engine.InShadow || len(d.Effects) != 0 || w.member("zed").Accounts != nil {
		t.Errorf("in shadow: %+v", d)
	}
}
