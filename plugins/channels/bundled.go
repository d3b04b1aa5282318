// Package channels is the table of the channels that come with Bylaw. The
// server starts each as itself: `bylaw __plugin <id>`.
package channels

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/plugins/channels/email"
	"github.com/bylaw-dev/bylaw/plugins/channels/logfile"
	"github.com/bylaw-dev/bylaw/plugins/channels/webhook"
	"github.com/bylaw-dev/bylaw/plugins/channels/wecomrobot"
	"github.com/bylaw-dev/bylaw/plugins/sdk"
)

// Argument is the word after the program's name that makes it a plugin.
const Argument = "__plugin"

func bundled() map[string]func() sdk.Channel {
	return map[string]func() sdk.Channel{
		"email":       email.Channel,
		"logfile":     logfile.Channel,
		"webhook":     webhook.Channel,
		"wecom-robot": wecomrobot.Channel,
	}
}

// IDs are the bundled plugins, sorted.
func IDs() []string {
	var ids []string
	for id := range bundled() {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// New makes a bundled channel, or nil when there is none with that id.
func New(id string) sdk.Channel {
	if make := bundled()[id]; make != nil {
		return make()
	}
	return nil
}

// Serve runs a bundled plugin. It doesn't return.
func Serve(id string) {
	c := New(id)
	if c == nil {
		fmt.Fprintf(os.Stderr, "no bundled plugin %q: there are %s\n", id, strings.Join(IDs(), ", "))
		os.Exit(2)
	}
	sdk.Serve(c)
}
