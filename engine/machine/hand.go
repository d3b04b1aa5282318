package machine

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"crypto/sha256"

	"github.com/bylaw-dev/bylaw/engine"
)

// byHand is what the reserved types do. They are refused from outside; the
// server writes them for changes made by people, so that the log has them.
var byHand = map[string]func(*turn, *occasion) error{
	"bylaw.timer":            rang,
	"bylaw.member.set":       setMember,
	"bylaw.member.identity":  setIdentity,
	"bylaw.member.merge":     mergeMembers,
	"bylaw.member.unmerge":   unmergeMembers,
	"bylaw.member.erase":     eraseMember,
	"bylaw.points.grant":     pointsByHand,
	"bylaw.badge.award":      badgeByHand,
	"bylaw.badge.revoke":     badgeByHand,
	"bylaw.privilege.grant":  privilegeByHand,
	"bylaw.privilege.revoke": privilegeByHand,
	"bylaw.tier.set":         tierByHand,
	"bylaw.group.join":       groupJoined,
	"bylaw.group.leave":      groupLeft,
	"bylaw.group.set":        groupByHand,
	"bylaw.group.release":    releaseWaiting,
	"bylaw.officer.appoint":  officerByHand,
	"bylaw.officer.dismiss":  officerByHand,
	"bylaw.consent.set":      consentByHand,
	"bylaw.item.put":         putItem,
	"bylaw.review.appeal":    appealReview,
	"bylaw.review.decide":    decideAppeal,
	"bylaw.review.confirm":   confirmReview,
}

func (o *occasion) text(prop string) string { return o.event.Prop(prop).Text0() }

// setMember changes tags, attributes, zone and language.
func setMember(t *turn, o *occasion) error {
	m := o.member
	if m == nil {
		return nil
	}
	for _, p := range o.event.Props {
		switch {
		case p.Name == "tags_add" || p.Name == "tags_remove":
			for _, v := range p.Value.List {
				t.setTag(m, v.Str, p.Name == "tags_add")
			}
		case strings.HasPrefix(p.Name, "attr."):
			v := p.Value
			if a := t.view.Defs.Attributes[p.Name[5:]]; a != nil {
				if as, ok := v.As(a.Kind); ok {
					v = as
				}
			}
			t.setAttr(m, p.Name[5:], v)
		case p.Name == "zone":
			m.Zone = p.Value.Text0()
		case p.Name == "lang":
			m.Lang = p.Value.Text0()
		}
	}
	t.touch(engine.MemberRecord, m.ID)
	return nil
}

// setIdentity gives a member an identity, or takes one away. One that somebody
// else has is left with them: the caller checks and says so.
func setIdentity(t *turn, o *occasion) error {
	m := o.member
	id := engine.Identity{Channel: o.text("channel"), ExternalID: o.text("external_id")}
	if m == nil || id.Channel == "" || id.ExternalID == "" {
		return nil
	}
	if err := t.ensure([]engine.RecordKey{{Kind: engine.IdentityRecord, Key: id.Key()}}); err != nil {
		return err
	}
	owner, _ := t.cache.identities.get(id.Key())
	i := slices.Index(m.Identities, id)
	switch remove := o.event.Prop("remove").Num != 0; {
	case remove && i >= 0:
		m.Identities = slices.Delete(slices.Clone(m.Identities), i, i+1)
		t.cache.identities.put(id.Key(), "")
	case !remove && owner == "":
		m.Identities = append(slices.Clone(m.Identities), id)
		t.cache.identities.put(id.Key(), m.ID)
	default:
		return nil
	}
	t.touch(engine.IdentityRecord, id.Key())
	t.touch(engine.MemberRecord, m.ID)
	return nil
}

func pointsByHand(t *turn, o *occasion) error {
	account := o.text("account")
	if account == "" {
		account = engine.DefaultAccount
	}
	t.post(o.member, engine.LedgerEntry{Account: account, Amount: o.event.Prop("amount").Num, Kind: "hand",
		At: o.event.At, Position: o.event.Position, Reason: o.text("reason"), Expires: engine.Time(o.event.Prop("expires").Num)})
	return nil
}

func badgeByHand(t *turn, o *occasion) error {
	m, badge := o.member, o.text("badge")
	if m.Badges == nil {
		m.Badges = map[string]engine.Time{}
	}
	if o.event.Type == "bylaw.badge.revoke" {
		delete(m.Badges, badge)
	} else if _, has := m.Badges[badge]; !has {
		m.Badges[badge] = o.event.At
	}
	t.touch(engine.MemberRecord, m.ID)
	return nil
}

func privilegeByHand(t *turn, o *occasion) error {
	m, key := o.member, o.text("privilege")
	if o.event.Type == "bylaw.privilege.revoke" {
		delete(m.Privileges, key)
	} else {
		if m.Privileges == nil {
			m.Privileges = map[string]engine.Time{}
		}
		until := engine.Time(o.event.Prop("until").Num)
		m.Privileges[key] = until
		if until != 0 {
			t.timer(until, "privilege", "priv|"+m.ID+"|"+key, timerBody{Member: m.ID, Key: key})
		}
	}
	t.touch(engine.MemberRecord, m.ID)
	return nil
}

