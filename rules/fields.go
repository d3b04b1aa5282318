package rules

import (
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/engine/spelling"
)

// reader turns a tree into a Document and reports every misfit.
type reader struct {
	doc *Document
	*problems
}

// slot is a field that may be written and what reads it.
type slot struct {
	name string
	read func(*node)
}

// fields reads a mapping; owner names it in messages ("a rule", "规则").
func (r *reader) fields(n *node, owner engine.Text, slots ...slot) {
	if n.kind != mappingNode {
		names := make([]string, len(slots))
		for i, s := range slots {
			names[i] = s.name
		}
		en, zh := quoteAll(names)
		r.add(n, say("not_fields", owner.En+" is written as fields", owner.Zh+"要写成字段").
			hinted("its fields are "+en, "可用的字段："+zh))
		return
	}
next:
	for _, e := range n.entries {
		for _, s := range slots {
			if s.name == e.key.text {
				if !e.value.refused && !r.missing(e.value, s.name) {
					s.read(e.value)
				}
				continue next
			}
		}
		r.add(e.key.named(e.value.path), unknownField(owner, e.key.text, slots))
	}
}

// named is the node under another path, so that a problem with a name carries
// the path of its value.
func (n *node) named(path string) *node {
	c := *n
	c.path = path
	return &c
}

func unknownField(owner engine.Text, name string, slots []slot) said {
	names := make([]string, len(slots))
	for i, s := range slots {
		names[i] = s.name
	}
	s := said{code: "unknown_field", message: engine.Text{
		En: owner.En + " has no field " + quote(name), Zh: owner.Zh + "没有字段 " + quote(name)}}
	if near := spelling.Nearest(name, names); near != "" {
		return s.meant(name, names)
	}
	en, zh := quoteAll(names)
	return s.hinted("its fields are "+en, "可用的字段："+zh)
}

func quote(s string) string { return `"` + s + `"` }

// missing reports a field that has a name and no value.
func (r *reader) missing(n *node, name string) bool {
	if n.empty() {
		r.add(n, sayf("no_value", "%q has no value", "%q 没有值", name).
			hinted("write a value after the colon, or delete the line", "请在冒号后写值，或删掉这一行"))
	}
	return n.empty()
}

// text reads any text. One that a # cuts short is an error, because what is lost
// is lost silently.
func (r *reader) text(n *node) (string, bool) {
	if n.kind != scalarNode {
		r.add(n, say("not_text", "one text is needed here, not a list or a map", "这里要写一段文字，不能是列表或映射").
			hinted("text that begins with { or [ goes in single quotes", "以 { 或 [ 开头的文字要放进单引号"))
		return "", false
	}
	if n.plain && n.commented() {
		r.add(n, say("lost_comment", "what follows # is a comment, so the value ends before it", "# 之后会被当作注释，值到此为止").
			hinted("put the value in single quotes, and a comment on a line of its own", "请把值放进单引号；注释请单独写一行"))
		return "", false
	}
	return n.text, true
}

// expression reads an expression, whose text is looked at by Check.
func (r *reader) expression(n *node) *Scalar {
	if _, ok := r.text(n); !ok {
		return nil
	}
	if strings.Contains(n.text, "\n") && !n.block {
		r.add(n, say("line_break", "an expression is written on one line, or as a | block", "表达式写在一行里，或写成 | 块"))
		return nil
	}
	if zeroes.MatchString(n.text) && n.plain {
		r.add(n, sayf("leading_zero", "%q begins with a zero", "%q 以 0 开头", n.text).
			hinted("write it without the zero at the front", "请去掉开头的 0"))
		return nil
	}
	return &Scalar{n}
}

// commented is whether a comment follows on the value's line.
func (n *node) commented() bool {
	after := n.src.text[n.to:]
	rest := strings.TrimLeft(after, " \t")
	return len(rest) < len(after) && strings.HasPrefix(rest, "#")
}

var zeroes = regexp.MustCompile(`^-?0[0-9]+$`)

// name reads a key of something: a word, never an expression.
func (r *reader) name(n *node) string {
	if n.kind != scalarNode {
		r.add(n, say("not_a_name", "one name is needed here", "这里要写一个名称"))
		return ""
	}
	switch {
	case strings.Contains(n.text, "{{"):
		r.add(n, say("name_expression", "a name is written as it is, without {{ }}", "名称要直接写出来，不能用 {{ }}"))
	case utf8.RuneCountInString(n.text) > 64:
		r.add(n, say("name_long", "a name has at most 64 characters", "名称最多 64 个字符"))
	case strings.TrimSpace(n.text) != n.text || strings.ContainsAny(n.text, "\n\t"):
		r.add(n, say("name_blank", "a name has no blanks around it", "名称前后不能有空白"))
	default:
		return n.text
	}
	return ""
}

