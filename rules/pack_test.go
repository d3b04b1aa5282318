package rules

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/catalog"
	"github.com/bylaw-dev/bylaw/rules/packs"
)

// workspace is an empty one, as it is provisioned.
func workspace() *engine.Definitions {
	return &engine.Definitions{EventTypes: catalog.Types(), Settings: engine.Settings{Zone: "Asia/Shanghai", Lang: "zh", Currency: "CNY"}}
}

// loadPack reads a bundled pack that must be whole, and the scope after
// installing it.
func loadPack(t testing.TB, name string) (*Pack, Scope) {
	t.Helper()
	folder, err := fs.Sub(packs.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	p, found := LoadPack(folder)
	if len(found) > 0 {
		t.Fatalf("%s", formatPaths(found))
	}
	defs, err := p.Definitions(workspace())
	if err != nil {
		t.Fatal(err)
	}
	s := Scope{Defs: defs, Rules: map[string]bool{}}
	for _, r := range p.Rules {
		s.Rules[r.Document.Key] = true
	}
	return p, s
}

func formatPaths(list []engine.Problem) string {
	out := ""
	for _, p := range list {
		out += Format(p.Path, "en", []engine.Problem{p})
	}
	return out
}

func TestBundledPacks(t *testing.T) {
	folders, err := fs.ReadDir(packs.FS, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range folders {
		t.Run(f.Name(), func(t *testing.T) {
			p, s := loadPack(t, f.Name())
			if p.Key != f.Name() || p.Title.En == "" || p.Title.Zh == "" || p.About.En == "" || p.About.Zh == "" {
				t.Errorf("pack %q lacks a title or text in a language, or its key is not its folder", p.Key)
			}
			for _, r := range p.Rules {
				if found := Check(r.Document, s); len(found) > 0 {
					t.Errorf("\n%s", Format(r.File, "en", found))
				}
				if r.Document.Key+".yaml" != r.File || len(r.Document.Cases) == 0 || r.Document.Title.Zh == r.Document.Title.En {
					t.Errorf("%s: its key is not its file, or it lacks cases or a title", r.File)
				}
			}
			files, err := fs.Glob(packs.FS, f.Name()+"/*.yaml")
			if err != nil || len(files) != len(p.Rules)+1 {
				t.Errorf("%d files, %d rules, %v", len(files), len(p.Rules), err)
			}
		})
	}
}

// TestLoadPackProblems checks that every file of a pack is read and its problems
// carry the file's name.
func TestLoadPackProblems(t *testing.T) {
	folder := fstest.MapFS{
		"pack.yaml": {Data: []byte(`key: My Pack
title: {en: A, zh: 甲}
requires:
  rewards:
    - {key: a, kind: badge, tittle: {en: x}}
    - {kind: badge}
    - {key: b, kind: badge, stock: many}
  group: []
rules: [one.yaml, two.yaml, gone.yaml, ../up.yaml]
colour: red
`)},
		"one.yaml": {Data: []byte("key: same\nkind: reward\ntitle: A\non: x\nthen: [award_bage: {badge: a}]\n")},
		"two.yaml": {Data: []byte("key: same\nkind: reward\ntitle: A\non: x\nthen: [award_badge: {badge: a}]\n")},
	}
	p, found := LoadPack(folder)
	want := `pack.yaml#/key:1:6: a key has 1 to 64 small letters a-z, digits and dashes (for example my-pack)
pack.yaml#/requires/rewards/0:5:7: rewards "a" has no field "tittle"
pack.yaml#/requires/rewards/1:6:7: each of rewards needs "key"
pack.yaml#/requires/rewards/2:7:7: rewards "b" has a string where "stock" does not take one
pack.yaml#/requires/group:8:3: requires has no field "group" (did you mean "groups"?)
pack.yaml#/rules/3:9:40: a file of the pack's folder is needed here
pack.yaml#/colour:10:1: a pack has no field "colour" (its fields are "key", "title", "about", "requires", "rules" and "drafts")
one.yaml#/then/0:5:8: there is no effect "award_bage" (did you mean "award_badge"?)
gone.yaml:1:1: the file cannot be read: open gone.yaml: file does not exist
two.yaml#/key:1:1: the key "same" is also that of one.yaml
`
	if got := formatPaths(found); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if p == nil || len(p.Rules) != 2 {
		t.Errorf("pack %+v", p)
	}
	if p, found := LoadPack(fstest.MapFS{}); p != nil || len(found) != 1 || found[0].Path != "pack.yaml" {
		t.Errorf("an empty folder is %v, %v", p, found)
	}
}

// TestPackKeepsWhatIsThere checks that installing changes nothing of a workspace
// but the fields that an event type lacks.
func TestPackKeepsWhatIsThere(t *testing.T) {
	folder := fstest.MapFS{"pack.yaml": {Data: []byte(`key: p
title: P
requires:
  event_types: [{key: order.paid, title: {en: other}, fields: [{name: amount, type: string}, {name: city, type: string}]}]
  rewards: [{key: gold, kind: badge}, {key: new, kind: badge, title: {en: New, zh: 新}}]
  attributes: [{key: age, name: age, type: integer}]
rules: []
`)}}
	p, found := LoadPack(folder)
	if len(found) > 0 {
		t.Fatal(formatPaths(found))
	}
	base := workspace()
	base.Rewards = map[string]*engine.Reward{"gold": {Key: "gold", Kind: "points"}}
	d, err := p.Definitions(base)
	if err != nil {
		t.Fatal(err)
	}
	order := d.EventTypes["order.paid"]
	amount, _ := order.FieldNamed("amount")
	city, _ := order.FieldNamed("city")
	if order.Title.En == "other" || amount.Kind != engine.Decimal || city.Kind != engine.String {
		t.Errorf("order.paid is now %+v", order)
	}
	if d.Rewards["gold"].Kind != "points" || d.Rewards["new"].Title.Zh != "新" || d.Attributes["age"].Kind != engine.Int {
		t.Errorf("rewards %+v, attributes %+v", d.Rewards, d.Attributes)
	}
	if _, ok := base.EventTypes["order.paid"].FieldNamed("city"); ok || base.Rewards["new"] != nil {
		t.Error("the workspace's own definitions were changed")
	}
	p.Requires[0].Kind = engine.DefineSettings
	if _, err := p.Definitions(base); err == nil || !strings.HasPrefix(err.Error(), `install settings "`) {
		t.Errorf("settings in a pack: %v", err)
	}
}
