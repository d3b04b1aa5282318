package rules

import (
	"github.com/bylaw-dev/bylaw/engine"
)

// shape finds fields that a kind of rule needs or has no use for.
func (r *reader) shape(n *node) {
	for _, name := range []string{"key", "kind", "title"} {
		if n.find(name) == nil {
			r.add(n.start(), sayf("needs_field", "a rule needs %q", "规则需要 %q", name))
		}
	}
	if v := n.find("title"); v != nil && v.kind == mappingNode && len(v.entries) == 0 {
		r.add(v, say("needs_title", "a title needs en: or zh:", "标题需要 en 或 zh"))
	}
	r.triggers(n)
	switch r.doc.Kind {
	case engine.Threshold:
		r.threshold(n)
	case engine.TierRule:
		r.tierRule(n)
	case engine.RewardRule, engine.Campaign:
		r.only(n, "otherwise", "a threshold", "门槛规则")
		r.only(n, "group", "a threshold", "门槛规则")
		r.only(n, "tier", "a rule of kind tier", "层级规则")
		r.only(n, "review", "a rule of kind tier", "层级规则")
		if n.find("then") == nil {
			r.add(n.start(), say("needs_then", "the rule does nothing: it needs then:", "这条规则什么也不做：需要 then").
				hinted("add then: and a list of effects", "请加上 then 和效果列表"))
		}
	}
	r.timing(n)
	for _, e := range r.doc.Then {
		r.allowed(&e)
	}
	for _, e := range r.doc.Otherwise {
		r.allowed(&e)
	}
}

// start is the first character of a mapping, where what is missing is reported.
func (n *node) start() *node {
	c := *n
	c.to = c.from + len(firstRune(c.src.text[c.from:]))
	return &c
}

// only reports a field that another kind of rule has.
func (r *reader) only(n *node, name, en, zh string) {
	if v := n.find(name); v != nil {
		r.add(v, sayf("not_here", "%q belongs to "+en, "%q 只用于"+zh, name).hinted("delete it, or change kind:", "请删掉，或修改 kind"))
	}
}

// triggers checks that exactly one thing sets the rule off.
func (r *reader) triggers(n *node) {
	var given []string
	for _, name := range []string{"on", "every", "review"} {
		if n.find(name) != nil {
			given = append(given, name)
		}
	}
	switch {
	case r.doc.Kind == engine.Threshold:
		for _, name := range given {
			if v := n.find(name); name != "on" || len(r.doc.On) != 1 || r.doc.On[0] != GroupApplied {
				r.add(v, sayf("threshold_trigger", "a threshold is asked on %s, not by %q", "门槛规则由 %s 触发，不能写 %q", GroupApplied, name).
					hinted("delete it", "请删掉"))
			}
		}
	case len(given) == 0:
		r.add(n.start(), say("needs_trigger", "nothing sets the rule off: it needs on: (an event type) or every: (a schedule)", "没有触发条件：需要 on（事件类型）或 every（定时）"))
	case len(given) > 1:
		en, zh := quoteAll(given)
		r.add(n.find(given[1]), say("two_triggers", "only one thing sets a rule off, not "+en+" together", "一条规则只能有一个触发条件，不能同时写 "+zh).
			hinted("make two rules", "请写成两条规则"))
	}
}

var answers = map[engine.EffectKind]bool{engine.Admit: true, engine.Wait: true, engine.Deny: true}

func (r *reader) threshold(n *node) {
	if n.find("group") == nil {
		r.add(n.start(), say("needs_group", "a threshold needs group: and the group it guards", "门槛规则需要 group：所把守的群"))
	}
	if n.find("when") == nil {
		r.add(n.start(), say("needs_when", "a threshold needs when: and the condition to enter", "门槛规则需要 when：入群条件"))
	}
	for _, name := range []string{"tier", "limits", "once", "after"} {
		if v := n.find(name); v != nil {
			r.add(v, sayf("not_here", "a threshold has no %q", "门槛规则不能有 %q", name).
				hinted("write another rule on group.joined for what follows", "后续动作请另写一条 group.joined 的规则"))
		}
	}
	r.oneAnswer(n, "then", r.doc.Then)
	r.oneAnswer(n, "otherwise", r.doc.Otherwise)
}

// oneAnswer checks that the applicant gets one answer. Otherwise may leave it
// out, which denies.
func (r *reader) oneAnswer(n *node, name string, effects []Effect) {
	var found []Effect
	for _, e := range effects {
		if answers[e.Kind] {
			found = append(found, e)
		}
	}
	switch {
	case len(found) > 1:
		r.add(found[1].n, say("two_answers", "an applicant gets one answer: admit, wait or deny", "申请只能有一个答复：admit、wait 或 deny"))
	case len(found) == 0 && name == "then":
		at := n.start()
		if v := n.find(name); v != nil {
			at = v
		}
		r.add(at, say("needs_answer", "a threshold needs admit, wait or deny in then:", "门槛规则的 then 里需要 admit、wait 或 deny").
			hinted("add - admit", "请加上 - admit"))
	}
}

