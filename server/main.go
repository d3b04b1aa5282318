// Command bylaw runs a community by its own written rules.
//
//	go run ./server            serve on http://127.0.0.1:8080
//	go run ./server --help     everything else
package main

import (
	"context"
	"os"
	_ "time/tzdata" // zones, where the machine has none

	"github.com/bylaw-dev/bylaw/plugins/channels"
	"github.com/bylaw-dev/bylaw/server/cli"
)

func main() {
	// A bundled channel plugin is this program again, in a process of its own.
	if len(os.Args) == 3 && os.Args[1] == channels.Argument {
		channels.Serve(os.Args[2])
		return
	}
	os.Exit(cli.Run(context.Background(), os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Environ()}))
}
