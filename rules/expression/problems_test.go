package expression

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestProblems compares what is said about every line of problems.src with
// problems.golden: code, place, and the exact words in both languages. Every
// message that exists has a line that brings it out.
func TestProblems(t *testing.T) {
	lines, err := os.ReadFile("testdata/problems.src")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	var b strings.Builder
	say := func(src string, want Kinds, v *Vocabulary) {
		problems := Check(src, want, v)
		fmt.Fprintf(&b, "%s\n", short(src))
		for _, p := range problems {
			said[p.Code] = true
			writeProblem(&b, p)
		}
		b.WriteString("\n")
	}
	for _, src := range strings.Split(strings.TrimSuffix(string(lines), "\n"), "\n") {
		want := Want(engine.Bool)
		if src == "event.props.value + event.props.ratio" {
			want = Want(engine.Int)
		}
		say(src, want, vocabulary())
	}
	for _, other := range otherProblems() {
		say(other.src, other.want, other.voc)
	}
	_, holes := CompileTemplate("hello {{ member.nmae }}, {{ member.points", vocabulary(), engine.NewMetricTable())
	_, many := CompileTemplate(strings.Repeat("{{1}}", 101), vocabulary(), engine.NewMetricTable())
	for _, p := range append(holes, many...) {
		said[p.Code] = true
		writeProblem(&b, p)
	}
	for code := range messages {
		if !said[code] {
			t.Errorf("no line brings out %q", code)
		}
	}
	golden(t, "testdata/problems.golden", b.String())
}

func short(s string) string {
	if len(s) > 120 {
		return s[:40] + " ..."
	}
	return s
}

func writeProblem(b *strings.Builder, p engine.Problem) {
	level := "error"
	if p.Warning {
		level = "warning"
	}
	fmt.Fprintf(b, "  %d:%d-%d %s %s\n    %s\n    %s\n", p.Line, p.Column, p.End, level, p.Code, p.Message.En, p.Message.Zh)
	if p.Hint.En != "" {
		fmt.Fprintf(b, "    > %s\n    > %s\n", p.Hint.En, p.Hint.Zh)
	}
}

type otherProblem struct {
	src  string
	want Kinds
	voc  *Vocabulary
}

// otherProblems need another vocabulary, or are too long for a line.
func otherProblems() []otherProblem {
	schedule := vocabulary()
	schedule.Event, schedule.On, schedule.NoGroup = false, nil, true
	two := vocabulary()
	two.On = []string{"order.paid", "vote.received"}
	yes := Want(engine.Bool)
	return []otherProblem{
		{`event.props.kind == "a" and content_events("vote.received", "7d").count() > 1`, yes, schedule},
		{`group.size > 1 and member.officer and group_events("message.sent", "7d").count() > 1`, yes, schedule},
		{`period > 1`, yes, review()},
		{`growth("message.sent", period) > 1`, yes, review()},
		{`event.props.content_id == 1`, yes, two},
		{`event.props.kind == "answer"`, yes, two},
		{`member.tier`, Want(engine.Int, engine.Decimal), vocabulary()},
		{`member.points / 2`, Want(engine.Int), vocabulary()},
		{"\n\n  member.left\n  and member.teir == 1", yes, vocabulary()},
		{"member.points\n  + now > 1", yes, vocabulary()},
		{hostile["10 MB"], yes, vocabulary()},
		{hostile["not UTF-8"], yes, vocabulary()},
		{hostile["65 parentheses"], yes, vocabulary()},
		{hostile["1000 nots"], yes, vocabulary()},
		{hostile["many pluses"], yes, vocabulary()},
		{hostile["list of 1001"], yes, vocabulary()},
		{hostile["pattern of 101"], yes, vocabulary()},
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s:%d differs\ngot  %s", path, i+1, strings.Join(g[i:min(i+6, len(g))], "\n     "))
		}
	}
	t.Fatalf("%s has %d lines more", path, len(w)-len(g))
}
