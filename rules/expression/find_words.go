package expression

import (
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// findingMessages speak of what is allowed and probably not meant.
var findingMessages = map[string]message{
	"never_true":       {en: "this is never true{1}", zh: "这个条件永远不成立{1}", hintEn: "compare it with the values that there can be", hintZh: "请与可能的取值比较", warning: true},
	"always_true":      {en: "this is always true where it is known{1}", zh: "只要已知，这个条件总是成立{1}", hintEn: "leave it out, or compare it with another value", hintZh: "请去掉，或换一个比较值", warning: true},
	"contradiction":    {en: "this and \"{1}\" are never true together", zh: "这个条件与“{1}”不可能同时成立", hintEn: "write or between them, or change one of the values", hintZh: "请用 or 连接，或修改其中一个值", warning: true},
	"covers_all":       {en: "either this or \"{1}\" is always true", zh: "这个条件与“{1}”总有一个成立", hintEn: "write and between them, or change one of the values", hintZh: "请用 and 连接，或修改其中一个值", warning: true},
	"implied":          {en: "this adds nothing: where \"{1}\" is true, it is too", zh: "这个条件是多余的：“{1}”成立时它必然成立", hintEn: "leave it out, or make it stricter", hintZh: "请去掉，或改得更严", warning: true},
	"covered":          {en: "this adds nothing: where it is true, \"{1}\" is too", zh: "这个条件是多余的：它成立时“{1}”必然成立", hintEn: "leave it out, or make it wider", hintZh: "请去掉，或改得更宽", warning: true},
	"never_here":       {en: "beside the rest of the condition this is never true", zh: "在其余条件成立时，这个条件永远不成立", hintEn: "leave it out, or change the value", hintZh: "请去掉，或修改取值", warning: true},
	"always_here":      {en: "beside the rest of the condition this is always true", zh: "在其余条件成立时，这个条件总是成立", hintEn: "leave it out, or change the value", hintZh: "请去掉，或修改取值", warning: true},
	"never_chosen":     {en: "this value is never chosen: \"{1}\" {2}", zh: "这个值永远不会被选中：“{1}”{3}", hintEn: "write the other value alone, or change the condition", hintZh: "请只写另一个值，或修改条件", warning: true},
	"always_overflows": {en: "this leaves the range of 64-bit integers, so the rule always fails", zh: "结果超出 64 位整数范围，规则总会出错", hintEn: "write smaller numbers", hintZh: "请用较小的数", warning: true},
	"may_overflow":     {en: "the product of two numbers that come from outside may leave the range of 64-bit integers, and then the rule fails", zh: "两个来自外部的数相乘可能超出 64 位整数范围，那时规则会出错", hintEn: "bound one of them: min(x, 1000000)", hintZh: "请限制其中一个：min(x, 1000000)", warning: true},
}

// tell reports a flaw in words.
func (f *finder) tell(s *source, x flaw) {
	var args []any
	switch x.code {
	case "never_true", "always_true":
		args = append(args, f.because(x.n))
	case "never_chosen":
		en, zh := "is never true", "永远不成立"
		if x.n == x.in.kids[2] {
			en, zh = "is always true", "总是成立"
		}
		args = append(args, f.text(x.by...), en, zh)
	default:
		args = append(args, f.text(x.by...))
	}
	p := s.report(x.n.lo, x.n.hi, x.code, args...)
	if x.code == "implied" || x.code == "covered" {
		p.Fix = f.without(x)
	}
}

// text quotes parts of the expression.
func (f *finder) text(parts ...*node) string {
	out := make([]string, len(parts))
	for i, n := range parts {
		out[i] = strings.Join(strings.Fields(f.src.slice(n.lo, n.hi)), " ")
	}
	return strings.Join(out, ", ")
}

// because says what a number can be, where that is why a test always or never holds.
func (f *finder) because(n *node) engine.Text {
	if n.op == opIn {
		if v, ok := n.kids[1].constant(); ok && len(v.List) == 0 {
			return engine.Text{En: ": the list is empty", Zh: "：列表是空的"}
		}
	}
	if n.op != opCompare && n.op != opIn {
		return engine.Text{}
	}
	left, right := n.kids[0], n.kids[1]
	if _, ok := f.constant(left); ok {
		left = right
	}
	if !left.kind.number() || left.op == opConst {
		return engine.Text{}
	}
	can := f.rangeOf(left)
	if len(can) == 0 || can.least() == leastNum && can.unboundedUp() {
		return engine.Text{}
	}
	what := f.text(left)
	lo, hi := can.least().text(), can.greatest().text()
	if can.unboundedUp() {
		return engine.Text{En: ": " + what + " is at least " + lo, Zh: "：" + what + " 至少是 " + lo}
	}
	return engine.Text{En: ": " + what + " is " + lo + " to " + hi, Zh: "：" + what + " 在 " + lo + " 到 " + hi + " 之间"}
}

func (a num) text() string {
	if a.micro == 0 {
		return engine.IntValue(a.whole).Text()
	}
	return engine.DecimalValue(a.whole*engine.Micro + a.micro).Text()
}

// without removes a part and the operator beside it; nothing where brackets
// would be torn apart.
func (f *finder) without(x flaw) engine.Fix {
	kids := x.in.kids
	i := slices.Index(kids, x.n)
	if i > 0 {
		from, to := kids[i-1].hi, x.n.hi
		depth, least := brackets(f.src.runes[from:to])
		alone := strings.HasPrefix(strings.TrimSpace(string(f.src.runes[to:])), ")") // "(a) and (b)" without b
		if depth == 0 && (least == 0 || least == -1 && alone) {
			return engine.Fix{From: from, To: to}
		}
	}
	if i+1 < len(kids) {
		from, to := x.n.lo, kids[i+1].lo
		if depth, least := brackets(f.src.runes[from:to]); depth == 0 && least == 0 {
			return engine.Fix{From: from, To: to}
		}
	}
	return engine.Fix{}
}

// brackets is how many more brackets a text opens than it closes, and the least
// of that on the way.
func brackets(text []rune) (depth, least int) {
	for _, c := range text {
		switch c {
		case '(', '[', '{', '（':
			depth++
		case ')', ']', '}', '）':
			depth--
			least = min(least, depth)
		}
	}
	return depth, least
}
