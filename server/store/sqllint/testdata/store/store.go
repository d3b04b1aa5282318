// Package store is read by the lint's own test and is never built: each line with a fault says which.
package store

import (
	"fmt"
	"strings"

	"gorm.io/gorm/clause"
)

const members = "members"

const columns = "id, " +
	"name"

const byName = "SELECT " + columns + " FROM " + members + " WHERE name = ?"

const claim = "SELECT id FROM " + members + // fault: skip-locked
	" WHERE due < ? FOR UPDATE SKIP LOCKED"

func queries(db DB, table string, ids []any) {
	db.Exec("DELETE FROM members WHERE id = ?")
	db.Exec("DELETE members WHERE WHERE id = ?") // fault: parse
	db.Exec(fmt.Sprintf("SELECT %s FROM %s WHERE id IN (%s)", columns, table, strings.Repeat("?,", len(ids))))
	db.Exec("SELECT id FROM " + table + " WHERE id = ? FOR SHARE") // fault: for-share
	db.Exec("SELECT id FROM " + table + " WHERE id = ? FOR UPDATE")
	db.Exec("select id from members where name || ? = ''") // fault: concat
	var b strings.Builder
	b.WriteString("INSERT INTO members (id, name) VALUES ")
	b.WriteString("INSERT INTO members (id, name VALUES ") // fault: parse
	b.WriteString(" FOR UPDATE SKIP LOCKED")               // fault: skip-locked
	db.AutoMigrate(nil)                                    // fault: auto-migrate
	db.Clauses(clause.Returning{})                         // fault: returning
	db.Clauses(clause.Locking{Strength: "SHARE"})          // fault: for-share
	_ = "mysql://h/db?clientFoundRows=true"                // fault: found-rows
	_ = fmt.Errorf("update member: %w, or select another; returning is no crime", nil)
	_ = "Select a member from the list" + table
}
