package rules

import (
	"fmt"
	"strings"
	"testing"
)

func differ(a, b string) Difference {
	x, _ := Parse([]byte(a))
	y, _ := Parse([]byte(b))
	return Differ(x, y)
}

// Conditions are compared on the trees: what is the same elsewhere has moved,
// what looks at the same with another bound has changed.
func TestConditionsAreCompared(t *testing.T) {
	rule := "key: k\nkind: reward\non: x\nwhen: '%s'\nthen: [add_tag: {tag: t}]\n"
	for _, test := range []struct{ was, now, want string }{
		{"a == 1 and b == 2", "a == 1 and b == 2", "same a == 1|same b == 2"},
		{"a == 1 and b == 2", "a   ==   1 and(b == 2)", "same a == 1|same b == 2"},
		{"a == 1 and b == 2", "b == 2 and a == 1", "same b == 2|same a == 1"},
		{"a == 1", "a == 1 and b == 2", "same a == 1|added b == 2"},
		{"a == 1 and b == 2", "a == 1 or b == 2", "moved a == 1|moved b == 2"},
		{"a == 1 and b == 2", "a == 1 and not (b == 2)", "same a == 1|moved b == 2"},
		{"a >= 10 and b == 2", "a >= 8 and b == 2", "changed a >= 10 -> a >= 8|same b == 2"},
		{"a == 1 and b == 2 and c == 3", "a == 1 and c == 3", "same a == 1|same c == 3|removed b == 2"},
		{`x contains "a"`, `y contains "a"`, `added y contains "a"|removed x contains "a"`},
	} {
		d := differ(fmt.Sprintf(rule, test.was), fmt.Sprintf(rule, test.now))
		var got []string
		for _, c := range d.Conditions {
			switch {
			case c.Change == Removed:
				got = append(got, "removed "+c.From.Text)
			case c.Change == Changed:
				got = append(got, "changed "+c.From.Text+" -> "+c.To.Text)
			default:
				text := strings.Join(strings.Fields(strings.Trim(c.To.Text, "()")), " ")
				got = append(got, c.Change+" "+text)
			}
			if c.To != nil {
				if in := string([]rune(test.now)[c.To.Start:c.To.End]); in != c.To.Text {
					t.Errorf("%s: the range says %q, the text %q", test.now, in, c.To.Text)
				}
			}
		}
		if strings.Join(got, "|") != test.want {
			t.Errorf("%s -> %s: %s, want %s", test.was, test.now, strings.Join(got, "|"), test.want)
		}
	}
}

func TestPartsAreCompared(t *testing.T) {
	a := "key: k\nkind: reward\ntitle: {en: A}\non: x\nlimits: {cooldown: 1h}\nthen:\n  - grant_points: {amount: 5}\n  - add_tag: {tag: t}\n"
	b := "# written anew\nkey: k\nkind: reward\ntitle: {en: A}\non: [x]\nthen:\n  - add_tag: {tag: t}\n  - grant_points: {amount: 6}\n  - add_tag: {tag: u}\ncases: []\n"
	d := differ(a, b)
	if got := fmt.Sprint(d.Effects); got != "[{/then/1/grant_points/amount changed 5 6} {/then/2 added  add_tag {tag: u}}]" {
		t.Errorf("effects: %s", got)
	}
	if got := fmt.Sprint(d.Settings); !strings.Contains(got, "{/limits/cooldown removed 1h }") || strings.Contains(got, "title") {
		t.Errorf("settings: %s", got)
	}
	if same := differ(a, "# a comment\n"+a); !same.Nothing() {
		t.Errorf("a comment is no part: %+v", same)
	}
	for _, bad := range []string{"", ": : :", "when: 'a =='", "[]"} {
		differ(a, bad)
		differ(bad, a)
	}
}
