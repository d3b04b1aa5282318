package rules

import (
	"io/fs"
	"testing"

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
