package store

import (
	"context"
	"errors"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// everyWorkspace marks a gorm session that may look across workspaces.
const everyWorkspace = "bylaw:every_workspace"

// across is gorm without a workspace, for what concerns the whole server; the
// reason is for the reader.
func (s *Store) across(ctx context.Context, db database, reason string) *gorm.DB {
	return db.orm.WithContext(ctx).Set(everyWorkspace, reason)
}

// guardQueries makes gorm refuse what names no workspace.
func guardQueries(orm *gorm.DB) error {
	callbacks := orm.Callback()
	return errors.Join(
		callbacks.Query().Before("gorm:query").Register("bylaw:workspace", guardWhere),
		callbacks.Row().Before("gorm:row").Register("bylaw:workspace", guardWhere),
		callbacks.Update().Before("gorm:update").Register("bylaw:workspace", guardWhere),
		callbacks.Delete().Before("gorm:delete").Register("bylaw:workspace", guardWhere),
		callbacks.Raw().Before("gorm:raw").Register("bylaw:workspace", guardWhere),
		callbacks.Create().Before("gorm:create").Register("bylaw:workspace", guardCreate),
	)
}

func guardWhere(db *gorm.DB) {
	if _, excepted := db.Get(everyWorkspace); excepted || db.Error != nil {
		return
	}
	where, _ := db.Statement.Clauses["WHERE"].Expression.(clause.Where)
	named := false
	for _, e := range where.Exprs {
		if _, or := e.(clause.OrConditions); or { // it would undo the rest
			named = false
			break
		}
		named = named || namesWorkspace(e)
	}
	if named {
		return
	}
	db.AddError(unscoped(db.Statement.Table + db.Statement.SQL.String()))
}

// namesWorkspace is whether a condition, one of several that must all hold, names a workspace.
func namesWorkspace(e clause.Expression) bool {
	switch e := e.(type) {
	case clause.Expr:
		return len(e.Vars) > 0 && e.Vars[0] != "" && (e.SQL == scopeMark || strings.HasPrefix(e.SQL, scopeMark+" AND ") && !strings.Contains(e.SQL, " OR "))
	case clause.AndConditions:
		for _, inner := range e.Exprs {
			if namesWorkspace(inner) {
				return true
			}
		}
	}
	return false
}

// guardCreate asks that every new row has a workspace.
func guardCreate(db *gorm.DB) {
	if _, excepted := db.Get(everyWorkspace); excepted || db.Error != nil {
		return
	}
	if db.Statement.Schema == nil {
		db.AddError(unscoped(db.Statement.Table))
		return
	}
	field := db.Statement.Schema.LookUpField("Workspace")
	if field == nil {
		db.AddError(unscoped(db.Statement.Table))
		return
	}
	rows := db.Statement.ReflectValue
	if kind := rows.Kind().String(); kind != "slice" && kind != "array" {
		if _, zero := field.ValueOf(db.Statement.Context, rows); zero {
			db.AddError(unscoped(db.Statement.Table))
		}
		return
	}
	for i := range rows.Len() {
		if _, zero := field.ValueOf(db.Statement.Context, rows.Index(i)); zero {
			db.AddError(unscoped(db.Statement.Table))
			return
		}
	}
}

// forUpdate locks what is read, where the database is not locked as a whole.
var forUpdate = clause.Locking{Strength: clause.LockingStrengthUpdate}
