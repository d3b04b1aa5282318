package expression

import (
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// Completion is one thing that may stand at a cursor.
type Completion struct {
	Label  string      `json:"label"`  // shown in the list
	Insert string      `json:"insert"` // replaces the word before the cursor
	From   int         `json:"from"`   // rune offset at which that word begins
	Kind   string      `json:"kind"`   // name, function, method, operator, window, type, field, value
	Detail engine.Text `json:"detail"`
}

// Complete lists what may be typed at a cursor, a rune offset into src, best
// first. It never fails: of a text that is wrong before the cursor it knows less.
func Complete(src string, cursor int, v *Vocabulary) []Completion {
	runes := []rune(src)
	cursor = min(max(cursor, 0), len(runes))
	if cursor > MaxBytes {
		return nil
	}
	c := &completer{voc: v}
	c.read(runes[:cursor])
	if c.dead {
		return nil
	}
	c.offer()
	return c.best()
}

// completer knows the text before the cursor as words, and what it may offer.
type completer struct {
	voc   *Vocabulary
	words []word // before the one being typed
	typed string // the word being typed, without its quote
	from  int    // where it begins
	text  bool   // the cursor is inside quotes
	dead  bool   // inside a comment
	out   []Completion
}

// word is one token of the text before the cursor.
type word struct {
	text   string // without quotes
	quoted bool
}

func (c *completer) add(kind, label, insert string, detail engine.Text) {
	c.out = append(c.out, Completion{Label: label, Insert: insert, From: c.from, Kind: kind, Detail: detail})
}

// read splits the text before the cursor into words. It is more forgiving than
// the lexer, since what is being typed is not finished.
func (c *completer) read(runes []rune) {
	for i := 0; i < len(runes); {
		r := twin(runes[i])
		switch {
		case r == '"' || r == '\'':
			i = c.readText(runes, i, r)
		case isWordRune(r) || r == '.' && i+1 < len(runes) && isWordRune(runes[i+1]):
			start := i
			for i < len(runes) && (isWordRune(runes[i]) || runes[i] == '.') {
				i++
			}
			c.words = append(c.words, word{text: string(runes[start:i])})
			c.from = start
		case r == ' ' || r == '\n' || r == '\t' || r == '\r':
			i++
		default:
			c.dead = c.dead || r == '/' && i+1 < len(runes) && runes[i+1] == '/'
			c.words = append(c.words, word{text: string(r)})
			i++
		}
	}
	c.current(runes)
}

func (c *completer) readText(runes []rune, i int, quote rune) int {
	start := i + 1
	for i++; i < len(runes) && runes[i] != quote && runes[i] != '\n'; i++ {
		if runes[i] == '\\' {
			i++
		}
	}
	if i >= len(runes) {
		c.text, c.typed, c.from = true, string(runes[min(start, len(runes)):]), start
		return len(runes)
	}
	c.words = append(c.words, word{text: string(runes[start:i]), quoted: true})
	return i + 1
}

// current takes the unfinished word off the list.
func (c *completer) current(runes []rune) {
	if c.text {
		return
	}
	n := len(runes)
	last := len(c.words) - 1
	if n > 0 && last >= 0 && !c.words[last].quoted && (isWordRune(runes[n-1]) || runes[n-1] == '.') && c.words[last].text != "." {
		c.typed = c.words[last].text
		c.words = c.words[:last]
		return
	}
	c.from = n
	if last >= 0 && c.words[last].text == "." {
		c.from = n - 1
		c.typed = "."
		c.words = c.words[:last]
	}
}

func isWordRune(r rune) bool { return r == '_' || r == '#' || r >= '0' && r <= '9' || isLetter(r) }

func (c *completer) offer() {
	switch {
	case c.text:
		c.offerText()
	case strings.HasPrefix(c.typed, ".") && c.before(")"):
		c.offerMethods()
	case c.inFilter():
		c.offerFilter()
	case c.typed == "" && c.afterOperand() || c.typed != "" && !strings.Contains(c.typed, ".") && c.afterOperand():
		c.offerOperators()
	default:
		c.offerNames()
		if !strings.Contains(c.typed, ".") {
			c.offerFunctions()
		}
	}
}

// before is whether the last words are these.
func (c *completer) before(texts ...string) bool {
	n := len(c.words) - len(texts)
	if n < 0 {
		return false
	}
	for i, t := range texts {
		if c.words[n+i].text != t || c.words[n+i].quoted {
			return false
		}
	}
	return true
}

// afterOperand is whether an operator must follow what was written.
func (c *completer) afterOperand() bool {
	if len(c.words) == 0 {
		return false
	}
	w := c.words[len(c.words)-1]
	if w.quoted || w.text == ")" || w.text == "]" {
		return true
	}
	if slices.Contains(operatorWords, w.text) {
		return false
	}
	r := []rune(w.text)[0]
	return isWordRune(r) || r == '.'
}

var operatorWords = []string{"and", "or", "not", "in", "contains", "startsWith", "endsWith", "matches"}

// callAt finds the innermost call around the cursor: its function, or ".method",
// the words of the call before it, and which argument the cursor is in.
func (c *completer) callAt() (name string, start, argument int) {
	depth := 0
	for i := len(c.words) - 1; i >= 0; i-- {
		if c.words[i].quoted {
			continue
		}
		switch c.words[i].text {
		case ")", "]", "}":
			depth++
		case "[", "{":
			depth--
		case "(":
			if depth--; depth < 0 && i > 0 {
				return c.words[i-1].text, i - 1, argument
			}
		case ",":
			if depth == 0 {
				argument++
			}
		}
	}
	return "", 0, 0
}

// offerText completes inside quotes: it depends on whose argument it is, or on
// what it is compared with.
func (c *completer) offerText() {
	name, start, argument := c.callAt()
	_, source := sources[name]
	metric := source || name == "growth"
	switch {
	case metric && argument == 0, name == "previous":
		c.offerTypes()
	case metric && argument == 1, name == "invited", name == "purchased", name == "silent_for":
		c.offerWindows()
	case name == "tier":
		c.values("value", c.voc.tiers(c.voc.ladderKey()))
	case name == "has_badge":
		c.values("value", c.voc.Badges)
	case name == "in_group":
		c.values("value", c.voc.Groups)
	case name == "holiday":
		for _, h := range calendar.HolidayNames() {
			c.add("value", h.Key, h.Key, engine.Text{En: h.En, Zh: h.Zh})
		}
	case name == "duration":
		c.values("value", []string{"24h", "72h", "168h", "720h"})
	case strings.HasPrefix(name, ".") && aggNamed(name[1:]) != nil:
		c.offerFields(c.typeBefore(start))
		if name == ".distinct" {
			c.values("field", filterNames)
		}
	default:
		c.offerCompared()
	}
}

// typeBefore is the event type of the events(...) whose method begins at a word.
func (c *completer) typeBefore(start int) string {
	depth := 0
	for i := start - 1; i > 0; i-- {
		switch c.words[i].text {
		case ")":
			depth++
		case "(":
			if depth--; depth == 0 && isSource(c.words[i-1].text) && i+1 < len(c.words) {
				return c.words[i+1].text
			}
		}
	}
	return ""
}

// offerCompared completes member.tier == "..., member.tier in ["... and the text
// before in member.tags, which is not written yet.
func (c *completer) offerCompared() {
	i := len(c.words) - 1
	for i >= 0 && (c.words[i].quoted || strings.Contains(",[=!", c.words[i].text) || c.words[i].text == "in") {
		i--
	}
	if i < 0 || i == len(c.words)-1 {
		c.values("value", c.voc.Tags)
		return
	}
	checker := newChecker(newSource(""), c.voc)
	words, _ := checker.wordsOf(c.words[i].text)
	c.values("value", words)
}
