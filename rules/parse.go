package rules

import (
	"strings"
	"unicode/utf8"

	"github.com/bylaw-dev/bylaw/engine"
)

// Parse reads a rule document, YAML or (when it begins with a brace) JSON, and
// reports everything that is wrong with it without looking at a workspace. The
// document is never nil; one with errors holds what could be read.
func Parse(src []byte) (*Document, []engine.Problem) {
	doc := &Document{Source: src}
	found := &problems{}
	doc.root = parseTree(string(src), found)
	if doc.root.kind == mappingNode {
		r := &reader{doc: doc, problems: found}
		r.rule(doc.root)
	}
	doc.problems = sorted(found.list)
	return doc, doc.problems
}

// parseTree reads any document of ours; packs use it too. The tree is a mapping
// unless that was reported.
func parseTree(text string, found *problems) *node {
	src := newSource(text)
	nothing := &node{src: src, from: src.lines[0], to: src.lines[0], plain: true}
	if !legible(src, found) {
		return nothing
	}
	before := len(found.list)
	var root *node
	if strings.HasPrefix(strings.TrimLeft(text[src.lines[0]:], " \t\r\n"), "{") {
		root = readJSON(src, found)
	} else {
		root = readYAML(src, found)
	}
	if root == nil {
		root = nothing
	}
	if root.kind != mappingNode && len(found.list) == before {
		found.add(root, wholeHint(root, say("not_fields", "this is not a set of fields such as key: and kind:", "这里不是 key:、kind: 这样的字段")))
	}
	return root
}

func wholeHint(root *node, s said) said {
	if strings.Contains(root.text, "：") {
		return s.hinted("write the colon : followed by a space instead of the full-width ：", "请用半角冒号加空格（: ），不要用全角冒号（：）")
	}
	return s.hinted("begin with key: and a name", "请从 key: 和名称写起")
}

// oddities are characters that editors and YAML disagree about.
var oddities = map[rune]string{
	0x85: "U+0085", 0x2028: "U+2028", 0x2029: "U+2029", 0xfeff: "U+FEFF", 0: "U+0000", 0x0b: "U+000B", 0x0c: "U+000C",
	0x200b: "U+200B", 0x2060: "U+2060",
}

// legible refuses documents that are too long, not text, or hold characters
// that nobody sees.
func legible(src *source, found *problems) bool {
	start := &node{src: src, from: src.lines[0], to: src.lines[0]}
	if len(src.text) > MaxDocument {
		found.add(start, sayf("too_long", "the document has %d bytes; the most is %d", "文档有 %d 字节，最多 %d 字节", len(src.text), MaxDocument))
		return false
	}
	for i := src.lines[0]; i < len(src.text); {
		if c := src.text[i]; c < utf8.RuneSelf && c > 0x0c {
			i++
			continue
		}
		c, size := utf8.DecodeRuneInString(src.text[i:])
		at := &node{src: src, from: i, to: i + size}
		if c == utf8.RuneError && size == 1 {
			found.add(at, say("not_utf8", "the document is not UTF-8 text", "文档不是 UTF-8 文本").
				hinted("save it as UTF-8", "请另存为 UTF-8"))
			return false
		}
		if name, odd := oddities[c]; odd {
			found.add(at, sayf("odd_character", "there is an invisible character here (%s)", "这里有看不见的字符（%s）", name).
				hinted("delete it", "请删掉"))
			return false
		}
		i += size
	}
	return true
}
