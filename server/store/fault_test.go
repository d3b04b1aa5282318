package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

func TestFaultsOfServers(t *testing.T) {
	number := func(n uint16) error { return fmt.Errorf("step: %w", &mysql.MySQLError{Number: n}) }
	for want, errs := range map[fault][]error{
		faultRetry: {number(1213), number(1205), number(1020), number(1180), number(1047), number(9007), number(8022), number(8028), number(8002), number(3100), number(3101)},
		faultLost:  {number(1290), number(1836), number(1053), driver.ErrBadConn, mysql.ErrInvalidConn, io.ErrUnexpectedEOF, &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}},
		faultDown:  {number(1040), &net.OpError{Op: "dial", Err: errors.New("refused")}},
		faultTaken: {number(1062)},
		faultOther: {number(1064), number(1146), errors.New("x"), context.Canceled, context.DeadlineExceeded},
	} {
		for _, err := range errs {
			equal(t, err.Error(), mysqlFault(err), want)
		}
	}
}

// TestRetry runs a transaction again when the database asks for it, with fresh
// reads, and not for ever.
func TestRetry(t *testing.T) {
	s := openStore(t, dbtest.New(t, dbtest.SQLite), small)
	s.dialect.fault = func(err error) fault {
		if errors.Is(err, errAgain) {
			return faultRetry
		}
		return sqliteFault(err)
	}
	runs := 0
	must(t, s.Within(context.Background(), "w", func(tx engine.Tx) error {
		if runs++; runs < 4 {
			return tx.(interface{ failed(string, error) error }).failed("step", errAgain)
		}
		return tx.Save(context.Background(), &engine.Changes{Position: 1})
	}))
	equal(t, "runs", runs, 4)
	runs = 0
	err := s.Within(context.Background(), "w", func(tx engine.Tx) error {
		runs++
		tx.(interface{ failed(string, error) error }).failed("step", errAgain) //nolint:errcheck // an fn that drops it
		return nil
	})
	isCode(t, err, engine.CodeUnavailable)
	equal(t, "runs", runs, attempts)
}

var errAgain = errors.New("again")

// TestBesideAnotherProcess writes to a SQLite file through two stores at once.
func TestBesideAnotherProcess(t *testing.T) {
	db := dbtest.New(t, dbtest.SQLite)
	a, b := openStore(t, db, small), openStore(t, db, small)
	done := make(chan error)
	for n, s := range []*Store{a, b} {
		go func() {
			var err error
			for i := 0; i < 100 && err == nil; i++ {
				_, err = countUp(s, n*100+i)
			}
			done <- err
		}()
	}
	must(t, <-done)
	must(t, <-done)
	equal(t, "the counter", counter(t, a), "200")
}

func TestBackup(t *testing.T) {
	s := openStore(t, dbtest.New(t, dbtest.SQLite), small)
	seed(t, s, "w")
	path := filepath.Join(t.TempDir(), "备份 1.db")
	must(t, s.Backup(context.Background(), path))
	isCode(t, s.Backup(context.Background(), path), engine.CodeConflict)
	seed(t, s, "later")
	copied := openStore(t, dbtest.Database{URL: "sqlite:" + path}, small)
	for table, n := range countAll(t, copied) {
		equal(t, "rows of "+table, n, countAll(t, s)[table]/2)
	}
	_, err := countUpIn(copied, "new", 7) // and it is alive
	must(t, err)
}

// TestMemoryIsBounded works on many workspaces with room for few.
func TestMemoryIsBounded(t *testing.T) {
	s := openStore(t, dbtest.New(t, dbtest.SQLite), func(o *Options) { small(o); o.Memory = 3_000 })
	for round := range 3 {
		for n := range 30 {
			isNew, err := countUpIn(s, fmt.Sprint("w", n), round)
			must(t, err)
			equal(t, "new", isNew, true)
			again, err := countUpIn(s, fmt.Sprint("w", n), round)
			must(t, err)
			equal(t, "new again", again, false)
		}
	}
	if held := s.lanes.held(); held > 3_000 {
		t.Errorf("%d bytes are held", held)
	}
	if n := len(s.lanes.byWorkspace); n == 0 || n == 30 {
		t.Errorf("%d workspaces are in memory", n)
	}
}

// TestLogsStayShort: what is closed and folded is deleted, also after a restart.
func TestLogsStayShort(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		for n := range 900 {
			if n == 400 {
				s.lanes.byWorkspace = map[string]*lane{} // as after a restart
			}
			_, err := countUp(s, n)
			must(t, err)
		}
		counts := countAll(t, s)
		if counts["claim_log"] > 2*128 || counts["state_log"] > 400 || counts["records"] != 1 || counts["claim_filters"] != 7 {
			t.Errorf("after 900 commits there are %v", counts)
		}
	})
}

// TestMaintain files the history of all workspaces that are behind.
func TestMaintain(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		seed(t, s, "a")
		ctx := context.Background()
		write := func(workspace string, position int64) {
			t.Helper()
			must(t, s.Within(ctx, workspace, func(tx engine.Tx) error {
				return tx.Save(ctx, &engine.Changes{Position: position, Revision: 1, Events: []engine.StoredEvent{{Position: position, Member: "m"}}})
			}))
		}
		write("b", 70)
		write("c", 10)
		must(t, s.Maintain(ctx))
		for workspace, want := range map[string]int64{"a": 2944, "b": 64, "c": 0} {
			through, err := s.outside(workspace).historyThrough(ctx)
			must(t, err)
			equal(t, "filed of "+workspace, through, want)
		}
		must(t, s.Maintain(ctx))
	})
}
