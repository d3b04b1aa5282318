package outbox

import (
	"context"

	"github.com/bylaw-dev/bylaw/engine"
)

// FactsSource answers what the gate asks, as it is at the moment of asking: an
// answer older than the call breaks the promise that a no said now stops what
// is sent a moment later. It is used by several goroutines.
type FactsSource interface {
	// Definitions are the workspace's newest.
	Definitions(ctx context.Context, workspace string) (*engine.Definitions, error)
	// Members gives members by the ids asked for; one that was merged is answered
	// as the member it became, one that doesn't exist is left out.
	Members(ctx context.Context, workspace string, ids []string) (map[string]*engine.Member, error)
	// Users gives the active users that a target of engine.ToUser names, by login,
	// with where they are reached on a channel.
	Users(ctx context.Context, workspace string, channel *engine.ChannelDef, who string) ([]User, error)
	// Suppressed says which addresses on a channel must not be written to.
	Suppressed(ctx context.Context, workspace, channel string, addresses []string) (map[string]bool, error)
	// Channel is a configured channel with its secrets. CodeNotFound is one that
	// doesn't exist.
	Channel(ctx context.Context, workspace, key string) (Channel, error)
	// ChannelChanged records what sending found out about a channel.
	ChannelChanged(ctx context.Context, c ChannelChange) error
}

// User is a user of the console as the worker needs them.
type User struct {
	ID      string
	Address string // on the channel in question; "" where they have none
}

// Channel is a configured channel as the worker needs it.
type Channel struct {
	Config engine.ChannelConfig
	Down   string // why it must not send now, such as a pause; empty when it may
}

// ChannelState is what a worker says of a channel.
type ChannelState string

// The states. A channel that is disabled or paused sends again when Facts.Channel
// says that it may; one that rests comes back by itself.
const (
	ChannelDisabled ChannelState = "disabled" // its target is gone (HTTP 410)
	ChannelPaused   ChannelState = "paused"   // its credential was refused; resume it when it is mended
	ChannelResting  ChannelState = "resting"  // it failed many times in a row
	ChannelWorking  ChannelState = "working"  // it sends again after a rest
)

// ChannelChange is a change of a channel's state with the remote's reason.
type ChannelChange struct {
	Workspace, Channel string
	State              ChannelState
	Code, Detail       string
	At                 engine.Time
	Until              engine.Time // of a rest
}
