package rules

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/rules/packs"
)

// TestScalarPlaces checks that every character of a value is found where the
// author wrote it, in every notation.
func TestScalarPlaces(t *testing.T) {
	for _, c := range []struct {
		name, document, value string
		rune                  int // of the value
		want                  string
	}{
		{"plain", "when: a > 1", "a > 1", 4, "1:11"},
		{"plain, Chinese", "标题: 好 > 1", "好 > 1", 4, "1:9"},
		{"plain with a comment after a number", "when: 10 # ten", "10", 1, "1:8"},
		{"single quoted", "when: 'a > 1'", "a > 1", 4, "1:12"},
		{"single quoted with a quote inside", "when: 'a == ''x'' or b'", "a == 'x' or b", 12, "1:22"},
		{"double quoted", `when: "a \"x\" \u4e2d b"`, `a "x" 中 b`, 8, "1:23"},
		{"double quoted, the escape itself", `when: "a \"x\" \u4e2d b"`, `a "x" 中 b`, 6, "1:16"},
		{"double quoted, next line", `when: "a\_\Nb"`, "a\u00a0\u0085b", 3, "1:13"},
		{"double quoted, surrogates of yaml", `when: "\U0001F600x"`, "😀x", 1, "1:18"},
		{"block", "when: |\n  a > 1\n    and b\n", "a > 1\n  and b", 12, "3:9"},
		{"block with an empty line and a comment", "when: |- # why\n   a\n\n   b\n", "a\n\nb", 3, "4:4"},
		{"block, carriage returns", "when: |\r\n  a\r\n  b\r\n", "a\nb", 2, "3:3"},
		{"block, its line break", "when: |\n  ab\n  c\n", "ab\nc", 2, "2:5"},
		{"flow", "tier: {to: a, hold: 'b c'}", "b c", 2, "1:24"},
		{"the end of the value", "when: 'a >'", "a >", 3, "1:11"},
		{"byte order mark", "\ufeffwhen: abc", "abc", 2, "1:9"},
		{"json", `{"a": "x\ny"}`, "x\ny", 2, "1:11"},
		{"json, surrogates", `{"a": "\ud83d\ude00b"}`, "😀b", 1, "1:20"},
		{"json, second line", "{\n \"a\":\n  12}", "12", 1, "3:4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := &problems{}
			root := parseTree(c.document, found)
			if len(found.list) > 0 {
				t.Fatal(Format("", "en", found.list))
			}
			n := root.leaf(c.value)
			if n == nil {
				t.Fatalf("no value %q in %q", c.value, c.document)
			}
			line, column := n.src.place(n.sourceOffset(c.rune))
			if got := fmt.Sprintf("%d:%d", line, column); got != c.want {
				t.Errorf("rune %d of %q stands at %s, want %s", c.rune, c.value, got, c.want)
			}
		})
	}
}

// leaf finds a scalar with a text.
func (n *node) leaf(text string) *node {
	if n.kind == scalarNode && n.text == text {
		return n
	}
	for _, e := range n.entries {
		if x := e.value.leaf(text); x != nil {
			return x
		}
	}
	for _, item := range n.items {
		if x := item.leaf(text); x != nil {
			return x
		}
	}
	return nil
}

const editable = `# a comment   with odd  spacing
key:   nice-answer
when:  'event.props.value >= 1'   # kept
title: {en: "Nice", zh: 好}
then:
  - grant_points:   {amount: 10,   expires: 365d}
  - send:
      channel: mail
      text: |
        Hello,
        you did it.
`

