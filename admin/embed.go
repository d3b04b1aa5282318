// Package admin is the console: what `npm run build` makes of src, as files to
// serve. It has no power that the API lacks, and knows nothing of the server.
package admin

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files are the console's files: index.html, and the rest under assets.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // dist is in the binary
	}
	return files
}
