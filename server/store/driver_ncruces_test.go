//go:build ncruces

package store

import (
	_ "github.com/ncruces/go-sqlite3/driver"
	_ "github.com/ncruces/go-sqlite3/embed"
)

func init() { sqliteDrivers["ncruces"] = "sqlite3" }
