package cli

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bylaw-dev/bylaw/engine"
)

// whyAnswer is the API's answer to why.
type whyAnswer struct {
	Member string `json:"member"`
	At     string `json:"at"`
	Event  *struct {
		ID       string `json:"id"`
		Type     string `json:"type"`
		At       string `json:"at"`
		Position int64  `json:"position"`
	} `json:"event"`
	Rules []whyRule `json:"rules"`
}

type whyRule struct {
	Rule      string      `json:"rule"`
	Title     engine.Text `json:"title"`
	Version   int         `json:"version"`
	Source    string      `json:"source"`
	Outcome   string      `json:"outcome"`
	Text      engine.Text `json:"text"`
	Because   *whyBecause `json:"because"`
	Position  int64       `json:"position"`
	Condition *whyFinding `json:"condition"`
	Audience  *whyFinding `json:"audience"`
	Unless    *whyFinding `json:"unless"`
	Hold      *whyFinding `json:"hold"`
	Effects   []whyEffect `json:"effects"`
}

type whyBecause struct {
	Code   string      `json:"code"`
	Title  engine.Text `json:"title"`
	Next   engine.Text `json:"next"`
	Detail engine.Text `json:"detail"`
}

type whyEffect struct {
	Kind     string          `json:"kind"`
	Fields   json.RawMessage `json:"fields"`
	Planned  bool            `json:"planned"`
	Ref      string          `json:"ref"`
	Because  *whyBecause     `json:"because"`
	Delivery *struct {
		State string `json:"state"`
	} `json:"delivery"`
	Item *struct {
		State string `json:"state"`
	} `json:"item"`
}

type whyFinding struct {
	Line    int          `json:"line"`
	Column  int          `json:"column"`
	Source  string       `json:"source"`
	Op      string       `json:"op"`
	Outcome string       `json:"outcome"`
	Text    engine.Text  `json:"text"`
	Kids    []whyFinding `json:"kids"`
}

// whyMember asks a server why a rule decided so about a member.
func (p *program) whyMember() *cobra.Command {
	a, query := &address{}, url.Values{}
	var rule, event, at string
	var decision int64
	c := &cobra.Command{
		Use: "why <member>", Args: p.args(1),
		Short: p.say("Why a rule decided so about a member, or did not", "某条规则为什么对某成员这样判定"),
		Long: p.say("Why a rule decided so about a member (an id, or channel:external_id). With --event: on that event. With --at: on the latest event up to then that the rule listens to, or as its schedule would ask then. With neither: now. Without --rule: one line for each rule that listened to the event.",
			"某条规则为什么对某成员（id 或 渠道:外部 id）这样判定。--event：针对该事件；--at：针对该时刻之前规则监听的最近一个事件，或按定时规则在该时刻判定；都不给则为现在。不给 --rule：列出监听该事件的每条规则各一行。"),
	}
	c.Flags().StringVar(&rule, "rule", "", p.say("key of the rule", "规则标识"))
	c.Flags().StringVar(&event, "event", "", p.say("id of an event as it was sent, or its position", "事件 id 或位置"))
	c.Flags().StringVar(&at, "at", "", p.say("a moment, RFC 3339", "时刻，RFC 3339"))
	c.Flags().Int64Var(&decision, "decision", 0, p.say("position of a decision", "判定的位置"))
	p.addressFlags(c, a)
	c.RunE = func(cmd *cobra.Command, args []string) error {
		client, err := p.connect(cmd, a)
		if err != nil {
			return err
		}
		for name, v := range map[string]string{"rule": rule, "event": event, "at": at} {
			if v != "" {
				query.Set(name, v)
			}
		}
		if decision != 0 {
			query.Set("decision", fmt.Sprint(decision))
		}
		var raw json.RawMessage
		if err := client.get(cmd.Context(), "/members/"+url.PathEscape(args[0])+"/why", query, &raw); err != nil {
			return err
		}
		if p.json {
			return p.printJSON(raw)
		}
		var answer whyAnswer
		if err := json.Unmarshal(raw, &answer); err != nil {
			return fmt.Errorf("%s does not answer like Bylaw: %w", client.base, err)
		}
		p.showWhy(&answer, rule != "")
		return nil
	}
	return c
}

