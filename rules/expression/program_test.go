package expression

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// TestMetrics: what each call asks the window store for.
func TestMetrics(t *testing.T) {
	voc := review()
	voc.Event, voc.On = true, []string{"vote.received"}
	for src, want := range map[string]string{
		`events("message.sent", "7d").count() > 1`:                                                              `member|message.sent|7d|count|`,
		`events("vote.received", "all", {content_id: event.props.content_id, kind: "answer"}).sum("value") > 1`: `member|vote.received|content_id=$props.content_id|kind=s:answer|all|sum|value`,
		`events("vote.received", "all", {kind: "answer", content_id: event.props.content_id}).sum("value") > 1`: `member|vote.received|content_id=$props.content_id|kind=s:answer|all|sum|value`,
		`events("vote.received", "7d", {group: event.group, content: "c", origin: "o"}).days() > 1`:             `member|vote.received|content=s:c|group=$group|origin=s:o|7d|days|`,
		`events("order.paid", "7d", {amount: 3}).count() > 1`:                                                   `member|order.paid|amount=d:3|7d|count|`,
		`events("order.paid", "7d", {amount: -3.5}).count() > 1`:                                                `member|order.paid|amount=d:-3.5|7d|count|`,
		`group_events("message.sent", "24h").distinct("length") > 1`:                                            `group|message.sent|24h|distinct|length`,
		`content_events("vote.received", "12mo").avg("value") > 1`:                                              `content|vote.received|12mo|avg|value`,
		`events("message.sent", period).streak() > 1`:                                                           `member|message.sent|period|streak|`,
		`growth("message.sent", "7d") > 1`:                                                                      `member|message.sent|7d|growth|`,
		`silent_for("14d")`:                                                                                     `member|*|14d|count||-`,
		`purchased("30d")`:                                                                                      `member|order.paid|30d|count|`,
		`invited("30d") > 1`:                                                                                    `member|invite.joined|30d|count||-`,
		`previous("order.paid") < now`:                                                                          `member|order.paid|all|last||-`,
		`events("message.sent", "7d").distinct("group") > 1`:                                                    `member|message.sent|7d|distinct|group`,
		`events("*", "7d").days() > 1`:                                                                          `member|*|7d|days|`,
	} {
		table := engine.NewMetricTable()
		p, problems := Compile(src, Want(engine.Bool), voc, table)
		if p == nil {
			t.Errorf("%s: %+v", src, problems)
			continue
		}
		if len(table.All) != 1 || table.All[0].Key() != want || !slices.Equal(p.Metrics(), []int{0}) {
			t.Errorf("%s asks for %v, not %s", src, table.All, want)
		}
		again, _ := Compile(src+` or member.left`, Want(engine.Bool), voc, table)
		if len(table.All) != 1 || !slices.Equal(again.Metrics(), p.Metrics()) {
			t.Errorf("%s does not share its metric", src)
		}
	}
	table := engine.NewMetricTable()
	if p, _ := Compile(`events("message.sent", "7d").count() > 1 and oops`, Want(engine.Bool), voc, table); p != nil || len(table.All) != 0 {
		t.Errorf("a refused expression left metrics behind: %v", table.All)
	}
}

// TestKeys: what an index may use.
func TestKeys(t *testing.T) {
	for src, want := range map[string]string{
		`event.props.kind == "answer" and member.left`:                       `props.kind=[answer]`,
		`"answer" == event.props.kind`:                                       `props.kind=[answer]`,
		`event.props.value in [1, 2.0] and event.group == "core"`:            `props.value=[1 2] group=[core]`,
		`event.content == "c" and (event.origin == "o" and member.left)`:     `content=[c] origin=[o]`,
		`event.props.kind == "answer" or member.left`:                        ``,
		`not (event.props.kind == "answer")`:                                 ``,
		`event.props.kind != "answer"`:                                       ``,
		`event.props.kind == event.group`:                                    ``,
		`event.props.other == true and event.props.ratio == 2.5`:             `props.other=[true] props.ratio=[2.5]`,
		`member.tier == "active"`:                                            ``,
		`(event.props.kind ?? "answer") == "answer"`:                         ``,
		`member.left ? event.props.kind == "answer" : event.group == "core"`: ``,
	} {
		var got []string
		for _, k := range mustCompile(t, src, Want(engine.Bool), vocabulary()).Keys() {
			var values []string
			for _, v := range k.Values {
				values = append(values, v.Text())
			}
			got = append(got, fmt.Sprintf("%s=%v", k.Path, values))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s has keys %v, not %s", src, got, want)
		}
	}
}

