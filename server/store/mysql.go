package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	ormmysql "gorm.io/driver/mysql"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// mysqlServer is a database on a server that speaks MySQL.
type mysqlServer struct {
	user, password, host, name, tls    string
	timeout, readTimeout, writeTimeout time.Duration
}

// mysqlConnections bounds the connections of one process.
const mysqlConnections = 32

func (m mysqlServer) open(s *Store) error {
	s.dialect = mysqlDialect
	config := m.config()
	pool, err := openMySQL(config, nil)
	if err != nil {
		return err
	}
	orm, err := gorm.Open(ormmysql.New(ormmysql.Config{
		Conn: pool,
		// With RETURNING, which gorm uses on MariaDB, a duplicate is reported as new.
		DisableWithReturning:      true,
		SkipInitializeWithVersion: true,
	}), ormConfig())
	s.writer = database{orm, pool}
	s.readers = s.writer
	s.migrationPool = func() (*sql.DB, func(), error) {
		slow := m.config()
		slow.ReadTimeout = 0 // a step may take long on a large table
		pool, err := openMySQL(slow, alreadySo)
		if err != nil {
			return nil, nil, err
		}
		return pool, func() { pool.Close() }, nil
	}
	return err
}

// openMySQL opens a pool; ignore lists the errors that statements may end with
// as if they had succeeded.
func openMySQL(config *mysql.Config, ignore []uint16) (*sql.DB, error) {
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(sessionConnector{connector, ignore})
	pool.SetMaxOpenConns(mysqlConnections)
	pool.SetMaxIdleConns(mysqlConnections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return pool, nil
}

func (m mysqlServer) config() *mysql.Config {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.Net, c.Addr, c.DBName, c.TLSConfig = m.user, m.password, "tcp", m.host, m.name, m.tls
	c.Collation = "utf8mb4_bin"
	c.ClientFoundRows = false
	c.ParseTime = false
	c.RejectReadOnly = true
	c.InterpolateParams = true // one round trip for what is not kept prepared
	c.Timeout, c.ReadTimeout, c.WriteTimeout = 5*time.Second, time.Minute, 30*time.Second
	c.Logger = quiet{} // what goes wrong comes back as an error
	for want, have := range map[*time.Duration]time.Duration{&c.Timeout: m.timeout, &c.ReadTimeout: m.readTimeout, &c.WriteTimeout: m.writeTimeout} {
		if have != 0 {
			*want = have
		}
	}
	return c
}

type quiet struct{}

func (quiet) Print(...any) {}

// sessionConnector gives connections whose session is set up.
type sessionConnector struct {
	driver.Connector
	ignore []uint16
}

// sessionSetup: each statement sees what is committed when it runs. What
// decides is locked first, so a snapshot would only be stale (TiDB takes it at
// BEGIN, before the lock was waited for).
var sessionSetup = []string{
	"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
	"SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'",
}

func (c sessionConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	for _, statement := range sessionSetup {
		if _, err := conn.(driver.ExecerContext).ExecContext(ctx, statement, nil); err != nil {
			_ = conn.Close() // the statement's error says more
			return nil, err
		}
	}
	if len(c.ignore) > 0 {
		return forgivingConn{conn, c.ignore}, nil
	}
	return conn, nil
}

var mysqlDialect = dialect{
	name:      "mysql",
	goose:     "mysql",
	forUpdate: " FOR UPDATE",
	onDuplicate: func(keys, set []string) string {
		if len(set) == 0 {
			return " ON DUPLICATE KEY UPDATE " + keys[0] + " = " + keys[0]
		}
		parts := make([]string, len(set))
		for i, c := range set {
			parts[i] = c + " = VALUES(" + c + ")"
		}
		return " ON DUPLICATE KEY UPDATE " + strings.Join(parts, ", ")
	},
	onRepeat: func(_ []string, sum string) string {
		return " ON DUPLICATE KEY UPDATE " + sum + " = " + grown(sum, "VALUES("+sum+")")
	},
	fault: mysqlFault,
	clock: "SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED) /* sqllint:allow now: leases use the database's clock */",

	serverVersion: "SELECT VERSION()",
	diskBytes:     "SELECT CAST(COALESCE(SUM(data_length + index_length), 0) AS SIGNED) FROM information_schema.tables WHERE table_schema = DATABASE()",
	selectColumn:  func(name string) string { return name },
	primaryKey:    "SELECT column_name AS name FROM information_schema.key_column_usage WHERE table_schema = DATABASE() AND table_name = ? AND constraint_name = 'PRIMARY' ORDER BY ordinal_position",
	tableRows:     "SELECT table_name AS name, CAST(COALESCE(table_rows, 0) AS SIGNED) AS amount FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'",
}

// Errors that ask for the whole transaction again: deadlock, lock wait, Galera
// and TiDB conflicts (also when COMMIT says so), a group that is moving its primary.
var mysqlRetry = []uint16{1213, 1205, 1020, 1180, 1047, 9007, 8022, 8028, 8002, 3100, 3101}

// Errors by which a server says that this connection has ended.
var mysqlLost = []uint16{1053, 1290, 1836, 1792, 1317, 1927, 3169}

// Errors by which a server refuses new connections for now.
var mysqlDown = []uint16{1040, 1203}

const mysqlTaken = 1062

func mysqlFault(err error) fault {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		switch {
		case e.Number == mysqlTaken:
			return faultTaken
		case slices.Contains(mysqlRetry, e.Number):
			return faultRetry
		case slices.Contains(mysqlLost, e.Number):
			return faultLost
		case slices.Contains(mysqlDown, e.Number):
			return faultDown
		}
		return faultOther
	}
	if dial := (*net.OpError)(nil); errors.As(err, &dial) && dial.Op == "dial" {
		return faultDown
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return faultOther
	}
	if lost := (net.Error)(nil); errors.As(err, &lost) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, sql.ErrConnDone) {
		return faultLost
	}
	return faultOther
}

func ormConfig() *gorm.Config {
	return &gorm.Config{Logger: logger.Discard, SkipDefaultTransaction: true, DisableAutomaticPing: true}
}
