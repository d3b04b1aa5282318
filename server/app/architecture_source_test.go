package app

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// module is this module's path, which every import of ours begins with.
const module = "github.com/bylaw-dev/bylaw/"

// goFile is what the rules look at in one file that is no test.
type goFile struct {
	place   string
	folder  string // in the module, with slashes; "." is the root
	name    string // of the package
	imports map[string]string
	parsed  *ast.File
}

// isTestHelper tells a package that only tests import, and that may therefore do what tests may.
func isTestHelper(folder string) bool { return strings.HasSuffix(path.Base(folder), "test") }

// readModule reads every Go file below root that Go would build or test, by its path in the module.
func readModule(root string) (map[string]string, error) {
	sources := map[string]string{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			base := entry.Name()
			if name != root && (base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		inModule, err := filepath.Rel(root, name)
		sources[filepath.ToSlash(inModule)] = string(content)
		return err
	})
	return sources, err
}

// parseFiles reads the sources that are no tests; tests may import and do what they like.
func parseFiles(sources map[string]string) (files []goFile, problems []string) {
	for _, place := range slices.Sorted(maps.Keys(sources)) {
		if strings.HasSuffix(place, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), place, sources[place], parser.SkipObjectResolution)
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		file := goFile{place: place, folder: path.Dir(place), name: parsed.Name.Name, imports: map[string]string{}, parsed: parsed}
		for _, spec := range parsed.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value) // the parser has seen to it
			file.imports[imported] = localName(spec, imported)
		}
		files = append(files, file)
	}
	return files, problems
}

// localName is what a file calls an imported package.
func localName(spec *ast.ImportSpec, imported string) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	base := path.Base(imported)
	if strings.HasPrefix(base, "v") && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(imported))
	}
	return base
}

// worldReads lists what a file reads of the clock, randomness and the environment, as `package.Function`.
func worldReads(file goFile) []string {
	var reads []string
	for imported, functions := range readsOfWorld {
		local, ok := file.imports[imported]
		if !ok {
			continue
		}
		for _, used := range selectors(file.parsed, local) {
			if slices.Contains(functions, used) {
				reads = append(reads, fmt.Sprintf("%s.%s", imported, used))
			}
		}
	}
	slices.Sort(reads)
	return slices.Compact(reads)
}

// selectors lists the names that a file takes from an identifier, save where a function has a variable of that name.
func selectors(file *ast.File, local string) []string {
	var names []string
	for _, declaration := range file.Decls {
		if declares(declaration, local) {
			continue
		}
		ast.Inspect(declaration, func(node ast.Node) bool {
			if selector, ok := node.(*ast.SelectorExpr); ok {
				if from, ok := selector.X.(*ast.Ident); ok && from.Name == local {
					names = append(names, selector.Sel.Name)
				}
			}
			return true
		})
	}
	return names
}

// declares tells whether a function hides the package behind a name of its own.
func declares(declaration ast.Decl, local string) bool {
	hidden := false
	ast.Inspect(declaration, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ValueSpec:
			hidden = hidden || slices.ContainsFunc(node.Names, func(name *ast.Ident) bool { return name.Name == local })
		case *ast.Field:
			hidden = hidden || slices.ContainsFunc(node.Names, func(name *ast.Ident) bool { return name.Name == local })
		}
		return true
	})
	return hidden
}
