// Package store keeps workspaces in SQLite, MySQL or MariaDB. It implements
// engine.Store and holds the shell's own tables; it alone knows gorm and SQL.
//
// How it is laid out:
//
//   - options.go, address.go, sqlite.go, mysql.go: opening a database
//   - within.go: one transaction that holds a lane, retried; tx.go, save.go: what happens in it
//   - claims.go, claimlog.go, filter.go: which event ids were accepted before
//   - pages.go, events.go, history.go: the log and a member's part of it
//   - statelog.go, statememory.go, logged*.go, fold.go, records.go, markfilter.go: state by key
//   - ledger.go, decisions.go, items.go ...: one noun each
//   - outbox.go: the queue of deliveries over all workspaces
//   - scope.go, guard.go: no query without its workspace
//   - bulk.go, statements.go: the multi-row statements that the hot path keeps prepared
//   - migrate.go: numbered migrations, the same numbers for SQLite and MySQL
//   - workspaces.go, tokens.go ...: the shell's tables
//
// Keys are VARBINARY(191) on MySQL, compared byte by byte: utf8mb4_bin would
// take "a" and "a " for the same key. Times are microseconds, JSON is opaque.
package store
