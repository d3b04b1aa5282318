package machine

import (
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// UndoType is the reserved event that takes back one effect of a decision. It
// says all that is needed, so that the log alone can do it again: rule, version,
// occurrence, number, kind, ref, subject and the effect's fields as "field.x";
// of coupons code and seed, of admissions the group.
const UndoType = "bylaw.effect.undo"

// undoable says of each kind of effect that can be taken back which of its
// fields are needed for that.
var undoable = map[engine.EffectKind][]string{
	engine.GrantPoints:    {"amount", "account"},
	engine.Pay:            {"amount", "account"},
	engine.AwardBadge:     {},
	engine.IssueCoupon:    {"pool"},
	engine.Draw:           {"pool"},
	engine.GrantPrivilege: {},
	engine.AddTag:         {},
	engine.RemoveTag:      {},
	engine.MoveTier:       {"from", "to", "ladder"},
	engine.JoinGroup:      {},
	engine.LeaveGroup:     {},
	engine.MoveGroup:      {"from", "to"},
	engine.Appoint:        {"group"},
}

// Undoable is whether an effect that was made can be taken back, and the fields
// that say how. One that gave nothing that was not there before cannot.
func Undoable(e *engine.Effect) (fields []string, ok bool) {
	fields, ok = undoable[e.Kind]
	return fields, ok && e.Ref != "" && e.Reason == ""
}

// FinalWhy says why effects of a kind stay as they are.
func FinalWhy(kind engine.EffectKind) engine.Text {
	switch kind {
	case engine.Send, engine.Praise, engine.GiveLink:
		return engine.Text{En: "what was sent has been read", Zh: "已发送的消息无法收回"}
	case engine.CreateTask, engine.CreateLead, engine.AssignMentor, engine.EndMentor:
		return engine.Text{En: "people are at work on it: close it by hand", Zh: "已有人在处理，请手工关闭"}
	case engine.RevokeBadge, engine.RevokeCoupon, engine.RevokePrivilege, engine.Dismiss, engine.Reverse:
		return engine.Text{En: "what was taken is given back by hand", Zh: "已收回的须手工补发"}
	case engine.Emit:
		return engine.Text{En: "other rules have acted on the event", Zh: "其他规则已据此事件行动"}
	case engine.SetAttribute, engine.SetGroup, engine.OpenGroup, engine.DissolveGroup:
		return engine.Text{En: "what it was before is not known", Zh: "原值未知"}
	case engine.Admit, engine.Wait, engine.Deny:
		return engine.Text{En: "an answer was given; take members out of the group by hand", Zh: "已作出答复；请手工移出成员"}
	}
	return engine.Text{En: "it gave nothing that was not there before", Zh: "未产生新的变化"}
}

// UndoneKey is the key of the mark that says that an effect was taken back.
func UndoneKey(rule, subject, occurrence string, number int) string {
	return "undone|" + hashID(engine.EffectKey(rule, subject, occurrence, number))[:32]
}

// undoEffect takes back one effect, once.
func undoEffect(t *turn, o *occasion) error {
	e := engine.Effect{Kind: engine.EffectKind(o.text("kind")), Number: int(o.event.Prop("number").Num), Ref: o.text("ref"), Fields: map[string]engine.Value{}}
	for _, p := range o.event.Props {
		if name, ok := strings.CutPrefix(p.Name, "field."); ok {
			e.Fields[name] = p.Value
		}
	}
	d := &ruling{rule: &engine.Rule{Key: o.text("rule"), Version: int(o.event.Prop("version").Num), Ladder: o.text("ladder")}, occ: o, at: o.event.At}
	d.Position, d.Subject, d.Occurrence = o.event.Position, o.text("subject"), o.text("occurrence")
	done := UndoneKey(d.rule.Key, d.Subject, d.Occurrence, e.Number)
	if b, err := t.mark(done); err != nil || b != nil {
		return err
	}
	var g given
	if _, err := t.recallMark(onceKey(d.rule.Key, d.Subject, d.Occurrence), &g); err != nil {
		return err
	}
	x := &deed{turn: t, d: d, v: &evaluated{}, number: e.Number, member: o.member, made: &engine.Effect{Kind: e.Kind}}
	if !g.Reversed { // else a rule has clawed it back
		if err := x.takeBack(&e); err != nil || x.made.Reason != "" {
			return err
		}
	}
	t.setMark(done, []byte("1"))
	return nil
}

// takeBack is undo for what a person asks for: coupons of any age are void, and
// who had no tier before has none again.
func (x *deed) takeBack(e *engine.Effect) error {
	switch e.Kind {
	case engine.IssueCoupon, engine.Draw:
		c := issuedCoupon{ID: e.Ref, coupon: coupon{Pool: e.Fields["pool"].Text0(), Code: x.d.occ.text("code"), Seed: x.d.occ.text("seed")}}
		return x.voidAny(c)
	case engine.MoveTier:
		ladder := ladderOf(x.d.rule, e.Fields["ladder"].Text0())
		if from := e.Fields["from"].Text0(); from == "" && x.member.Tiers[ladder].Tier == e.Fields["to"].Text0() {
			x.standing(x.member.ID, ladder, x.member.Tiers[ladder].Tier, "")
			delete(x.member.Tiers, ladder)
			x.touchMember()
			return nil
		}
	}
	return x.undo(e)
}

// voidAny voids a coupon that may no longer be the newest of its pool.
func (x *deed) voidAny(c issuedCoupon) error {
	var newest issuedCoupon
	ok, err := x.recallMark(couponKey(x.member.ID, c.Pool), &newest)
	if err != nil {
		return err
	}
	x.voidCoupon(c)
	if ok && newest.ID != c.ID {
		x.setMark(couponKey(x.member.ID, c.Pool), mustJSON(newest))
	}
	return nil
}
