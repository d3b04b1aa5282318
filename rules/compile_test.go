package rules

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// shown is a compiled rule as JSON can show it: expressions by their source.
func shown(r *engine.Rule) string {
	type field struct {
		Name, Key, Expr string `json:",omitempty"`
		Props           int    `json:",omitempty"`
	}
	type effect struct {
		Kind   engine.EffectKind
		Fields []field
	}
	source := func(x interface {
		Explain(*engine.Facts) *engine.Finding
	}) string {
		return x.Explain(&engine.Facts{Steps: engine.MaxSteps, Defs: &engine.Definitions{}}).Source
	}
	out := map[string]any{"kind": r.Kind, "subject": r.Subject, "once": r.Once, "metrics": len(r.Metrics), "version": r.Version}
	if r.When != nil {
		out["when"] = source(r.When)
	}
	if len(r.Keys) > 0 {
		out["keys"] = r.Keys
	}
	if r.Tier != nil {
		out["tier"] = []any{r.Tier.Ladder, r.Tier.To, source(r.Tier.Hold), r.Tier.Grace.String()}
	}
	if v := r.Review; v != nil {
		out["review"] = []any{v.Every, v.Groups, v.Ties, v.Notice.String(), v.MinGroup, v.AllGroups, source(v.Score),
			v.Up.Count, v.Up.From, v.Up.To, source(v.Up.When), v.Back.Count, source(v.Exempt)}
	}
	if r.Group != "" {
		out["group"] = r.Group
	}
	if r.After != 0 {
		out["after"] = r.After.String()
	}
	if r.Limits.PerMember != nil {
		out["limits"] = []any{r.Limits.PerMember, r.Limits.Total, r.Limits.Budget, r.Limits.Cooldown.String()}
	}
	var effects []effect
	for _, plan := range r.Then {
		e := effect{Kind: plan.Kind}
		for _, f := range plan.Fields {
			x := field{Name: f.Name, Key: f.Key, Props: len(f.Props)}
			if f.Expr != nil {
				x.Expr = source(f.Expr)
			}
			e.Fields = append(e.Fields, x)
		}
		effects = append(effects, e)
	}
	if effects != nil {
		out["then"] = effects
	}
	out["on"], out["every"], out["ladder"] = r.On, r.Every, r.Ladder
	b, err := json.Marshal(out)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestCompile(t *testing.T) {
	for _, c := range []struct{ name, document, want string }{
		{"reward", `
key: a
kind: reward
title: {en: A, zh: 甲}
on: [vote.received, answer.accepted]
when: 'event.props.kind == "answer" and events("vote.received", "7d").sum("value") >= 10'
once: event.props.content_id
after: 3d
limits: {per_member: {times: 5, per: day}, total: {times: 9, per: ever}, budget: {points: 7, per: month}, cooldown: 1h}
then:
  - grant_points: {amount: 10, expires: 2w, reason: 'for {{ event.props.content_id }}'}
  - grant_points: {amount: 'events("vote.received", "30d").count() * 2', account: points}
  - send: {channel: mail, template: hello}
  - emit: {type: my.type, props: {b: 'event.props.value', a: '1'}}
`, `{"after":"72h0m0s","every":"","keys":[{"Path":"props.kind","Values":["answer"]}],"kind":"reward","ladder":"default",` +
			`"limits":[{"Times":5,"Per":"day"},{"Times":9,"Per":"ever"},{"points":{"Times":7,"Per":"month"}},"1h0m0s"],` +
			`"metrics":2,"on":["answer.accepted","vote.received"],"once":"expression","subject":"member",` +
			`"then":[{"Kind":"grant_points","Fields":[{"Name":"amount","Expr":"10"},{"Name":"expires","Expr":"336h0m0s"},{"Name":"reason","Expr":"for {{ event.props.content_id }}"}]},` +
			`{"Kind":"grant_points","Fields":[{"Name":"amount","Expr":"events(\"vote.received\", \"30d\").count() * 2"},{"Name":"account","Key":"points"}]},` +
			`{"Kind":"send","Fields":[{"Name":"channel","Key":"mail"},{"Name":"template","Key":"hello","Expr":"Hello {{ member.name }}"}]},` +
			`{"Kind":"emit","Fields":[{"Name":"type","Key":"my.type"},{"Name":"props","Props":2}]}],` +
			`"version":3,"when":"event.props.kind == \"answer\" and events(\"vote.received\", \"7d\").sum(\"value\") \u003e= 10"}`},
		{"threshold", `
key: a
kind: threshold
title: A
group: core
when: group.size < 500
then: [admit]
`, `{"every":"","group":"core","kind":"threshold","ladder":"default","metrics":0,"on":["group.applied"],"once":"event","subject":"member",` +
			`"then":[{"Kind":"admit","Fields":null}],"version":3,"when":"group.size \u003c 500"}`},
		{"tier", `
key: a
kind: tier
title: A
on: message.sent
when: events("message.sent", "30d").count() >= 10
tier: {to: active, hold: 'events("message.sent", "30d").count() >= 5', grace: 14d}
`, `{"every":"","kind":"tier","ladder":"default","metrics":1,"on":["message.sent"],"once":"event","subject":"member",` +
			`"then":[{"Kind":"move_tier","Fields":[{"Name":"to","Key":"active"},{"Name":"ladder","Key":"default"}]}],"tier":["default","active","events(\"message.sent\", \"30d\").count() \u003e= 5","336h0m0s"],"version":3,"when":"events(\"message.sent\", \"30d\").count() \u003e= 10"}`},
		{"review", `
key: a
kind: tier
title: A
review:
  every: half_month
  groups: [second, core, held-back]
  score: events("message.sent", period).count()
  up: {top: 3, from: second, to: core, when: score >= 10}
  down: {bottom: 10, from: second, to: held-back}
  back: {from: held-back, to: second, when: score >= 5}
  exempt: member.officer
  ties: [score, joined_at]
  notice: 7d
  min_group: 18
`, `{"every":"","kind":"tier","ladder":"default","metrics":2,"on":null,"once":"event",` +
			`"review":["half_month",["second","core","held-back"],["score","joined_at","id"],"168h0m0s",18,false,"events(\"message.sent\", period).count()",` +
			`3,"second","core","score \u003e= 10",0,"member.officer"],"subject":"member","version":3}`},
		{"schedule", `
key: a
kind: campaign
title: A
every: '0  9 * * 1-5'
audience: silent_for("14d")
then:
  - send: {channel: mail, text: 'Hi {{ member.name }}', valid_for: 6h}
`, `{"every":"0 9 * * 1-5","kind":"campaign","ladder":"default","metrics":1,"on":null,"once":"event","subject":"member",` +
			`"then":[{"Kind":"send","Fields":[{"Name":"channel","Key":"mail"},{"Name":"text","Expr":"Hi {{ member.name }}"},{"Name":"valid_for","Expr":"6h0m0s"}]}],"version":3}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, _ := Parse([]byte(c.document))
			rule, found := Compile(doc, 3, town(), engine.NewMetricTable())
			if len(found) > 0 {
				t.Fatal(Format("", "en", found))
			}
			if got := shown(rule); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestTextsInLanguages checks that a template speaks the member's language, else
// the workspace's, else the one it has.
func TestTextsInLanguages(t *testing.T) {
	en, zh := constant{engine.StringValue("Hi")}, constant{engine.StringValue("你好")}
	for _, c := range []struct {
		text              inLanguage
		member, workspace string
		want              string
	}{
		{inLanguage{en, zh}, "", "zh", "你好"},
		{inLanguage{en, zh}, "", "en", "Hi"},
		{inLanguage{en, zh}, "en", "zh", "Hi"},
		{inLanguage{en, zh}, "zh-CN", "en", "你好"},
		{inLanguage{en, zh}, "", "", "Hi"},
		{inLanguage{en: en}, "zh", "zh", "Hi"},
		{inLanguage{zh: zh}, "en", "en", "你好"},
	} {
		f := &engine.Facts{Member: &engine.Member{Lang: c.member}, Defs: &engine.Definitions{Settings: engine.Settings{Lang: c.workspace}}}
		v, err := c.text.Eval(f)
		if err != nil || v.Str != c.want || c.text.Explain(f).Value.Str != c.want {
			t.Errorf("member %q, workspace %q: %q, %v, want %q", c.member, c.workspace, v.Str, err, c.want)
		}
	}
}

// TestReviewMetrics checks whose events a review counts: those of the group
// under review, of every group, or of a ladder's members anywhere.
func TestReviewMetrics(t *testing.T) {
	for _, c := range []struct {
		name, targets, ends string
		want                []string
	}{
		{"of a group", "groups: [second, core]", "from: second, to: core", []string{"member|message.sent|group=$group|period|count|", "member|*|group=$group|period|days|"}},
		{"of all groups", "groups: [second, core], all_groups: true", "from: second, to: core", []string{"member|message.sent|period|count|", "member|*|period|days|"}},
		{"of a ladder", "ladder: default", "from: participant, to: active", []string{"member|message.sent|period|count|", "member|*|period|days|"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := engine.NewMetricTable()
			doc, _ := Parse([]byte("key: a\nkind: tier\ntitle: A\nreview: {every: week, " + c.targets +
				", score: 'events(\"message.sent\", period).count()', up: {top: 1, " + c.ends + "}}\n"))
			rule, found := Compile(doc, 1, town(), table)
			if rule == nil {
				t.Fatal(Format("", "en", found))
			}
			var got []string
			for _, m := range table.All {
				got = append(got, m.Key())
			}
			if !slices.Equal(got, c.want) || table.All[rule.Review.ActiveDays].Agg != engine.Days || len(rule.Metrics) != 2 {
				t.Errorf("metrics %q, want %q; %v, %d", got, c.want, rule.Metrics, rule.Review.ActiveDays)
			}
		})
	}
}

func TestPersonal(t *testing.T) {
	for text, want := range map[string]bool{"Hi {{ member.name }}": true, "Hi {{ member.id }}": false, "Hi": false} {
		doc, _ := Parse([]byte("key: a\nkind: campaign\ntitle: A\non: message.sent\nthen: [send: {channel: mail, text: '" + text + "'}]\n"))
		rule, found := Compile(doc, 1, town(), engine.NewMetricTable())
		if rule == nil || rule.Personal != want {
			t.Errorf("%q: %v, want %v %s", text, rule, want, Format("", "en", found))
		}
	}
}
