package cli

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/rules/packs"
)

// ruleFile is one rule document.
type ruleFile struct {
	name     string
	source   []byte
	document *rules.Document
	draft    bool // to be saved and not published; it may have any problems
}

// key is the rule's: the document's own, or of a draft without one its file's.
func (f *ruleFile) key() string {
	if f.document.Key != "" || !f.draft {
		return f.document.Key
	}
	name := filepath.Base(f.name)
	return strings.TrimSuffix(strings.TrimSuffix(name, filepath.Ext(name)), draftMark)
}

// draftMark ends the names of drafts' files before their extension.
const draftMark = ".draft"

// ruleSet is files that are read against the same definitions: a pack, or those
// of a folder.
type ruleSet struct {
	pack         *rules.Pack // nil for loose files without one
	packFile     string
	packProblems []engine.Problem
	files        []ruleFile
	scope        rules.Scope
}

// bundledPacks is where the packs that come with Bylaw are found by name.
const bundledPacks = "rules/packs"

// collector gathers rule files.
type collector struct {
	base *engine.Definitions
	sets []ruleSet
}

// collect reads what is named: files, "-" for stdin, folders with everything
// below them, and packs that come with Bylaw where no such folder is on disk.
func collect(names []string, base *engine.Definitions, in io.Reader) ([]ruleSet, error) {
	c := &collector{base: base}
	for _, name := range names {
		if err := c.named(name, in); err != nil {
			return nil, err
		}
	}
	for _, set := range c.sets {
		if set.packFile != "" || len(set.files) > 0 {
			return c.sets, nil
		}
	}
	return nil, usage(fmt.Sprintf("there are no rule files in %s", strings.Join(names, ", ")), fmt.Sprintf("%s 中没有规则文件", strings.Join(names, "、")))
}

func (c *collector) named(name string, in io.Reader) error {
	if name == "-" {
		source, err := io.ReadAll(in)
		if err != nil {
			return fmt.Errorf("read stdin: %w", err)
		}
		return c.loose(nil, "", ruleFile{name: "stdin", source: source})
	}
	info, err := os.Stat(name)
	if inside, ok := bundledName(name); ok && os.IsNotExist(err) {
		return c.bundled(inside)
	}
	if err != nil {
		return usage(fmt.Sprintf("%s: no such file or folder", name), fmt.Sprintf("%s：没有这个文件或目录", name))
	}
	if info.IsDir() {
		return c.folder(os.DirFS(name), ".", name)
	}
	folder := filepath.Dir(name)
	if filepath.Base(name) == rules.PackFile {
		return c.pack(os.DirFS(folder), folder)
	}
	source, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read rule: %w", err)
	}
	return c.loose(os.DirFS(folder), folder, ruleFile{name: name, source: source})
}

// bundled reads a pack that comes with Bylaw, or one file of it.
func (c *collector) bundled(inside string) error {
	if info, err := fs.Stat(packs.FS, inside); err != nil || info.IsDir() || path.Base(inside) == rules.PackFile {
		return c.folder(packs.FS, strings.TrimSuffix(inside, "/"+rules.PackFile), bundledPacks)
	}
	source, err := fs.ReadFile(packs.FS, inside)
	if err != nil {
		return fmt.Errorf("read rule: %w", err)
	}
	folder, err := fs.Sub(packs.FS, path.Dir(inside))
	if err != nil {
		return fmt.Errorf("read rule: %w", err)
	}
	shown := filepath.Join(bundledPacks, filepath.FromSlash(inside))
	return c.loose(folder, filepath.Dir(shown), ruleFile{name: shown, source: source})
}

// bundledName is the place among the packs that come with Bylaw.
func bundledName(name string) (string, bool) {
	clean := path.Clean(filepath.ToSlash(name))
	if clean == bundledPacks {
		return ".", true
	}
	return strings.CutPrefix(clean, bundledPacks+"/")
}

// folder reads a pack, or everything below a folder that is none.
func (c *collector) folder(files fs.FS, inside, shown string) error {
	entries, err := fs.ReadDir(files, inside)
	if err != nil {
		return usage(fmt.Sprintf("%s: no such file or folder", path.Join(shown, inside)), fmt.Sprintf("%s：没有这个文件或目录", path.Join(shown, inside)))
	}
	here := filepath.Join(shown, filepath.FromSlash(inside))
	if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == rules.PackFile }) {
		sub, err := fs.Sub(files, inside)
		if err != nil {
			return err
		}
		return c.pack(sub, here)
	}
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), "."):
		case e.IsDir():
			if err := c.folder(files, path.Join(inside, e.Name()), shown); err != nil {
				return err
			}
		case isRule(e.Name()):
			source, err := fs.ReadFile(files, path.Join(inside, e.Name()))
			if err != nil {
				return fmt.Errorf("read rule: %w", err)
			}
			if err := c.loose(nil, "", ruleFile{name: filepath.Join(here, e.Name()), source: source}); err != nil {
				return err
			}
		}
	}
	return nil
}

func isRule(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name))
}

// pack reads a whole pack.
func (c *collector) pack(folder fs.FS, shown string) error {
	set, err := c.packOf(folder, shown)
	if err != nil || set.pack == nil {
		c.sets = append(c.sets, set)
		return err
	}
	for _, r := range set.pack.Rules {
		source, err := fs.ReadFile(folder, r.File)
		if err != nil {
			return fmt.Errorf("read rule: %w", err)
		}
		set.files = append(set.files, ruleFile{name: filepath.Join(shown, filepath.FromSlash(r.File)), source: source, document: r.Document})
	}
	for _, r := range set.pack.Drafts {
		set.files = append(set.files, ruleFile{name: filepath.Join(shown, filepath.FromSlash(r.File)), source: r.Document.Source, document: r.Document, draft: true})
	}
	c.sets = append(c.sets, set)
	return nil
}

// packOf reads a pack and what its definitions make of the base. Problems of its
// rule files are found again when those are checked.
func (c *collector) packOf(folder fs.FS, shown string) (ruleSet, error) {
	pack, problems := rules.LoadPack(folder)
	set := ruleSet{pack: pack, packFile: filepath.Join(shown, rules.PackFile), scope: rules.Scope{Defs: c.base}}
	for _, p := range problems {
		if file, place, _ := strings.Cut(p.Path, "#"); file == rules.PackFile || p.Code == "pack_file" || p.Code == "same_key" {
			p.Path = place
			set.packProblems = append(set.packProblems, p)
		}
	}
	if pack == nil {
		return set, nil
	}
	defs, err := pack.Definitions(c.base)
	if err != nil {
		return set, err
	}
	set.scope.Defs = defs
	set.scope.Rules = map[string]bool{}
	for _, r := range pack.Rules {
		set.scope.Rules[r.Document.Key] = true
	}
	return set, nil
}

// loose reads one rule; a pack.yaml beside it says what it refers to.
func (c *collector) loose(folder fs.FS, shown string, f ruleFile) error {
	f.document, _ = rules.Parse(f.source)
	set := ruleSet{scope: rules.Scope{Defs: c.base}}
	if folder != nil {
		if _, err := fs.Stat(folder, rules.PackFile); err == nil {
			beside, err := c.packOf(folder, shown)
			if err != nil {
				return err
			}
			set.scope = beside.scope
		}
	}
	set.files = []ruleFile{f}
	c.sets = append(c.sets, set)
	return nil
}
