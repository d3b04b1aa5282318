package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Problem is one thing in a document that its schema doesn't allow.
type Problem struct {
	Pointer string // RFC 6901
	Code    string // the keyword that failed
	En, Zh  string
}

// Validate compares a configuration with its schema. Secrets are given apart
// and count as properties.
func (s *Schema) Validate(config []byte, secrets map[string]string) []Problem {
	fields := map[string]any{}
	if len(config) > 0 {
		dec := json.NewDecoder(bytes.NewReader(config))
		dec.UseNumber()
		var root any
		if err := dec.Decode(&root); err != nil {
			return []Problem{{Code: "json", En: "not JSON: " + err.Error(), Zh: "不是合法的 JSON：" + err.Error()}}
		}
		object, ok := root.(map[string]any)
		if root == nil { // null is nothing given
			object, ok = fields, true
		}
		if !ok {
			return []Problem{{Code: "type", En: "must be an object", Zh: "必须是对象"}}
		}
		fields = object
	}
	var c check
	c.misplaced(s, fields, secrets)
	for name, value := range secrets {
		fields[name] = value
	}
	c.value(s, "", fields)
	slices.SortFunc(c.found, func(a, b Problem) int { return strings.Compare(a.Pointer+"\x00"+a.Code, b.Pointer+"\x00"+b.Code) })
	return c.found
}

type check struct{ found []Problem }

func (c *check) add(at, code, en, zh string) {
	c.found = append(c.found, Problem{Pointer: at, Code: code, En: en, Zh: zh})
}

// misplaced keeps secrets out of the readable configuration, and the reverse.
func (c *check) misplaced(s *Schema, fields map[string]any, secrets map[string]string) {
	for _, name := range s.Secrets() {
		if _, ok := fields[name]; ok {
			c.add("/"+escape(name), "x-secret", "is a secret: give it among the secrets", "是机密字段：请放在 secrets 中提供")
			delete(fields, name)
		}
	}
	for name := range secrets {
		if p := s.Properties[name]; p != nil && !p.Secret {
			c.add("/"+escape(name), "x-secret", "is not a secret: give it in the configuration", "不是机密字段：请放在配置中提供")
		}
	}
}

func (c *check) value(s *Schema, at string, v any) {
	if !c.typed(s, at, v) {
		return
	}
	if len(s.Enum) > 0 && !slices.ContainsFunc(s.Enum, func(e json.RawMessage) bool { return same(e, v) }) {
		list := string(bytes.Join(raws(s.Enum), []byte(", ")))
		c.add(at, "enum", "must be one of "+list, "必须是其中之一："+list)
	}
	switch v := v.(type) {
	case map[string]any:
		c.object(s, at, v)
	case []any:
		c.bounds(at, len(v), lengths{s.MinItems, s.MaxItems, "items", "项"})
		for i, item := range v {
			c.value(s.Items, fmt.Sprintf("%s/%d", at, i), item)
		}
	case string:
		c.text(s, at, v)
	case json.Number:
		c.number(s, at, v)
	}
}

func (c *check) typed(s *Schema, at string, v any) bool {
	ok := false
	switch v := v.(type) {
	case map[string]any:
		ok = s.Type == "object"
	case []any:
		ok = s.Type == "array"
	case string:
		ok = s.Type == "string"
	case bool:
		ok = s.Type == "boolean"
	case json.Number:
		f, err := v.Float64()
		ok = err == nil && (s.Type == "number" || s.Type == "integer" && f == math.Trunc(f))
	}
	if !ok {
		zh := map[string]string{"object": "对象", "array": "列表", "string": "文本", "integer": "整数", "number": "数字", "boolean": "true 或 false"}
		c.add(at, "type", "must be of type "+s.Type, "必须是"+zh[s.Type])
	}
	return ok
}

func (c *check) object(s *Schema, at string, v map[string]any) {
	for _, name := range s.Required {
		if _, ok := v[name]; !ok {
			c.add(at+"/"+escape(name), "required", "is required", "必填")
		}
	}
	for name, value := range v {
		p := s.Properties[name]
		if p == nil {
			c.add(at+"/"+escape(name), "additionalProperties", "is not a known field", "不是已知的字段")
			continue
		}
		c.value(p, at+"/"+escape(name), value)
	}
}

type lengths struct {
	min, max *int
	en, zh   string
}

func (c *check) bounds(at string, n int, l lengths) {
	if l.min != nil && n < *l.min {
		c.add(at, "min", fmt.Sprintf("needs at least %d %s", *l.min, l.en), fmt.Sprintf("至少 %d %s", *l.min, l.zh))
	}
	if l.max != nil && n > *l.max {
		c.add(at, "max", fmt.Sprintf("takes at most %d %s", *l.max, l.en), fmt.Sprintf("最多 %d %s", *l.max, l.zh))
	}
}

func (c *check) text(s *Schema, at, v string) {
	c.bounds(at, utf8.RuneCountInString(v), lengths{s.MinLength, s.MaxLength, "characters", "个字符"})
	if s.pattern != nil && !s.pattern.MatchString(v) {
		c.add(at, "pattern", "must match "+s.Pattern, "必须符合 "+s.Pattern)
	}
	if !formatted(s.Format, v) {
		c.add(at, "format", "is not a valid "+s.Format, "格式不正确："+s.Format)
	}
}

func (c *check) number(s *Schema, at string, v json.Number) {
	f, _ := v.Float64()
	if s.Minimum != nil && f < *s.Minimum {
		c.add(at, "minimum", fmt.Sprintf("must be at least %v", *s.Minimum), fmt.Sprintf("不能小于 %v", *s.Minimum))
	}
	if s.Maximum != nil && f > *s.Maximum {
		c.add(at, "maximum", fmt.Sprintf("must be at most %v", *s.Maximum), fmt.Sprintf("不能大于 %v", *s.Maximum))
	}
}

var hostname = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.:_-]{0,251}[A-Za-z0-9])?$`)

func formatted(format, v string) bool {
	switch format {
	case "uri":
		u, err := url.Parse(v)
		return err == nil && u.Scheme != "" && u.Host != ""
	case "email":
		_, err := mail.ParseAddress(v)
		return err == nil
	case "hostname":
		return hostname.MatchString(v)
	case "date-time":
		_, err := time.Parse(time.RFC3339, v)
		return err == nil
	}
	return true
}

func same(want json.RawMessage, v any) bool {
	got, err := json.Marshal(v)
	var compact bytes.Buffer
	return err == nil && json.Compact(&compact, want) == nil && bytes.Equal(got, compact.Bytes())
}

func raws(in []json.RawMessage) [][]byte {
	out := make([][]byte, len(in))
	for i, r := range in {
		out[i] = r
	}
	return out
}

func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
