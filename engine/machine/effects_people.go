package machine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
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
		return x.toGroup(ch.Key, x.groupField())
	case "officer":
		list, err := x.officersOf(x.groupField())
		if err != nil {
			return err
		}
		for _, id := range list {
			m, err := x.turn.member(id)
			if err != nil {
				return err
			}
			x.deliver(ch, engine.Target{Kind: engine.ToMember, Address: address(m, ch)}, m.ID)
		}
		return nil
	case "user":
		x.deliver(ch, engine.Target{Kind: engine.ToUser}, "")
		return nil
	case "segment":
		x.timer(x.d.at, "segment", "seg|"+x.key(), timerBody{Key: x.v.text("segment"), Ref: ch.Key, Rule: x.d.rule.Key,
			Text: x.v.text("text"), Until: x.d.at + x.valid(ch), Position: x.d.Position})
		return nil
	}
	if x.member == nil {
		x.made.Reason = engine.WrongKind
		return nil
	}
	x.deliver(ch, engine.Target{Kind: engine.ToMember, Address: address(x.member, ch)}, x.member.ID)
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
	if def == nil || def.Channel == "" {
		x.made.Reason = engine.Unreachable
		return nil
	}
	return x.toGroup(def.Channel, def.Key)
}

func (x *deed) toGroup(channel, group string) error {
	ch, def := x.view.Defs.Channels[channel], x.view.Defs.Groups[group]
	if ch == nil || def == nil {
		x.made.Reason = engine.Unreachable
		return nil
	}
	member := ""
	if x.member != nil {
		member = x.member.ID
	}
	d := x.deliver(ch, engine.Target{Kind: engine.ToGroup, Address: def.Address}, member)
	d.Group = group
	return nil
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

// deliver queues one message. Its id comes from the effect's key and recipient,
// so that a replay makes the same.
func (x *deed) deliver(ch *engine.ChannelDef, to engine.Target, member string) *engine.Delivery {
	tpl := x.view.Defs.Templates[x.v.text("template")]
	d := engine.Delivery{
		ID: deliveryID(x.ws, x.key(), member), Position: x.d.Position, Channel: ch.Key, Member: member,
		Rule: x.d.rule.Key, Version: x.d.rule.Version, State: engine.DeliveryPending,
		Due: max(x.d.at, x.received), NotAfter: x.d.at + x.valid(ch), Promotes: tpl != nil && tpl.Promotes,
		Target: to, Text: x.v.text("text"), CreatedAt: x.d.at,
	}
	if tpl != nil {
		d.Title = tpl.Title.In(x.view.Defs.Settings.Lang)
	}
	d.Data = x.payload(&d)
	x.changes.Deliveries = append(x.changes.Deliveries, d)
	x.made.Ref = d.ID
	return &x.changes.Deliveries[len(x.changes.Deliveries)-1]
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

// item writes a row that a person works through and gives its id, made from the
// position so that a replay makes the same.
func (t *turn) item(at engine.Time, i engine.Item, body any) string {
	if i.ID == "" {
		i.ID = i.Kind[:1] + strconv.FormatInt(t.outer, 36) + "-" + strconv.Itoa(t.serial())
	}
	i.At, i.Version, i.Body = at, t.outer, mustJSON(body)
	t.changes.Items = append(t.changes.Items, i)
	return i.ID
}

func (x *deed) createTask() error {
	i := engine.Item{Kind: "task", State: "open", Rule: x.d.rule.Key, Group: x.groupField(), Owner: "operators"}
	if x.v.text("to") != "user" && i.Group != "" {
		list, err := x.officersOf(i.Group)
		if err != nil {
			return err
		}
		if len(list) > 0 {
			i.Owner = list[0]
		}
	}
	if x.member != nil {
		i.Member = x.member.ID
	}
	if due := x.lasts("due"); due > 0 {
		i.Due = x.d.at + due
	}
	x.made.Ref = x.item(x.d.at, i, map[string]any{"text": x.v.text("text")})
	return nil
}

func (x *deed) createLead() error {
	owner := x.v.text("owner")
	if owner == "" {
		owner = "operators"
	}
	x.made.Ref = x.item(x.d.at, engine.Item{Kind: "lead", State: "open", Member: x.member.ID, Owner: owner,
		Rule: x.d.rule.Key, Due: x.d.at.Add(30 * time.Minute)}, map[string]any{"text": x.v.text("text")})
	return nil
}

// giveLink makes a join link for one person. Its code is a hash of the effect's
// key under the workspace, good once.
func (x *deed) giveLink() error {
	sum := sha256.Sum256([]byte("link\x00" + x.ws + "\x00" + x.key()))
	lasts := x.lasts("lasts")
	if lasts == 0 {
		lasts = engine.Time(24 * time.Hour / time.Microsecond)
	}
	x.made.Ref = x.item(x.d.at, engine.Item{Kind: "link", State: "open", Member: x.member.ID, Group: x.v.text("group"),
		Rule: x.d.rule.Key, Due: x.d.at + lasts}, map[string]any{"code": hex.EncodeToString(sum[:12])})
	return nil
}

// assignMentor pairs the member with the one of a tier who has the fewest, the
// earliest of equals. Who stands in a tier is kept as one mark per tier rule.
func (x *deed) assignMentor() error {
	if x.member.Mentor != "" {
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	b, err := x.mark("mentors|" + x.v.text("tier"))
	if err != nil {
		return err
	}
	var load []mentorLoad
	if b != nil {
		if err := unmarshal(b, &load); err != nil {
			return fmt.Errorf("mentors: %w", err)
		}
	}
	best := -1
	for i, l := range load {
		if l.Member != x.member.ID && (best < 0 || l.Pairs < load[best].Pairs) {
			best = i
		}
	}
	if best < 0 {
		x.made.Reason = engine.NoStock
		return nil
	}
	load[best].Pairs++
	x.setMark("mentors|"+x.v.text("tier"), mustJSON(load))
	x.member.Mentor = load[best].Member
	x.changed()
	x.made.Ref = load[best].Member
	if lasts := x.lasts("lasts"); lasts > 0 {
		x.timer(x.d.at+lasts, "mentor", "mentor|"+x.member.ID, timerBody{Member: x.member.ID, Ref: x.member.Mentor})
	}
	return nil
}

// mentorLoad is how many members somebody mentors.
type mentorLoad struct {
	Member string `json:"m"`
	Pairs  int    `json:"n"`
}

// mentorTier keeps the list of who could mentor in step with tier changes.
func (t *turn) mentorTier(member, from, to string) error {
	for _, c := range [...]struct {
		tier string
		on   bool
	}{{from, false}, {to, true}} {
		if c.tier == "" || from == to {
			continue
		}
		b, err := t.mark("mentors|" + c.tier)
		if err != nil {
			return err
		}
		var load []mentorLoad
		if b != nil {
			if err := unmarshal(b, &load); err != nil {
				return fmt.Errorf("mentors: %w", err)
			}
		}
		load = slices.DeleteFunc(load, func(l mentorLoad) bool { return l.Member == member })
		if c.on && len(load) < 1000 {
			load = append(load, mentorLoad{Member: member})
		}
		t.setMark("mentors|"+c.tier, mustJSON(load))
	}
	return nil
}

func (x *deed) endMentor() error {
	x.member.Mentor = ""
	x.changed()
	return nil
}
