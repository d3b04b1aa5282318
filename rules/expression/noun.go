package expression

import "github.com/bylaw-dev/bylaw/engine"

// metricNoun says what a metric counts, in both languages.
func (c *checker) metricNoun(m engine.Metric) engine.Text {
	title := engine.Text{En: m.Type, Zh: m.Type}
	if t := c.voc.Types[m.Type]; t != nil {
		title = titled(t.Title, m.Type)
	}
	if m.Type == engine.AnyType {
		title = engine.Text{En: "any activity", Zh: "任何活动"}
	}
	field := engine.Text{En: m.Field, Zh: " " + m.Field + " "}
	if t := c.voc.Types[m.Type]; t != nil && m.Field != "" {
		if f, ok := t.FieldNamed(m.Field); ok && f.Title != (engine.Text{}) {
			field = titled(f.Title, m.Field)
		}
	}
	noun := nounOf(m.Agg, title, field)
	return engine.Text{En: noun.En + windowWords(m.Window).En, Zh: windowWords(m.Window).Zh + noun.Zh}
}

func nounOf(agg engine.Agg, title, field engine.Text) engine.Text {
	en, zh := title.En, title.Zh
	switch agg {
	case engine.Count:
		return engine.Text{En: "× " + en, Zh: zh + "次数"}
	case engine.Days:
		return engine.Text{En: "days with " + en, Zh: zh + "天数"}
	case engine.Streak:
		return engine.Text{En: "days in a row with " + en, Zh: zh + "连续天数"}
	case engine.Distinct:
		return engine.Text{En: "different " + field.En + " of " + en, Zh: zh + "的不同" + field.Zh + "数"}
	case engine.First:
		return engine.Text{En: "first " + en, Zh: "首次" + zh}
	case engine.Last:
		return engine.Text{En: "latest " + en, Zh: "最近一次" + zh}
	case engine.Growth:
		return engine.Text{En: "growth of " + en, Zh: zh + "增长"}
	}
	words := map[engine.Agg]engine.Text{
		engine.Sum: {En: "sum of ", Zh: "之和"}, engine.Avg: {En: "average ", Zh: "平均"},
		engine.Min: {En: "least ", Zh: "最小值"}, engine.Max: {En: "greatest ", Zh: "最大值"},
	}[agg]
	return engine.Text{En: words.En + field.En + " of " + en, Zh: zh + "的" + field.Zh + words.Zh}
}

func windowWords(w string) engine.Text {
	switch w {
	case "all":
		return engine.Text{En: " ever", Zh: "累计"}
	case "today":
		return engine.Text{En: " today", Zh: "今天"}
	case "this_week":
		return engine.Text{En: " this week", Zh: "本周"}
	case "this_month":
		return engine.Text{En: " this month", Zh: "本月"}
	case periodWindow:
		return engine.Text{En: " this period", Zh: "本期"}
	}
	return engine.Text{En: " in " + w, Zh: w + " 内"}
}
