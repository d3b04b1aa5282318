package expression

import (
	"strings"
	"unicode"

	"github.com/bylaw-dev/bylaw/engine"
)

// metricWords says what a metric counts, in both languages: as a noun ("message
// sent in the last 30 days") and as a phrase around its quantity.
func (c *checker) metricWords(m engine.Metric) (engine.Text, phrase) {
	title := c.eventsTitle(m)
	field := engine.Text{En: m.Field, Zh: " " + m.Field + " "}
	if t := c.voc.Types[m.Type]; t != nil && m.Field != "" {
		if f, ok := t.FieldNamed(m.Field); ok && f.Title != (engine.Text{}) {
			field = titled(f.Title, m.Field)
		}
	}
	w := windowWords(m.Window)
	if m.Exclude && m.Type == "invite.joined" {
		return engine.Text{En: "members invited" + w.En, Zh: w.Zh + "邀请人数"},
			phrase{en: "invited {q} {u}" + w.En, zh: w.Zh + "邀请 {q} 人", one: "member", many: "members", unit: "人"}
	}
	noun, p := aggWords(m.Agg, title, field)
	noun = engine.Text{En: noun.En + w.En, Zh: w.Zh + noun.Zh}
	if p.en != "" {
		p.en, p.zh = p.en+w.En, w.Zh+p.zh
	}
	return noun, p
}

// eventsTitle is what the counted events are called, with their filter.
func (c *checker) eventsTitle(m engine.Metric) engine.Text {
	title := engine.Text{En: m.Type, Zh: m.Type}
	if t := c.voc.Types[m.Type]; t != nil {
		title = titled(t.Title, m.Type)
		title.En = lowerFirst(title.En)
	}
	if m.Type == engine.AnyType {
		title = engine.Text{En: "any activity", Zh: "任何活动"}
	}
	switch m.Source {
	case engine.OfGroup:
		title = engine.Text{En: title.En + " by the whole group", Zh: "全群" + title.Zh}
	case engine.OfContent:
		title = engine.Text{En: title.En + " on this content", Zh: "该内容的" + title.Zh}
	}
	var en, zh []string
	for _, f := range m.Filter {
		name := c.filterTitle(m, f.Name)
		if f.FromEvent != "" {
			en, zh = append(en, "same "+name.En), append(zh, "同一"+name.Zh)
			continue
		}
		en, zh = append(en, name.En+" "+f.Const.Text()), append(zh, name.Zh+" "+f.Const.Text())
	}
	if len(en) == 0 {
		return title
	}
	return engine.Text{En: title.En + " (" + strings.Join(en, ", ") + ")", Zh: title.Zh + "（" + strings.Join(zh, "，") + "）"}
}

// lowerFirst begins a title in the middle of a sentence; an acronym stays one.
func lowerFirst(s string) string {
	runes := []rune(s)
	if len(runes) < 2 || !unicode.IsUpper(runes[0]) || !unicode.IsLower(runes[1]) {
		return s
	}
	runes[0] = unicode.ToLower(runes[0])
	return string(runes)
}

// filterTitle is what a filter's field is called.
func (c *checker) filterTitle(m engine.Metric, name string) engine.Text {
	switch name {
	case "group":
		return engine.Text{En: "group", Zh: "群"}
	case "content":
		return engine.Text{En: "content", Zh: "内容"}
	case "origin":
		return engine.Text{En: "origin", Zh: "来源"}
	}
	if t := c.voc.Types[m.Type]; t != nil {
		if f, ok := t.FieldNamed(name); ok {
			return titled(f.Title, name)
		}
	}
	return engine.Text{En: name, Zh: name}
}

func aggWords(agg engine.Agg, title, field engine.Text) (engine.Text, phrase) {
	en, zh := title.En, title.Zh
	switch agg {
	case engine.Count:
		return engine.Text{En: "count of " + en, Zh: zh + "次数"},
			phrase{en: en + " {q} {u}", zh: zh + " {q} 次", one: "time", many: "times", unit: "次"}
	case engine.Days:
		return engine.Text{En: "days with " + en, Zh: zh + "天数"},
			phrase{en: en + " on {q} {u}", zh: zh + " {q} 天", one: "day", many: "days", unit: "天"}
	case engine.Streak:
		return engine.Text{En: "days in a row with " + en, Zh: zh + "连续天数"},
			phrase{en: en + " {q} {u} in a row", zh: zh + "连续 {q} 天", one: "day", many: "days", unit: "天"}
	case engine.Distinct:
		return engine.Text{En: "different " + field.En + " of " + en, Zh: zh + "的不同" + field.Zh + "数"},
			phrase{en: en + " with {q} different values of “" + field.En + "”", zh: zh + "的不同" + field.Zh + "{q} 个", unit: "个"}
	case engine.First:
		return engine.Text{En: "first " + en, Zh: "首次" + zh}, phrase{}
	case engine.Last:
		return engine.Text{En: "latest " + en, Zh: "最近一次" + zh}, phrase{}
	case engine.Growth:
		return engine.Text{En: "growth of " + en, Zh: zh + "增长"}, phrase{}
	}
	words := map[engine.Agg]engine.Text{
		engine.Sum: {En: "sum of ", Zh: "之和"}, engine.Avg: {En: "average ", Zh: "平均"},
		engine.Min: {En: "least ", Zh: "最小值"}, engine.Max: {En: "greatest ", Zh: "最大值"},
	}[agg]
	return engine.Text{En: words.En + field.En + " of " + en, Zh: zh + "的" + strings.TrimSpace(field.Zh) + words.Zh}, phrase{}
}

// windowWords says a window: it follows in English and leads in Chinese.
func windowWords(w string) engine.Text {
	switch w {
	case "all":
		return engine.Text{En: " so far", Zh: "累计"}
	case "today":
		return engine.Text{En: " today", Zh: "今天"}
	case "this_week":
		return engine.Text{En: " this week", Zh: "本周"}
	case "this_month":
		return engine.Text{En: " this month", Zh: "本月"}
	case periodWindow:
		return engine.Text{En: " this period", Zh: "本期"}
	}
	digits := strings.TrimRight(w, "abcdefghijklmnopqrstuvwxyz")
	unit, ok := windowUnits[strings.TrimPrefix(w, digits)]
	if !ok {
		return engine.Text{En: " in " + w, Zh: w + " 内"}
	}
	if digits == "1" {
		return engine.Text{En: " in the last " + unit.En, Zh: "最近 1 " + unit.Zh}
	}
	return engine.Text{En: " in the last " + digits + " " + unit.En + "s", Zh: "最近 " + digits + " " + unit.Zh}
}

var windowUnits = map[string]engine.Text{
	"m": {En: "minute", Zh: "分钟"}, "h": {En: "hour", Zh: "小时"}, "d": {En: "day", Zh: "天"}, "w": {En: "week", Zh: "周"}, "mo": {En: "month", Zh: "个月"},
}
