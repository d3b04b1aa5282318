package rules

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/bylaw-dev/bylaw/engine"
)

// Edit replaces the bytes of the scalar at a JSON pointer ("/then/0/grant_points/amount")
// by a new value and leaves every other byte alone. The value keeps its
// notation where it can: quotes stay quotes, an unquoted word stays unquoted
// unless it would then mean something else. The error is an *engine.Error.
func Edit(src []byte, path, value string) ([]byte, error) {
	found := &problems{}
	root := parseTree(string(src), found)
	n := root.at(path)
	switch {
	case Failed(found.list):
		return nil, engine.Invalid(engine.Text{En: "the document must be readable before it is edited", Zh: "文档能读懂之后才能修改"}, sorted(found.list)...)
	case n == nil:
		return nil, engine.NotFound("field", path)
	case n.kind != scalarNode || n.empty():
		return nil, editError(path, "only a single value can be replaced", "只能替换单个值")
	}
	bytes := n.spell(value, root.src.text[root.from] == '{')
	edited := []byte(string(src[:n.from]) + bytes + string(src[n.to:]))
	if !onlyChanged(root, edited, path, value) {
		return nil, editError(path, fmt.Sprintf("%q cannot be written there", value), fmt.Sprintf("%q 不能写在这里", value))
	}
	return edited, nil
}

func editError(path, en, zh string) error {
	return engine.Invalid(engine.Text{En: "the edit is not possible", Zh: "无法修改"},
		engine.Problem{Code: "edit", Path: path, Message: engine.Text{En: en, Zh: zh}})
}

// spell writes a value in the notation of the scalar it replaces.
func (n *node) spell(value string, isJSON bool) string {
	literal := value == "true" || value == "false" || isInteger(value)
	switch {
	case isJSON && n.plain && literal:
		return value
	case isJSON:
		return doubleQuote(value)
	case n.block && strings.Contains(value, "\n") && plainBlock(value):
		return n.spellBlock(value)
	case strings.IndexFunc(value, func(c rune) bool { return unicode.IsControl(c) || oddities[c] != "" }) >= 0:
		return doubleQuote(value)
	case n.plain && (literal || isDecimal(value) || bareword(value)) && !(isNumber(value) && !isNumber(n.text)):
		return value
	case n.src.text[n.from] == '"':
		return doubleQuote(value)
	}
	return "'" + strings.ReplaceAll(value, "'", "''") + "'"
}

func isNumber(s string) bool { return isInteger(s) || isDecimal(s) }

func doubleQuote(s string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		return `""` // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// bareword is whether a value is the same with and without quotes: letters,
// digits and dashes, in any script, with single dots between.
func bareword(s string) bool {
	for _, c := range s {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("-_.", c) {
			return false
		}
	}
	return s != "" && !strings.ContainsAny(s[:1], "-.") && s != "true" && s != "false"
}

// plainBlock is whether lines can stand in a | block as they are.
func plainBlock(value string) bool {
	return !strings.HasPrefix(value, " ") && !strings.HasPrefix(value, "\n") && !strings.HasSuffix(value, "\n") &&
		strings.IndexFunc(value, func(c rune) bool { return c != '\n' && unicode.IsControl(c) || oddities[c] != "" }) < 0
}

// spellBlock writes lines under the block's own header with its own indent.
func (n *node) spellBlock(value string) string {
	old := n.src.text[n.from:n.to]
	header, body, _ := strings.Cut(old, "\n")
	indent := body[:len(body)-len(strings.TrimLeft(body, " "))]
	if strings.TrimLeft(body, " ") == "" {
		return doubleQuote(value)
	}
	return header + "\n" + indent + strings.ReplaceAll(value, "\n", "\n"+indent)
}

// onlyChanged is whether a document differs from a tree in one scalar alone,
// which has the value wanted.
func onlyChanged(before *node, edited []byte, path, value string) bool {
	found := &problems{}
	after := parseTree(string(edited), found)
	return !Failed(found.list) && sameTree(before, after, path) && after.at(path).text == value
}

func sameTree(a, b *node, except string) bool {
	if a.kind != b.kind || a.path != b.path || len(a.entries) != len(b.entries) || len(a.items) != len(b.items) {
		return false
	}
	if a.kind == scalarNode {
		return a.path == except || a.text == b.text && a.plain == b.plain
	}
	for i, e := range a.entries {
		if e.key.text != b.entries[i].key.text || !sameTree(e.value, b.entries[i].value, except) {
			return false
		}
	}
	for i, item := range a.items {
		if !sameTree(item, b.items[i], except) {
			return false
		}
	}
	return true
}
