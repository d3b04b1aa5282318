package expression

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// scanner looks at raw text before expr does: what would hurt or silently mean
// something else is refused here, and full-width punctuation becomes its ASCII
// twin, rune for rune.
type scanner struct {
	src   *source
	out   []rune
	at    int
	depth int
	signs int // prefix operators in a row
	word  int // where the word being read began, -1 outside words
	mends []mend
}

// scan prepares the source; what it finds is in src.found.
func (s *source) scan() {
	switch {
	case !utf8.ValidString(s.text):
		s.report(0, len(s.runes), "not_text")
		return
	case strings.TrimSpace(s.text) == "":
		s.report(0, len(s.runes), "empty")
		return
	}
	c := &scanner{src: s, out: make([]rune, 0, len(s.runes)), word: -1}
	for c.at < len(s.runes) {
		c.step()
	}
	c.endWord()
	if len(c.mends) > 0 && len(c.mends) == len(s.found) {
		c.out, s.mended = mendAll(c.out, c.mends)
	}
	s.mapped = string(c.out)
}

// operator reports one that expr does not read, and notes which is meant.
func (c *scanner) operator(from, to int, code, written, op string) {
	c.src.report(from, to, code, written, op)
	c.mends = append(c.mends, mend{from, to, op})
}

func (c *scanner) peek(n int) rune {
	if c.at+n < len(c.src.runes) {
		return c.src.runes[c.at+n]
	}
	return -1
}

func (c *scanner) take(r rune) {
	c.out = append(c.out, r)
	c.at++
}

// step reads one rune, or one string or comment.
func (c *scanner) step() {
	r := twin(c.peek(0))
	if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '$' {
		if c.word < 0 {
			c.word = c.at
		}
		c.take(r)
		return
	}
	c.endWord()
	switch {
	case r == '"' || r == '\'':
		c.quoted(r)
	case r == '`':
		c.raw()
	case r == '/' && (twin(c.peek(1)) == '/' || c.peek(1) == '*'):
		c.comment()
	case strings.ContainsRune("-+!", r) && twin(c.peek(1)) != '=':
		c.sign()
		c.take(r)
		return
	case unicode.IsSpace(r):
		c.take(r)
		return
	default:
		c.mark(r)
	}
	c.signs = 0
}

// mark reads one other rune.
func (c *scanner) mark(r rune) {
	switch {
	case strings.ContainsRune("([{", r):
		if c.depth++; c.depth == MaxDepth+1 {
			c.src.report(c.at, c.at+1, "too_deep", MaxDepth)
		}
	case strings.ContainsRune(")]}", r):
		c.depth--
	case symbols[r] != "":
		c.operator(c.at, c.at+1, "operator_symbol", string(r), symbols[r])
	case strings.ContainsRune("“”‘’＂＇「」『』", r):
		c.src.report(c.at, c.at+1, "curly_quote", string(r))
	}
	c.take(r)
}

func (c *scanner) sign() {
	if c.signs++; c.signs == MaxDepth+1 {
		at := min(c.at, len(c.src.runes)-1) // the last not ends with the text
		c.src.report(at, at+1, "too_many_signs", MaxDepth)
	}
}

// quoted reads a string as expr's lexer does; one that does not end is the
// lexer's to report.
func (c *scanner) quoted(quote rune) {
	c.take(quote)
	for c.at < len(c.src.runes) {
		r := c.peek(0)
		c.take(r)
		if r == quote || r == '\n' {
			return
		}
		if r == '\\' && c.at < len(c.src.runes) {
			c.take(c.peek(0))
		}
	}
}

func (c *scanner) raw() {
	c.take('`')
	for c.at < len(c.src.runes) {
		r := c.peek(0)
		c.take(r)
		if r != '`' {
			continue
		}
		if c.peek(0) != '`' {
			return
		}
		c.take('`')
	}
}

// comment refuses what would silently cut a rule short: // is no division.
func (c *scanner) comment() {
	from, line := c.at, twin(c.peek(1)) == '/'
	c.take('/')
	c.take(twin(c.peek(0)))
	for c.at < len(c.src.runes) {
		r := c.peek(0)
		if line && r == '\n' {
			break
		}
		c.take(r)
		if !line && r == '*' && c.peek(0) == '/' {
			c.take('/')
			break
		}
	}
	if line {
		c.src.report(from, c.at, "comment")
	} else {
		c.src.report(from, c.at, "block_comment")
	}
}

// endWord looks at the word that ended here.
func (c *scanner) endWord() {
	if c.word < 0 {
		return
	}
	from, word := c.word, string(c.out[c.word:])
	c.word = -1
	if word == "not" {
		c.sign()
		return
	}
	c.signs = 0
	if from > 0 && c.out[from-1] == '.' {
		return
	}
	if op := wordOperators[word]; op != "" {
		c.operator(from, c.at, "operator_word", word, op)
		return
	}
	for i := from; i < c.at; i++ {
		r := c.out[i]
		if op := wordOperators[string(r)]; op != "" && (i > from && c.out[i-1] < 128 || i+1 < c.at && c.out[i+1] < 128) {
			c.operator(i, i+1, "operator_word", string(r), op)
		}
	}
}

// symbols are operators that keyboards offer and expr does not read.
var symbols = map[rune]string{'≥': ">=", '≤': "<=", '≠': "!=", '≧': ">=", '≦': "<=", '×': "*", '÷': "/", '∧': "and", '∨': "or", '¬': "not"}

// wordOperators are Chinese words for operators.
var wordOperators = map[string]string{
	"且": "and", "并且": "and", "与": "and", "和": "and", "或": "or", "或者": "or", "非": "not", "不": "not", "不是": "!=",
	"等于": "==", "不等于": "!=", "大于": ">", "小于": "<", "大于等于": ">=", "小于等于": "<=", "包含": "contains", "属于": "in",
}

// twin is the ASCII twin of full-width punctuation and digits; other runes are
// their own. Full-width letters stay: they may be part of a name.
func twin(r rune) rune {
	switch r {
	case '　':
		return ' '
	case '、':
		return ','
	case '。':
		return '.'
	case '【':
		return '['
	case '】':
		return ']'
	case '＂', '＇':
		return r
	}
	if r >= '！' && r <= '～' && !unicode.IsLetter(r) {
		return r - '！' + '!'
	}
	return r
}
