package machine_test

import (
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

func TestChangesByHand(t *testing.T) {
	w := newWorld(t)
	w.group("hall", 3)
	w.do("ada", "hello")
	w.do("bo", "hello")
	identityOf := func(channel, id string, remove bool) {
		w.hand("bylaw.member.identity", to("ada"), "channel", channel, "external_id", id, "remove", remove)
	}
	identityOf("mail", "ada@example.org", false)
	identityOf("app", "bo", false) // somebody else's: left with them
	if m := w.member("ada"); len(m.Identities) != 2 || w.id("bo") == m.ID {
		t.Errorf("identities %v", m.Identities)
	}
	identityOf("mail", "ada@example.org", true)
	if m := w.member("ada"); len(m.Identities) != 1 {
		t.Errorf("identities %v", m.Identities)
	}
	w.hand("bylaw.consent.set", to("ada"), "channel", "mail", "given", true)
	w.do("ada", "consent.withdrawn", "channel", "app")
	if c := w.member("ada").Consent; !c["mail"].Given || c["app"].Given || c["app"].At == 0 {
		t.Errorf("consent %v", c)
	}
	w.hand("bylaw.group.set", func(e *engine.Event) { e.Group = "hall" }, "phase", "mature", "intake", "closed", "stage", "4")
	if g := record[engine.Group](w, engine.GroupRecord, "hall"); g.Phase != "mature" || g.Intake != "closed" || g.Stage != 4 {
		t.Errorf("group %+v", g)
	}
	w.hand("bylaw.item.put", to("ada"), "kind", "note", "id", "n1", "state", "open", "body", `{"text":"kind"}`, "owner", "op")
	if n := w.items("note"); len(n) != 1 || n[0].Member != w.id("ada") || string(n[0].Body) != `{"text":"kind"}` {
		t.Errorf("notes %+v", n)
	}
	w.hand("bylaw.member.set", to("ada"), "zone", "Europe/Paris", "lang", "en", "tags_add", []string{"b", "a"}, "attr.size", 3)
	w.hand("bylaw.member.set", to("ada"), "tags_remove", []string{"b"})
	if m := w.member("ada"); m.Zone != "Europe/Paris" || m.Lang != "en" || len(m.Tags) != 1 || m.Attrs["size"].Num != 3 {
		t.Errorf("member %+v", m)
	}
	w.hand("bylaw.badge.award", to("ada"), "badge", "star")
	w.hand("bylaw.badge.revoke", to("ada"), "badge", "star")
	w.hand("bylaw.privilege.grant", to("ada"), "privilege", "lounge", "until", w.now+day)
	w.hand("bylaw.privilege.revoke", to("ada"), "privilege", "lounge")
	if m := w.member("ada"); len(m.Badges)+len(m.Privileges) != 0 {
		t.Errorf("member %+v", m)
	}
	w.hand("bylaw.tier.set", to("ada"), "to", "nowhere")
	if tierOf(w, "ada") != "" {
		t.Error("a tier that the ladder does not have was set")
	}
	w.verify()
}

func TestOfficesAndGroupMovesByRules(t *testing.T) {
	w := newWorld(t)
	w.group("hall", 3)
	w.group("full", 1)
	w.publish(
		on("appoints", "rise", "appoint: {group: hall, role: recorder}"),
		on("dismisses", "fall", "dismiss: {group: hall, role: recorder}"),
		on("joins", "in", "join_group: {group: hall}"),
		on("leaves", "out", "leave_group: {group: hall}"),
		on("moves", "move", "move_group: {from: hall, to: full}"))
	why := func(who, typ, rule string) engine.Reason { return w.do(who, typ)[rule].Effects[0].Reason }
	for _, x := range []struct {
		who, typ, rule string
		want           engine.Reason
	}{
		{"ada", "rise", "appoints", engine.WrongKind}, // not in the group
		{"ada", "in", "joins", ""}, {"ada", "in", "joins", engine.AlreadyDone},
		{"ada", "rise", "appoints", ""}, {"ada", "rise", "appoints", engine.AlreadyDone},
		{"ada", "fall", "dismisses", ""}, {"ada", "fall", "dismisses", engine.AlreadyDone},
		{"bo", "in", "joins", ""}, {"ada", "move", "moves", ""}, {"bo", "move", "moves", engine.NoSeat},
		{"cy", "move", "moves", engine.AlreadyDone}, {"bo", "out", "leaves", ""}, {"bo", "out", "leaves", engine.AlreadyDone},
	} {
		if got := why(x.who, x.typ, x.rule); got != x.want {
			t.Errorf("%s %s: %q, want %q", x.who, x.typ, got, x.want)
		}
	}
	for group, want := range map[string]int64{"hall": 0, "full": 1} {
		if g := record[engine.Group](w, engine.GroupRecord, group); g.Size != want {
			t.Errorf("%s has %d, want %d", group, g.Size, want)
		}
	}
	w.verify()
}

func TestTagsAttributesLeadsLinksAndPayments(t *testing.T) {
	w := newWorld(t)
	floor := int64(0)
	w.group("hall", 0)
	w.define(
		machine.Write{Kind: engine.DefineReward, Key: "points", Body: body(engine.Reward{Key: "points", Kind: "points", Floor: &floor})},
		machine.Write{Kind: engine.DefineReward, Key: "star", Body: body(engine.Reward{Key: "star", Kind: "badge"})},
		machine.Write{Kind: engine.DefineReward, Key: "lounge", Body: body(engine.Reward{Key: "lounge", Kind: "privilege"})})
	w.publish(
		on("gives", "give", "add_tag: {tag: x}", "set_attribute: {key: size, value: 'event.props.n'}", "grant_points: {amount: 10}",
			"award_badge: {badge: star}", "grant_privilege: {privilege: lounge}", "create_lead: {text: call}", "give_link: {group: hall, lasts: 2d}"),
		on("takes", "take", "remove_tag: {tag: x}", "pay: {account: points, amount: 7}", "revoke_badge: {badge: star}", "revoke_privilege: {privilege: lounge}",
			"move_tier: {up: 2}"),
		on("lowers", "lower", "move_tier: {down: 1}"))
	w.do("ada", "give", "n", 5)
	m := w.member("ada")
	if !m.HasTag("x") || m.Attrs["size"].Num != 5 || m.Accounts["points"].Balance != 10 || len(m.Badges) != 1 || len(m.Privileges) != 1 {
		t.Errorf("given: %+v", m)
	}
	link := w.items("link")[0]
	if link.Due-link.At != 2*day || len(bodyOf(link)["code"].(string)) != 24 || len(w.items("lead")) != 1 {
		t.Errorf("link %+v", link)
	}
	w.do("ada", "take")
	m = w.member("ada")
	if m.HasTag("x") || m.Accounts["points"].Balance != 3 || len(m.Badges)+len(m.Privileges) != 0 || tierOf(w, "ada") != "active" {
		t.Errorf("taken: %+v", m)
	}
	d := w.do("ada", "take")["takes"]
	if d.Effects[1].Reason != "insufficient" || d.Effects[2].Reason != engine.AlreadyDone || w.member("ada").Accounts["points"].Balance != 3 {
		t.Errorf("taken again: %+v", d.Effects)
	}
	w.do("ada", "lower")
	if tierOf(w, "ada") != "co-leader" && tierOf(w, "ada") != "advocate" {
		t.Errorf("lowered to %s", tierOf(w, "ada"))
	}
	w.verify()
}

func TestContentsRememberTheirAuthors(t *testing.T) {
	w := newWorld(t)
	e := w.by("ada", "content.posted", "kind", "essay")
	e.Content, e.Group = "c1", "hall"
	w.send(e)
	again := w.by("bo", "content.posted", "kind", "copy")
	again.Content = "c1"
	w.send(again)
	c := record[engine.Content](w, engine.ContentRecord, "c1")
	if c.Author != w.id("ada") || c.Kind != "essay" || c.Group != "hall" || c.PostedAt != e.At {
		t.Errorf("content %+v", c)
	}
}

// TestProblemsOfEventsNameTheirPlaces: each is refused with what, where and what to do.
func TestProblemsOfEventsNameTheirPlaces(t *testing.T) {
	w := newWorld(t)
	w.define(machine.Write{Kind: engine.DefineEventType, Key: "typed", Body: body(engine.EventType{Key: "typed", Subject: engine.SubjectMember,
		Fields: []engine.Field{{Name: "n", Type: "integer"}}})})
	good := func(change func(*engine.Event)) engine.Event {
		e := w.by("ada", "typed", "n", 1)
		change(&e)
		return e
	}
	cases := map[string]engine.Event{
		"required /id":                 good(func(e *engine.Event) { e.ID = "" }),
		"too_long /id":                 good(func(e *engine.Event) { e.ID = strings.Repeat("x", 129) }),
		"bad_name /type":               good(func(e *engine.Event) { e.Type = " typed" }),
		"in_the_future /at":            good(func(e *engine.Event) { e.At = w.now + hour }),
		"out_of_range /at":             good(func(e *engine.Event) { e.At = -5 }),
		"required /member":             good(func(e *engine.Event) { e.Member = engine.MemberRef{} }),
		"required /member/channel":     good(func(e *engine.Event) { e.Member.Channel = "" }),
		"bad_name /member/channel":     good(func(e *engine.Event) { e.Member.Channel = "a:b" }),
		"ambiguous /member":            good(func(e *engine.Event) { e.Member.ID = "m1" }),
		"wrong_type /props/n":          good(func(e *engine.Event) { e.Props[0].Value = engine.StringValue("one") }),
		"too_long /group":              good(func(e *engine.Event) { e.Group = strings.Repeat("群", 43) }),
		"reserved_type /type":          good(func(e *engine.Event) { e.Type = "bylaw.timer" }),
		"required /to/external_id":     good(func(e *engine.Event) { e.To.Channel = "app" }),
		"bad_name /member/external_id": good(func(e *engine.Event) { e.Member.ExternalID = "a\n" }),
	}
	for want, e := range cases {
		r := w.try(machine.Batch{Source: "test", Events: []engine.Event{w.by("bo", "typed", "n", 1), e}})
		if r[0].Status != machine.Accepted {
			t.Errorf("%s: the event beside it: %+v", want, r[0])
		}
		found := false
		for _, p := range r[1].Problems {
			found = found || p.Code+" "+strings.TrimPrefix(p.Path, "/events/1") == want && p.Message.En != "" && p.Message.Zh != ""
		}
		if r[1].Status != machine.Invalid || !found {
			t.Errorf("%s: %+v", want, r[1])
		}
	}
}
