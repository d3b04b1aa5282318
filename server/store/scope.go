package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"

	"gorm.io/gorm"
)

// scope is the only way to the tables of a workspace: it puts the workspace
// into every statement, and refuses one that has no place for it.
type scope struct {
	store     *Store
	workspace string
	db        database
	tx        *sql.Tx  // nil outside a transaction
	session   *gorm.DB // gorm on the same transaction or pool
}

// outside is a scope without a transaction, for reading.
func (s *Store) outside(workspace string) scope {
	return scope{store: s, workspace: workspace, db: s.readers, session: s.readers.orm}
}

// scopeMark is how a statement says where the workspace goes.
const scopeMark = "workspace = ?"

// unscoped is a programming error: a statement that would see every workspace.
func unscoped(text string) error {
	return fmt.Errorf("a statement on a workspace's tables does not say %q: %.60s", scopeMark, text)
}

var scopedTexts sync.Map // text -> []int, where the workspace goes among the arguments

// places finds the arguments that are the workspace.
func places(text string) ([]int, error) {
	if known, ok := scopedTexts.Load(text); ok {
		return known.([]int), nil
	}
	var found []int
	for from := 0; ; {
		i := strings.Index(text[from:], scopeMark)
		if i < 0 {
			break
		}
		found = append(found, strings.Count(text[:from+i], "?"))
		from += i + len(scopeMark)
	}
	if len(found) == 0 {
		return nil, unscoped(text)
	}
	scopedTexts.Store(text, found)
	return found, nil
}

func (c scope) arguments(text string, args []any) ([]any, error) {
	at, err := places(text)
	if err != nil {
		return nil, err
	}
	all := slices.Grow(slices.Clone(args), len(at))
	for _, i := range at {
		all = slices.Insert(all, i, any(c.workspace))
	}
	return all, nil
}

// query reads rows; text is constant, so that it can be kept prepared.
func (c scope) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	all, err := c.arguments(text, args)
	if err != nil {
		return nil, err
	}
	stmt, err := c.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, all...)
}

// exec writes and tells how many rows changed.
func (c scope) exec(ctx context.Context, text string, args ...any) (int64, error) {
	all, err := c.arguments(text, args)
	if err != nil {
		return 0, err
	}
	stmt, err := c.prepare(ctx, text)
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(ctx, all...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (c scope) prepare(ctx context.Context, text string) (*sql.Stmt, error) {
	if c.tx != nil {
		return c.store.statements.within(ctx, c.tx, c.db.pool, text)
	}
	return c.store.statements.prepared(ctx, statementKey{c.db.pool, text})
}

// orm is gorm, restricted to the workspace.
func (c scope) orm(ctx context.Context) *gorm.DB {
	return c.session.WithContext(ctx).Where(scopeMark, c.workspace)
}

// each reads rows one by one.
func each(rows *sql.Rows, err error, read func(*sql.Rows) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// marks is n placeholders.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }
