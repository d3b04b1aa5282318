package expression

import (
	"regexp"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

var textOps = map[string]func(s, t string) bool{
	"contains": strings.Contains, "startsWith": strings.HasPrefix, "endsWith": strings.HasSuffix,
}

func (g *generator) textTest(n *node) boolFn {
	x := g.as(n.kids[0], kText).s
	if n.op == opMatches {
		return matchesCode(x, n.value.Str)
	}
	y, test := g.as(n.kids[1], kText).s, textOps[n.name]
	return func(f *engine.Facts, it *engine.Value) truth {
		s, m := x(f, it)
		t, k := y(f, it)
		if m != exact || k != exact {
			return join(m, k).truth()
		}
		if !step(f, len(s)/64) {
			return tired.truth()
		}
		return truthOf(test(s, t))
	}
}

// matchesCode counts steps by the product of text and pattern, which is what
// matching costs.
func matchesCode(x textFn, pattern string) boolFn {
	re := regexp.MustCompile(pattern) // the checker compiled it before
	size, _ := programSize(pattern)
	return func(f *engine.Facts, it *engine.Value) truth {
		s, m := x(f, it)
		switch {
		case m != exact:
			return m.truth()
		case len(s) > MaxText:
			return textTooLong.truth()
		case !step(f, len(s)*size/64):
			return tired.truth()
		}
		return truthOf(re.MatchString(s))
	}
}

func caseCode(x textFn, change func(string) string) code {
	return code{kind: kText, s: func(f *engine.Facts, it *engine.Value) (string, mark) {
		s, m := x(f, it)
		if m != exact {
			return "", m
		}
		if !step(f, len(s)/16) {
			return "", tired
		}
		return change(s), exact
	}}
}