func (r *reader) tierRule(n *node) {
	tier, review := n.find("tier"), n.find("review")
	switch {
	case tier == nil && review == nil:
		r.add(n.start(), say("needs_tier", "a rule of kind tier needs tier: (by a condition) or review: (by a ranking)", "层级规则需要 tier（按条件）或 review（按排名）"))
	case review != nil:
		for _, name := range []string{"tier", "subject", "audience", "when", "once", "then", "after", "unless", "limits", "ladder"} {
			if v := n.find(name); v != nil {
				r.add(v, sayf("not_here", "a review has no %q beside it", "有 review 时不能写 %q", name).
					hinted("conditions of a review stand in up:, down: and back:", "评审的条件写在 up、down、back 里"))
			}
		}
	case n.find("when") == nil:
		r.add(n.start(), say("needs_when", "a tier rule needs when: and the condition to move up", "层级规则需要 when：升级条件"))
	}
	r.only(n, "otherwise", "a threshold", "门槛规则")
	r.only(n, "group", "a threshold", "门槛规则")
	if v := n.find("subject"); v != nil && review == nil && r.doc.Subject != engine.SubjectMember {
		r.add(v, say("tier_subject", "only members have tiers", "只有成员有层级").hinted("delete subject:", "请删掉 subject"))
	}
}

// timing checks the fields that go with one kind of trigger.
func (r *reader) timing(n *node) {
	for _, name := range []string{"misfire", "audience"} {
		if v := n.find(name); v != nil && n.find("every") == nil && n.find("review") == nil {
			r.add(v, sayf("schedule_only", "%q is only for schedules (every:)", "%q 只用于定时规则（every）", name).
				hinted("put the condition into when:", "请把条件写进 when"))
		}
	}
	if v := n.find("after"); v != nil && n.find("every") != nil {
		r.add(v, say("after_event", "after: waits from an event, and a schedule has none", "after 从事件起算，定时规则没有事件"))
	}
	if v := n.find("unless"); v != nil && n.find("after") == nil {
		r.add(v, say("unless_alone", "unless: cancels what after: waits for, and there is no after:", "unless 用于取消 after 的等待，这里没有 after").
			hinted("add after:, or put not (...) into when:", "请加上 after，或在 when 里写 not (...)"))
	}
	if v := n.find("subject"); v != nil && n.find("every") != nil && r.doc.Subject == engine.SubjectContent {
		r.add(v, say("content_schedule", "a schedule is about members, groups or the workspace", "定时规则的对象是成员、群或整个空间"))
	}
	if v := n.find("audience"); v != nil && r.doc.Subject == engine.SubjectWorkspace {
		r.add(v, say("no_audience", "a rule about the workspace has no audience", "针对整个空间的规则没有 audience"))
	}
}

// allowed checks an effect against the kind and the subject of the rule.
func (r *reader) allowed(e *Effect) {
	schema, ok := engine.SchemaOf(e.Kind)
	if !ok {
		return
	}
	if answers[e.Kind] && r.doc.Kind != engine.Threshold && r.doc.Kind != "" {
		r.add(e.n, sayf("not_here", "%q belongs to a threshold", "%q 只用于门槛规则", e.Kind).
			hinted("use join_group to add a member to a group", "要把成员加入群，请用 join_group"))
	}
	r.nobody(e)
	if schema.Needs != "" && r.doc.Subject != schema.Needs && r.doc.Subject != "" {
		about := subjectNouns[r.doc.Subject]
		r.add(e.n, say("wrong_subject", quote(string(e.Kind))+" needs a rule about a member, and this one is about "+about.En,
			quote(string(e.Kind))+" 需要针对成员的规则，这条规则针对"+about.Zh))
	}
}

// nobody reports a message to a member where the rule is about none.
func (r *reader) nobody(e *Effect) {
	to, ok := e.find("to")
	if e.Kind != engine.Send || r.doc.Subject == engine.SubjectMember || r.doc.Subject == "" || ok && to.text != "member" {
		return
	}
	about := subjectNouns[r.doc.Subject]
	r.add(e.n, say("no_member", "the rule is about "+about.En+", so there is no member to send to", "这条规则针对"+about.Zh+"，没有可发送的成员").
		hinted("write to: group, officer, user or segment", "请写 to: group、officer、user 或 segment"))
}

var subjectNouns = map[engine.SubjectKind]engine.Text{
	engine.SubjectMember: {En: "a member", Zh: "成员"}, engine.SubjectGroup: {En: "a group", Zh: "群"},
	engine.SubjectContent: {En: "a piece of content", Zh: "内容"}, engine.SubjectWorkspace: {En: "the workspace", Zh: "整个空间"},
}
