package machine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// change is what one reserved type does. They are refused from outside; the
// server writes them for changes made by people and by the clock, so that the
// log has them.
type change struct {
	member, group bool // must be named
	do            func(*turn, *occasion) error
}

var byHand map[string]change

func init() {
	byHand = map[string]change{
		"bylaw.timer":            {false, false, rang},
		"bylaw.member.set":       {true, false, setMember},
		"bylaw.member.identity":  {true, false, setIdentity},
		"bylaw.member.merge":     {true, false, mergeMembers},
		"bylaw.member.unmerge":   {true, false, unmergeMembers},
		"bylaw.member.erase":     {true, false, eraseMember},
		"bylaw.points.grant":     {true, false, pointsByHand},
		"bylaw.badge.award":      {true, false, badgeByHand},
		"bylaw.badge.revoke":     {true, false, badgeByHand},
		"bylaw.privilege.grant":  {true, false, privilegeByHand},
		"bylaw.privilege.revoke": {true, false, privilegeByHand},
		"bylaw.tier.set":         {true, false, tierByHand},
		"bylaw.group.join":       {true, true, groupJoined},
		"bylaw.group.leave":      {true, true, groupLeft},
		"bylaw.group.set":        {false, true, groupByHand},
		"bylaw.group.release":    {false, true, releaseWaiting},
		"bylaw.group.decline":    {true, true, declineWaiting},
		"bylaw.officer.appoint":  {true, true, officerByHand},
		"bylaw.officer.dismiss":  {true, true, officerByHand},
		"bylaw.consent.set":      {true, false, consentByHand},
		"bylaw.item.put":         {false, false, putItem},
		UndoType:                 {true, false, undoEffect},
		BackfillType:             {false, false, backfill},
		"bylaw.review.appeal":    {true, false, appealReview},
		"bylaw.review.decide":    {true, false, decideAppeal},
		"bylaw.review.confirm":   {false, false, confirmReview},
	}
}

