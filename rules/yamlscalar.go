package rules

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// scalar finds the bytes of a scalar and where each of its characters stands.
// Scalars are on one line or | blocks, which makes that exact.
func (r *yamlReader) scalar(y *yaml.Node, n *node) {
	n.text = y.Value
	line := r.src.rest(n.from)
	ok := false
	switch {
	case y.Style&yaml.LiteralStyle != 0:
		ok = r.literal(y, n)
	case y.Style&yaml.FoldedStyle != 0:
		n.refused = true
		r.add(n, say("folded", "a > block joins lines, so places in it are lost", "> 块会合并各行，无法定位").
			hinted("write | instead of >", "请用 | 代替 >"))
		return
	case y.Style&yaml.DoubleQuotedStyle != 0:
		ok = doubleQuoted(n, line)
	case y.Style&yaml.SingleQuotedStyle != 0:
		ok = singleQuoted(n, line)
	default:
		n.plain = true
		n.to = n.from + len(n.text)
		if ok = strings.HasPrefix(line, n.text); ok {
			n.pieces = r.whole(n.from)
		} else {
			n.to = n.from + len(line)
		}
	}
	if !ok && r.fits(y) {
		n.to = n.from + len(line)
		n.pieces, n.refused = nil, true
		s := say("several_lines", "a value must be on one line", "一个值只能写在一行里").
			hinted("put it on one line, or write | and the lines below it, indented", "请写在一行里；或写 | 再把各行缩进写在下面")
		if strings.Contains(n.text, "：") {
			s = s.hinted("write the colon : followed by a space instead of the full-width ：", "请用半角冒号加空格（: ），不要用全角冒号（：）")
		}
		r.add(n, s)
	}
}

// fits is false for scalars already refused, whose bytes begin with a tag or an
// anchor.
func (r *yamlReader) fits(y *yaml.Node) bool {
	at := r.src.offset(y.Line, y.Column)
	return y.Anchor == "" && y.Style&yaml.TaggedStyle == 0 && !strings.HasPrefix(r.src.text[at:], "!")
}

// grow adds runes to a scalar that is being decoded. Pieces are opened only
// where the value and the source stop running in step.
type grow struct {
	text   strings.Builder
	runes  int
	pieces []piece
	next   int // the offset at which the source would go on in step
}

func (g *grow) put(c rune, offset int) {
	if len(g.pieces) == 0 || offset != g.next {
		g.pieces = append(g.pieces, piece{g.runes, offset})
	}
	g.text.WriteRune(c)
	g.runes++
	g.next = offset + utf8.RuneLen(c)
}

// escape adds a rune that is written in another way, so that what follows it
// is a piece of its own.
func (g *grow) escape(c rune, offset int) {
	g.put(c, offset)
	g.next = -1
}

// finish gives the node its range and pieces when the decoded text is the value.
func (g *grow) finish(n *node, to int) bool {
	n.to, n.pieces = to, g.pieces
	return g.text.String() == n.text
}

func singleQuoted(n *node, line string) bool {
	var g grow
	g.text.Grow(len(n.text))
	for i := 1; i < len(line); {
		c, size := utf8.DecodeRuneInString(line[i:])
		switch {
		case c == '\'' && strings.HasPrefix(line[i+1:], "'"):
			g.escape(c, n.from+i)
			i += 2
		case c == '\'':
			return g.finish(n, n.from+i+1)
		default:
			g.put(c, n.from+i)
			i += size
		}
	}
	return false
}

func doubleQuoted(n *node, line string) bool {
	var g grow
	g.text.Grow(len(n.text))
	for i := 1; i < len(line); {
		c, size := utf8.DecodeRuneInString(line[i:])
		if c == '"' {
			return g.finish(n, n.from+i+1)
		}
		if c == '\\' {
			var ok bool
			if c, size, ok = yamlEscape(line[i:]); !ok {
				return false
			}
			g.escape(c, n.from+i)
		} else {
			g.put(c, n.from+i)
		}
		i += size
	}
	return false
}

var yamlEscapes = map[byte]rune{
	'0': 0, 'a': 7, 'b': 8, 't': 9, '\t': 9, 'n': 10, 'v': 11, 'f': 12, 'r': 13, 'e': 27,
	' ': ' ', '"': '"', '\'': '\'', '/': '/', '\\': '\\', 'N': 0x85, '_': 0xa0, 'L': 0x2028, 'P': 0x2029,
}

// yamlEscape reads one escape of a double-quoted scalar and its size in bytes.
func yamlEscape(s string) (c rune, size int, ok bool) {
	if len(s) < 2 {
		return 0, 0, false
	}
	if c, ok := yamlEscapes[s[1]]; ok {
		return c, 2, true
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[1]]
	if digits == 0 || len(s) < 2+digits {
		return 0, 0, false
	}
	v, err := strconv.ParseUint(s[2:2+digits], 16, 32)
	return rune(v), 2 + digits, err == nil
}

// literal lines up a | block's value with the source lines below it. The line
// breaks at its end are not part of the value.
func (r *yamlReader) literal(y *yaml.Node, n *node) bool {
	n.block = true
	header := r.src.rest(n.from)
	line, _ := r.src.place(n.from)
	n.to = n.from + len(header)
	n.text = strings.TrimRight(n.text, "\n")
	if mark := word(header); strings.ContainsAny(mark, "123456789") {
		n.refused = true
		r.add(n, say("block_indent", "a | block takes no number", "| 后面不能写数字").
			hinted("begin the first line without extra spaces and delete the number", "请删掉数字，第一行不要多缩进"))
		return true
	}
	var g grow
	for i, text := range strings.Split(n.text, "\n") {
		at := r.src.offset(line+1+i, 1)
		have := r.src.rest(at)
		if !strings.HasSuffix(have, text) || strings.Trim(have[:len(have)-len(text)], " ") != "" {
			return false
		}
		start := at + len(have) - len(text)
		if i > 0 { // the line break stands where the line above ends
			g.escape('\n', n.to)
		}
		for k, c := range text {
			g.put(c, start+k)
		}
		n.to = start + len(text)
	}
	return g.finish(n, n.to)
}
