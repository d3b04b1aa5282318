package service

import (
	"context"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/simulate"
	"github.com/bylaw-dev/bylaw/rules"
)

// moment is where a decision was made: at an event, some time after one, or by
// the clock.
type moment struct {
	scene                  *simulate.Scene
	member, group, content string
	at                     engine.Time
	last                   *engine.Event    // the event that it is about; nil: the clock alone
	clock                  bool             // time passed between the last event and the decision
	kind                   string           // of the timer, "" is the event itself
	stored                 *engine.Decision // nil: a no or an unknown, which are not stored
}

// word names the moment in the case's name.
func (m *moment) word() string {
	switch {
	case m.last != nil:
		return m.last.Type
	case m.kind == "hold_chunk":
		return "hold"
	}
	return "schedule"
}

// moment finds the decision and opens what it met.
func (t *telling) moment(ctx context.Context) (*moment, error) {
	with := simulate.Rules{Book: func(defs *engine.Definitions) (*engine.Rulebook, error) {
		book, problems := rules.CompileAlone(t.doc, 1, rules.Scope{Defs: defs})
		if book == nil {
			return nil, engine.Invalid(engine.Text{En: "the document has errors at that moment", Zh: "文档在该时刻有错误"}, problems...)
		}
		return book, nil
	}}
	scene, e, err := t.Past.Met(ctx, t.who.Workspace, t.position, with)
	if err != nil {
		return nil, err
	}
	rung, err := machine.RungAt(e, t.scope.Defs)
	if err != nil {
		return nil, err
	}
	m := &moment{scene: scene, at: e.At, last: e, member: e.MemberID, group: e.Group, content: e.Content}
	stored, err := t.decisions(ctx, rung == nil)
	if err != nil {
		return nil, err
	}
	if len(stored) > 0 {
		m.stored = &stored[0]
	}
	if rung != nil {
		return m, t.byTimer(m, rung)
	}
	return m, t.byEvent(m, e)
}

// decisions are the rule's at the position: about the member asked for, where a
// timer decided about several.
func (t *telling) decisions(ctx context.Context, event bool) ([]engine.Decision, error) {
	all, err := t.reader(t.who).DecisionsAt(ctx, []int64{t.position})
	if err != nil {
		return nil, fmt.Errorf("read decisions: %w", err)
	}
	return slices.DeleteFunc(all, func(d engine.Decision) bool {
		return d.Rule != t.key || !event && t.about != "" && d.Subject != t.about
	}), nil
}

// byEvent holds the decision to what sets the draft off.
func (t *telling) byEvent(m *moment, e *engine.Event) error {
	again := engine.Text{En: "take a decision about another event", Zh: "请选择其他事件的判定"}
	switch {
	case t.doc.Review != nil:
		return ofReview()
	case t.doc.Kind != engine.Threshold && !slices.Contains(t.doc.On, e.Type):
		return cannotTellBut(fmt.Sprintf("the draft is not asked about %s", e.Type), fmt.Sprintf("草稿不监听 %s", e.Type), again)
	case e.History:
		return cannotTellBut("the event was imported as history, which decides nothing", "该事件是导入的历史，不触发规则", again)
	case e.Late:
		return cannotTellBut("the event came more than 48 hours late, and such an event decides nothing", "该事件迟到超过 48 小时，不触发规则", again)
	case m.stored == nil && t.doc.After > 0:
		return cannotTellBut("the rule decides some time after this event (after:)", "规则在该事件之后一段时间（after）才判定",
			engine.Text{En: "take the decision that it made then, at its own position", Zh: "请选择届时作出的判定（使用其自身的位置）"})
	}
	return nil
}

// byTimer finds whom and what a decision by the clock is about.
func (t *telling) byTimer(m *moment, rung *machine.Rung) error {
	m.last, m.clock, m.kind = nil, true, rung.Kind
	switch rung.Kind {
	case "after":
		m.last = rung.Begun
		m.member, m.group, m.content = rung.Begun.MemberID, rung.Begun.Group, rung.Begun.Content
	case "chunk", "hold_chunk", "fire":
	case "review", "review_close", "review_correct":
		return ofReview()
	default:
		return t.nothingThere()
	}
	if m.stored == nil {
		return t.nothingThere()
	}
	m.at = m.stored.At
	switch {
	case rung.Kind == "after":
	case rung.Kind != "fire":
		m.member = m.stored.Subject
	case t.doc.Subject == engine.SubjectGroup:
		m.group = m.stored.Subject
	}
	return nil
}

func ofReview() error {
	return cannotTellBut("a review ranks members against each other, and a case plays one member alone", "评审对成员相互排名，而用例只重演一名成员",
		engine.Text{En: "write a case by hand (given: {member: {groups: [...]}}, events, after, expect: {effects: [move_group]}), or back-test the review",
			Zh: "请手写用例（given: {member: {groups: [...]}}、events、after、expect: {effects: [move_group]}），或回测该评审"})
}

func (t *telling) nothingThere() error {
	hint := engine.Text{En: "take a position and member of the rule's list of decisions", Zh: "请从规则的判定列表中选择位置与成员"}
	if t.about != "" {
		return cannotTellBut("the clock made no decision of this rule about that member there", "该处没有该规则对这名成员的定时判定", hint)
	}
	return cannotTellBut("the clock made no decision of this rule there", "该处没有该规则的定时判定", hint)
}
