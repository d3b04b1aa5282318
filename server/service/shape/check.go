package shape

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bylaw-dev/bylaw/engine"
)

// maxProblems bounds a report.
const maxProblems = 100

// Check reports everything that is wrong with one JSON text. The text must be
// JSON; what is not is reported as one problem with the code malformed_json.
func (c *Schema) Check(body []byte) []engine.Problem {
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return []engine.Problem{{Code: "malformed_json", Message: engine.Text{En: "this is not JSON", Zh: "不是 JSON"}}}
	}
	return c.CheckValue(v, "")
}

// CheckValue checks a decoded value (numbers as json.Number) that stands at path.
func (c *Schema) CheckValue(v any, path string) []engine.Problem {
	k := &check{}
	k.value(c, v, path)
	return k.problems
}

// CheckText checks a text that stands for a value, such as a query parameter.
func (c *Schema) CheckText(text, path string) []engine.Problem {
	var v any = text
	switch {
	case c.allows("integer"):
		v = json.Number(text)
	case c.allows("boolean") && (text == "true" || text == "false"):
		v = text == "true"
	}
	return c.CheckValue(v, path)
}

func (c *Schema) allows(typ string) bool { return slices.Contains(c.types, typ) }

type check struct{ problems []engine.Problem }

func (k *check) add(code, path, en, zh string) *engine.Problem {
	if len(k.problems) >= maxProblems {
		return &engine.Problem{}
	}
	k.problems = append(k.problems, engine.Problem{Code: code, Path: path, Message: engine.Text{En: en, Zh: zh}})
	return &k.problems[len(k.problems)-1]
}

func (k *check) value(c *Schema, v any, path string) {
	if len(c.types) > 0 && !slices.ContainsFunc(c.types, func(t string) bool { return is(v, t) }) {
		k.wrongType(c, path)
		return
	}
	switch v := v.(type) {
	case string:
		k.text(c, v, path)
	case json.Number:
		k.number(c, v, path)
	case []any:
		k.size(c, int64(len(v)), path, "entries", "项")
		if c.items != nil {
			for i, e := range v {
				k.value(c.items, e, path+"/"+strconv.Itoa(i))
			}
		}
	case map[string]any:
		k.object(c, v, path)
	}
}

func is(v any, typ string) bool {
	switch v := v.(type) {
	case nil:
		return typ == "null"
	case bool:
		return typ == "boolean"
	case string:
		return typ == "string"
	case []any:
		return typ == "array"
	case map[string]any:
		return typ == "object"
	case json.Number:
		if typ == "integer" {
			_, err := strconv.ParseInt(v.String(), 10, 64)
			return err == nil
		}
		return typ == "number"
	}
	return false
}

var typeNames = map[string]engine.Text{
	"string": {En: "a string", Zh: "字符串"}, "integer": {En: "a whole number of 64 bits", Zh: "64 位整数"},
	"number": {En: "a number", Zh: "数字"}, "boolean": {En: "true or false", Zh: "true 或 false"},
	"array": {En: "a list", Zh: "列表"}, "object": {En: "an object", Zh: "对象"}, "null": {En: "null", Zh: "null"},
}

func (k *check) wrongType(c *Schema, path string) {
	var en, zh []string
	for _, t := range c.types {
		en, zh = append(en, typeNames[t].En), append(zh, typeNames[t].Zh)
	}
	k.add("wrong_type", path, "this must be "+strings.Join(en, " or "), "这里必须是"+strings.Join(zh, "或"))
}

