package rules

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth of maps and lists in a document, far beyond what any field needs.
const maxDepth = 64

// jsonReader turns JSON into the tree. It is our own because encoding/json
// forgets where values stood and which names came twice.
type jsonReader struct {
	src   *source
	at    int
	depth int
	problems
}

// jsonStop unwinds the reader at the first byte that is not JSON.
type jsonStop struct{ said }

// readJSON reads one JSON value and nothing after it; nil when it is not JSON.
func readJSON(src *source, found *problems) (root *node) {
	r := &jsonReader{src: src, at: src.lines[0]}
	defer func() {
		if p := recover(); p != nil {
			stop, ok := p.(jsonStop)
			if !ok {
				panic(p)
			}
			root = nil
			r.add(&node{src: src, from: r.at, to: r.at + len(firstRune(src.text[r.at:]))}, stop.said)
		}
		found.list = append(found.list, r.list...)
	}()
	root = r.value("")
	if r.space(); r.at < len(src.text) {
		r.stop("after the object nothing may follow", "对象之后不能再有内容")
	}
	return root
}

func (r *jsonReader) stop(en, zh string) {
	panic(jsonStop{say("json_syntax", "this is not JSON: "+en, "这不是合法的 JSON："+zh)})
}

func (r *jsonReader) space() {
	for r.at < len(r.src.text) && strings.IndexByte(" \t\r\n", r.src.text[r.at]) >= 0 {
		r.at++
	}
}

func (r *jsonReader) peek() byte {
	if r.space(); r.at < len(r.src.text) {
		return r.src.text[r.at]
	}
	return 0
}

func (r *jsonReader) expect(c byte) {
	if r.peek() != c {
		r.stop(fmt.Sprintf("%q is missing here", c), fmt.Sprintf("这里缺少 %q", c))
	}
	r.at++
}

func (r *jsonReader) value(path string) *node {
	c := r.peek()
	n := &node{src: r.src, path: path, from: r.at}
	switch {
	case c == '{' || c == '[':
		if r.depth++; r.depth > maxDepth {
			r.stop("it is nested too deeply", "嵌套太深")
		}
		if r.at++; c == '{' {
			r.object(n)
		} else {
			r.array(n)
		}
		r.depth--
	case c == '"':
		r.text(n)
	default:
		r.plain(n)
	}
	n.to = r.at
	return n
}

func (r *jsonReader) object(n *node) {
	n.kind = mappingNode
	seen := map[string]bool{}
	for first := true; r.peek() != '}'; first = false {
		if !first {
			r.expect(',')
		}
		if r.peek() != '"' {
			r.stop("a name in double quotes is missing here", "这里缺少双引号里的字段名")
		}
		key := &node{src: r.src, path: n.path, from: r.at}
		r.text(key)
		key.to = r.at
		r.expect(':')
		value := r.value(child(n.path, key.text))
		if seen[key.text] {
			r.add(key, duplicate(key.text))
			continue
		}
		seen[key.text] = true
		n.entries = append(n.entries, entry{key, value})
	}
	r.at++
}

func (r *jsonReader) array(n *node) {
	n.kind = listNode
	for first := true; r.peek() != ']'; first = false {
		if !first {
			r.expect(',')
		}
		n.items = append(n.items, r.value(child(n.path, strconv.Itoa(len(n.items)))))
	}
	r.at++
}

// plain reads true, false, null or a number. Null is as if nothing was written.
func (r *jsonReader) plain(n *node) {
	rest := r.src.text[r.at:]
	end := strings.IndexFunc(rest, func(c rune) bool { return strings.ContainsRune(" \t\r\n,:]}[{\"", c) })
	if end < 0 {
		end = len(rest)
	}
	n.text = rest[:end]
	if c := rest[:min(1, len(rest))]; strings.ContainsAny(c, "-+.0123456789") && !isNumber(n.text) {
		r.stop("a number is written 12 or 1.5, without e and without zeros before it", "数字写成 12 或 1.5，不带 e，前面不加 0")
	}
	if n.text != "true" && n.text != "false" && n.text != "null" && !isInteger(n.text) && !isDecimal(n.text) {
		r.stop("a value is missing here; text stands in double quotes", "这里缺少值；文字要放在双引号里")
	}
	n.plain = true
	n.pieces = []piece{{0, n.from}}
	r.at += end
	if n.text == "null" {
		n.text = ""
	}
}

func (r *jsonReader) text(n *node) {
	var g grow
	r.at++
	for {
		rest := r.src.text[r.at:]
		if rest == "" || rest[0] == '\n' || rest[0] == '\r' {
			r.stop("a text does not end on its line", "文字没有在本行结束")
		}
		c, size := utf8.DecodeRuneInString(rest)
		switch {
		case c == '"':
			r.at++
			n.text, n.pieces = g.text.String(), g.pieces
			return
		case c == '\\':
			c, size = r.escape(rest)
			g.escape(c, r.at)
			r.at += size
			continue
		case c < ' ':
			r.stop("a control character must be escaped", "控制字符要转义")
		}
		g.put(c, r.at)
		r.at += size
	}
}

var jsonEscapes = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads one escape, of two halves where they are surrogates.
func (r *jsonReader) escape(s string) (c rune, size int) {
	if len(s) > 1 {
		if c, ok := jsonEscapes[s[1]]; ok {
			return c, 2
		}
	}
	c, ok := hexEscape(s)
	if !ok {
		r.stop("unknown escape; write \\\\ for a backslash", "未知的转义；反斜杠要写成 \\\\")
	}
	if utf16.IsSurrogate(c) {
		low, ok := hexEscape(s[6:])
		if c = utf16.DecodeRune(c, low); !ok || c == utf8.RuneError {
			r.stop("half of a surrogate pair", "代理对不完整")
		}
		return c, 12
	}
	return c, 6
}

func hexEscape(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(s[2:6], 16, 32)
	return rune(v), err == nil
}
