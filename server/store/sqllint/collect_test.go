package sqllint

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// text is a string found in the sources and where it is. Parts known only at run time are holes.
type text struct {
	place string
	value string
}

// hole stands in a text for what is known only at run time.
const hole = "\x00"

// statementStart tells a statement from prose: a verb in capitals, or the first words of a whole statement.
var statementStart = regexp.MustCompile(`^[\s(]*(?:` +
	`(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|TRUNCATE|WITH|SET|LOCK|START|BEGIN|SHOW|CALL|GRANT)\s` +
	`|(?is:select\s.*\sfrom\s|insert\s+(?:ignore\s+)?into\s|replace\s+into\s|update\s+\S+\s+set\s|delete\s+from\s` +
	`|(?:create|drop)\s+(?:unique\s+)?(?:table|index|trigger|view)\s|alter\s+table\s))`)

var comment = regexp.MustCompile(`(?m)^\s*--.*$`)

func (t text) isStatement() bool {
	return statementStart.MatchString(comment.ReplaceAllString(t.value, ""))
}

// collection is everything the lint looks at in one tree.
type collection struct {
	statements []text
	fragments  []text // other string constants
	calls      []text // names of library calls, such as AutoMigrate
}

// collect reads the Go and migration files under root.
func collect(root string) (*collection, error) {
	c := &collection{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if path != root && skippedFolder(entry.Name()) {
				return filepath.SkipDir
			}
			return c.addPackage(path)
		}
		if strings.HasSuffix(path, ".sql") {
			return c.addSQL(path)
		}
		return nil
	})
	return c, err
}

func skippedFolder(name string) bool {
	return name == "sqlite" || name == "testdata" || name == "sqllint" || strings.HasSuffix(name, "test")
}

func skippedFile(name string) bool {
	return name == "sqlite.go" || strings.HasSuffix(name, "_sqlite.go") || strings.HasSuffix(name, "_test.go")
}

func (c *collection) addSQL(path string) error {
	content, err := os.ReadFile(path)
	c.statements = append(c.statements, text{place: path, value: string(content)})
	return err
}

func (c *collection) addPackage(folder string) error {
	fset := token.NewFileSet()
	names, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return err
	}
	var files []*ast.File
	for _, name := range names {
		if skippedFile(filepath.Base(name)) {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		files = append(files, file)
	}
	// Types are wanted for the package's own constants only, so what is imported may stay unknown.
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	config := types.Config{Error: func(error) {}, Importer: noImports{}}
	config.Check(folder, fset, files, info) // its error says what is unknown, on purpose
	for _, file := range files {
		c.addFile(fset, info, file)
	}
	return nil
}

type noImports struct{}

func (noImports) Import(path string) (*types.Package, error) {
	return nil, fmt.Errorf("%s is not looked at", path)
}

func (c *collection) addFile(fset *token.FileSet, info *types.Info, file *ast.File) {
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ImportSpec, *ast.Field: // import paths and struct tags are no SQL
			return false
		case *ast.SelectorExpr:
			c.calls = append(c.calls, text{place: fset.Position(node.Pos()).String(), value: nameOf(node)})
			return true
		case ast.Expr:
			value, known := stringOf(info, node)
			if !known {
				return true
			}
			found := text{place: fset.Position(node.Pos()).String(), value: value}
			if found.isStatement() {
				c.statements = append(c.statements, found)
			} else {
				c.fragments = append(c.fragments, found)
			}
			return false
		}
		return true
	})
}

func nameOf(node *ast.SelectorExpr) string {
	if from, ok := node.X.(*ast.Ident); ok {
		return from.Name + "." + node.Sel.Name
	}
	return "." + node.Sel.Name
}

// stringOf gives the value of a string expression, with holes for the parts that are not constant; known is false when
// no part of it is.
func stringOf(info *types.Info, expr ast.Expr) (value string, known bool) {
	if tv := info.Types[expr]; tv.Value != nil && tv.Value.Kind() == constant.String {
		return constant.StringVal(tv.Value), true
	}
	switch expr := expr.(type) {
	case *ast.ParenExpr:
		return stringOf(info, expr.X)
	case *ast.BinaryExpr:
		left, leftKnown := stringOf(info, expr.X)
		right, rightKnown := stringOf(info, expr.Y)
		if expr.Op != token.ADD || !leftKnown && !rightKnown {
			return "", false
		}
		return orHole(left, leftKnown) + orHole(right, rightKnown), true
	}
	return "", false
}

func orHole(value string, known bool) string {
	if known {
		return value
	}
	return hole
}
