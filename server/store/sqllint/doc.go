// Package sqllint holds the test that keeps Bylaw's SQL to what SQLite, MySQL, MariaDB, Galera and TiDB all understand
// in the same way. It has no code of its own but tests: every SQL text in server/store is parsed with TiDB's parser and
// compared with a list of constructs that differ between engines (forbidden_test.go gives the reason for each).
//
// What is looked at: string constants that are statements, in Go files and in migrations/mysql/*.sql, also when they are
// joined with + or have holes (%s) that are filled at run time; other string constants only for forbidden words. SQL for
// SQLite alone belongs in a file named sqlite.go or x_sqlite.go, or in a folder named sqlite, and is not looked at.
//
// A statement that must break a rule says so in itself, with its reason:
//
//	SELECT now(6) /* sqllint:allow now: leases use the database's clock */
package sqllint
