package rules

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

var update = flag.Bool("update", false, "write what the checker says into testdata/problems; read the difference before committing it")

// town is the workspace that testdata/problems speaks of.
func town() Scope {
	d := workspace()
	d.Groups = map[string]*engine.GroupDef{"core": {Key: "core", Capacity: 500}, "second": {Key: "second"}, "held-back": {Key: "held-back"}}
	d.Ladders = map[string]*engine.Ladder{"default": {Key: "default", Tiers: []engine.Tier{{Key: "onlooker"}, {Key: "participant"}, {Key: "active"}, {Key: "leader"}}}}
	d.Rewards = map[string]*engine.Reward{"nice-answer": {Key: "nice-answer", Kind: "badge"}, "points": {Key: "points", Kind: "points"}, "mugs": {Key: "mugs", Kind: "coupon"}}
	d.Templates = map[string]*engine.Template{
		"hello": {Key: "hello", Body: engine.Text{En: "Hello {{ member.name }}", Zh: "{{ member.name }} 你好"}},
		"vote":  {Key: "vote", Body: engine.Text{En: "You got {{ event.props.value }}"}},
	}
	d.Channels = map[string]*engine.ChannelDef{"mail": {Key: "mail", Plugin: "logfile"}}
	d.Segments = map[string]*engine.Segment{"vip": {Key: "vip"}}
	d.Attributes = map[string]*engine.Attribute{"city": {Key: "city", Field: engine.Field{Name: "city", Kind: engine.String, Type: "string"}}, "age": {Key: "age", Field: engine.Field{Name: "age", Kind: engine.Int, Type: "integer"}}}
	return Scope{Defs: d, Rules: map[string]bool{"welcome": true, "nice-answer": true}, Seen: map[string][]string{"打卡": {"天数"}}}
}

// TestProblems holds every document in testdata/problems to the exact messages
// in both languages: "=== name", the document, "---", the messages.
func TestProblems(t *testing.T) {
	files, err := filepath.Glob("testdata/problems/*.txt")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for _, part := range strings.Split(string(data), "=== ")[1:] {
			name, rest, _ := strings.Cut(part, "\n")
			document, want, _ := strings.Cut(rest, "\n---\n")
			_, found := CheckSource([]byte(document), town())
			got := Format("", "en", found) + Format("", "zh", found)
			out.WriteString("=== " + name + "\n" + document + "\n---\n" + got)
			t.Run(filepath.Base(file)+"/"+name, func(t *testing.T) {
				if got != want && !*update {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			})
		}
		if *update {
			if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
