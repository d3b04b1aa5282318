package transfer

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/sheet"
)

// timeForms are how people write times, those without a zone in the workspace's.
var timeForms = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2",
	"2006-1-2 15:04:05", "2006-1-2 15:04", "2006-1-2", "2006.1.2", "2006年1月2日 15:04:05", "2006年1月2日 15:04", "2006年1月2日", "20060102"}

// timeOf reads a time. A workbook's is a number of days since the end of 1899.
func (r *reading) timeOf(text string) (engine.Time, bool) {
	for _, form := range timeForms {
		if t, err := time.ParseInLocation(form, text, r.zone); err == nil {
			return engine.TimeOf(t), true
		}
	}
	if days, err := strconv.ParseFloat(text, 64); err == nil && r.table.Format == sheet.XLSX && days > 1 && days < 2958466 {
		whole := math.Floor(days)
		seconds := math.Round((days - whole) * 86400)
		return engine.TimeOf(time.Date(1899, 12, 30+int(whole), 0, 0, int(seconds), 0, r.zone)), true
	}
	return 0, false
}

var timeHint = engine.Text{En: "write 2026-03-01 08:30 or 2026-03-01T08:30:00+08:00", Zh: "请写作 2026-03-01 08:30 或 2026-03-01T08:30:00+08:00"}

// truths are how people write yes and no.
var truths = map[string]bool{"true": true, "yes": true, "y": true, "1": true, "是": true, "同意": true, "已同意": true, "√": true, "✓": true,
	"false": false, "no": false, "n": false, "0": false, "否": false, "不同意": false, "拒绝": false, "×": false}

func truthOf(text string) (truth, ok bool) {
	truth, ok = truths[strings.ToLower(text)]
	return truth, ok
}

// list is a cell of several words.
func list(c sheet.Cell) []string {
	var all []string
	if json.Unmarshal(c.JSON, &all) != nil {
		all = strings.FieldsFunc(c.Text, func(r rune) bool { return strings.ContainsRune(",;，；、|", r) })
	}
	var kept []string
	for _, w := range all {
		if w = strings.TrimSpace(w); w != "" && !slices.Contains(kept, w) {
			kept = append(kept, w)
		}
	}
	return kept
}

// valueOf reads a value of a declared kind; of Unknown, what it looks like.
func (r *reading) valueOf(c sheet.Cell, kind engine.Kind) (engine.Value, bool) {
	if c.JSON != nil {
		var v engine.Value
		if json.Unmarshal(c.JSON, &v) == nil {
			if kind == engine.Unknown {
				return v, true
			}
			if as, ok := v.As(kind); ok {
				return as, true
			}
		}
	}
	switch kind {
	case engine.Unknown:
		return looksLike(c.Text), true
	case engine.String:
		return engine.StringValue(c.Text), true
	case engine.Bool:
		truth, ok := truthOf(c.Text)
		return engine.BoolValue(truth), ok
	case engine.Instant:
		t, ok := r.timeOf(c.Text)
		return engine.TimeValue(t), ok
	case engine.List:
		var all []engine.Value
		for _, w := range list(c) {
			all = append(all, engine.StringValue(w))
		}
		return engine.ListValue(all...), true
	}
	v := looksLike(c.Text)
	return v.As(kind)
}

// looksLike takes for a number what is written as one: no sign before it, no
// zeros, no more digits than a number has, so that ids stay texts.
func looksLike(text string) engine.Value {
	var v engine.Value
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
		return engine.IntValue(n)
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && strconv.FormatFloat(f, 'f', -1, 64) == strings.TrimRight(text, "0") && json.Unmarshal([]byte(text), &v) == nil {
		return v
	}
	return engine.StringValue(text)
}

// kindText is a declared kind for people.
func wrongKind(kind engine.Kind) engine.Text {
	return engine.Text{En: fmt.Sprintf("this is not a value of the type %s", kind), Zh: fmt.Sprintf("不是 %s 类型的值", kind)}
}
