package expression

import "github.com/expr-lang/expr/ast"

// tokenSpan is a range of tokens, [first, last].
type tokenSpan struct{ first, last int }

func (a tokenSpan) with(b tokenSpan) tokenSpan {
	return tokenSpan{min(a.first, b.first), max(a.last, b.last)}
}

// span is the whole range of a node in runes. expr gives every node the place of
// one token and drops parentheses, so the range is rebuilt: the node's own
// tokens, its children's ranges, and whatever brackets those cut in half.
func (s *source) span(n ast.Node) (lo, hi int) {
	t := s.tokensOf(n)
	if t.first > t.last {
		return 0, len(s.runes)
	}
	return s.tokens[t.first].From, s.tokens[t.last].To
}

var noTokens = tokenSpan{first: 1 << 30, last: -1}

func (s *source) tokensOf(n ast.Node) tokenSpan {
	if t, ok := s.spans[n]; ok {
		return t
	}
	t := s.ownTokens(n)
	for _, k := range children(n) {
		t = t.with(s.tokensOf(k))
	}
	t = s.balanced(t)
	s.spans[n] = t
	return t
}

// ownTokens are the tokens that belong to the node itself.
func (s *source) ownTokens(n ast.Node) tokenSpan {
	at := s.tokenAt(n.Location().From)
	if at < 0 {
		return noTokens
	}
	own := tokenSpan{at, at}
	switch n := n.(type) {
	case *ast.ConditionalNode, *ast.PairNode, *ast.SequenceNode:
		return noTokens // theirs is a neighbour's place
	case *ast.CallNode, *ast.BuiltinNode:
		return s.closing(own, at+1)
	case *ast.ArrayNode, *ast.MapNode, *ast.SliceNode:
		return s.closing(own, at)
	case *ast.MemberNode:
		if s.tokens[at].Value == "[" {
			return s.closing(own, at)
		}
	case *ast.PredicateNode:
		if s.tokens[at].Value == "{" {
			return s.closing(own, at)
		}
		return noTokens
	case *ast.PointerNode:
		if n.Name != "" {
			own.last++
		}
	}
	return own
}

func (s *source) closing(t tokenSpan, open int) tokenSpan {
	if open < len(s.match) && s.match[open] >= 0 {
		t.last = max(t.last, s.match[open])
	}
	return t
}

// balanced grows a range until no bracket in it has its partner outside.
func (s *source) balanced(t tokenSpan) tokenSpan {
	for i := t.first; i <= t.last && i < len(s.match); i++ {
		m := s.match[i]
		if m < 0 || t.first <= m && m <= t.last {
			continue
		}
		t = t.with(tokenSpan{m, m})
		i = t.first - 1
	}
	return t
}
