package rules

import (
	"slices"

	"github.com/bylaw-dev/bylaw/engine/calendar"
)

var tieWords = []string{"score", "active_days", "joined_at", "id"}

func (r *reader) review(n *node) {
	v := &Review{Ties: tieWords}
	r.doc.Review = v
	r.fields(n, aReview,
		slot{"every", func(x *node) { v.Every = r.cadence(x) }},
		slot{"groups", func(x *node) { v.Groups = r.names(x, 100) }},
		slot{"ladder", func(x *node) { v.Ladder = r.name(x) }},
		slot{"score", func(x *node) { v.Score = r.expression(x) }},
		slot{"all_groups", func(x *node) { v.AllGroups = r.boolean(x) }},
		slot{"up", func(x *node) { v.Up = r.move(x, "top") }},
		slot{"down", func(x *node) { v.Down = r.move(x, "bottom") }},
		slot{"back", func(x *node) { v.Back = r.move(x, "") }},
		slot{"exempt", func(x *node) { v.Exempt = r.expression(x) }},
		slot{"ties", func(x *node) { v.Ties = r.ties(x) }},
		slot{"notice", func(x *node) { v.Notice = r.duration(x) }},
		slot{"min_group", func(x *node) { v.MinGroup = int(r.integer(x, 0, 1_000_000)) }})
	if n.kind == mappingNode {
		r.reviewShape(n, v)
	}
}

func (r *reader) cadence(n *node) string {
	c, err := calendar.ParseCadence(n.text)
	if err != nil {
		r.add(n, calendarProblem(err))
		return ""
	}
	return c.String()
}

// move reads up, down or back; count is the field of its number, "" for none.
func (r *reader) move(n *node, count string) *Move {
	m := &Move{}
	slots := []slot{
		{"from", func(v *node) { m.From = r.name(v) }},
		{"to", func(v *node) { m.To = r.name(v) }},
		{"when", func(v *node) { m.When = r.expression(v) }},
	}
	if count != "" {
		slots = append([]slot{{count, func(v *node) { m.Count = int(r.integer(v, 1, 1_000_000)) }}}, slots...)
	}
	r.fields(n, aMove, slots...)
	if n.kind != mappingNode {
		return m
	}
	for _, name := range []string{count, "from", "to"} {
		if name != "" && n.find(name) == nil {
			r.add(n, sayf("needs_field", "this move needs %q", "这项调整需要 %q", name))
		}
	}
	if m.From != "" && m.From == m.To {
		r.add(n.find("to"), say("same_place", "from and to are the same", "from 和 to 相同"))
	}
	return m
}

func (r *reader) ties(n *node) []string {
	var ties []string
	r.each(n, len(tieWords), func(_ int, item *node) {
		if w := r.oneOf(item, tieWords...); w != "" && slices.Contains(ties, w) {
			r.add(item, sayf("twice", "%q is in the list twice", "%q 在列表里出现了两次", w))
		} else if w != "" {
			ties = append(ties, w)
		}
	})
	if !slices.Contains(ties, "id") {
		ties = append(ties, "id") // so that no two are equal
	}
	return ties
}

// reviewShape finds what is missing or contradicts itself.
func (r *reader) reviewShape(n *node, v *Review) {
	for _, name := range []string{"every", "score"} {
		if n.find(name) == nil {
			r.add(n, sayf("needs_field", "a review needs %q", "评审需要 %q", name))
		}
	}
	groups, ladder := n.find("groups"), n.find("ladder")
	switch {
	case groups == nil && ladder == nil:
		r.add(n, say("needs_targets", "a review needs groups: (it moves between groups) or ladder: (it moves between tiers)", "评审需要 groups（在群之间调整）或 ladder（在层级之间调整）"))
	case groups != nil && ladder != nil:
		r.add(ladder, say("two_targets", "a review has groups: or ladder:, not both", "评审只能有 groups 或 ladder 之一"))
	}
	if n.find("up") == nil && n.find("down") == nil && n.find("back") == nil {
		r.add(n, say("needs_move", "a review needs up:, down: or back:", "评审需要 up、down 或 back"))
	}
	for _, name := range []string{"all_groups", "min_group"} {
		if x := n.find(name); x != nil && groups == nil {
			r.add(x, sayf("groups_only", "%q is only for reviews of groups", "%q 只用于群的评审", name))
		}
	}
	if x := n.find("exempt"); x != nil && n.find("down") == nil {
		r.add(x, say("exempt_alone", "exempt shields from down, and there is no down", "exempt 用于免于 down，这里没有 down"))
	}
	for _, m := range []struct {
		name string
		move *Move
	}{{"up", v.Up}, {"down", v.Down}, {"back", v.Back}} {
		if m.move != nil && groups != nil {
			r.inGroups(n.find(m.name), v.Groups)
		}
	}
}

// inGroups checks that a move stays among the reviewed groups.
func (r *reader) inGroups(n *node, groups []string) {
	for _, name := range []string{"from", "to"} {
		x := n.find(name)
		if x == nil || x.text == "" || slices.Contains(groups, x.text) {
			continue
		}
		r.add(x, sayf("not_reviewed", "%q is not among the groups of this review", "%q 不在本评审的 groups 里", x.text).meant(x.text, groups))
	}
}
