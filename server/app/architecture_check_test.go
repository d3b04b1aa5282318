package app

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// checkArchitecture lists every break of the rules in the sources, which are files by their path in the module.
func checkArchitecture(sources map[string]string) []string {
	files, problems := parseFiles(sources)
	for _, file := range files {
		problems = append(problems, checkName(file)...)
		if isTestHelper(file.folder) {
			continue
		}
		problems = append(problems, checkWorld(file)...)
		for _, imported := range slices.Sorted(maps.Keys(file.imports)) {
			problems = append(problems, checkImport(file, imported)...)
		}
	}
	return append(problems, checkReach(files)...)
}

func checkName(file goFile) []string {
	for _, name := range []string{file.name, path.Base(file.folder)} {
		if slices.Contains(sayNothing, name) {
			return []string{fmt.Sprintf("%s: package %s: the name says nothing, so it will collect everything", file.place, name)}
		}
	}
	if _, ok := ruleOf(mayImport, file.folder); !ok {
		return []string{fmt.Sprintf("%s: the folder %s is in no rule; give it one in architecture_test.go", file.place, file.folder)}
	}
	return nil
}

func checkWorld(file goFile) []string {
	if within(file.folder, ownWorld) {
		return nil
	}
	var problems []string
	for imported := range readsOfWorld {
		if file.imports[imported] == "." {
			problems = append(problems, fmt.Sprintf("%s: %s imports %s with a dot, which hides what it reads", file.place, file.folder, imported))
		}
	}
	for _, read := range worldReads(file) {
		problems = append(problems, fmt.Sprintf("%s: %s uses %s; replay and tests must own it: take it as a value", file.place, file.folder, read))
	}
	return problems
}

func checkImport(file goFile, imported string) []string {
	if ours, ok := strings.CutPrefix(imported, module); ok {
		return checkOurs(file, ours)
	}
	return checkLibrary(file, imported)
}

func checkOurs(file goFile, imported string) []string {
	if isTestHelper(imported) {
		return []string{fmt.Sprintf("%s: %s imports the test helper %s outside tests", file.place, file.folder, imported)}
	}
	if closed, ok := ruleOf(onlyImportedBy, imported); ok && !within(file.folder, closed) && !sameRule(file.folder, imported) {
		return []string{fmt.Sprintf("%s: %s imports %s, which only %s may", file.place, file.folder, imported, list(closed))}
	}
	allowed, _ := ruleOf(mayImport, file.folder)
	if within(imported, allowed) || sameRule(file.folder, imported) {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s imports %s; it may import %s", file.place, file.folder, imported, list(allowed))}
}

func checkLibrary(file goFile, imported string) []string {
	var problems []string
	if owning, ok := ruleOf(owners, imported); ok && !within(file.folder, owning) {
		library, _ := keyOf(owners, imported)
		problems = append(problems, fmt.Sprintf("%s: %s imports %s, but %s belongs to %s", file.place, file.folder, imported, library, list(owning)))
	}
	only, limited := ruleOf(onlyLibraries, file.folder)
	fromOutside := strings.Contains(strings.Split(imported, "/")[0], ".")
	if limited && fromOutside && !within(imported, only) {
		problems = append(problems, fmt.Sprintf("%s: %s imports %s; beside the standard library it may use %s", file.place, file.folder, imported, list(only)))
	}
	return problems
}

// checkReach follows imports through our own packages.
func checkReach(files []goFile) []string {
	graph := map[string][]string{}
	for _, file := range files {
		if !isTestHelper(file.folder) {
			graph[file.folder] = append(graph[file.folder], slices.Sorted(maps.Keys(file.imports))...)
		}
	}
	var problems []string
	for _, folder := range slices.Sorted(maps.Keys(graph)) {
		if forbidden, ok := ruleOf(mustNotReach, folder); ok {
			walk := reach{graph: graph, forbidden: forbidden, seen: map[string]bool{}}
			walk.from(folder, nil)
			for _, found := range walk.found {
				problems = append(problems, folder+" reaches "+found)
			}
		}
	}
	return problems
}

type reach struct {
	graph     map[string][]string
	forbidden []string
	seen      map[string]bool
	found     []string
}

func (r *reach) from(folder string, through []string) {
	for _, imported := range r.graph[folder] {
		target := strings.TrimPrefix(imported, module)
		if r.seen[target] {
			continue
		}
		r.seen[target] = true
		if r.isForbidden(imported, target) {
			if len(through) > 0 {
				target += " through " + strings.Join(through, ", ")
			}
			r.found = append(r.found, target)
			continue
		}
		r.from(target, append(slices.Clone(through), target))
	}
}

// isForbidden takes libraries by their exact path (net is not net/url) and our folders with all below them.
func (r *reach) isForbidden(imported, target string) bool {
	if imported == target {
		return slices.Contains(r.forbidden, imported)
	}
	return within(target, r.forbidden)
}

// within tells whether a path is in one of the folders; ".folder" means the folder itself and nothing below it.
func within(name string, folders []string) bool {
	return slices.ContainsFunc(folders, func(folder string) bool {
		if exact, ok := strings.CutPrefix(folder, "."); ok {
			return name == exact
		}
		return name == folder || strings.HasPrefix(name, folder+"/")
	})
}

// keyOf finds the longest key that holds a name; "folder/*" holds each folder below it for itself.
func keyOf(rules map[string][]string, name string) (key string, ok bool) {
	for at := name; at != "." && at != "/"; at = path.Dir(at) {
		if _, ok := rules[at]; ok {
			return at, true
		}
		if _, ok := rules[path.Dir(at)+"/*"]; ok {
			return path.Dir(at) + "/*", true
		}
	}
	return "", false
}

func ruleOf(rules map[string][]string, name string) ([]string, bool) {
	key, ok := keyOf(rules, name)
	return rules[key], ok
}

// sameRule tells whether two packages stand under one rule, and so may import each other.
func sameRule(a, b string) bool {
	keyA, _ := keyOf(mayImport, a)
	keyB, _ := keyOf(mayImport, b)
	if keyA != keyB || keyA == "" {
		return false
	}
	parent, each := strings.CutSuffix(keyA, "/*")
	return !each || childOf(parent, a) == childOf(parent, b)
}

// childOf is the folder right below parent that holds name.
func childOf(parent, name string) string {
	child, _, _ := strings.Cut(strings.TrimPrefix(name, parent+"/"), "/")
	return child
}

func list(folders []string) string {
	if len(folders) == 0 {
		return "nothing"
	}
	return strings.ReplaceAll(strings.Join(folders, ", "), ".server", "server (main)")
}
