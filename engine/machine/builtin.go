package machine

import (
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// apply does what built-in and reserved event types do to members, groups and
// content by themselves, before any rule looks.
func (t *turn) apply(o *occasion) error {
	if f, ok := builtins[o.event.Type]; ok {
		if o.member == nil { // a workspace declared the type to be about something else
			return nil
		}
		return f(t, o)
	}
	if h, ok := byHand[o.event.Type]; ok {
		return h.do(t, o)
	}
	return nil
}

// builtins are the types about a member that mean something to the engine
// itself. The reserved ones are in hand.go.
var builtins = map[string]func(*turn, *occasion) error{
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

// joined sets when and by whom the member came, and tells the inviter's rules.
func joined(t *turn, o *occasion) error {
	m, e := o.member, o.event
	if !m.Joined || e.At < m.JoinedAt {
		m.Joined, m.JoinedAt = true, e.At
	}
	if e.Origin != "" && m.Origin == "" {
		m.Origin = e.Origin
	}
	if m.LeftAt != 0 {
		t.count(engine.MemberFigure, e.At, engine.FigureJoined, "")
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
		if channel == "" || ext == "" || len(by) > engine.MaxKeyBytes {
			return nil
		}
	} else if m, err := t.member(by); err != nil || m == nil {
		return err // an id that nobody has names nobody
	}
	inviter, err := t.findOrMake(ref, "", o.event, "i")
	if err != nil || inviter.ID == o.member.ID {
		return err
	}
	o.member.Inviter = inviter.ID
	t.touch(engine.MemberRecord, o.member.ID)
	t.tell(o, inviter.ID, "invite.joined", engine.Prop{Name: "invitee", Value: engine.StringValue(o.member.ID)})
	return nil
}

// tell emits an event about another member, of what happened on this occasion.
func (t *turn) tell(o *occasion, member, typ string, props ...engine.Prop) {
	e := o.event
	o.family.emit(e, engine.Event{Type: typ, At: e.At, MemberID: member, Member: engine.MemberRef{ID: member},
		Group: e.Group, Origin: e.Origin, Props: props})
}

// left takes the member out of all groups, and tells the inviter's rules.
func left(t *turn, o *occasion) error {
	m := o.member
	gone := m.LeftAt != 0
	m.LeftAt = o.event.At
	if !gone {
		t.count(engine.MemberFigure, m.LeftAt, engine.FigureLeft, "")
	}
	t.touch(engine.MemberRecord, m.ID)
	if err := t.leaveAll(m); err != nil || m.Inviter == "" || gone {
		return err
	}
	days := int64(o.event.At.Sub(m.JoinedAt) / (24 * time.Hour))
	t.tell(o, m.Inviter, "invite.left", engine.Prop{Name: "days", Value: engine.IntValue(max(days, 0))},
		engine.Prop{Name: "invitee", Value: engine.StringValue(m.ID)})
	return nil
}

func updated(t *turn, o *occasion) error {
	for _, p := range o.event.Props {
		switch p.Name {
		case "zone":
			o.member.Zone = p.Value.Text0()
		case "lang":
			o.member.Lang = p.Value.Text0()
		default:
			continue
		}
		t.touch(engine.MemberRecord, o.member.ID)
	}
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

func consented(t *turn, o *occasion) error {
	t.consent(o.member, o.text("channel"), o.event.Type == "consent.given", o.event.At)
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
		id := o.text("content_id")
		if id == "" || len(id) > engine.MaxKeyBytes {
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
	c.Kind = o.text("kind")
	t.touch(engine.ContentRecord, c.Key)
	return nil
}
