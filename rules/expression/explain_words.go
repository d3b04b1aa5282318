package expression

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bylaw-dev/bylaw/engine"
)

// phrase is how a quantity is said: {q} is the quantity, {u} its English unit.
type phrase struct {
	en, zh    string
	one, many string // the English unit
	unit      string // the Chinese one, said of what is missing too
}

// with fills a quantity in; last is the number that the unit follows. A node
// without a phrase says "noun: quantity".
func (p phrase) with(noun engine.Text, q engine.Text, last engine.Value) engine.Text {
	if p.en == "" {
		return engine.Text{En: noun.En + ": " + q.En, Zh: noun.Zh + " " + q.Zh}
	}
	unit := p.many
	if last.Kind == engine.Int && last.Num == 1 {
		unit = p.one
	}
	return engine.Text{En: strings.NewReplacer("{q}", q.En, "{u}", unit).Replace(p.en), Zh: strings.ReplaceAll(p.zh, "{q}", q.Zh)}
}

// says is a fact that is true or not, in words. {1} is the title of a thing.
type says struct {
	yes, no engine.Text
	noun    engine.Text // where the node has none
	kind    engine.DefinitionKind
	key     string
	title   engine.Text // where it is known without the workspace
}

func (e *explainer) titled(t engine.Text, s *says) engine.Text {
	title := s.title
	if title == (engine.Text{}) {
		title = e.title(s.kind, s.key)
	}
	return engine.Text{En: fill(t.En, "en", []any{title}), Zh: fill(t.Zh, "zh", []any{title})}
}

// title is what a thing is called, its key where it has no title.
func (e *explainer) title(kind engine.DefinitionKind, key string) engine.Text {
	d := e.facts.Defs
	if d == nil {
		return engine.Text{En: key, Zh: key}
	}
	var t engine.Text
	switch kind {
	case engine.DefineReward:
		if r := d.Rewards[key]; r != nil {
			t = r.Title
		}
	case engine.DefineGroup:
		if g := d.Groups[key]; g != nil {
			t = g.Title
		}
	case engine.DefineEventType:
		if x := d.EventTypes[key]; x != nil {
			t = x.Title
		}
	}
	return titled(t, key)
}

// noun is what an operator calls a part: its title, or its own text.
func (e *explainer) noun(n *node) engine.Text {
	if n.noun != (engine.Text{}) {
		return n.noun
	}
	if n.says != nil {
		return e.titled(n.says.noun, n.says)
	}
	if e.grows(n) {
		of := e.noun(n.kids[1])
		return engine.Text{En: "time since " + strings.TrimPrefix(of.En, "time of "), Zh: strings.TrimSuffix(of.Zh, "时间") + "至今"}
	}
	if t := e.built(n); t.En != "" && len(t.En) <= maxNoun {
		return t
	}
	return e.written(n)
}

// written is a part as its author wrote it.
func (e *explainer) written(n *node) engine.Text {
	s := strings.Join(strings.Fields(e.src.slice(n.lo, n.hi)), " ")
	return engine.Text{En: s, Zh: s}
}

