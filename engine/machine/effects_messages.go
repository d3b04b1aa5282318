package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// How long a message stays worth sending when the rule does not say.
const (
	validForPeople   = engine.Time(24 * time.Hour / time.Microsecond)
	validForWebhooks = engine.Time(72 * time.Hour / time.Microsecond)
)

// send makes one delivery for each recipient.
func (x *deed) send() error {
	ch := x.view.Defs.Channels[x.v.text("channel")]
	if ch == nil {
		x.made.Reason = engine.ChannelDown
		return nil
	}
	switch x.v.text("to") {
	case "group":
		return x.toGroup(ch, x.groupField())
	case "officer":
		return x.toOfficers(ch)
	case "user":
		return x.toUsers(ch)
	case "segment":
		return x.toSegment(ch)
	}
	if x.member == nil {
		x.made.Reason = engine.WrongKind
		return nil
	}
	_, err := x.deliver(ch, engine.Target{Kind: engine.ToMember, Address: address(x.member, ch)}, x.member.ID, "")
	return err
}

// toUsers names users in one delivery, which the outbox divides among them: who
// they are and where they are reached is no part of the log.
func (x *deed) toUsers(ch *engine.ChannelDef) error {
	who := engine.UsersOfRole + "operator"
	if role := x.v.text("role"); role != "" {
		who = engine.UsersOfRole + role
	}
	if login := x.v.text("user"); login != "" {
		who = engine.UserOfLogin + login
	}
	_, err := x.deliver(ch, engine.Target{Kind: engine.ToUser, Address: who}, "", "")
	return err
}

func (x *deed) toOfficers(ch *engine.ChannelDef) error {
	list, err := x.list(officersKey(x.groupField()))
	if err != nil {
		return err
	}
	if len(list) == 0 {
		x.made.Reason = engine.Unreachable
	}
	for _, id := range list {
		m, err := x.turn.member(id)
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		if _, err := x.deliver(ch, engine.Target{Kind: engine.ToMember, Address: address(m, ch)}, m.ID, ""); err != nil {
			return err
		}
	}
	return nil
}

// toSegment leaves the sending to a timer, which works the members in chunks.
// The text goes to many, so it names nobody; and it is in the log.
func (x *deed) toSegment(ch *engine.ChannelDef) error {
	text, ok, err := x.words(x.anybody(""))
	if err != nil {
		return err
	}
	if !ok {
		x.made.Reason = engine.FieldUnknown
		return nil
	}
	x.timer(x.d.at, "segment", "seg|"+hashID(x.key()), timerBody{Key: x.v.text("segment"), Ref: ch.Key, Rule: x.d.rule.Key,
		Version: x.d.rule.Version, Text: text, Until: x.in(x.valid(ch)), Position: x.d.Position})
	return nil
}

// groupField is the group the effect names, the one in question otherwise.
func (x *deed) groupField() string {
	if g := x.v.text("group"); g != "" {
		return g
	}
	return x.d.occ.event.Group
}

// praise is a message to a group about a member.
func (x *deed) praise() error {
	def := x.view.Defs.Groups[x.v.text("group")]
	if def == nil || x.view.Defs.Channels[def.Channel] == nil {
		x.made.Reason = engine.Unreachable
		return nil
	}
	return x.toGroup(x.view.Defs.Channels[def.Channel], def.Key)
}

func (x *deed) toGroup(ch *engine.ChannelDef, group string) error {
	def := x.view.Defs.Groups[group]
	if def == nil {
		x.made.Reason = engine.Unreachable
		return nil
	}
	member := ""
	if x.member != nil {
		member = x.member.ID
	}
	_, err := x.deliver(ch, engine.Target{Kind: engine.ToGroup, Address: def.Address}, member, group)
	return err
}

// address is how a channel reaches a member: their identity on it, or on the
// channel that goes by its plugin's name.
func address(m *engine.Member, ch *engine.ChannelDef) string {
	for _, name := range [...]string{ch.Key, ch.Plugin} {
		for _, i := range m.Identities {
			if i.Channel == name {
				return i.ExternalID
			}
		}
	}
	return ""
}

func (x *deed) valid(ch *engine.ChannelDef) engine.Time {
	if d := x.lasts("valid_for"); d > 0 {
		return d
	}
	if ch.Plugin == "webhook" {
		return validForWebhooks
	}
	return validForPeople
}

// key is the effect's key, see engine.EffectKey.
func (x *deed) key() string {
	return engine.EffectKey(x.d.rule.Key, x.d.Subject, x.d.Occurrence, x.number)
}

