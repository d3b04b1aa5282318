package store

import (
	"context"
	"database/sql"
	"sync"
)

// statements keeps prepared what the hot path says over and over. database/sql
// prepares each once per connection.
type statements struct {
	mu     sync.RWMutex
	kept   map[statementKey]*sql.Stmt
	wanted map[statementKey]bool // met in a transaction, kept after it
}

type statementKey struct {
	pool *sql.DB
	text string
}

func newStatements() *statements {
	return &statements{kept: map[statementKey]*sql.Stmt{}, wanted: map[statementKey]bool{}}
}

// within gives the statement for use in a transaction. The first time it is
// prepared for this transaction only: with one connection in the pool, there is
// none left to prepare it on.
func (s *statements) within(ctx context.Context, tx *sql.Tx, pool *sql.DB, text string) (*sql.Stmt, error) {
	k := statementKey{pool, text}
	s.mu.RLock()
	stmt := s.kept[k]
	s.mu.RUnlock()
	if stmt != nil {
		return tx.StmtContext(ctx, stmt), nil
	}
	s.mu.Lock()
	s.wanted[k] = true
	s.mu.Unlock()
	return tx.PrepareContext(ctx, text)
}

// keep prepares what the last transactions wanted. It is called outside of them.
func (s *statements) keep(ctx context.Context) {
	s.mu.RLock()
	idle := len(s.wanted) == 0
	s.mu.RUnlock()
	if idle {
		return
	}
	s.mu.Lock()
	wanted := s.wanted
	s.wanted = map[statementKey]bool{}
	s.mu.Unlock()
	for k := range wanted {
		s.prepared(ctx, k) //nolint:errcheck // the next transaction prepares it itself
	}
}

func (s *statements) prepared(ctx context.Context, k statementKey) (*sql.Stmt, error) {
	s.mu.RLock()
	stmt := s.kept[k]
	s.mu.RUnlock()
	if stmt != nil {
		return stmt, nil
	}
	stmt, err := k.pool.PrepareContext(ctx, k.text)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other := s.kept[k]; other != nil {
		stmt.Close()
		return other, nil
	}
	s.kept[k] = stmt
	return stmt, nil
}

func (s *statements) close() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, stmt := range s.kept {
		stmt.Close()
		delete(s.kept, k)
	}
}
