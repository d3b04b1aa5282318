package expression

import (
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// TestComplete: at ^ the first labels are these.
func TestComplete(t *testing.T) {
	for text, want := range map[string]string{
		`member.po^`:                                 `member.points`,
		`member.ti^`:                                 `member.tier member.tiers.default member.tiers.vip`,
		`member.attrs.c^`:                            `member.attrs.city`,
		`event.props.^`:                              `event.props.kind event.props.content_id event.props.value event.props.ratio`,
		`event.pr^ and member.left`:                  `event.props.kind event.props.content_id event.props.value`,
		`has_^`:                                      `has_badge`,
		`has_badge("^`:                               `helper`,
		`in_group("c^`:                               `core`,
		`tier("^`:                                    `onlooker participant active leader`,
		`holiday("mid^`:                              `mid-autumn`,
		`events("^`:                                  `invite.joined message.sent order.paid own.thing vote.received`,
		`events("mess^", "7d").count()`:              `message.sent`,
		`events("message.sent", "^`:                  `7d today this_week this_month 12mo all 24h 30d 2w`,
		`growth("message.sent", "th^`:                `this_week this_month`,
		`silent_for("^`:                              `7d today this_week`,
		`events("message.sent", "7d").^`:             `.count .sum .avg .min .max .distinct .days .streak .first .last`,
		`events("message.sent", "7d").st^`:           `.streak`,
		`events("order.paid", "7d").sum("^`:          `amount content_id items`,
		`events("order.paid", "7d", {^`:              `amount content_id items content group origin`,
		`events("order.paid", "7d", {amount: 3, gr^`: `group`,
		`local(now).^`:                               `.year .month .day .hour .minute .weekday`,
		`member.points ^`:                            `== != >= <= > < and or in not in`,
		`member.points >= 3 a^`:                      `and`,
		`member.tier == "^`:                          `onlooker participant active leader`,
		`member.tier in ["active", "l^`:              `leader`,
		`event.props.kind == "^`:                     `answer question`,
		`group.phase != "^`:                          `import growth mature decline`,
		`"^`:                                         `new vip`,
		`member.points >= 3 and member.le^`:          `member.left`,
		`event.type == "^`:                           `vote.received`,
		`member.name^`:                               ``,
		`score^`:                                     ``,
		`member.points // ^`:                         ``,
		`any(member.tags, # ^`:                       `== != >=`,
		`local(now).hour ^`:                          `== != >=`,
		`today()^`:                                   `== != >=`,
		`积分^`:                                        `member.points`,
		`(member.points >= 3) and (ev^`:              `event.id event.type event.at`,
	} {
		cursor := len([]rune(text[:strings.IndexByte(text, '^')]))
		src := strings.Replace(text, "^", "", 1)
		var got []string
		offers := Complete(src, cursor, vocabulary())
		for _, o := range offers {
			got = append(got, o.Label)
			if o.From < 0 || o.From > cursor {
				t.Errorf("%s: %+v begins outside", text, o)
			}
		}
		if s := strings.Join(got, " "); !strings.HasPrefix(s, want) || want == "" && s != "" {
			t.Errorf("%s offers %q, not %q", text, s, want)
		}
	}
}

// TestCompletionsCompile: what is offered as a name compiles when it is taken.
func TestCompletionsCompile(t *testing.T) {
	voc := vocabulary()
	for _, o := range Complete("", 0, voc) {
		if o.Kind != "name" {
			continue
		}
		if p, problems := Compile(o.Insert, AnyKind, voc, engine.NewMetricTable()); p == nil {
			t.Errorf("%s: %+v", o.Insert, problems)
		}
	}
	src := `events("message.sent", "7d").days() >= 3 and member.tier == "active"`
	for i := range len(src) + 1 {
		Complete(src, i, voc)
		Complete(src[:i], i+5, voc)
	}
	if offers := Complete("events(\"message.sent\", pe", 25, review()); len(offers) == 0 || offers[0].Label != "period" {
		t.Errorf("%+v", offers)
	}
}
