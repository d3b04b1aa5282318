package rules

import (
	"maps"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// Judge compares what came with what was expected.
func Judge(c *Case, r *Result) Verdict {
	outcome, effects := r.came()
	found := &problems{}
	x := c.Expect
	got, _ := listEffects(effects)
	if x.Outcome != "" && x.Outcome != outcome {
		found.add(x.n.find("outcome"), outcomeDiffers(x.Outcome, outcome, r))
	}
	left := slices.Clone(effects)
	for _, want := range x.Effects {
		i := slices.IndexFunc(left, want.fits)
		if i < 0 {
			found.add(want.n, effectMissing(want, effects, r))
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	if x.None && len(effects) > 0 {
		en, zh := listEffects(effects)
		found.add(x.n.find("effects"), say("case_effects", "expected no effects, got "+en, "预期没有效果，实际："+zh))
	}
	for _, not := range x.Not {
		if i := slices.IndexFunc(effects, not.fits); i >= 0 {
			en, zh := listEffects(effects[i : i+1])
			found.add(not.n, say("case_effects", "this must not happen, and did: "+en, "这不应发生，但发生了："+zh))
		}
	}
	v := Verdict{Case: c.Name, OK: len(found.list) == 0, Outcome: outcome, Expected: x.String(), Got: string(outcome) + ": " + got, Problems: found.list}
	if !v.OK {
		v.Accept = c.accepted(outcome, effects)
	}
	return v
}

// came is the outcome and the effects, an answer among them.
func (r *Result) came() (outcome engine.Outcome, effects []engine.Effect) {
	if r.Decision == nil {
		return engine.OutcomeFalse, nil
	}
	effects = r.Decision.Effects
	if r.Decision.Answer != "" && !has(effects, ExpectEffect{Kind: engine.EffectKind(r.Decision.Answer)}) {
		effects = append(slices.Clone(effects), engine.Effect{Kind: engine.EffectKind(r.Decision.Answer)})
	}
	return r.Decision.Outcome, effects
}

// Meets is whether what came is what a case expects; Judge says what differs.
func (r *Result) Meets(x *Expect) bool {
	outcome, effects := r.came()
	if x.Outcome != "" && x.Outcome != outcome || x.None && len(effects) > 0 {
		return false
	}
	left := slices.Clone(effects)
	for _, want := range x.Effects {
		i := slices.IndexFunc(left, want.fits)
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return !slices.ContainsFunc(x.Not, func(not ExpectEffect) bool { return has(effects, not) })
}

// tooMuch is the verdict on a case that there was no work left for.
func (c *Case) tooMuch() Verdict {
	found := &problems{}
	found.add(c.n.start(), say("case_cost", "the cases take more work than a save allows, and this one was not run to its end",
		"用例的运算量超过保存时的上限，本用例未运行完").hinted("use fewer events, a shorter time or a schedule that is less often due", "请减少事件、缩短时间或降低计划的频率"))
	return Verdict{Case: c.Name, Outcome: engine.OutcomeUnknown, Expected: c.Expect.String(), Got: "-", Problems: found.list}
}

// String writes what is expected in one line.
func (x *Expect) String() string {
	var parts []string
	if x.Outcome != "" {
		parts = append(parts, string(x.Outcome))
	}
	for _, e := range x.Effects {
		parts = append(parts, e.String())
	}
	if x.None {
		parts = append(parts, "no effects")
	}
	for _, e := range x.Not {
		parts = append(parts, "not "+e.String())
	}
	return strings.Join(parts, ", ")
}

func has(effects []engine.Effect, want ExpectEffect) bool {
	return slices.ContainsFunc(effects, want.fits)
}

// fits is whether an effect that happened is the one described.
func (x ExpectEffect) fits(e engine.Effect) bool {
	if e.Kind != x.Kind || e.Reason != "" {
		return false
	}
	for name, want := range x.Fields {
		if got, ok := e.Fields[name]; !ok || !got.Equal(want) && got.Text() != want.Text() {
			return false
		}
	}
	return true
}

func outcomeDiffers(want, got engine.Outcome, r *Result) said {
	s := sayf("case_outcome", "expected outcome %s, got %s", "预期结果是 %s，实际是 %s", want, got)
	if en, zh := because(r); en != "" {
		return s.hinted("because "+en, "因为 "+zh)
	}
	if r.Decision == nil {
		return s.hinted("the rule decided nothing: the last event does not set it off", "规则没有判定：最后的事件不会触发它")
	}
	return s
}

func effectMissing(want ExpectEffect, got []engine.Effect, r *Result) said {
	en, zh := listEffects(got)
	s := say("case_effects", "expected "+want.String()+", got "+en, "预期有 "+want.String()+"，实际："+zh)
	if r.Decision != nil && r.Decision.Reason != "" {
		reason := strings.TrimSpace(string(r.Decision.Reason) + " " + r.Decision.Detail)
		return s.hinted("the decision says: "+reason, "判定说明："+reason)
	}
	if en, zh := because(r); en != "" && len(got) == 0 {
		return s.hinted("because "+en, "因为 "+zh)
	}
	return s
}

// String writes the effect as the case does.
func (x ExpectEffect) String() string {
	if len(x.Fields) == 0 {
		return string(x.Kind)
	}
	return string(x.Kind) + " " + fieldsText(x.Fields)
}

func fieldsText(fields map[string]engine.Value) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		parts = append(parts, name+": "+fields[name].Text())
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func listEffects(effects []engine.Effect) (en, zh string) {
	var parts []string
	for _, e := range effects {
		text := string(e.Kind)
		if len(e.Fields) > 0 {
			text += " " + fieldsText(e.Fields)
		}
		if e.Reason != "" {
			text += " (" + string(e.Reason) + ")"
		}
		parts = append(parts, text)
	}
	if len(parts) == 0 {
		return "none", "无"
	}
	return strings.Join(parts, ", "), strings.Join(parts, "、")
}

// because names the parts of the condition that decided: those that are not
// true, down to the comparisons.
func because(r *Result) (en, zh string) {
	if r.Finding == nil {
		if r.Decision != nil && (r.Decision.Detail != "" || r.Decision.Reason != "") {
			text := strings.TrimSpace(string(r.Decision.Reason) + " " + r.Decision.Detail)
			return text, text
		}
		return "", ""
	}
	var parts, chinese []string
	for _, f := range unmet(r.Finding) {
		text := excerpt(f)
		parts = append(parts, text+" is "+string(f.Outcome)+detail(f, "en"))
		chinese = append(chinese, text+" 为 "+string(f.Outcome)+detail(f, "zh"))
	}
	return strings.Join(parts, "; "), strings.Join(chinese, "；")
}

// unmet walks down through and, or and not to the conditions that are not true.
func unmet(f *engine.Finding) []*engine.Finding {
	if f.Outcome == engine.OutcomeTrue {
		return nil
	}
	if f.Op != "and" && f.Op != "or" {
		return []*engine.Finding{f}
	}
	var list []*engine.Finding
	for _, k := range f.Kids {
		list = append(list, unmet(k)...)
	}
	return list
}

func excerpt(f *engine.Finding) string {
	runes := []rune(f.Source)
	if f.From < 0 || f.To > len(runes) || f.From >= f.To {
		return f.Source
	}
	return string(runes[f.From:f.To])
}

func detail(f *engine.Finding, lang string) string {
	if text := f.Text.In(lang); text != "" {
		return " (" + text + ")"
	}
	if f.Reason != "" {
		return " (" + string(f.Reason) + ")"
	}
	return ""
}