func TestEdit(t *testing.T) {
	for _, c := range []struct{ name, path, value, from, to string }{
		{"integer", "/then/0/grant_points/amount", "20", "amount: 10", "amount: 20"},
		{"integer to expression", "/then/0/grant_points/amount", "event.props.value * 2", "amount: 10", "amount: 'event.props.value * 2'"},
		{"single quotes stay", "/when", "event.props.kind == 'x'", "'event.props.value >= 1'", "'event.props.kind == ''x'''"},
		{"double quotes stay", "/title/en", `Very "nice"`, `"Nice"`, `"Very \"nice\""`},
		{"plain word stays", "/key", "good-answer", "nice-answer", "good-answer"},
		{"plain text that would become a number is quoted", "/key", "12", "   nice-answer", "   '12'"},
		{"text that would begin a comment is quoted", "/title/zh", "好 # 2", "zh: 好}", "zh: '好 # 2'}"},
		{"Chinese stays plain", "/title/zh", "很好", "zh: 好}", "zh: 很好}"},
		{"block stays", "/then/1/send/text", "Hi,\n  well done.", "        Hello,\n        you did it.", "        Hi,\n          well done."},
		{"block to one line", "/then/1/send/text", "Hi", "|\n        Hello,\n        you did it.", "'Hi'"},
		{"tabs are escaped", "/title/zh", "a\tb", "zh: 好", `zh: "a\tb"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Edit([]byte(editable), c.path, c.value)
			if err != nil {
				t.Fatal(err)
			}
			want := strings.Replace(editable, c.from, c.to, 1)
			if string(got) != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestEditJSON(t *testing.T) {
	src := `{ "then":[ {"grant_points": {"amount" : 10}} ],  "when":"a > 1" }`
	for _, c := range []struct{ path, value, from, to string }{
		{"/then/0/grant_points/amount", "20", "10", "20"},
		{"/then/0/grant_points/amount", "a * 2", "10", `"a * 2"`},
		{"/when", "a < \"中\"", `"a > 1"`, `"a < \"中\""`},
		{"/when", "20", `"a > 1"`, `"20"`},
	} {
		got, err := Edit([]byte(src), c.path, c.value)
		if want := strings.Replace(src, c.from, c.to, 1); err != nil || string(got) != want {
			t.Errorf("%s = %s: got %s, %v, want %s", c.path, c.value, got, err, want)
		}
	}
}

func TestEditRefuses(t *testing.T) {
	for _, c := range []struct{ name, src, path, want string }{
		{"no such field", editable, "/then/7", `not_found: no field "/then/7" here`},
		{"not a scalar", editable, "/then/0", "invalid: the edit is not possible; /then/0 only a single value can be replaced"},
		{"unreadable", "a: [", "/a", "invalid: the document must be readable before it is edited;  this is not YAML: a value is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Edit([]byte(c.src), c.path, "x"); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{editable, "{\"key\": \"a\\u4e2d\", \"then\": [1, true, null]}", "a: &b c\nd: *b\n<<: x",
		"a: |\n  x\n\n   y\nb: >-\n z", "when: \"a\\x41\\\n b\"", "? [a]\n: b\n--- c", "\ufeffkey：a", "a: 'it''s' # x", "a: !!int 3\r\nb:\r\n - c",
		"cases:\n  - name: x\n    events: [{type: a, times: 3, props: {v: 1.5}}]\n    expect: {outcome: true, effects: [admit]}"} {
		f.Add([]byte(seed), "/a", "new: value")
	}
	for _, file := range []string{"entry/entry-task.yaml", "half-month-review/half-month-review.yaml", "six-tiers/to-active.yaml", "checkin-streak/checkin-streak-7.yaml"} {
		data, err := packs.FS.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "/when", "a and")
	}
	scope := town()
	f.Fuzz(func(t *testing.T, src []byte, path, value string) {
		doc, found := Parse(src)
		for _, p := range found {
			if p.Line < 1 || p.Column < 1 || p.Message.En == "" || p.Message.Zh == "" || p.Code == "" {
				t.Fatalf("a problem without place or words: %+v", p)
			}
		}
		checkPlaces(t, doc.root)
		for _, p := range Check(doc, scope) {
			if p.Line < 1 || p.Column < 1 || p.Message.En == "" || p.Message.Zh == "" {
				t.Fatalf("a problem without place or words: %+v", p)
			}
		}
		edited, err := Edit(src, path, value)
		if err != nil {
			return
		}
		if got := parseTree(string(edited), &problems{}).at(path).text; got != value {
			t.Fatalf("edited %q at %q to %q, read back %q", src, path, value, got)
		}
	})
}

// checkPlaces holds every value to its bytes: each rune of a scalar is the
// source's rune at its place, or an escape begins there.
func checkPlaces(t *testing.T, n *node) {
	if n.from > n.to || n.to > len(n.src.text) {
		t.Fatalf("range %d to %d of %q", n.from, n.to, n.src.text)
	}
	for _, e := range n.entries {
		checkPlaces(t, e.key)
		checkPlaces(t, e.value)
	}
	for _, item := range n.items {
		checkPlaces(t, item)
	}
	for i, c := range []rune(n.text) {
		at := n.sourceOffset(i)
		if at > len(n.src.text) || len(n.pieces) == 0 {
			return
		}
		rest := n.src.text[at:]
		if !strings.HasPrefix(rest, string(c)) && !strings.HasPrefix(rest, `\`) && c != '\n' && !strings.HasPrefix(rest, "'") {
			t.Fatalf("rune %d (%q) of %q stands at %q", i, c, n.text, rest)
		}
	}
}
