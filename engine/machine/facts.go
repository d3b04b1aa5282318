package machine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// apply does what built-in and reserved event types do to members, groups and
// content by themselves, before any rule looks.
func (t *turn) apply(o *occasion) error {
	if f, ok := builtins[o.event.Type]; ok {
		return f(t, o)
	}
	return nil
}

// builtins are the event types that mean something to the engine itself. The
// reserved ones are in hand.go.
var builtins map[string]func(*turn, *occasion) error

func init() {
	builtins = map[string]func(*turn, *occasion) error{
		"member.joined":     joined,
		"member.left":       left,
		"member.updated":    updated,
		"group.joined":      groupJoined,
		"group.left":        groupLeft,
		"consent.given":     consented,
		"consent.withdrawn": consented,
		"content.posted":    posted,
		"question.posted":   posted,
		"answer.posted":     posted,
	}
	for typ, f := range byHand {
		builtins[typ] = f
	}
}

// joined sets when and by whom the member came, and tells the inviter's rules.
func joined(t *turn, o *occasion) error {
	m, e := o.member, o.event
	if !m.Joined || e.At < m.JoinedAt {
		m.Joined, m.JoinedAt = true, e.At
	}
	if e.Origin != "" && m.Origin == "" {
		m.Origin = e.Origin
	}
	m.LeftAt = 0
	t.touch(engine.MemberRecord, m.ID)
	by := e.Prop("inviter")
	if m.Inviter != "" || by.Kind != engine.String || by.Str == "" {
		return nil
	}
	return t.invited(o, by.Str)
}

// invited links a member to an inviter, named by member id or channel:external_id.
func (t *turn) invited(o *occasion, by string) error {
	ref := engine.MemberRef{ID: by}
	if channel, ext, ok := strings.Cut(by, ":"); ok {
		ref = engine.MemberRef{Identity: engine.Identity{Channel: channel, ExternalID: ext}}
	} else if m, err := t.member(by); err != nil || m == nil {
		return err // an id that nobody has names nobody
	}
	inviter, err := t.findOrMake(ref, o.event, "i")
	if err != nil || inviter.ID == o.member.ID {
		return err
	}
	o.member.Inviter = inviter.ID
	t.touch(engine.MemberRecord, o.member.ID)
	o.family.emit(o.event, engine.Event{
		Type: "invite.joined", At: o.event.At, MemberID: inviter.ID, Member: engine.MemberRef{ID: inviter.ID},
		Group: o.event.Group, Origin: o.event.Origin,
		Props: []engine.Prop{{Name: "invitee", Value: engine.StringValue(o.member.ID)}},
	})
	return nil
}

func left(t *turn, o *occasion) error {
	o.member.LeftAt = o.event.At
	t.touch(engine.MemberRecord, o.member.ID)
	for _, g := range sortedKeys(o.member.Groups) {
		if err := t.leave(o.member, g); err != nil {
			return err
		}
	}
	return nil
}

func updated(t *turn, o *occasion) error {
	for _, p := range o.event.Props {
		switch p.Name {
		case "zone":
			o.member.Zone = p.Value.Str
		case "lang":
			o.member.Lang = p.Value.Str
		}
	}
	t.touch(engine.MemberRecord, o.member.ID)
	return nil
}

func groupJoined(t *turn, o *occasion) error {
	if o.group == nil {
		return nil
	}
	return t.join(o.member, o.group.Key, o.event.At, "event")
}

func groupLeft(t *turn, o *occasion) error {
	if o.group == nil {
		return nil
	}
	return t.leave(o.member, o.group.Key)
}

// join puts a member into a group; being there already changes nothing.
func (t *turn) join(m *engine.Member, group string, at engine.Time, via string) error {
	if m.InGroup(group) {
		return nil
	}
	g, err := t.group(group)
	if err != nil {
		return err
	}
	if m.Groups == nil {
		m.Groups = map[string]engine.Membership{}
	}
	m.Groups[group] = engine.Membership{Since: at, Via: via}
	g.Size++
	if g.FirstAt == 0 {
		g.FirstAt = at
	}
	t.touch(engine.MemberRecord, m.ID)
	t.touch(engine.GroupRecord, group)
	t.setMark(rosterKey(group, m.ID), []byte("1"))
	return nil
}

// leave takes a member out of a group.
func (t *turn) leave(m *engine.Member, group string) error {
	if !m.InGroup(group) {
		return nil
	}
	g, err := t.group(group)
	if err != nil {
		return err
	}
	delete(m.Groups, group)
	g.Size--
	t.touch(engine.MemberRecord, m.ID)
	t.touch(engine.GroupRecord, group)
	t.setMark(rosterKey(group, m.ID), nil)
	return nil
}

// rosterKey is the mark by which a group's members can be listed.
func rosterKey(group, member string) string { return "in|" + group + "|" + member }

// RosterPrefix begins the keys of the marks of a group's members; the member id follows.
func RosterPrefix(group string) string { return rosterKey(group, "") }

func consented(t *turn, o *occasion) error {
	given := o.event.Type == "consent.given"
	t.consent(o.member, o.event.Prop("channel").Text0(), given, o.event.At)
	return nil
}

func (t *turn) consent(m *engine.Member, channel string, given bool, at engine.Time) {
	if m.Consent == nil {
		m.Consent = map[string]engine.ConsentState{}
	}
	m.Consent[channel] = engine.ConsentState{Given: given, At: at}
	t.touch(engine.MemberRecord, m.ID)
}

// posted notes who made a content and when.
func posted(t *turn, o *occasion) error {
	c := o.content
	if c == nil {
		id := o.event.Prop("content_id").Text0()
		if id == "" {
			return nil
		}
		var err error
		if c, err = t.content(id); err != nil {
			return err
		}
	}
	if c.Author != "" {
		return nil
	}
	c.Author, c.Group, c.PostedAt = o.event.MemberID, o.event.Group, o.event.At
	c.Kind = o.event.Prop("kind").Text0()
	t.touch(engine.ContentRecord, c.Key)
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// mustJSON writes a value whose encoding cannot fail.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return b
}