// deliver queues one message, unless its text has a hole; false then. Its id
// comes from the effect's key and recipient, so that a replay makes the same.
func (x *deed) deliver(ch *engine.ChannelDef, to engine.Target, member, group string) (bool, error) {
	text, ok, err := x.say()
	if err != nil || !ok {
		return false, err
	}
	tpl := x.view.Defs.Templates[x.v.text("template")]
	d := engine.Delivery{
		ID: deliveryID(x.ws, x.key(), member), Position: x.d.Position, Channel: ch.Key, Member: member, Group: group,
		Rule: x.d.rule.Key, Version: x.d.rule.Version, State: engine.DeliveryPending,
		Due: max(x.d.at, x.received), NotAfter: x.in(x.valid(ch)), Promotes: tpl != nil && tpl.Promotes,
		Target: to, Text: text, CreatedAt: x.d.at,
	}
	if to.Kind == engine.ToUser && x.member != nil {
		d.Member = x.member.ID // it may speak of them: nothing does once they are erased
	}
	if tpl != nil {
		d.Title = tpl.Title.In(x.view.Defs.Settings.Lang)
	}
	d.Data = x.payload(&d)
	x.changes.Deliveries = append(x.changes.Deliveries, d)
	x.made.Ref = d.ID
	return true, nil
}

// say renders the text with the personal fields of the member that it is about.
func (x *deed) say() (text string, ok bool, err error) {
	if !x.d.rule.Personal || x.replay {
		return x.v.text("text"), true, nil
	}
	own, err := x.personalOf(x.member)
	if err != nil {
		return "", false, err
	}
	if text, ok, err = x.words(own); err == nil && !ok {
		x.made.Reason = engine.FieldUnknown
	}
	return text, ok, err
}

func deliveryID(ws, effect, recipient string) string {
	sum := sha256.Sum256([]byte(ws + "\x00" + effect + "\x00" + recipient))
	return "dlv_" + hex.EncodeToString(sum[:13])
}

// payload is what a webhook receives, after Standard Webhooks.
func (x *deed) payload(d *engine.Delivery) []byte {
	e := x.d.occ.event
	data := map[string]any{
		"delivery": d.ID, "rule": x.d.rule.Key, "version": x.d.rule.Version, "text": d.Text,
		"occurrence": x.d.Occurrence,
		"event":      map[string]any{"id": e.ID, "type": e.Type, "at": e.At, "props": json.RawMessage(engine.AppendProps(nil, e.Props))},
	}
	if x.member != nil {
		data["member"] = map[string]any{"id": x.member.ID, "identities": x.member.Identities}
	}
	if e.Group != "" {
		data["group"] = e.Group
	}
	if e.Content != "" {
		data["content"] = e.Content
	}
	return mustJSON(map[string]any{"type": "rule.matched", "timestamp": x.d.at, "data": data})
}

// segment sends a message to everybody in a segment: a timer that names nobody
// freezes who is there, in chunks, and those that name members send.
func (t *turn) segment(o *occasion, b *timerBody, due engine.Time) error {
	if len(b.Members) == 0 {
		return t.freeze(everybody, chunkSize, func(chunk int, ids []string) {
			c := *b
			c.Members = ids
			t.timer(due, "segment", keyOf("segment", b.Rule, t.eventOccurrence(o.event.Position), chunkName(chunk)), c)
		})
	}
	ch, cond := t.view.Defs.Channels[b.Ref], t.view.Book.Segments[b.Key]
	if ch == nil || cond == nil {
		return nil
	}
	if err := t.preloadMembers(b.Members); err != nil {
		return err
	}
	for _, id := range b.Members {
		m, err := t.present(id)
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		in, err := t.inSegment(o, cond, m, due)
		if err != nil {
			return err
		}
		if in {
			t.changes.Deliveries = append(t.changes.Deliveries, t.toOne(o, b, ch, m))
		}
	}
	return nil
}

// inSegment is whether a member is in a segment at a moment; unknown is not.
func (t *turn) inSegment(o *occasion, segment engine.Condition, m *engine.Member, at engine.Time) (bool, error) {
	t.setFacts(&occasion{event: clockEvent(o.event, ""), member: m, family: o.family, clock: true}, at)
	in, err := t.ask(segment)
	if t.reader.err != nil {
		return false, t.reader.err
	}
	return err == nil && in == engine.Yes, nil
}

// toOne is the message of a segment's timer to one member.
func (t *turn) toOne(o *occasion, b *timerBody, ch *engine.ChannelDef, m *engine.Member) engine.Delivery {
	due := o.event.At
	return engine.Delivery{
		ID: deliveryID(t.ws, "seg|"+t.eventOccurrence(b.Position)+"|"+b.Rule, m.ID), Position: o.event.Position, Channel: ch.Key,
		Member: m.ID, Rule: b.Rule, Version: b.Version, State: engine.DeliveryPending, Due: max(due, t.received), NotAfter: b.Until,
		Target: engine.Target{Kind: engine.ToMember, Address: address(m, ch)}, Text: b.Text, CreatedAt: due, Promotes: true}
}