// typeset puts a blank between Chinese and Latin letters or digits, as Chinese
// text has it; what stands in quotes is left as it is.
func typeset(s string) string {
	var b strings.Builder
	last, quoted := rune(0), false
	for _, r := range s {
		switch r {
		case '"':
			quoted = !quoted
		case '“':
			quoted = true
		case '”':
			quoted = false
		}
		if !quoted && (isHan(last) && isLatin(r) || (isLatin(last) || last == ')') && isHan(r)) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

func isLatin(r rune) bool { return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// show writes a value as people read it beside a node: keys by their titles.
func (e *explainer) show(n *node, v engine.Value) engine.Text {
	switch v.Kind {
	case engine.Duration:
		return spanWords(time.Duration(v.Num) * time.Microsecond)
	case engine.Bool:
		if v.Num != 0 {
			return engine.Text{En: "yes", Zh: "是"}
		}
		return engine.Text{En: "no", Zh: "否"}
	case engine.String:
		return e.called(n, v.Str)
	case engine.List:
		return e.listed(n, v.List)
	case engine.Unknown:
		return engine.Text{En: "not known", Zh: "未知"}
	}
	s := show(&e.facts, v)
	return engine.Text{En: s, Zh: s}
}

// mostItems is how many items of a list are shown.
const mostItems = 8

func (e *explainer) listed(n *node, items []engine.Value) engine.Text {
	var en, zh []string
	for i := range items {
		if i == mostItems {
			more := strconv.Itoa(len(items) - mostItems)
			en, zh = append(en, more+" more"), append(zh, "另 "+more+" 项")
			break
		}
		t := e.show(n, items[i])
		en, zh = append(en, t.En), append(zh, t.Zh)
	}
	return engine.Text{En: strings.Join(en, ", "), Zh: strings.Join(zh, "、")}
}

// called names a text: keys of things by their titles, others in quotes.
func (e *explainer) called(n *node, s string) engine.Text {
	if s == "" {
		return engine.Text{En: "none", Zh: "无"}
	}
	switch name := n.name; {
	case name == "member.tier":
		return e.tierTitle(e.voc.ladderKey(), s)
	case strings.HasPrefix(name, "member.tiers."):
		return e.tierTitle(strings.TrimPrefix(name, "member.tiers."), s)
	case name == "event.group" || name == "group.key" || name == "member.groups":
		return e.title(engine.DefineGroup, s)
	case name == "event.type":
		return e.title(engine.DefineEventType, s)
	case name == "group.phase":
		return wordOr(phaseWords, s)
	case name == "group.type":
		return wordOr(groupTypeWords, s)
	}
	return engine.Text{En: `"` + s + `"`, Zh: "“" + s + "”"}
}

func wordOr(words map[string]engine.Text, s string) engine.Text {
	if t, ok := words[s]; ok {
		return t
	}
	return engine.Text{En: s, Zh: s}
}

var phaseWords = map[string]engine.Text{
	"import": {En: "import", Zh: "导入期"}, "growth": {En: "growth", Zh: "成长期"}, "mature": {En: "mature", Zh: "成熟期"}, "decline": {En: "decline", Zh: "衰退期"},
}

var groupTypeWords = map[string]engine.Text{
	"product": {En: "product", Zh: "产品型"}, "education": {En: "education", Zh: "教育型"}, "service": {En: "service", Zh: "服务型"},
	"link": {En: "link", Zh: "链接型"}, "learning": {En: "learning", Zh: "学习型"}, "value": {En: "value", Zh: "价值型"}, "interest": {En: "interest", Zh: "兴趣型"},
}

func (e *explainer) ladder(key string) *engine.Ladder {
	if d := e.facts.Defs; d != nil && d.Ladders[key] != nil {
		return d.Ladders[key]
	}
	return e.voc.Ladders[key]
}

func (e *explainer) tierTitle(ladder, key string) engine.Text {
	if l := e.ladder(ladder); l != nil {
		for _, t := range l.Tiers {
			if t.Key == key {
				return titled(t.Title, key)
			}
		}
	}
	return engine.Text{En: key, Zh: key}
}

// tierOfRank names the tier of a rank on the rule's ladder.
func (e *explainer) tierOfRank(rank int64) engine.Text {
	l := e.ladder(e.voc.ladderKey())
	if l == nil || rank < 1 || rank > int64(len(l.Tiers)) {
		if rank == 0 {
			return engine.Text{En: "none", Zh: "无"}
		}
		s := strconv.FormatInt(rank, 10)
		return engine.Text{En: s, Zh: s}
	}
	return titled(l.Tiers[rank-1].Title, l.Tiers[rank-1].Key)
}

// spanWords writes the two greatest units of a duration in words.
func spanWords(d time.Duration) engine.Text {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	units := []struct {
		size   time.Duration
		en, zh string
	}{{24 * time.Hour, "day", "天"}, {time.Hour, "hour", "小时"}, {time.Minute, "minute", "分钟"}, {time.Second, "second", "秒"}}
	var en, zh []string
	for _, u := range units {
		n := int64(d / u.size)
		if d %= u.size; n > 0 && len(en) < 2 {
			en = append(en, strconv.FormatInt(n, 10)+" "+u.en+pick(n == 1, "", "s"))
			zh = append(zh, strconv.FormatInt(n, 10)+" "+u.zh)
		}
	}
	if len(en) == 0 {
		return engine.Text{En: "0 seconds", Zh: "0 秒"}
	}
	return engine.Text{En: sign + strings.Join(en, " "), Zh: sign + strings.Join(zh, " ")}
}
