package engine_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// TestReasonsAreClosed reads all code: every constant of type Reason and every
// literal that becomes one is in the list.
func TestReasonsAreClosed(t *testing.T) {
	named := map[string]engine.Reason{}
	each(t, func(path string, file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			for name, text := range reasonsIn(n) {
				if _, ok := engine.ReasonOf(engine.Reason(text)); !ok {
					t.Errorf("%s: reason %q is not in engine.Reasons", path, text)
				}
				if name != "" {
					named[name] = engine.Reason(text)
				}
			}
			return true
		})
	})
	if len(named) < 30 {
		t.Fatalf("only %d reasons found: the test looks in the wrong place", len(named))
	}
	constants := map[engine.Reason]bool{}
	for _, r := range named {
		constants[r] = true
	}
	for _, r := range engine.Reasons {
		if !constants[r.Reason] {
			t.Errorf("reason %q is listed and no constant has it", r.Reason)
		}
	}
}

// reasonsIn finds constants of type Reason, by name, and conversions of literals.
func reasonsIn(n ast.Node) map[string]string {
	out := map[string]string{}
	switch n := n.(type) {
	case *ast.ValueSpec:
		if isReason(n.Type) {
			for i, v := range n.Values {
				if text, ok := literal(v); ok {
					out[n.Names[i].Name] = text
				}
			}
		}
	case *ast.CallExpr:
		if isReason(n.Fun) && len(n.Args) == 1 {
			if text, ok := literal(n.Args[0]); ok {
				out[""] = text
			}
		}
	}
	return out
}

func isReason(n ast.Expr) bool {
	switch n := n.(type) {
	case *ast.Ident:
		return n.Name == "Reason"
	case *ast.SelectorExpr:
		return n.Sel.Name == "Reason"
	}
	return false
}

func literal(n ast.Expr) (string, bool) {
	b, ok := n.(*ast.BasicLit)
	if !ok || b.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(b.Value)
	return text, err == nil
}

// each visits the code of the module that is not a test.
func each(t *testing.T, visit func(path string, file *ast.File)) {
	t.Helper()
	set := token.NewFileSet()
	for _, root := range []string{"../engine", "../rules", "../server", "../plugins"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "contract") {
				return err
			}
			file, err := parser.ParseFile(set, path, nil, 0)
			if err == nil {
				visit(path, file)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestReasonsHaveWords: title and advice in both languages, each once.
func TestReasonsHaveWords(t *testing.T) {
	seen := map[engine.Reason]bool{}
	for _, r := range engine.Reasons {
		if seen[r.Reason] {
			t.Errorf("%s is listed twice", r.Reason)
		}
		seen[r.Reason] = true
		for _, text := range []engine.Text{r.Title, r.Next} {
			if text.En == "" || text.Zh == "" || text.En == text.Zh {
				t.Errorf("%s lacks words: %+v", r.Reason, text)
			}
		}
		if len(r.About) == 0 {
			t.Errorf("%s is about nothing", r.Reason)
		}
	}
}