// setMember changes tags, attributes, zone and language. Personal attributes
// are no longer in the event, see turn.personal.
func setMember(t *turn, o *occasion) error {
	m := o.member
	for _, p := range o.event.Props {
		switch {
		case p.Name == "tags_add" || p.Name == "tags_remove":
			for _, v := range p.Value.List {
				t.setTag(m, v.Text0(), p.Name == "tags_add")
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
	if id.Channel == "" || id.ExternalID == "" || len(id.Key()) > engine.MaxKeyBytes {
		return nil
	}
	if err := t.ensureOne(engine.IdentityRecord, id.Key()); err != nil {
		return err
	}
	owner, _ := t.cache.identities.get(id.Key())
	i := slices.Index(m.Identities, id)
	switch remove := o.event.Prop("remove").Num != 0; {
	case remove && i >= 0:
		m.Identities = slices.Delete(slices.Clone(m.Identities), i, i+1)
		t.own(id, "")
	case !remove && owner == "":
		m.Identities = append(slices.Clone(m.Identities), id)
		t.own(id, m.ID)
	default:
		return nil
	}
	t.touch(engine.MemberRecord, m.ID)
	return nil
}

// own notes whose an identity is; "" is nobody's.
func (t *turn) own(id engine.Identity, member string) {
	t.cache.identities.touch(t.cache.identities.put(id.Key(), member))
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
	if o.event.Type == "bylaw.badge.revoke" {
		delete(m.Badges, badge)
		t.touch(engine.MemberRecord, m.ID)
	} else if _, has := m.Badges[badge]; !has && badge != "" {
		t.setBadge(m, badge, o.event.At)
	}
	return nil
}

func privilegeByHand(t *turn, o *occasion) error {
	m, key := o.member, o.text("privilege")
	if o.event.Type == "bylaw.privilege.revoke" {
		delete(m.Privileges, key)
		t.touch(engine.MemberRecord, m.ID)
	} else if key != "" {
		t.setPrivilege(m, key, engine.Time(o.event.Prop("until").Num))
	}
	return nil
}

// tierByHand sets a tier; one that the ladder does not have is left alone: the
// caller checks and says so.
func tierByHand(t *turn, o *occasion) error {
	ladder, to := o.text("ladder"), o.text("to")
	if ladder == "" {
		ladder = engine.DefaultLadder
	}
	if l := t.view.Defs.Ladders[ladder]; l == nil || l.Rank(to) == 0 {
		return nil
	}
	t.setTier(o.member, ladder, to, o.event.At)
	return nil
}

func groupByHand(t *turn, o *occasion) error { return t.adjustGroup(o.event.Group, o.text) }

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
	if i.Kind == "" || i.ID == "" {
		return nil
	}
	t.changes.Items = append(t.changes.Items, i)
	return nil
}

// eraseMember destroys what is known of a person: identities, personal fields
// and the words written about them. What they did stays, without a name, so
// that sums and replays hold; their seats and offices are free again.
func eraseMember(t *turn, o *occasion) error {
	m := o.member
	for _, id := range m.Identities {
		t.own(id, "")
	}
	if err := t.leaveAll(m); err != nil {
		return err
	}
	if m.Mentor != "" {
		if err := t.unpair(m); err != nil {
			return err
		}
	}
	if err := t.forgetPast(m); err != nil {
		return err
	}
	m.Identities, m.Erased, m.LeftAt = nil, true, o.event.At
	m.Consent = map[string]engine.ConsentState{"": {At: o.event.At}}
	t.touch(engine.MemberRecord, m.ID)
	if err := t.forgetMerges(m.ID); err != nil || t.replay {
		return err
	}
	all := append(t.changes.Erased[len(t.changes.Erased)-1].Merged, m.ID)
	for _, id := range all { // what was known of whoever became them kept their ids
		if err := t.erasePersonal(id); err != nil {
			return err
		}
	}
	return t.redactReviews(all)
}

// forgetPast says whom the store's past is to forget: the member and whoever
// became them.
func (t *turn) forgetPast(m *engine.Member) error {
	if t.replay {
		return nil
	}
	became, err := t.becameWhom()
	if err != nil {
		return err
	}
	e := engine.Erasure{Member: m.ID, Identities: slices.Clone(m.Identities)}
	for _, id := range sortedKeys(became) {
		if Settled(became, id) == m.ID {
			e.Merged = append(e.Merged, id)
			if err := t.forgetMerges(id); err != nil {
				return err
			}
		}
	}
	t.changes.Erased = append(t.changes.Erased, e)
	return nil
}

func (t *turn) erasePersonal(member string) error {
	r := t.m.store.Reader(t.ws)
	fields, err := r.PersonalFields(t.ctx, member)
	if err != nil {
		return fmt.Errorf("personal fields of %s: %w", member, err)
	}
	t.changes.Personal = slices.DeleteFunc(t.changes.Personal, func(f engine.PersonalField) bool { return f.Member == member })
	for _, f := range fields {
		f.Value = ""
		t.changes.Personal = append(t.changes.Personal, f)
	}
	for _, kind := range [...]string{"task", "lead", "note"} {
		q := engine.ItemQuery{Kind: kind, Member: member, Page: engine.Page{Limit: 1000}}
		for {
			rows, err := r.ListItems(t.ctx, q)
			if err != nil {
				return fmt.Errorf("%ss about %s: %w", kind, member, err)
			}
			for _, i := range rows.Items {
				t.redact(i)
			}
			if q.Cursor = rows.Next; rows.Next == "" {
				break
			}
		}
	}
	return nil
}

// redact takes the words out of an item.
func (t *turn) redact(i engine.Item) {
	body := map[string]any{}
	if json.Unmarshal(i.Body, &body) != nil {
		body = map[string]any{}
	}
	for _, field := range [...]string{"text", "note"} {
		if _, has := body[field]; has {
			body[field] = ""
		}
	}
	i.Body, i.Version = mustJSON(body), t.outer
	t.changes.Items = append(t.changes.Items, i)
}
