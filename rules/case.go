package rules

import (
	"strconv"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Case is an example of what a rule does, kept beside it: what is given, what
// happens, and what is expected of the last moment.
type Case struct {
	Name   string
	Given  Given
	Events []CaseEvent
	After  time.Duration // passes after the last event
	Expect Expect
	n      *node
}

// Given is how things stand before the first event.
type Given struct {
	Member GivenMember
	Group  GivenGroup
}

// GivenMember is the member the case is about.
type GivenMember struct {
	Attrs  map[string]engine.Value
	Tags   []string
	Tier   string // on the rule's ladder
	Groups []string
	Badges []string
	Points map[string]int64 // by account
}

// GivenGroup is the group of the case's events. Zero values are not given.
type GivenGroup struct {
	Size     *int64
	Capacity int64 // seats, in place of those the workspace's group has
	Phase    string
	Stage    int64
}

// CaseEvent is one event of a case, or several alike.
type CaseEvent struct {
	Type    string
	Times   int           // how often it happens
	At      string        // when, as written; "" is After the event before
	After   time.Duration // since the event before, each time; a second when nothing is said
	Member  string        // a name for the member, "" is the case's own
	To      string        // a name for the other person
	Group   string
	Content string
	Origin  string
	History bool          // imported: it is counted and decides nothing
	Props   []engine.Prop // sorted by name
	n       *node
}

// Expect is what a case expects of the rule's last decision.
type Expect struct {
	Outcome engine.Outcome // "" is anything
	Effects []ExpectEffect // each must have happened
	None    bool           // effects: [] was written: nothing may have happened
	Not     []ExpectEffect // none may have happened
	n       *node
}

// ExpectEffect is an effect, and the fields that it must have.
type ExpectEffect struct {
	Kind   engine.EffectKind
	Fields map[string]engine.Value
	n      *node
}

var (
	aGiven  = engine.Text{En: "given", Zh: "given "}
	aMember = engine.Text{En: "a member of a case", Zh: "用例的成员"}
	aGroup  = engine.Text{En: "a group of a case", Zh: "用例的群"}
	anEvent = engine.Text{En: "an event of a case", Zh: "用例的事件"}
	expects = engine.Text{En: "expect", Zh: "expect "}
)

func (r *reader) cases(n *node) {
	names := map[string]bool{}
	r.each(n, MaxCases, func(i int, item *node) {
		c := Case{n: item}
		r.fields(item, aCase,
			slot{"name", func(v *node) { c.Name, _ = r.text(v) }},
			slot{"given", func(v *node) { c.Given = r.given(v) }},
			slot{"events", func(v *node) { c.Events = r.caseEvents(v) }},
			slot{"after", func(v *node) { c.After = r.duration(v) }},
			slot{"expect", func(v *node) { c.Expect = r.expect(v) }})
		if item.kind != mappingNode {
			return
		}
		if item.find("expect") == nil {
			r.add(item.start(), say("needs_expect", "a case needs expect: and what the rule decides", "用例需要 expect：规则的判定"))
		}
		if c.Name == "" {
			c.Name = strconv.Itoa(i + 1)
		}
		if names[c.Name] {
			r.add(item.start(), sayf("same_name", "two cases are called %q", "有两个用例都叫 %q", c.Name))
		}
		names[c.Name] = true
		r.doc.Cases = append(r.doc.Cases, c)
	})
}

func (r *reader) given(n *node) Given {
	var g Given
	r.fields(n, aGiven,
		slot{"member", func(v *node) { g.Member = r.givenMember(v) }},
		slot{"group", func(v *node) { g.Group = r.givenGroup(v) }})
	return g
}

func (r *reader) givenMember(n *node) GivenMember {
	var m GivenMember
	r.fields(n, aMember,
		slot{"attrs", func(v *node) { m.Attrs = r.values(v) }},
		slot{"tags", func(v *node) { m.Tags = r.names(v, 100) }},
		slot{"tier", func(v *node) { m.Tier = r.name(v) }},
		slot{"groups", func(v *node) { m.Groups = r.names(v, 100) }},
		slot{"badges", func(v *node) { m.Badges = r.names(v, 100) }},
		slot{"points", func(v *node) { m.Points = r.points(v) }})
	return m
}

// points reads a number, of the default account, or {account: number}.
func (r *reader) points(n *node) map[string]int64 {
	if n.kind != mappingNode {
		return map[string]int64{engine.DefaultAccount: r.integer(n, -1<<53, 1<<53)}
	}
	points := map[string]int64{}
	for _, e := range n.entries {
		points[e.key.text] = r.integer(e.value, -1<<53, 1<<53)
	}
	return points
}

func (r *reader) givenGroup(n *node) GivenGroup {
	var g GivenGroup
	r.fields(n, aGroup,
		slot{"size", func(v *node) {
			size := r.integer(v, 0, 1_000_000)
			g.Size = &size
		}},
		slot{"capacity", func(v *node) { g.Capacity = r.integer(v, 1, 1_000_000) }},
		slot{"phase", func(v *node) { g.Phase = r.oneOf(v, "import", "growth", "mature", "decline") }},
		slot{"stage", func(v *node) { g.Stage = r.integer(v, 1, 7) }})
	return g
}

// values reads a map of constants.
func (r *reader) values(n *node) map[string]engine.Value {
	if n.kind != mappingNode {
		r.add(n, say("not_values", "names with values are needed here", "这里要写名称和值").
			hinted("for example {city: Hangzhou, age: 30}", "例如 {city: 杭州, age: 30}"))
		return nil
	}
	values := make(map[string]engine.Value, len(n.entries))
	for _, e := range n.entries {
		if !r.missing(e.value, e.key.text) {
			values[e.key.text] = r.value(e.value)
		}
	}
	return values
}

// value reads a constant: whole numbers, numbers with a point, true and false
// without quotes; lists of them; and text.
func (r *reader) value(n *node) engine.Value {
	switch n.kind {
	case listNode:
		list := make([]engine.Value, 0, len(n.items))
		for _, item := range n.items {
			list = append(list, r.value(item))
		}
		return engine.ListValue(list...)
	case mappingNode:
		r.add(n, say("not_value", "one value is needed here", "这里要写一个值"))
		return engine.Value{}
	}
	if b, ok := n.boolean(); ok {
		return engine.BoolValue(b)
	}
	if n.plain && (isInteger(n.text) || isDecimal(n.text)) {
		v, err := engine.ParseNumber(n.text)
		if err != nil {
			r.add(n, sayf("number_range", "%s is too large for a number", "%s 超出数值范围", n.text))
		}
		return v
	}
	text, _ := r.text(n)
	return engine.StringValue(text)
}