func tierByHand(t *turn, o *occasion) error {
	ladder := o.text("ladder")
	if ladder == "" {
		ladder = engine.DefaultLadder
	}
	return t.setTier(o.member, ladder, o.text("to"), o.event.At)
}

func groupByHand(t *turn, o *occasion) error {
	return t.adjustGroup(o.event.Group, o.text)
}

func officerByHand(t *turn, o *occasion) error {
	return t.office(o.member, o.event.Group, o.text("role"), o.event.Type == "bylaw.officer.appoint")
}

func consentByHand(t *turn, o *occasion) error {
	t.consent(o.member, o.text("channel"), o.event.Prop("given").Num != 0, o.event.At)
	return nil
}

// putItem writes an item as the server composed it: a note, a finished task.
func putItem(t *turn, o *occasion) error {
	i := engine.Item{Kind: o.text("kind"), ID: o.text("id"), State: o.text("state"), Group: o.event.Group,
		Owner: o.text("owner"), Rule: o.text("rule"), Due: engine.Time(o.event.Prop("due").Num),
		At: engine.Time(o.event.Prop("created").Num), Version: o.event.Position, Body: []byte(o.text("body"))}
	if o.member != nil {
		i.Member = o.member.ID
	}
	if i.At == 0 {
		i.At = o.event.At
	}
	t.changes.Items = append(t.changes.Items, i)
	return nil
}

// queue adds somebody to a waiting list or takes them off it.
func (t *turn) queue(key, member string, on bool) {
	list := t.list(key)
	i := slices.Index(list, member)
	switch {
	case on && i < 0:
		list = append(list, member)
	case !on && i >= 0:
		list = slices.Delete(list, i, i+1)
	default:
		return
	}
	if len(list) == 0 {
		t.setMark(key, nil)
		return
	}
	t.setMark(key, mustJSON(list))
}

func (t *turn) list(key string) []string {
	b, err := t.mark(key)
	if err != nil || b == nil {
		return nil
	}
	var list []string
	if unmarshal(b, &list) != nil {
		return nil
	}
	return list
}

// releaseWaiting admits the first of a waiting list, as many as asked for and
// as there are seats; or one person named as the event's member.
func releaseWaiting(t *turn, o *occasion) error {
	group, key := o.event.Group, waitingKey(o.event.Group)
	waiting := t.list(key)
	if o.member != nil {
		waiting = []string{o.member.ID}
	}
	count := o.event.Prop("count").Num
	if o.member != nil || count == 0 {
		count = 1
	}
	for _, id := range waiting {
		free, err := t.seat(group)
		if err != nil {
			return err
		}
		if count == 0 || !free {
			break
		}
		m, err := t.member(id)
		if err != nil {
			return err
		}
		t.queue(key, id, false)
		if m == nil || m.LeftAt != 0 || m.InGroup(group) {
			continue
		}
		if err := t.join(m, group, o.event.At, "waiting list"); err != nil {
			return err
		}
		t.item(o.event.At, engine.Item{Kind: "application", State: "admitted", Member: id, Group: group},
			application{Event: o.event.Position})
		count--
	}
	return nil
}

// eraseMember destroys what is known of a person: identities and personal
// fields. What they did stays, without a name, so that sums and replays hold.
func eraseMember(t *turn, o *occasion) error {
	m := o.member
	if m == nil {
		return nil
	}
	for _, id := range m.Identities {
		t.cache.identities.put(id.Key(), "")
		t.touch(engine.IdentityRecord, id.Key())
	}
	m.Identities, m.Erased, m.LeftAt = nil, true, o.event.At
	m.Consent = map[string]engine.ConsentState{"": {At: o.event.At}}
	t.touch(engine.MemberRecord, m.ID)
	fields, err := t.m.store.Reader(t.ws).PersonalFields(t.ctx, m.ID)
	if err != nil {
		return fmt.Errorf("personal fields of %s: %w", m.ID, err)
	}
	for _, f := range fields {
		f.Value = ""
		t.changes.Personal = append(t.changes.Personal, f)
	}
	return nil
}

// personalOf reads a member's own personal fields, for texts. They are no part
// of any condition. Who has no name is called friend; in a replay everybody has
// every field, because the log holds none and must decide the same without.
func (t *turn) personalOf(m *engine.Member) map[string]string {
	if m == nil || !t.view.usesPersonal {
		return nil
	}
	out := map[string]string{"name": "朋友"}
	if lang := cmp.Or(m.Lang, t.view.Defs.Settings.Lang); !strings.HasPrefix(lang, "zh") {
		out["name"] = "friend"
	}
	if t.replay {
		for _, f := range t.view.personalFields {
			out[f] = "*"
		}
		return out
	}
	fields, err := t.m.store.Reader(t.ws).PersonalFields(t.ctx, m.ID)
	if err != nil {
		return out // a text with a hole is not sent, which is right when names cannot be read
	}
	for _, f := range append(fields, t.changes.Personal...) {
		if f.Member == m.ID && f.Position == 0 && f.Value != "" {
			out[f.Name] = f.Value
		}
	}
	return out
}

func hashID(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