func (p *program) showWhy(a *whyAnswer, whole bool) {
	if e := a.Event; e != nil {
		fmt.Fprintf(p.out, p.say("event %s (%s, %s, position %d)\n", "事件 %s（%s，%s，位置 %d）\n"), orDash(e.ID), e.Type, e.At, e.Position)
	} else {
		fmt.Fprintf(p.out, p.say("at %s\n", "时刻 %s\n"), a.At)
	}
	if len(a.Rules) == 0 {
		fmt.Fprintln(p.out, p.say("no rule listened", "没有规则监听"))
	}
	for i := range a.Rules {
		r := &a.Rules[i]
		if !whole {
			fmt.Fprintf(p.out, "%s %s: %s\n", p.outcomeMark(r.Outcome), r.Rule, r.Text.In(p.lang))
			continue
		}
		p.showRule(r)
	}
}

func (p *program) showRule(r *whyRule) {
	source := p.say("decided again", "重新判定")
	if r.Source == "stored" {
		source = fmt.Sprintf(p.say("stored at %d", "已存储，位置 %d"), r.Position)
	}
	fmt.Fprintf(p.out, p.say("rule %s \"%s\", version %d, %s\n", "规则 %s“%s”，版本 %d，%s\n"), r.Rule, r.Title.In(p.lang), r.Version, source)
	fmt.Fprintf(p.out, "%s %s\n", p.outcomeMark(r.Outcome), r.Text.In(p.lang))
	for _, part := range []struct {
		name string
		f    *whyFinding
	}{{"when", r.Condition}, {"audience", r.Audience}, {"unless", r.Unless}, {"hold", r.Hold}} {
		if part.f != nil {
			fmt.Fprintf(p.out, "\n%s\n", part.name)
			p.showFinding(part.f, "", "")
		}
	}
	if len(r.Effects) > 0 {
		fmt.Fprintln(p.out, p.say("\neffects", "\n效果"))
	}
	for i := range r.Effects {
		p.showEffect(&r.Effects[i])
	}
	if b := r.Because; b != nil && b.Next != (engine.Text{}) {
		fmt.Fprintf(p.out, p.say("\nwhat to do: %s\n", "\n怎么办：%s\n"), b.Next.In(p.lang))
	}
}

// showFinding writes a tree: what a part was, and in grey words where it stands.
func (p *program) showFinding(f *whyFinding, lead, below string) {
	text := f.Text.In(p.lang)
	source := strings.Join(strings.Fields(f.Source), " ")
	switch {
	case text == "":
		text = source
	case f.Op != "and" && f.Op != "or":
		text += "   [" + clip(source, 60)
		if f.Line > 0 {
			text += fmt.Sprintf(" %d:%d", f.Line, f.Column)
		}
		text += "]"
	case f.Op == "or":
		text = p.say("any of: ", "任一：") + text
	default:
		text = p.say("all of: ", "全部：") + text
	}
	mark := "     "
	if f.Outcome != "" {
		mark = p.outcomeMark(f.Outcome)
	}
	fmt.Fprintf(p.out, "%s%s %s\n", lead, mark, text)
	for i := range f.Kids {
		if i == len(f.Kids)-1 {
			p.showFinding(&f.Kids[i], below+"└─ ", below+"   ")
		} else {
			p.showFinding(&f.Kids[i], below+"├─ ", below+"│  ")
		}
	}
}

func clip(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-3]) + "..."
	}
	return s
}

func (p *program) showEffect(e *whyEffect) {
	what := p.say("done", "已执行")
	switch {
	case e.Because != nil:
		what = e.Because.Title.In(p.lang)
	case e.Planned:
		what = p.say("would happen", "将会执行")
	}
	if e.Delivery != nil {
		what += " (" + e.Delivery.State + ")"
	}
	if e.Item != nil {
		what += " (" + e.Item.State + ")"
	}
	fmt.Fprintf(p.out, "  %s %s: %s\n", e.Kind, string(e.Fields), what)
}

// outcomeMark is an outcome as a shape and a word, so that nobody needs colour.
func (p *program) outcomeMark(outcome string) string {
	text, code := p.say("?  unknown", "？未知"), "33"
	switch outcome {
	case "true":
		text, code = p.say("[x] yes", "[√] 是"), "32"
	case "false":
		text, code = p.say("[ ] no ", "[ ] 否"), "31"
	case "error":
		text, code = p.say("!  error", "！出错"), "31"
	}
	if p.color() {
		return "\x1b[" + code + "m" + text + "\x1b[0m"
	}
	return text
}
