package expression

import (
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// show writes a value as people read it: times on the workspace's clock,
// durations as 3d4h, everything else as the engine does.
func show(f *engine.Facts, v engine.Value) string {
	switch v.Kind {
	case engine.Instant:
		return showTime(f, engine.Time(v.Num))
	case engine.Duration:
		return showSpan(time.Duration(v.Num) * time.Microsecond)
	case engine.List:
		parts := make([]string, len(v.List))
		for i, e := range v.List {
			parts[i] = show(f, e)
		}
		return strings.Join(parts, ", ")
	}
	return v.Text()
}

func showTime(f *engine.Facts, t engine.Time) string {
	return instant(t).In(location(f)).Format("2006-01-02 15:04")
}

// showSpan writes the two greatest units of a duration.
func showSpan(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	units := []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}}
	var b strings.Builder
	parts := 0
	for _, u := range units {
		if n := int64(d / u.size); n > 0 && parts < 2 {
			b.WriteString(strconv.FormatInt(n, 10) + u.name)
			parts++
		}
		d %= u.size
	}
	if parts == 0 {
		return "0s"
	}
	return sign + b.String()
}

// reasonWords say why a value is unknown.
var reasonWords = map[engine.Reason]engine.Text{
	engine.MissingProp:      {En: "the event does not say", Zh: "事件里没有给出"},
	engine.MissingAttribute: {En: "nobody has filled it in", Zh: "还没有填写"},
	engine.NoData:           {En: "there are no events to go by", Zh: "没有可用的事件"},
	engine.NotCovered:       {En: "these events are not reported here for the whole time", Zh: "这段时间没有完整收到此类事件"},
	engine.BeforeJoined:     {En: "the time begins before the member joined", Zh: "时间窗早于成员加入的时间"},
	engine.DividedByZero:    {En: "it divides by zero", Zh: "除数为零"},
	engine.WrongType:        {En: "it is of another kind than the rule expects", Zh: "类型与规则预期的不同"},
	engine.NoSubject:        {En: "nothing of that sort is in question", Zh: "这里没有相关的对象"},
	engine.TooLate:          {En: "the event came too late", Zh: "事件来得太晚"},
	engine.BoundOnly:        {En: "only a lower bound is known", Zh: "只知道下限"},
	engine.TextTooLong:      {En: "the text is too long for a pattern", Zh: "文字太长，无法匹配"},
}

func wordsFor(r engine.Reason) engine.Text {
	if t, ok := reasonWords[r]; ok {
		return t
	}
	return engine.Text{En: string(r), Zh: string(r)}
}