func (k *check) text(c *Schema, v, path string) {
	k.size(c, int64(utf8.RuneCountInString(v)), path, "characters", "个字符")
	if len(c.enum) > 0 && !slices.Contains(c.enum, v) {
		p := k.add("unknown_value", path, fmt.Sprintf("%q is none of: %s", clip(v), strings.Join(c.enum, ", ")),
			fmt.Sprintf("%q 不在可选值中：%s", clip(v), strings.Join(c.enum, "、")))
		p.Hint = meant(v, c.enum)
	}
	if c.pattern != nil && !c.pattern.MatchString(v) && !c.lacks(v) {
		k.format(c, v, path)
	}
	if c.format == "date-time" {
		if _, err := time.Parse(time.RFC3339Nano, v); err != nil {
			p := k.add("bad_time", path, fmt.Sprintf("%q is not a time", clip(v)), fmt.Sprintf("%q 不是时间", clip(v)))
			p.Hint = engine.Text{En: "write RFC 3339 with a zone, e.g. 2026-03-01T08:00:00+08:00", Zh: "请写带时区的 RFC 3339，如 2026-03-01T08:00:00+08:00"}
		}
	}
}

// lacks is whether a text is empty where it may not be, which says it all.
func (c *Schema) lacks(v string) bool { return v == "" && c.sizes && c.min != nil && *c.min > 0 }

func (k *check) format(c *Schema, v, path string) {
	if c.says.En == "" {
		k.add("bad_format", path, fmt.Sprintf("%q does not have the form %s", clip(v), c.pattern), fmt.Sprintf("%q 不符合格式 %s", clip(v), c.pattern))
		return
	}
	k.add("bad_format", path, fmt.Sprintf("%q is not %s", clip(v), c.says.En), fmt.Sprintf("%q 不对：应为%s", clip(v), c.says.Zh))
}

func (k *check) number(c *Schema, v json.Number, path string) {
	n, err := strconv.ParseInt(v.String(), 10, 64)
	if err != nil || c.sizes {
		return
	}
	if c.min != nil && n < *c.min {
		k.add("out_of_range", path, fmt.Sprintf("at least %d", *c.min), fmt.Sprintf("至少为 %d", *c.min))
	}
	if c.max != nil && n > *c.max {
		k.add("out_of_range", path, fmt.Sprintf("at most %d", *c.max), fmt.Sprintf("最多为 %d", *c.max))
	}
}

func (k *check) size(c *Schema, n int64, path, en, zh string) {
	if !c.sizes {
		return
	}
	if c.min != nil && n < *c.min {
		code := "too_short"
		if n == 0 && *c.min == 1 {
			k.add("empty", path, "this is empty: fill it in", "此项为空，请填写")
			return
		}
		if n == 0 {
			code = "empty"
		}
		k.add(code, path, fmt.Sprintf("this needs at least %d %s", *c.min, en), fmt.Sprintf("至少需要 %d %s", *c.min, zh))
	}
	if c.max != nil && n > *c.max {
		k.add("too_long", path, fmt.Sprintf("this has %d %s; at most %d are taken", n, en, *c.max), fmt.Sprintf("有 %d %s，最多 %d", n, zh, *c.max))
	}
}

func (k *check) object(c *Schema, v map[string]any, path string) {
	k.size(c, int64(len(v)), path, "fields", "个字段")
	for _, name := range c.required {
		if _, ok := v[name]; !ok {
			k.add("required", path+"/"+Pointer(name), name+" is missing", "缺少 "+name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		at := path + "/" + Pointer(name)
		part, known := c.properties[name]
		switch {
		case known && part.readOnly:
		case known && v[name] == nil && !slices.Contains(c.required, name): // null is the same as absent
		case known:
			k.value(part, v[name], at)
		case c.closed:
			p := k.add("unknown_field", at, fmt.Sprintf("there is no field %q", clip(name)), fmt.Sprintf("没有字段 %q", clip(name)))
			p.Hint = meant(name, slices.Sorted(maps.Keys(c.properties)))
		case c.others != nil:
			k.value(c.others, v[name], at)
		}
	}
}

var escapes = strings.NewReplacer("~", "~0", "/", "~1")

// Pointer escapes a name for use in a JSON pointer.
func Pointer(name string) string { return escapes.Replace(clip(name)) }

func clip(s string) string {
	if utf8.RuneCountInString(s) <= 64 {
		return s
	}
	return string([]rune(s)[:64]) + "…"
}
