package expression

import (
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// TestDocs: every word has a sentence in both languages, and an example that
// compiles here and with expr.
func TestDocs(t *testing.T) {
	voc := review()
	voc.Event, voc.On, voc.Texts = true, []string{"vote.received"}, true
	seen := map[string]bool{}
	for _, d := range Docs() {
		if d.Text.En == "" || d.Text.Zh == "" || d.Usage == "" || d.Kind == "" {
			t.Errorf("%s has no words: %+v", d.Name, d)
		}
		if seen[d.Kind+d.Name] {
			t.Errorf("%s twice", d.Name)
		}
		seen[d.Kind+d.Name] = true
		p, problems := Compile(d.Example, AnyKind, voc, engine.NewMetricTable())
		if p == nil {
			t.Errorf("%s: %s: %+v", d.Name, d.Example, problems)
			continue
		}
		compilesWithExpr(t, d.Example, voc)
	}
}

// TestAcceptedByExpr: everything that our own tests accept, expr accepts too.
func TestAcceptedByExpr(t *testing.T) {
	voc := review()
	voc.Event, voc.On = true, []string{"vote.received"}
	for _, src := range accepted {
		mustCompile(t, src, AnyKind, voc)
		compilesWithExpr(t, src, voc)
	}
}

// accepted are rules as operators write them.
var accepted = []string{
	`event.props.kind == "answer" and events("vote.received", "all", {content_id: event.props.content_id}).sum("value") >= 10`,
	`member.rank >= tier("active") and not member.left and not has_badge("helper")`,
	`events("message.sent", period).count() + 5 * events("invite.joined", period).count()`,
	`member.days_in_group < 7 or member.officer`,
	`（member.points ＞ 3）and "a" in member.tags`,
	`local(now).hour >= 9 and local(now).weekday <= 5 and workday()`,
	`floor(event.props.ratio * 100) + member.points`,
	`member.attrs.城市 == "杭州" or event.props.颜色 != "红"`,
	`(events("order.paid", "30d").avg("amount") ?? 0) > 100.5`,
	`now - events("message.sent", "all").last() > duration("336h") and growth("message.sent", "this_week") < 0.5`,
	`any(member.tags, # startsWith "vip-") ? 2 : 1`,
	`score >= 10 and 1 <= member.rank <= 3`,
	`event.props["kind"] in ["a", "b"] and member.tiers["vip"] == "gold"`,
}
