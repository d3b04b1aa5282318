package rules

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// AppendCase writes a case at the end of a document's cases and leaves every
// other byte alone. The error is an *engine.Error.
func AppendCase(src []byte, c *Case) ([]byte, error) {
	found := &problems{}
	root := parseTree(string(src), found)
	if Failed(found.list) || root.kind != mappingNode {
		return nil, engine.Invalid(engine.Text{En: "the document must be readable before a case is added", Zh: "文档能读懂之后才能添加用例"}, sorted(found.list)...)
	}
	at, text, ok := root.caseText(c)
	if !ok {
		return nil, editError("/cases", "cases: is written in a way to which nothing can be added", "cases 的写法无法追加")
	}
	edited := []byte(string(src[:at]) + text + string(src[at:]))
	if !onlyAdded(root, edited) {
		return nil, editError("/cases", "the case cannot be written there", "用例无法写在这里")
	}
	return edited, nil
}

// caseText is what is written, and where.
func (n *node) caseText(c *Case) (at int, text string, ok bool) {
	all := n.src.text
	list := n.find("cases")
	isJSON := all[n.from] == '{'
	switch {
	case list == nil && isJSON:
		end := strings.LastIndexByte(all, '}')
		return end, `, "cases": [` + c.json() + "]", end > 0
	case list == nil:
		lead := ""
		if !strings.HasSuffix(all, "\n") {
			lead = "\n"
		}
		return len(all), lead + "cases:\n" + c.block("  "), true
	case list.kind != listNode:
		return 0, "", false
	case len(list.items) == 0:
		end := strings.IndexByte(all[list.from:], ']')
		return list.from + end, c.json(), end > 0
	}
	last := list.items[len(list.items)-1]
	line := strings.LastIndexByte(all[:list.items[0].from], '\n') + 1
	lead := all[line:list.items[0].from]
	indent := lead[:len(lead)-len(strings.TrimLeft(lead, " "))]
	if strings.TrimSpace(lead) != "-" { // a flow list
		return last.end(), ", " + c.json(), true
	}
	end := strings.IndexByte(all[last.end():], '\n')
	if end < 0 {
		return len(all), "\n" + c.block(indent), true
	}
	return last.end() + end + 1, c.block(indent), true
}

// end is where a value's last byte is written.
func (n *node) end() int {
	end := n.to
	for _, e := range n.entries {
		end = max(end, e.value.end())
	}
	for _, i := range n.items {
		end = max(end, i.end())
	}
	return end
}

// onlyAdded is whether a document is as before, but for one case more at the end.
func onlyAdded(before *node, edited []byte) bool {
	found := &problems{}
	after := parseTree(string(edited), found)
	if Failed(found.list) || after.kind != mappingNode {
		return false
	}
	was, now := before.find("cases"), after.find("cases")
	if now == nil || now.kind != listNode || len(now.items) == 0 {
		return false
	}
	now.items = now.items[:len(now.items)-1]
	if was == nil {
		after.entries = slices.DeleteFunc(after.entries, func(e entry) bool { return e.key.text == "cases" })
	}
	return sameTree(before, after, "\x00")
}

// block writes the case as an item of a block list.
func (c *Case) block(indent string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s- name: %s\n", indent, doubleQuote(c.Name))
	for _, line := range c.parts() {
		if line.list == nil {
			fmt.Fprintf(&b, "%s  %s: %s\n", indent, line.name, flow(line.value))
			continue
		}
		fmt.Fprintf(&b, "%s  %s:\n", indent, line.name)
		for _, item := range line.list {
			fmt.Fprintf(&b, "%s    - %s\n", indent, flow(item))
		}
	}
	return b.String()
}

// json writes the case as one JSON object.
func (c *Case) json() string {
	all := ordered{{"name", c.Name}}
	for _, p := range c.parts() {
		if p.list != nil {
			all = append(all, pair{p.name, p.list})
		} else {
			all = append(all, pair{p.name, p.value})
		}
	}
	return jsonOf(all)
}

// pair and ordered are an object whose fields keep their order.
type pair struct {
	name  string
	value any
}

type ordered []pair

type casePart struct {
	name  string
	value any
	list  []any
}

// wholeDuration writes a length of time in its largest unit, rounded up to
// minutes, below which the language knows none.
func wholeDuration(d time.Duration) string {
	minutes := int64((d + time.Minute - 1) / time.Minute)
	for _, u := range []struct {
		name string
		of   int64
	}{{"d", 24 * 60}, {"h", 60}} {
		if minutes%u.of == 0 {
			return strconv.FormatInt(minutes/u.of, 10) + u.name
		}
	}
	return strconv.FormatInt(minutes, 10) + "m"
}

// parts are the case's fields in the order in which they are read.
func (c *Case) parts() (all []casePart) {
	given := ordered{}
	if m := c.Given.Member.written(); len(m) > 0 {
		given = append(given, pair{"member", m})
	}
	if g := c.Given.Group.written(); len(g) > 0 {
		given = append(given, pair{"group", g})
	}
	if len(given) > 0 {
		all = append(all, casePart{name: "given", value: given})
	}
	if len(c.Events) > 0 {
		events := casePart{name: "events"}
		for i := range c.Events {
			events.list = append(events.list, c.Events[i].written())
		}
		all = append(all, events)
	}
	if c.After > 0 {
		all = append(all, casePart{name: "after", value: wholeDuration(c.After)})
	}
	return append(all, casePart{name: "expect", value: c.Expect.written()})
}

