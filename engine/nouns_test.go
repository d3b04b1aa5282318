package engine

import (
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestWhatIsNotThereHasAChineseName reads the sources for what NotFound is
// called with, and the contract for what stands in its paths.
func TestWhatIsNotThereHasAChineseName(t *testing.T) {
	root := os.DirFS("..")
	called := regexp.MustCompile(`NotFound\("([^"]+)"|\bone\[.*, s, "([^"]+)"`)
	found := map[string]bool{}
	for _, folder := range []string{"engine", "rules", "server"} {
		err := fs.WalkDir(root, folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := fs.ReadFile(root, path)
			for _, m := range called.FindAllStringSubmatch(string(text), -1) {
				found[m[1]+m[2]] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	contract, err := fs.ReadFile(root, "server/api/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\{name: ([a-z_]+), in: path`).FindAllStringSubmatch(string(contract), -1) {
		found[strings.ReplaceAll(m[1], "_", " ")] = true
	}
	for _, kind := range []DefinitionKind{DefineSettings, DefineRule, DefineGroup, DefineLadder, DefineReward, DefineTemplate, DefineChannel, DefineEventType, DefineSegment, DefineAttribute} {
		found[string(kind)] = true
	}
	if len(found) < 30 {
		t.Fatalf("only %d found: the search is wrong", len(found))
	}
	for noun := range found {
		var missing *Error
		if !errors.As(NotFound(noun, "7"), &missing) || strings.ContainsAny(missing.Message.Zh, "abcdefghijklmnopqrstuvwxyz") {
			t.Errorf("%q has no Chinese name: %v", noun, missing)
		}
	}
}
