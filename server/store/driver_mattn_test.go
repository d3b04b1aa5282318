//go:build mattn && cgo

package store

import _ "github.com/mattn/go-sqlite3"

func init() { sqliteDrivers["mattn"] = "sqlite3" }
