package expression

import (
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

func TestTemplate(t *testing.T) {
	for text, want := range map[string]string{
		`hello`: `hello`,
		`hi {{ member.name }}, you have {{ member.points }} points`: `hi 小林, you have 120 points`,
		`{{member.name}}`:                                                 `小林`,
		`{{ event.props.phone }}`:                                         `unknown:missing_prop`,
		`{{ member.attrs.mobile }}`:                                       `138`,
		`don't “{{ member.tier }}” 《{{ group.key }}》`:                     `don't “participant” 《core》`,
		`{{ "}}" }} and {{ '{{' }}`:                                       `}} and {{`,
		`{{ events("vote.received", "7d", {kind: "}}"}).count() }} votes`: `3 votes`,
		`{{ event.at }}`:                                                  `2026-11-04 10:30`,
		`{{ now - member.joined_at }}`:                                    `34d10h`,
		`{{ member.tags }}, {{ member.points / 7 }}`:                      `new, vip, 17.142857`,
		`{{ member.left ? "bye" : "welcome" }}`:                           `welcome`,
		`{{ event.props.other ?? "nothing" }}`:                            `nothing`,
		`{{ event.props.other }}!`:                                        `unknown:missing_prop`,
		`{{ member.points }} {{ event.origin }}`:                          `unknown:missing_prop`,
		`{{ 1 / (member.points - 120) }}`:                                 `unknown:divided_by_zero`,
		`single { and } stay, }} too`:                                     `single { and } stay, }} too`,
		`{{ （member.points） }}`:                                           `120`,
	} {
		p, problems := CompileTemplate(text, vocabulary(), engine.NewMetricTable())
		if p == nil {
			t.Errorf("%s: %+v", text, problems)
			continue
		}
		f := facts()
		f.Metrics = fixed(3)
		got, unknown, err := p.Render(f)
		if unknown != "" {
			got = "unknown:" + string(unknown)
		}
		if err != nil || got != want {
			t.Errorf("%s gives %q %v, not %q", text, got, err, want)
		}
		v, err := p.Expression().Eval(f)
		if err != nil || unknown == "" && v.Str != want || unknown != "" && v.Reason() != unknown {
			t.Errorf("%s as a value is %v %v", text, v, err)
		}
	}
}

// TestTemplatePlaces: a hole's problems are placed in the whole text, its
// findings too.
func TestTemplatePlaces(t *testing.T) {
	text := "你好，{{ member.nmae }}！\n第二行 {{ member.points + }} {{ events(\"message.sent\", \"7 d\").count() }}"
	_, problems := CompileTemplate(text, vocabulary(), engine.NewMetricTable())
	var got []string
	for _, p := range problems {
		from, to := Range(text, p)
		got = append(got, p.Code+":"+string([]rune(text)[from:to]))
	}
	if s := strings.Join(got, " "); s != `unknown_name:member.nmae ends_early:  window_syntax:"7 d"` {
		t.Errorf("%s %+v", s, problems)
	}
	text = "a\n{{ member.points >= 200 }}"
	p, _ := CompileTemplate(text, vocabulary(), engine.NewMetricTable())
	finding := p.Expression().Explain(facts())
	kid := finding.Kids[0]
	if got := string([]rune(text)[kid.From:kid.To]); got != "member.points >= 200" || kid.Source != got {
		t.Errorf("%q, %+v", got, kid)
	}
}

func TestTemplateSays(t *testing.T) {
	table := engine.NewMetricTable()
	p, _ := CompileTemplate(`{{ member.name }} {{ events("message.sent", "7d").count() }}`, vocabulary(), table)
	if !p.ReadsPersonal() || len(p.Metrics()) != 1 || strings.Join(p.Names(), " ") != "events() member.name" {
		t.Error(p.ReadsPersonal(), p.Metrics(), p.Names())
	}
	if _, ok := p.Constant(); ok {
		t.Error("a text with holes is no constant")
	}
	p, _ = CompileTemplate("hi", vocabulary(), table)
	if text, ok := p.Constant(); !ok || text != "hi" || p.Text() != "hi" || p.ReadsPersonal() {
		t.Error(text, ok)
	}
	if voc := vocabulary(); len(Check("member.name", AnyKind, voc)) == 0 {
		t.Error("a template must not allow names in conditions")
	}
}
