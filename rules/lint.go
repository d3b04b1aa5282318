package rules

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// lint warns of what is allowed and probably not meant.
func (m *maker) lint() {
	d := m.doc
	if !Failed(d.problems) && !Failed(m.list) && d.root.find("cases") == nil {
		m.warn(d.root.start(), say("no_cases", "the rule has no cases, so nothing shows that it does what you mean", "规则没有用例，无法证明它符合你的意思").
			hinted("add cases: with events and what you expect", "请加上 cases：写事件和预期"))
	}
	if on := d.root.at("/on"); on != nil {
		if on.kind == scalarNode {
			m.declared(on)
			m.aboutOthers(on)
		}
		for _, item := range on.items {
			m.declared(item)
			m.aboutOthers(item)
		}
	}
	m.repeats()
}

// aboutOthers warns when an event type is about something else than the rule.
func (m *maker) aboutOthers(n *node) {
	t := m.scope.Defs.EventTypes[n.text]
	if t == nil || t.Subject == "" || t.Subject == m.doc.Subject || m.doc.Subject == engine.SubjectWorkspace {
		return
	}
	if m.doc.Subject != engine.SubjectMember {
		return // a member's event may well carry the group or content that the rule is about
	}
	about := subjectNouns[t.Subject]
	m.warn(n, say("other_subject", n.text+" is about "+about.En+", so often there is no member to decide about", n.text+" 的对象是"+about.Zh+"，常常没有可判定的成员").
		hinted("write subject: "+string(t.Subject), "请写 subject: "+string(t.Subject)))
}

// giving are effects that hurt when they come again with every event.
var giving = map[engine.EffectKind]bool{
	engine.GrantPoints: true, engine.IssueCoupon: true, engine.Draw: true, engine.Pay: true, engine.GrantPrivilege: true,
	engine.Send: true, engine.Praise: true, engine.CreateTask: true, engine.CreateLead: true, engine.GiveLink: true,
}

var growing = regexp.MustCompile(`>=?`)

// repeats warns of a reward that comes with every event once a count is reached.
func (m *maker) repeats() {
	d := m.doc
	if m.when == nil || len(d.On) == 0 || d.Once != engine.OncePerEvent || d.Kind == engine.Threshold ||
		d.Limits.PerMember != nil || d.Limits.Cooldown > 0 || !growing.MatchString(d.When.Text()) {
		return
	}
	counts := slices.ContainsFunc(m.when.Metrics(), func(id int) bool {
		metric := m.table.All[id]
		return !metric.Exclude && (metric.Type == engine.AnyType || slices.Contains(d.On, metric.Type)) && slices.Contains(
			[]engine.Agg{engine.Count, engine.Sum, engine.Distinct, engine.Days, engine.Streak}, metric.Agg)
	})
	i := slices.IndexFunc(d.Then, func(e Effect) bool { return giving[e.Kind] })
	if !counts || i < 0 {
		return
	}
	m.warn(d.Then[i].n, sayf("repeats", "the condition stays true, so %s comes again with every later event", "条件会一直成立，之后每个事件都会再次 %s", d.Then[i].Kind).
		hinted("write once: member, once: day or once: 'event.props...', or == instead of >=", "请写 once: member、once: day 或 once: 'event.props...'，或用 == 代替 >="))
}

// bound is a conjunct "something >= number".
type bound struct {
	of     string // what is compared, without blanks
	least  bool   // >= or >; otherwise <= or <
	strict bool
	value  float64
}

// stricter reports a hold that asks for more than the promotion: those who have
// just moved up would fall back at once.
func (m *maker) stricter(hold, when *Scalar) {
	promotion := map[string]bound{}
	for _, term := range conjuncts(when.Text()) {
		if b, ok := readBound(term.text); ok {
			promotion[b.of+strconv.FormatBool(b.least)] = b
		}
	}
	for _, term := range conjuncts(hold.Text()) {
		h, ok := readBound(term.text)
		if !ok {
			continue
		}
		w, ok := promotion[h.of+strconv.FormatBool(h.least)]
		if !ok || !h.tighter(w) {
			continue
		}
		p := engine.Problem{Code: "hold_stricter", Message: engine.Text{
			En: "staying asks for more than moving up, so members fall back at once: " + term.text + ", and to move up " + w.String(),
			Zh: "留任比升级更严，成员升级后会立刻掉下来：" + term.text + "，而升级只要 " + w.String()},
			Hint: engine.Text{En: "ask for the same or less in hold", Zh: "hold 的要求应不高于 when"}}
		m.addRange(hold.n, term.from, term.from+len([]rune(term.text)), p)
	}
}

func (b bound) tighter(than bound) bool {
	if b.value == than.value {
		return b.strict && !than.strict
	}
	return b.value > than.value == b.least
}

func (b bound) String() string {
	op := map[bool]string{true: ">", false: "<"}[b.least]
	if !b.strict {
		op += "="
	}
	return op + " " + strconv.FormatFloat(b.value, 'f', -1, 64)
}

var boundary = regexp.MustCompile(`^(.*[^<>=!])(>=|<=|>|<)(-?[0-9][0-9.]*)$`)

func readBound(term string) (bound, bool) {
	g := boundary.FindStringSubmatch(strings.Join(strings.Fields(term), ""))
	if g == nil {
		return bound{}, false
	}
	v, err := strconv.ParseFloat(g[3], 64)
	return bound{of: g[1], least: g[2][0] == '>', strict: len(g[2]) == 1, value: v}, err == nil
}

// term is a top-level conjunct and the rune at which it begins.
type term struct {
	text string
	from int
}

// conjuncts cuts an expression at its top-level "and" and "&&". One with a
// top-level "or" is a single conjunct that says nothing.
func conjuncts(text string) []term {
	runes := []rune(text)
	var terms []term
	depth, start, quote := 0, 0, rune(0)
	cut := func(end, next int) {
		from := start
		for from < end && (runes[from] == ' ' || runes[from] == '\n' || runes[from] == '\t') {
			from++
		}
		terms = append(terms, term{strings.TrimSpace(string(runes[from:end])), from})
		start = next
	}
	for i := 0; i < len(runes); i++ {
		c := runes[i]
		switch {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case strings.ContainsRune("([{", c):
			depth++
		case strings.ContainsRune(")]}", c):
			depth--
		case depth == 0 && wordAt(runes, i, "and"):
			cut(i, i+3)
			i += 2
		case depth == 0 && wordAt(runes, i, "&&"):
			cut(i, i+2)
			i++
		case depth == 0 && (wordAt(runes, i, "or") || wordAt(runes, i, "||") || c == '?'):
			return nil
		}
	}
	cut(len(runes), len(runes))
	return terms
}

// wordAt is whether a word stands at a rune, not inside a longer one.
func wordAt(runes []rune, i int, word string) bool {
	w := []rune(word)
	if i+len(w) > len(runes) || string(runes[i:i+len(w)]) != word {
		return false
	}
	letter := func(k int) bool {
		return k >= 0 && k < len(runes) && (runes[k] == '_' || runes[k] == '.' || bareword(string(runes[k])))
	}
	return word == "&&" || word == "||" || !letter(i-1) && !letter(i+len(w))
}
