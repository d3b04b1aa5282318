package sqllint

import (
	"regexp"
	"strings"

	"github.com/pingcap/tidb/pkg/parser"
	"github.com/pingcap/tidb/pkg/parser/ast"
	_ "github.com/pingcap/tidb/pkg/parser/test_driver" // literals need a driver; this one is the parser's own
)

var verb = regexp.MustCompile(`%[-+# 0]*\d*(?:\[\d+\])?[sdqtv]`)

// fillings are what may stand for a hole: nothing, a name, a number, a row, a condition's tail.
var fillings = []string{"x", "1", "(1)", "", " AND x = 1", "1)", "x (x) VALUES (1)"}

// maxHoles bounds the number of ways that are tried to fill a statement.
const maxHoles = 4

// parse reads a text as TiDB would. A text with holes is right when some way to fill them makes it so; one that ends
// where more must follow, as it is continued at run time, has a hole there.
func parse(sql string) ([]ast.StmtNode, error) {
	sql = strings.ReplaceAll(verb.ReplaceAllString(sql, hole), "%%", "%")
	if end := strings.TrimRight(sql, "\n\t "); end != sql || strings.HasSuffix(sql, "(") {
		if statements, err := parseOnce(sql); err == nil {
			return statements, nil
		}
		sql += hole
	}
	return fill(sql, min(strings.Count(sql, hole), maxHoles))
}

func fill(sql string, free int) ([]ast.StmtNode, error) {
	if free == 0 {
		return parseOnce(strings.ReplaceAll(sql, hole, "x"))
	}
	var first error
	for _, filling := range fillings {
		statements, err := fill(strings.Replace(sql, hole, filling, 1), free-1)
		if err == nil {
			return statements, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

func parseOnce(sql string) ([]ast.StmtNode, error) {
	statements, _, err := parser.New().ParseSQL(sql)
	return statements, err
}
