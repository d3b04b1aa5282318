package sqllint

import (
	"fmt"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/types"
)

// findShape lists what is wrong with a statement that no word gives away.
func findShape(statement ast.StmtNode) []string {
	switch statement := statement.(type) {
	case *ast.CreateTableStmt:
		return tableShape(statement)
	case *ast.CreateIndexStmt:
		return indexShape(statement.IndexPartSpecifications)
	case *ast.AlterTableStmt:
		return alterShape(statement)
	case *ast.UpdateStmt:
		return updateShape(statement)
	case *ast.DeleteStmt:
		if statement.IsMultiTable {
			return []string{"delete-join: SQLite has none: DELETE ... WHERE key IN (...)"}
		}
	}
	return nil
}

func tableShape(table *ast.CreateTableStmt) []string {
	var wrong []string
	if !table.IfNotExists {
		wrong = append(wrong, "repeatable: CREATE TABLE without IF NOT EXISTS: a step that died half-way must run again")
	}
	keyed := false
	for _, constraint := range table.Constraints {
		keyed = keyed || constraint.Tp == ast.ConstraintPrimaryKey
		wrong = append(wrong, indexShape(constraint.Keys)...)
	}
	for _, column := range table.Cols {
		keyed = keyed || hasOption(column, ast.ColumnOptionPrimaryKey)
		if isText(column.Tp) && !bytewise(column, table) {
			wrong = append(wrong, fmt.Sprintf("collation: column %s is not COLLATE utf8mb4_bin: engines' own collations take 😀 for 😁",
				column.Name.Name.O))
		}
	}
	if !keyed {
		wrong = append(wrong, "primary-key: a table without one cannot be replicated by a group")
	}
	return wrong
}

func isText(t *types.FieldType) bool {
	return t.EvalType() == types.ETString && t.GetCharset() != "binary"
}

// bytewise tells whether a text column, or its whole table, says that it is compared byte by byte.
func bytewise(column *ast.ColumnDef, table *ast.CreateTableStmt) bool {
	if collation := collationOf(column); collation != "" {
		return strings.HasSuffix(collation, "_bin")
	}
	for _, option := range table.Options {
		if option.Tp == ast.TableOptionCollate {
			return strings.HasSuffix(option.StrValue, "_bin")
		}
	}
	return false
}

func collationOf(column *ast.ColumnDef) string {
	for _, option := range column.Options {
		if option.Tp == ast.ColumnOptionCollate {
			return option.StrValue
		}
	}
	return column.Tp.GetCollate()
}

func hasOption(column *ast.ColumnDef, tp ast.ColumnOptionType) bool {
	for _, option := range column.Options {
		if option.Tp == tp {
			return true
		}
	}
	return false
}

func indexShape(parts []*ast.IndexPartSpecification) []string {
	for _, part := range parts {
		if part.Expr != nil {
			return []string{"functional-index: MariaDB has none: index a column that Go writes"}
		}
	}
	return nil
}

func alterShape(alter *ast.AlterTableStmt) []string {
	var wrong []string
	for _, spec := range alter.Specs {
		for _, column := range spec.NewColumns {
			if isText(column.Tp) && !strings.HasSuffix(collationOf(column), "_bin") {
				wrong = append(wrong, fmt.Sprintf("collation: column %s is not COLLATE utf8mb4_bin", column.Name.Name.O))
			}
		}
	}
	if len(alter.Specs) > 1 {
		wrong = append(wrong, "one-change: TiDB cannot add a column and its index in one ALTER: one change each")
	}
	return wrong
}

func updateShape(update *ast.UpdateStmt) []string {
	if update.MultipleTable || update.TableRefs.TableRefs.Right != nil {
		return []string{"update-join: SQLite has none: UPDATE ... WHERE key IN (...)"}
	}
	finder := &subqueryTables{}
	if update.Where != nil {
		update.Where.Accept(finder)
	}
	for _, assignment := range update.List {
		assignment.Expr.Accept(finder)
	}
	if target := targetOf(update); finder.tables[target] {
		return []string{"update-self: MySQL refuses an UPDATE that selects from its own table " + target}
	}
	return nil
}

func targetOf(update *ast.UpdateStmt) string {
	if source, ok := update.TableRefs.TableRefs.Left.(*ast.TableSource); ok {
		if table, ok := source.Source.(*ast.TableName); ok {
			return table.Name.L
		}
	}
	return ""
}

// subqueryTables gathers the tables that an expression selects from.
type subqueryTables struct{ tables map[string]bool }

func (s *subqueryTables) Enter(node ast.Node) (ast.Node, bool) {
	if table, ok := node.(*ast.TableName); ok {
		if s.tables == nil {
			s.tables = map[string]bool{}
		}
		s.tables[table.Name.L] = true
	}
	return node, false
}

func (s *subqueryTables) Leave(node ast.Node) (ast.Node, bool) { return node, true }