func (m GivenMember) written() (o ordered) {
	if m.Tier != "" {
		o = append(o, pair{"tier", m.Tier})
	}
	for _, l := range []pair{{"tags", m.Tags}, {"groups", m.Groups}, {"badges", m.Badges}} {
		if list := l.value.([]string); len(list) > 0 {
			items := make([]any, len(list))
			for i := range list {
				items[i] = list[i]
			}
			o = append(o, pair{l.name, items})
		}
	}
	if attrs := valuesOf(m.Attrs); len(attrs) > 0 {
		o = append(o, pair{"attrs", attrs})
	}
	points := ordered{}
	for _, account := range sortedNames(m.Points) {
		points = append(points, pair{account, engine.IntValue(m.Points[account])})
	}
	if len(points) > 0 {
		o = append(o, pair{"points", points})
	}
	return o
}

func (g GivenGroup) written() (o ordered) {
	if g.Size != nil {
		o = append(o, pair{"size", engine.IntValue(*g.Size)})
	}
	if g.Capacity != 0 {
		o = append(o, pair{"capacity", engine.IntValue(g.Capacity)})
	}
	if g.Phase != "" {
		o = append(o, pair{"phase", g.Phase})
	}
	if g.Stage != 0 {
		o = append(o, pair{"stage", engine.IntValue(g.Stage)})
	}
	return o
}

func (e *CaseEvent) written() (o ordered) {
	for _, p := range []pair{{"type", e.Type}, {"at", e.At}, {"member", e.Member}, {"to", e.To}, {"group", e.Group}, {"content", e.Content}, {"origin", e.Origin}} {
		if p.value != "" {
			o = append(o, p)
		}
	}
	if e.History {
		o = append(o, pair{"history", engine.BoolValue(true)})
	}
	if e.Times > 1 {
		o = append(o, pair{"times", engine.IntValue(int64(e.Times))})
	}
	props := ordered{}
	for _, p := range e.Props {
		props = append(props, pair{p.Name, p.Value})
	}
	if len(props) > 0 {
		o = append(o, pair{"props", props})
	}
	return o
}

func (x Expect) written() (o ordered) {
	if x.Outcome != "" {
		o = append(o, pair{"outcome", outcomeValue(x.Outcome)})
	}
	if effects := writtenEffects(x.Effects); len(effects) > 0 || x.None {
		o = append(o, pair{"effects", effects})
	}
	if not := writtenEffects(x.Not); len(not) > 0 {
		o = append(o, pair{"not", not})
	}
	return o
}

func writtenEffects(list []ExpectEffect) []any {
	effects := []any{}
	for _, e := range list {
		if fields := valuesOf(e.Fields); len(fields) > 0 {
			effects = append(effects, ordered{{string(e.Kind), fields}})
		} else {
			effects = append(effects, string(e.Kind))
		}
	}
	return effects
}

// outcomeValue is true and false as they are written by hand, unquoted.
func outcomeValue(o engine.Outcome) any {
	switch o {
	case engine.OutcomeTrue:
		return engine.BoolValue(true)
	case engine.OutcomeFalse:
		return engine.BoolValue(false)
	}
	return string(o)
}

func valuesOf(m map[string]engine.Value) (o ordered) {
	for _, name := range sortedNames(m) {
		o = append(o, pair{name, m[name]})
	}
	return o
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// flow writes a value on one line: names bare where they can be, texts quoted
// but for words.
func flow(v any) string { return spell(v, false) }

func jsonOf(v any) string { return spell(v, true) }

func spell(v any, isJSON bool) string {
	switch x := v.(type) {
	case ordered:
		parts := make([]string, len(x))
		for i, p := range x {
			name := doubleQuote(p.name)
			if !isJSON && bareword(p.name) && !isNumber(p.name) {
				name = p.name
			}
			parts[i] = name + ": " + spell(p.value, isJSON)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(x))
		for i := range x {
			parts[i] = spell(x[i], isJSON)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case engine.Value:
		return spellValue(x, isJSON)
	case string:
		if !isJSON && bareword(x) && !isNumber(x) {
			return x
		}
		return doubleQuote(x)
	}
	return `""`
}

func spellValue(v engine.Value, isJSON bool) string {
	switch v.Kind {
	case engine.Int, engine.Bool:
		return v.Text()
	case engine.Decimal:
		return string(engine.AppendDecimal(nil, v.Num))
	case engine.List:
		items := make([]any, len(v.List))
		for i := range v.List {
			items[i] = v.List[i]
		}
		return spell(items, isJSON)
	case engine.Opaque:
		if json.Valid([]byte(v.Str)) {
			return doubleQuote(v.Str)
		}
	case engine.Duration:
		return doubleQuote(strconv.FormatInt(v.Num/1e6/60, 10) + "m")
	}
	return spell(v.Text0(), isJSON)
}

// CaseTime writes an instant as a case's "at": the workspace's local time, or
// with its zone where seconds do not do.
func CaseTime(at engine.Time, loc *time.Location) string {
	t := at.Std().In(loc)
	switch {
	case int64(at)%1e6 != 0:
		return t.Format(time.RFC3339Nano)
	case t.Second() != 0:
		return t.Format("2006-01-02 15:04:05")
	}
	return t.Format("2006-01-02 15:04")
}
