package expression

import (
	"slices"
	"strings"
	"unicode"

	"github.com/bylaw-dev/bylaw/engine"
)

func isLetter(r rune) bool { return unicode.IsLetter(r) }

// maxOffers bounds a list of completions.
const maxOffers = 100

// best keeps what fits the word being typed: first what begins with it, then
// what has it somewhere.
func (c *completer) best() []Completion {
	var begins, has []Completion
	typed := strings.ToLower(c.typed)
	for _, o := range c.out {
		label := strings.ToLower(o.Label)
		switch {
		case strings.HasPrefix(label, typed):
			begins = append(begins, o)
		case strings.Contains(label, typed) || strings.Contains(strings.ToLower(o.Detail.En), typed) || strings.Contains(o.Detail.Zh, typed):
			has = append(has, o)
		}
	}
	out := append(begins, has...)
	return out[:min(len(out), maxOffers)]
}

func (c *completer) values(kind string, words []string) {
	for _, w := range words {
		c.add(kind, w, w, engine.Text{})
	}
}

func (c *completer) offerTypes() {
	for _, key := range c.voc.typeKeys() {
		title := engine.Text{}
		if t := c.voc.Types[key]; t != nil {
			title = t.Title
		}
		c.add("type", key, key, title)
	}
}

func (c *completer) offerWindows() {
	for _, d := range windowDocs {
		w := strings.Trim(d.Name, `"`)
		c.add("window", w, w, d.Text)
	}
	c.values("window", []string{"24h", "30d", "2w"})
}

func (c *completer) offerFields(typ string) {
	for _, f := range c.voc.fields(typ) {
		if !f.Personal {
			c.add("field", f.Name, f.Name, f.Title)
		}
	}
}

func (c *completer) offerMethods() {
	if name := c.callBefore(); name == "local" {
		for _, f := range []string{"year", "month", "day", "hour", "minute", "weekday"} {
			c.add("method", "."+f, "."+f, clockNouns[f])
		}
		return
	} else if !isSource(name) {
		return
	}
	for _, a := range aggSpecs {
		insert := "." + a.name + "()"
		if a.field {
			insert = "." + a.name + `("")`
		}
		c.add("method", "."+a.name, insert, a.doc)
	}
}

// callBefore is the function whose call has just been closed.
func (c *completer) callBefore() string {
	depth := 0
	for i := len(c.words) - 1; i > 0; i-- {
		switch c.words[i].text {
		case ")":
			depth++
		case "(":
			if depth--; depth == 0 {
				return c.words[i-1].text
			}
		}
	}
	return ""
}

// inFilter is whether the cursor stands where a filter's field begins.
func (c *completer) inFilter() bool {
	if c.before(",") {
		open := c.lastOpen()
		return open >= 0 && c.words[open].text == "{"
	}
	return c.before("{")
}

// lastOpen is the innermost bracket that is open at the cursor.
func (c *completer) lastOpen() int {
	depth := 0
	for i := len(c.words) - 1; i >= 0; i-- {
		if c.words[i].quoted {
			continue
		}
		switch c.words[i].text {
		case ")", "]", "}":
			depth++
		case "(", "[", "{":
			if depth--; depth < 0 {
				return i
			}
		}
	}
	return -1
}

func (c *completer) offerFilter() {
	_, start, _ := c.callAt()
	if start+2 < len(c.words) {
		for _, f := range c.voc.fields(c.words[start+2].text) {
			if !f.Personal {
				c.add("field", f.Name, f.Name+": ", f.Title)
			}
		}
	}
	for _, n := range filterNames {
		c.add("field", n, n+": ", engine.Text{})
	}
}

func (c *completer) offerOperators() {
	for _, w := range []string{"==", "!=", ">=", "<=", ">", "<", "and", "or", "in", "not in", "contains", "startsWith", "endsWith", "matches", "+", "-", "*", "/", "??"} {
		detail := engine.Text{}
		if i := slices.IndexFunc(operatorDocs, func(d Doc) bool { return d.Name == w }); i >= 0 {
			detail = operatorDocs[i].Text
		}
		c.add("operator", w, w+" ", detail)
	}
}

func (c *completer) offerNames() {
	for _, s := range nameSpecs {
		if c.possible(s.scope) {
			c.add("name", s.path, s.path, s.doc)
		}
	}
	if c.voc.Event {
		for _, f := range c.voc.onFields() {
			if !f.Personal || c.voc.Texts {
				c.add("name", pathWith("event.props", f.Name), pathWith("event.props", f.Name), f.Title)
			}
		}
	}
	for _, key := range sortedKeys(c.voc.Attributes) {
		if a := c.voc.Attributes[key]; !a.Personal || c.voc.Texts {
			c.add("name", pathWith("member.attrs", key), pathWith("member.attrs", key), a.Title)
		}
	}
	for _, key := range sortedKeys(c.voc.Ladders) {
		c.add("name", pathWith("member.tiers", key), pathWith("member.tiers", key), c.voc.Ladders[key].Title)
	}
	if name, _, argument := c.callAt(); c.voc.Period && (isSource(name) && argument == 1) {
		c.add("window", periodWindow, periodWindow, openNames[3].Text)
	}
}

// pathWith writes a name below another, in brackets where it is no identifier.
func pathWith(base, key string) string {
	for i, r := range key {
		if !(r == '_' || unicode.IsLetter(r) || i > 0 && unicode.IsDigit(r)) {
			return base + `["` + key + `"]`
		}
	}
	return base + "." + key
}

func (c *completer) possible(s scope) bool {
	switch s {
	case ofEvent:
		return c.voc.Event
	case ofGroup:
		return !c.voc.NoGroup
	case inReview:
		return c.voc.Score != engine.Unknown
	case inText:
		return c.voc.Texts
	}
	return true
}

func (c *completer) offerFunctions() {
	for _, list := range [][]functionSpec{metricFunctions, wordFunctions, plainFunctions, listFunctions} {
		for _, s := range list {
			insert := s.name + "("
			if s.most == 0 {
				insert += ")"
			}
			c.add("function", s.name, insert, s.doc)
		}
	}
	for _, w := range []string{"not", "true", "false"} {
		c.add("operator", w, w+" ", engine.Text{})
	}
}