// names reads one name or a list of them, each once.
func (r *reader) names(n *node, most int) []string {
	if n.kind == scalarNode {
		if name := r.name(n); name != "" {
			return []string{name}
		}
		return nil
	}
	if n.kind != listNode || len(n.items) == 0 || len(n.items) > most {
		r.add(n, sayf("not_names", "a name or a list of 1 to %d names is needed here", "这里要写一个名称，或 1 到 %d 个名称的列表", most))
		return nil
	}
	var names []string
	seen := map[string]bool{}
	for _, item := range n.items {
		name := r.name(item)
		if seen[name] && name != "" {
			r.add(item, sayf("twice", "%q is in the list twice", "%q 在列表里出现了两次", name))
		} else if name != "" {
			names = append(names, name)
		}
		seen[name] = true
	}
	return names
}

// integer reads an unquoted integer between two bounds.
func (r *reader) integer(n *node, least, most int64) int64 {
	v, ok := n.integer()
	if !ok || v < least || v > most {
		s := sayf("not_integer", "a whole number from %d to %d is needed here", "这里要写 %d 到 %d 之间的整数", least, most)
		switch {
		case n.kind == scalarNode && !n.plain && isInteger(n.text):
			s = s.hinted("write it without quotes", "不要加引号")
		case zeroes.MatchString(n.text):
			s = s.hinted("write it without the zero at the front", "请去掉开头的 0")
		}
		r.add(n, s)
		return 0
	}
	return v
}

// duration reads a length of time that is fixed, such as 14d.
func (r *reader) duration(n *node) time.Duration {
	if n.kind != scalarNode {
		r.add(n, say("duration_syntax", "a length of time such as 14d is needed here", "这里要写时长，例如 14d"))
		return 0
	}
	d, err := calendar.ParseDuration(n.text)
	if err != nil {
		r.add(n, calendarProblem(err))
	}
	return d
}

func calendarProblem(err error) said {
	if e := (*calendar.Error)(nil); errors.As(err, &e) {
		return say(e.Code, e.En, e.Zh)
	}
	return say("calendar", err.Error(), err.Error())
}

// oneOf reads one of a few words.
func (r *reader) oneOf(n *node, words ...string) string {
	for _, w := range words {
		if n.kind == scalarNode && n.text == w {
			return w
		}
	}
	en, zh := quoteList(words)
	s := say("not_one_of", en+" is needed here", "这里要写 "+zh)
	if n.kind == scalarNode {
		s = say("not_one_of", quote(n.text)+" is not "+en, quote(n.text)+" 不是 "+zh+" 之一").meant(n.text, words)
	}
	r.add(n, s)
	return ""
}

func (r *reader) boolean(n *node) bool {
	v, ok := n.boolean()
	if !ok {
		r.add(n, say("not_boolean", "true or false is needed here", "这里要写 true 或 false").
			hinted("write it without quotes", "不要加引号"))
	}
	return v
}

// bilingual reads {en, zh}, or one text for both languages.
func (r *reader) bilingual(n *node, owner engine.Text) engine.Text {
	if n.kind == scalarNode {
		text, _ := r.text(n)
		return engine.Text{En: text, Zh: text}
	}
	var t engine.Text
	r.fields(n, owner,
		slot{"en", func(v *node) { t.En, _ = r.text(v) }},
		slot{"zh", func(v *node) { t.Zh, _ = r.text(v) }})
	return t
}

// each reads a list's items.
func (r *reader) each(n *node, most int, read func(int, *node)) {
	if n.kind != listNode {
		r.add(n, say("not_list", "a list is needed here", "这里要写列表").
			hinted("begin each item with a dash: - item", "每一项以短横线开头：- 项"))
		return
	}
	if len(n.items) > most {
		r.add(n, sayf("list_long", "the list has %d items; the most is %d", "列表有 %d 项，最多 %d 项", len(n.items), most))
		return
	}
	for i, item := range n.items {
		if !item.refused {
			read(i, item)
		}
	}
}
