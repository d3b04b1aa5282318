package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"slices"

	"github.com/go-sql-driver/mysql"
)

// alreadySo are the errors of a migration's step that was carried out before
// but not noted, as a process may die between the two: table exists, unknown
// table, column exists, index exists, nothing to drop.
var alreadySo = []uint16{1050, 1051, 1060, 1061, 1091}

// forgivingConn takes certain errors of a statement for success.
type forgivingConn struct {
	driver.Conn
	ignore []uint16
}

func (c forgivingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
	if e := (*mysql.MySQLError)(nil); errors.As(err, &e) && slices.Contains(c.ignore, e.Number) {
		return driver.ResultNoRows, nil
	}
	return result, err
}

func (c forgivingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

func (c forgivingConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
}

func (c forgivingConn) CheckNamedValue(v *driver.NamedValue) error {
	return c.Conn.(driver.NamedValueChecker).CheckNamedValue(v)
}
