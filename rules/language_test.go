package rules

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules/expression"
)

var fence = regexp.MustCompile("(?s)\n```(\\S+)(?: (\\S+))?\n(.*?)\n```\n")

// TestManual runs every example of LANGUAGE.md: rules have no problems and no
// warnings, expressions compile, problems are said in the exact words.
func TestManual(t *testing.T) {
	data, err := os.ReadFile("LANGUAGE.md")
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	for _, m := range fence.FindAllStringSubmatch(string(data), -1) {
		kind, lang, body := m[1], m[2], m[3]
		counts[kind]++
		t.Run(fmt.Sprintf("%s %d", kind, counts[kind]), func(t *testing.T) {
			switch kind {
			case "yaml":
				if _, found := CheckSource([]byte(body+"\n"), town()); len(found) > 0 {
					t.Errorf("%s\n%s", Format("", "en", found), body)
				}
			case "expr":
				checkExpressions(t, body)
			case "problem":
				document, want, _ := strings.Cut(body, "\n---\n")
				_, found := CheckSource([]byte(document+"\n"), town())
				if got := strings.ReplaceAll("\n"+Format("", or(lang, "en"), found), "\n:", "\n"); got != "\n"+want+"\n" {
					t.Errorf("got%s\nwant\n%s", got, want)
				}
			default:
				t.Errorf("nothing checks a block of %q", kind)
			}
		})
	}
	if counts["yaml"] < 8 || counts["expr"] < 2 || counts["problem"] < 3 {
		t.Errorf("blocks: %v", counts)
	}
}

func checkExpressions(t *testing.T, body string) {
	for _, line := range strings.Split(body, "\n") {
		doc := &Document{On: []string{"vote.received", "打卡"}, Subject: engine.SubjectMember}
		v := doc.vocabulary(town().base(), deciding, engine.Unknown)
		if found := expression.Check(line, condition, v); len(found) > 0 {
			t.Errorf("%s\n%s", line, Format("", "en", found))
		}
	}
}

// TestManualTables holds the manual's tables of effects and words to what there
// is; -update writes them.
func TestManualTables(t *testing.T) {
	data, err := os.ReadFile("LANGUAGE.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for name, table := range map[string]string{
		"effects en": effectTable("en"), "effects zh": effectTable("zh"), "words en": wordTable("en"), "words zh": wordTable("zh"),
	} {
		begin, end := "<!-- "+name+" -->\n", "<!-- end -->"
		head, rest, ok := strings.Cut(text, begin)
		old, tail, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("no place for %s", name)
		}
		if old != table && !*update {
			t.Errorf("the table of %s is out of date; run the test with -update", name)
		}
		text = head + begin + table + end + tail
	}
	if *update {
		if err := os.WriteFile("LANGUAGE.md", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var tableHeads = map[string][2]string{
	"en": {"\n| effect | what it does | fields |\n|---|---|---|\n", "\n| word | what it is | example |\n|---|---|---|\n"},
	"zh": {"\n| 效果 | 作用 | 字段 |\n|---|---|---|\n", "\n| 词 | 含义 | 例子 |\n|---|---|---|\n"},
}

func effectTable(lang string) string {
	var b strings.Builder
	b.WriteString(tableHeads[lang][0])
	for _, s := range engine.EffectSchemas {
		var fields []string
		for _, f := range s.Fields {
			fields = append(fields, fieldCell(f, lang))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.Kind, s.Title.In(lang), strings.Join(fields, ", "))
	}
	return b.String() + "\n"
}

var kindWord = map[engine.FieldKind]engine.Text{
	engine.KeyField: {En: "name", Zh: "名称"}, engine.TextField: {En: "text", Zh: "文字"}, engine.NumberField: {En: "number", Zh: "数字"},
	engine.DurationField: {En: "duration", Zh: "时长"}, engine.TimeField: {En: "time", Zh: "时间"}, engine.ExprField: {En: "expression", Zh: "表达式"},
	engine.PropsField: {En: "names with expressions", Zh: "名称和表达式"},
}

// fieldCell is "`amount` number", with a star where it is needed and a plus
// where it is one of several.
func fieldCell(f engine.FieldSchema, lang string) string {
	word := kindWord[f.Kind].In(lang)
	if len(f.Values) > 0 {
		word = strings.Join(f.Values, " / ")
	}
	mark := ""
	switch {
	case f.OneOf != "":
		mark = engine.Text{En: " (one of these)", Zh: "（任选其一）"}.In(lang)
	case !f.Required:
		mark = engine.Text{En: " (may be left out)", Zh: "（可不写）"}.In(lang)
	}
	return "`" + f.Name + "` " + word + mark
}

func wordTable(lang string) string {
	var b strings.Builder
	b.WriteString(tableHeads[lang][1])
	cell := strings.NewReplacer("|", "\\|", "\n", " ")
	for _, d := range expression.Docs() {
		fmt.Fprintf(&b, "| `%s` | %s | `%s` |\n", cell.Replace(d.Usage), cell.Replace(d.Text.In(lang)), cell.Replace(d.Example))
	}
	return b.String() + "\n"
}

// TestManualCases plays the cases of the manual's rules on the real machine.
func TestManualCases(t *testing.T) {
	data, err := os.ReadFile("LANGUAGE.md")
	if err != nil {
		t.Fatal(err)
	}
	pack := &Pack{Requires: slices.Concat(
		bodies(t, engine.DefineGroup, town().Defs.Groups), bodies(t, engine.DefineLadder, town().Defs.Ladders),
		bodies(t, engine.DefineReward, town().Defs.Rewards), bodies(t, engine.DefineTemplate, town().Defs.Templates),
		bodies(t, engine.DefineChannel, town().Defs.Channels))}
	for _, m := range fence.FindAllStringSubmatch(string(data), -1) {
		if m[1] != "yaml" {
			continue
		}
		doc, _ := Parse([]byte(m[3] + "\n"))
		t.Run(doc.Key, func(t *testing.T) {
			verdicts, err := RunCases(t.Context(), doc, bookOf(t, doc), town(), player{pack, doc})
			if err != nil || len(verdicts) == 0 {
				t.Fatal(verdicts, err)
			}
			for _, v := range verdicts {
				if !v.OK {
					t.Errorf("case %q:\n%s", v.Case, Format("", "en", v.Problems))
				}
			}
		})
	}
}

func bodies[T any](t *testing.T, kind engine.DefinitionKind, defs map[string]T) []engine.Definition {
	t.Helper()
	var list []engine.Definition
	for _, key := range slices.Sorted(maps.Keys(defs)) {
		body, err := json.Marshal(defs[key])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, engine.Definition{Kind: kind, Key: key, Body: body})
	}
	return list
}

// TestManualNamesFindings holds the manual to every finding, in both languages.
func TestManualNamesFindings(t *testing.T) {
	data, err := os.ReadFile("LANGUAGE.md")
	if err != nil {
		t.Fatal(err)
	}
	source := ""
	for _, file := range []string{"lint_rule.go", "lint_beside.go", "expression/find_words.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source += string(text)
	}
	found := 0
	for _, m := range regexp.MustCompile(`(?:sayf\(|Code: |\n\t)"([a-z]+_[a-z_]+|repeats|contradiction|implied|covered|undone)"`).FindAllStringSubmatch(source, -1) {
		if found++; strings.Count(string(data), "`"+m[1]+"`") < 2 {
			t.Errorf("the manual does not name %s in both languages", m[1])
		}
	}
	if found < 20 {
		t.Errorf("only %d findings", found)
	}
}
