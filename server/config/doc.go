// Package config reads the server's settings. One table (table.go) says of each
// its name, kind, default and meaning; flags, environment, file, help and
// `bylaw config print` all come from it.
//
// A value is looked for as a flag, then in the environment (BYLAW_DATA_DIR, or
// BYLAW_DATA_DIR_FILE with a path), then in the file, then it is the default. A
// name that nobody knows is an error wherever it stands: a misspelt setting that
// is passed over would be found out much later.
package config
