package service

import (
	"context"
	"fmt"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
)

// otherwise says why a case comes out otherwise than its decision.
func (t *telling) otherwise(ctx context.Context, m *moment, red *rules.Verdict) error {
	en, zh, err := t.unknownThere(ctx, m)
	if err != nil {
		return err
	}
	if len(en) > 0 {
		return cannotTell("it was unknown there, because "+strings.Join(en, " and ")+"; in a case every type of event was always reported and the member joined long ago, so it is known",
			"当时结果未知，因为"+strings.Join(zh, "；")+"；用例中各类事件一直都有上报、成员早已加入，因此是已知的", red.Problems...)
	}
	if m.stored != nil && m.stored.Outcome == engine.OutcomeTrue && m.stored.Reason != "" {
		words := m.stored.Reason.Words()
		return cannotTell(fmt.Sprintf("what it came to (%s: %s) turns on what a case does not have: other members' decisions, or the rules beside it", m.stored.Reason, words.En),
			fmt.Sprintf("当时的结果（%s：%s）取决于用例没有的内容：其他成员的判定或其他规则", m.stored.Reason, words.Zh), red.Problems...)
	}
	if m.clock && m.last == nil {
		return cannotTell("played alone it comes out otherwise: in a case the rule is in force from the first event on, and decides at each of its earlier times as well, or the draft decides otherwise than the rule did then",
			"单独重演的结果不同：用例中规则从第一个事件起就已生效，更早的每次定时也会判定；或草稿与当时的规则判定不同", red.Problems...)
	}
	return cannotTell("played alone it comes out otherwise: the draft decides otherwise than the rule did then, or it turns on something that a case cannot give",
		"单独重演的结果不同：草稿与当时的规则判定不同，或取决于用例无法给出的情况", red.Problems...)
}

// unknownThere names the parts of the condition that were unknown, where that is
// because of since when something is recorded.
func (t *telling) unknownThere(ctx context.Context, m *moment) (en, zh []string, err error) {
	if m.stored != nil && m.stored.Outcome != engine.OutcomeUnknown {
		return nil, nil, nil
	}
	q := machine.Question{Event: m.last, Now: m.at}
	if m.clock {
		q = machine.Question{Member: m.member, Group: m.group, Content: m.content, Now: m.at}
	}
	err = m.scene.Ask(ctx, q, func(h *machine.Rehearsal) error {
		if f := h.View().Book.Rules[0].When; f != nil {
			en, zh = unrecorded(f.Explain(h.Refresh()))
		}
		return h.Err()
	})
	if d := m.stored; len(en) == 0 && d != nil && forWantOfRecords(d.Reason) && d.Detail != "" { // a field of an effect
		en, zh = unknownPart(d.Detail, d.Reason)
	}
	return en, zh, err
}

func forWantOfRecords(r engine.Reason) bool {
	return r == engine.NotCovered || r == engine.BeforeJoined || r == engine.BoundOnly
}

func unknownPart(text string, why engine.Reason) (en, zh []string) {
	words := why.Words()
	return []string{fmt.Sprintf("%s is unknown (%s: %s)", text, why, words.En)}, []string{fmt.Sprintf("%s 未知（%s：%s）", text, why, words.Zh)}
}

// unrecorded lists what is unknown for want of records.
func unrecorded(f *engine.Finding) (en, zh []string) {
	if f == nil {
		return nil, nil
	}
	for _, k := range f.Kids {
		a, b := unrecorded(k)
		en, zh = append(en, a...), append(zh, b...)
	}
	if len(en) > 0 || !forWantOfRecords(f.Reason) {
		return en, zh
	}
	text := f.Source
	if runes := []rune(f.Source); f.From >= 0 && f.From < f.To && f.To <= len(runes) {
		text = string(runes[f.From:f.To])
	}
	return unknownPart(text, f.Reason)
}
