package service_test

import (
	"fmt"
	"maps"
	"slices"
)

// deed makes one effect and says it in words.
func (w *naive) deed(r *said, d deed, n int64, v *verdict, f *facts) (words string, emitted []happening) {
	p := w.people[f.who]
	words = d.kind
	if d.name != "" && d.kind != "emit" {
		words += " " + d.name
	}
	switch d.kind {
	case "grant_points":
		p.points += n
		if words += fmt.Sprint(" ", n); d.expires != 0 && n > 0 {
			w.alarm(v.at+d.expires*aDay, "~", func() { p.points -= n })
		}
	case "add_tag":
		p.tags[d.name] = true
	case "remove_tag":
		delete(p.tags, d.name)
	case "award_badge":
		if p.badges[d.name] && r.once == "member" {
			words += " already_done"
		}
		p.badges[d.name] = true
	case "revoke_badge":
		if !p.badges[d.name] {
			words += " already_done"
		}
		delete(p.badges, d.name)
	case "move_tier":
		if rank(p.tier) >= rank(d.name) {
			return words + " already_done", nil
		}
		p.tier, p.failing = d.name, 0
	case "emit":
		from := w.list[f.event]
		if from.depth >= 5 {
			return words + " " + d.name + " cap", nil
		}
		words += " " + d.name
		emitted = append(emitted, happening{at: v.at, typ: d.name, who: f.who, group: from.group, thing: from.thing, n: n, depth: from.depth + 1})
	}
	return words, emitted
}

// apply answers who wants to enter the hall: all thresholds must admit, deny
// beats wait.
func (w *naive) apply(f *facts, late bool) {
	var all []verdict
	answer := "admit"
	for i := range w.rules {
		r := &w.rules[i]
		if r.kind != "threshold" {
			continue
		}
		v := verdict{event: f.event, rule: r.key, subject: f.who, at: f.now, answer: "wait"}
		switch v.outcome, v.reason = w.judge(r, f); {
		case late:
			v.outcome, v.reason = "unknown", "late"
		case v.outcome == "true":
			v.answer, v.effects = r.then[0].kind, []string{r.then[0].kind}
		case v.outcome == "false":
			if v.answer, v.reason = "deny", ""; len(r.otherwise) > 0 {
				v.answer, v.effects = r.otherwise[0].kind, []string{r.otherwise[0].kind}
			}
		}
		all = append(all, v)
		if v.answer == "deny" || answer == "admit" {
			answer = v.answer
		}
	}
	full := w.size("hall") >= seats
	if answer == "admit" && !full {
		w.enter(w.people[f.who], "hall", f.now)
	}
	for _, v := range all {
		if v.answer != answer || answer == "admit" && full {
			v.effects = nil
		}
		if v.answer == "admit" && answer == "admit" && full {
			v.answer, v.reason = "wait", "no_seat"
		}
		w.verdicts = append(w.verdicts, v)
	}
}

// midnight looks at who no longer holds a tier: of those who were in it before
// any of the rules moved somebody.
func (w *naive) midnight(at int64) {
	type look struct {
		rule *said
		name string
	}
	var looks []look
	for i := range w.rules {
		for _, name := range slices.Sorted(maps.Keys(w.people)) {
			if r, p := &w.rules[i], w.people[name]; r.hold != nil && p.tier == r.to && !p.left {
				looks = append(looks, look{r, name})
			}
		}
	}
	for _, x := range looks {
		if w.people[x.name].tier == x.rule.to {
			for _, e := range w.holds(x.rule, x.name, at) {
				w.spread([]happening{e})
			}
		}
	}
}

func (w *naive) holds(r *said, name string, at int64) (failing []happening) {
	p := w.people[name]
	switch r.hold.is(w, &facts{now: at, event: -1, who: name}) {
	case yes:
		p.failing = 0
		return nil
	case maybe:
		return nil
	}
	if p.failing == 0 {
		p.failing = at
		failing = append(failing, happening{at: at, typ: "tier.failing", who: name, n: -1, depth: 1})
		if r.grace > 0 {
			return failing
		}
	}
	if at-p.failing < r.grace*aDay || rank(p.tier) <= 1 {
		return failing
	}
	p.tier, p.failing = tiers[rank(p.tier)-1], 0
	w.verdicts = append(w.verdicts, verdict{event: -1, rule: r.key, subject: name, at: at, outcome: "false", effects: []string{"move_tier " + p.tier}})
	return failing
}
