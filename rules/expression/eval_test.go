package expression

import (
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// TestValues says what expressions give on the facts of env_test.go. Metrics are
// numbered in the order in which they are met: the first counts 7, the second 0.
func TestValues(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`event.props.kind == "answer"`, "true"},
		{`event.props.kind == "answer" and member.points >= 100`, "true"},
		{`member.points + 3 * 2 - 1`, "125"},
		{`member.points / 7`, "17.142857"},
		{`member.points / 7 * 7 == 120`, "true"},
		{`member.points % 7`, "1"},
		{`event.props.ratio * 2`, "5"},
		{`event.props.ratio + 1 == 3.5`, "true"},
		{`0.1 + 0.2 == 0.3`, "true"},
		{`-event.props.value`, "-7"},
		{`+event.props.value`, "7"},
		{`1 < member.rank < 3`, "true"},
		{`member.rank < tier("active")`, "true"},
		{`member.tier`, "participant"},
		{`member.tiers.vip`, ""},
		{`member.points > 100 ? "many" : "few"`, "many"},
		{`event.props.due ?? now`, "2026-11-04T02:30:00Z"},
		{`known(event.props.due)`, "false"},
		{`known(event.props.kind)`, "true"},
		{`"vip" in member.tags`, "true"},
		{`"vip" not in member.tags`, "false"},
		{`event.group in ["second", "core"]`, "true"},
		{`event.props.value in [1, 7]`, "true"},
		{`event.props.value in [1, 7.0]`, "true"},
		{`event.props.kind contains "nsw"`, "true"},
		{`event.props.kind startsWith "an" and event.props.kind endsWith "er"`, "true"},
		{`event.props.kind matches "^a.*r$"`, "true"},
		{`any(member.tags, # startsWith "v")`, "true"},
		{`all(event.props.marks, # > 2)`, "true"},
		{`none(event.props.marks, # > 2)`, "false"},
		{`one(event.props.marks, # > 3)`, "true"},
		{`count(event.props.marks, # > 2)`, "2"},
		{`sum(event.props.marks)`, "8"},
		{`sum(event.props.marks, # * 2)`, "16"},
		{`sum(filter(event.props.marks, # > 3))`, "5"},
		{`map(member.tags, upper(#))`, "NEW, VIP"},
		{`len(member.city ?? "")`, "-"},
		{`len(member.attrs.city)`, "2"},
		{`lower("ABC") + upper("d") + trim(" e ")`, "abcDe"},
		{`abs(-3) + min(4, 2) + max(1, 9)`, "14"},
		{`max(event.props.marks)`, "5"},
		{`floor(7 / 2) + ceil(7 / 2) + round(7 / 2)`, "11"},
		{`floor(-3.5)`, "-4"},
		{`round(-2.5)`, "-3"},
		{`date("2026-11-04")`, "2026-11-03T16:00:00Z"},
		{`date("2026-11-04 08:00:00")`, "2026-11-04T00:00:00Z"},
		{`date("2026-11-04T08:00:00Z")`, "2026-11-04T08:00:00Z"},
		{`now - date("2026-11-03") > duration("24h")`, "true"},
		{`duration("36h") * 2`, "72h0m0s"},
		{`local(now).hour * 100 + local(now).minute`, "1030"},
		{`local(now).weekday`, "3"},
		{`today()`, "2026-11-03T16:00:00Z"},
		{`workday()`, "true"},
		{`holiday("double-ninth")`, "false"},
		{`has_badge("helper") and not has_badge("other")`, "true"},
		{`in_group("core")`, "true"},
		{`member.days_in_group`, "5"},
		{`member.officer`, "true"},
		{`member.left`, "false"},
		{`member.groups`, "core"},
		{`group.size < group.capacity and group.stage == 3`, "true"},
		{`group.phase + group.type`, "growthlearning"},
		{`events("message.sent", "7d").count()`, "7"},
		{`events("message.sent", "7d").count() >= 5 and events("message.sent", "7d").count() < 8`, "true"},
		{`silent_for("7d")`, "false"},
		{`purchased("7d")`, "true"},
		{`event.content == "c1" and event.origin == "x"`, "unknown:missing_prop"},
		{`member.points / (member.points - 120) > 1`, "unknown:divided_by_zero"},
		{`event.props.other + 1`, "unknown:missing_prop"},
		{`event.props["kind"]`, "answer"},
		{`（member.points ＞= 100）and event.props.kind ＝＝ "answer"`, "true"},
	} {
		p, problems := Compile(c.src, AnyKind, vocabulary(), engine.NewMetricTable())
		if c.want == "-" {
			if p != nil {
				t.Errorf("%s compiled", c.src)
			}
			continue
		}
		if p == nil {
			t.Errorf("%s: %+v", c.src, problems)
			continue
		}
		f := facts()
		f.Metrics = metricValues{0: engine.IntValue(7)}
		v, err := p.Expression().Eval(f)
		got := v.Text()
		if v.Kind == engine.Unknown {
			got += ":" + v.Str
		}
		if err != nil || got != c.want {
			t.Errorf("%s is %s %v, not %s", c.src, got, err, c.want)
		}
	}
}
