package store

import (
	"database/sql"

	"gorm.io/gorm"

	"github.com/bylaw-dev/bylaw/engine"
)

// Store is one database. It is safe for use by many goroutines, and by many
// processes at a time.
type Store struct {
	options    Options
	dialect    dialect
	writer     database // takes locks
	readers    database // the same as writer on MySQL
	statements *statements
	lanes      lanes
	// migrationPool gives connections for changing tables.
	migrationPool func() (pool *sql.DB, done func(), err error)
}

var _ engine.Store = (*Store)(nil)

// database is gorm and the pool under it.
type database struct {
	orm  *gorm.DB
	pool *sql.DB
}

func (s *Store) databases() []database {
	if s.readers.pool == s.writer.pool || s.readers.pool == nil {
		return []database{s.writer}
	}
	return []database{s.writer, s.readers}
}

// dialect is what SQLite and MySQL say differently.
type dialect struct {
	name      string
	goose     string
	forUpdate string // ends a SELECT that locks what it reads
	// onDuplicate ends an INSERT: keys name the primary key, set the columns
	// that take the new row's values; none keeps the old row.
	onDuplicate func(keys, set []string) string
	onRepeat    func(keys []string, sum string) string // ends an INSERT whose duplicates add to a column
	fault       func(error) fault
	clock       string // selects the database's time in microseconds
	// What Stats asks: version, bytes on disk, and rows of each table where the
	// database keeps count.
	serverVersion, diskBytes, tableRows string
	primaryKey                          string                   // selects the columns of a table's primary key, in order
	selectColumn                        func(name string) string // reads a column so that no value and an empty one differ
}

// fault is what an error of the database means for the transaction it ended.
type fault int

const (
	faultOther fault = iota
	faultRetry       // the database asks for the transaction again
	faultLost        // the connection broke: at COMMIT the outcome is unknown
	faultDown        // nothing was reached
	faultTaken       // a unique key is taken
)

// explain turns an error of the database into one that a caller can act on.
func (s *Store) explain(err error) error {
	if err == nil {
		return nil
	}
	switch s.dialect.fault(err) {
	case faultLost, faultDown:
		return unavailable(err)
	}
	return err
}
