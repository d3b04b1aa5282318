package machine

import (
	"bytes"
	"encoding/json"

	"github.com/bylaw-dev/bylaw/engine"
)

// The audit row of a change made by hand is saved with the change. What was
// there before and after is read here, under the lane's lock, where the caller
// has not said it: of the member, or else the group, that the change is about,
// what became different.

// noted is a submission's row while its turn runs; a turn that runs again begins
// it anew.
type noted struct {
	entry  engine.AuditEntry
	before picture
	last   *engine.Event
	answer map[string]string // of threshold rules, by rule
}

// picture is what a row may tell of a thing, by field.
type picture map[string]json.RawMessage

// witness opens the row at the first event of a submission that is new: one that
// was accepted before was noted then.
func (t *turn) witness(x *incoming) {
	s := x.sub
	if s.noted == nil {
		entry, pending := s.audit.Pending()
		if !pending {
			return
		}
		s.noted = &noted{entry: entry}
		if x.who != "" {
			x.event.MemberID, _ = t.cache.identities.get(x.who)
		}
		if x.event.Type != "bylaw.member.erase" { // what is erased is not kept here
			s.noted.before = t.picture(x.event)
		}
	}
	s.noted.last = x.event
}

// noteAnswers keeps what threshold rules said.
func (t *turn) noteAnswers(x *incoming) {
	if x.sub.noted == nil {
		return
	}
	for i := range t.answers {
		if a := t.answers[i].Answer; a != "" {
			if x.sub.noted.answer == nil {
				x.sub.noted.answer = map[string]string{}
			}
			x.sub.noted.answer[t.answers[i].Rule] = a
		}
	}
}

// noteAll puts the rows of the turn's submissions among its changes.
func (t *turn) noteAll(group []*submission) {
	for _, s := range group {
		if s.noted != nil {
			t.changes.Audit = append(t.changes.Audit, t.finished(s.noted))
		}
	}
}

func (t *turn) finished(n *noted) engine.AuditEntry {
	e := n.entry
	if e.Noun == "member" && n.last.MemberID != "" {
		e.Key = n.last.MemberID // callers may name people by who they are elsewhere
	}
	if e.Before != "" || e.After != "" {
		return e
	}
	after := t.picture(n.last)
	for field, was := range n.before {
		if bytes.Equal(was, after[field]) {
			delete(n.before, field)
			delete(after, field)
		}
	}
	if n.answer != nil {
		after["answers"], _ = json.Marshal(n.answer) // texts alone
	}
	if len(n.before) > 0 {
		e.Before = engine.AuditText(n.before)
	}
	if len(after) > 0 {
		e.After = engine.AuditText(after)
	}
	return e
}

// picture is the member or group of an event as it is now, without identities,
// which tell who somebody is.
func (t *turn) picture(e *engine.Event) picture {
	id := e.MemberID
	if id == "" {
		id = e.Member.ID
	}
	fields := picture{}
	if id != "" {
		if m, _ := t.cache.members.get(id); m != nil {
			fields = pictureOf(m)
			fields["channels"], _ = json.Marshal(channelsOf(m)) // numbers alone
		}
		fields["member"], _ = json.Marshal(id)
	} else if e.Group != "" {
		if g, _ := t.cache.groups.get(e.Group); g != nil {
			fields = pictureOf(g)
		}
	}
	for _, moving := range [...]string{"identities", "version", "newest_at", "id"} {
		delete(fields, moving)
	}
	return fields
}

// channelsOf counts a member's identities by channel.
func channelsOf(m *engine.Member) map[string]int {
	n := map[string]int{}
	for _, id := range m.Identities {
		n[id.Channel]++
	}
	return n
}

func pictureOf(v any) picture {
	fields := picture{}
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &fields)
	}
	if err != nil {
		return picture{}
	}
	return fields
}