func TestBounds(t *testing.T) {
	for src, want := range map[string]string{
		`events("message.sent", "7d").count() >= 3`:                                               `0>=3`,
		`events("message.sent", "7d").count() > 3 and member.left`:                                `0>=4`,
		`3 < events("message.sent", "7d").count() and 9 <= events("message.sent", "30d").count()`: `0>=4 1>=9`,
		`events("message.sent", "7d").count() > 9223372036854775807`:                              ``,
		`events("message.sent", "7d").count() <= 3`:                                               ``,
		`events("message.sent", "7d").count() == 3`:                                               ``,
		`events("message.sent", "7d").count() >= 2.5`:                                             ``,
		`events("message.sent", "7d").count() >= 3 or member.left`:                                ``,
		`not (events("message.sent", "7d").count() >= 3)`:                                         ``,
		`events("message.sent", "7d").count() + 1 >= 3`:                                           ``,
		`member.points >= 3`: ``,
		`events("message.sent", "7d").count() >= events("message.sent", "30d").count() - 3 and true`: ``,
	} {
		var got []string
		for _, b := range mustCompile(t, src, Want(engine.Bool), vocabulary()).Bounds() {
			got = append(got, fmt.Sprintf("%d>=%d", b.Metric, b.Least))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s has bounds %v, not %s", src, got, want)
		}
	}
}

func TestProgramSays(t *testing.T) {
	voc := vocabulary()
	p := mustCompile(t, `member.points >= 10 and "vip" in member.tags and events("message.sent", "7d").count() > event.props.value and any(member.groups, # == "a")`, Want(engine.Bool), voc)
	if got := strings.Join(p.Names(), " "); got != "any() event.props.value events() member.groups member.points member.tags" {
		t.Error(got)
	}
	if p.ReadsPersonal() || p.Kind() != engine.Bool || p.Cost() < MaxList || !strings.HasPrefix(p.Source(), "member.points") {
		t.Error(p.ReadsPersonal(), p.Kind(), p.Cost(), p.Source())
	}
	if cheap := mustCompile(t, "member.left", Want(engine.Bool), voc); cheap.Cost() != 1 {
		t.Error(cheap.Cost())
	}
	if v, ok := mustCompile(t, "-5", Want(engine.Int), voc).Constant(); !ok || v.Num != -5 {
		t.Error(v, ok)
	}
	voc.Texts = true
	if !mustCompile(t, "member.name", AnyKind, voc).ReadsPersonal() {
		t.Error("a name is personal")
	}
}

// TestConverted: a value typed at run time becomes what was wanted, or unknown.
func TestConverted(t *testing.T) {
	f := facts()
	f.Event.Props = []engine.Prop{{Name: "a", Value: engine.IntValue(3)}, {Name: "b", Value: engine.StringValue("x")}, {Name: "c", Value: engine.DecimalValue(4_000_000)}, {Name: "t", Value: engine.StringValue("2026-01-01T00:00:00Z")}}
	for _, c := range []struct {
		src  string
		want Kinds
		text string
	}{
		{"event.props.a", Want(engine.Int), "3"}, {"event.props.a", Want(engine.Decimal), "3"}, {"event.props.c", Want(engine.Int), "4"},
		{"event.props.b", Want(engine.Int), "unknown"}, {"event.props.b", Want(engine.String), "x"}, {"member.points", Want(engine.Decimal), "120"},
		{"event.props.t", Want(engine.Instant), "2026-01-01T00:00:00Z"}, {"event.props.a", AnyKind, "3"}, {"event.props.b", Want(engine.Int, engine.Bool), "unknown"},
	} {
		v, err := mustCompile(t, c.src, c.want, vocabulary()).Expression().Eval(f)
		if err != nil || v.Text() != c.text {
			t.Errorf("%s is %s %v, not %s", c.src, v.Text(), err, c.text)
		}
	}
	if tri, err := mustCompile(t, "event.props.b", Want(engine.Bool), vocabulary()).Condition().Eval(f); tri != engine.Maybe || err != nil {
		t.Error(tri, err)
	}
}

// TestWorkspaceDays: the workspace's own days win over the country's.
func TestWorkspaceDays(t *testing.T) {
	p := mustCompile(t, "workday()", Want(engine.Bool), vocabulary()).Condition()
	for day, want := range map[string]engine.Tri{"2026-11-04": engine.Yes, "2026-11-05": engine.No, "2026-11-07": engine.No, "2026-10-01": engine.No} {
		f := facts()
		f.Now = at(day + " 12:00:00")
		if got, _ := p.Eval(f); got != want {
			t.Errorf("%s: %v", day, got)
		}
	}
}

// TestRange: places survive the way into lines and columns and back.
func TestRange(t *testing.T) {
	src := "member.points > 1\n  and 群 == 2\n"
	problems := Check(src, Want(engine.Bool), vocabulary())
	from, to := Range(src, problems[0])
	if got := string([]rune(src)[from:to]); got != "群" {
		t.Errorf("%q at %d to %d", got, from, to)
	}
}

// TestOneRoom: in a review of groups, events() counts the reviewed group's only,
// unless the rule names a group itself.
func TestOneRoom(t *testing.T) {
	voc := review()
	voc.OneRoom = true
	for src, want := range map[string]string{
		`events("message.sent", period).count() > 1`:                  `member|message.sent|group=$group|period|count|`,
		`events("message.sent", period, {group: "core"}).count() > 1`: `member|message.sent|group=s:core|period|count|`,
		`group_events("message.sent", period).count() > 1`:            `group|message.sent|period|count|`,
	} {
		table := engine.NewMetricTable()
		if p, problems := Compile(src, Want(engine.Bool), voc, table); p == nil || table.All[0].Key() != want {
			t.Errorf("%s asks for %v, not %s: %+v", src, table.All, want, problems)
		}
	}
}
