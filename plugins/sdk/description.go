package sdk

import (
	"encoding/json"
	"fmt"
	"time"
)

// Description is what a channel says about itself.
type Description struct {
	ID           string // [a-z0-9-]{2,64}, the same for ever
	Version      string // semantic version, without v
	Title        Text
	About        Text            // one sentence
	Schema       json.RawMessage // of the configuration: the subset of JSON Schema in sdk/schema
	Capabilities map[Capability]Support
	Targets      []TargetKind
	Dedupe       Dedupe
	MaxBatch     int // messages in one call, at most 1000 (default 100)
	Concurrency  int // Sends of one batch that run at the same time (default 1: in order)
	Events       []EventType
}

// Capability names something a channel may be able to do.
type Capability string

// What channels may be able to do.
const (
	CanSend       Capability = "send"
	CanReceive    Capability = "receive"
	CanInvite     Capability = "invite"
	CanInviteLink Capability = "invite_link"
	CanAdmit      Capability = "admit"
	CanKick       Capability = "kick"
	CanBan        Capability = "ban"
	CanMute       Capability = "mute"
	CanUnmute     Capability = "unmute"
	CanMove       Capability = "move"
	CanSetRole    Capability = "set_role"
)

// Support is how far a capability goes. What isn't listed is None.
type Support string

// The degrees of support.
const (
	Auto    Support = "auto"    // the program does it
	Confirm Support = "confirm" // the platform asks a person to confirm it
	Manual  Support = "manual"  // only a person can: Bylaw makes a task of it
	None    Support = "none"
)

// TargetKind says what an address names.
type TargetKind string

// The kinds of target.
const (
	ToMember  TargetKind = "member"
	ToGroup   TargetKind = "group"
	ToWebhook TargetKind = "webhook"
	ToUser    TargetKind = "user"
)

// Dedupe says whether the remote recognises a repeated Message.Key. Only then
// does Bylaw send a message again whose outcome is unknown.
type Dedupe struct {
	Supported bool
	Window    time.Duration // 0 for as long as the message is valid
}

// EventType is a type of event that the channel reports.
type EventType struct {
	Type  string // e.g. member.joined
	Title Text
}

// FromManifest takes id and version from an embedded bylaw-plugin.json, so that
// they stand in one place only. It panics when they aren't there: the program
// was built wrong.
func (d Description) FromManifest(manifest []byte) Description {
	var m struct{ ID, Version string }
	if err := json.Unmarshal(manifest, &m); err != nil || m.ID == "" || m.Version == "" {
		panic(fmt.Sprintf("bylaw-plugin.json needs id and version (%v)", err))
	}
	d.ID, d.Version = m.ID, m.Version
	return d
}

const (
	defaultMaxBatch = 100
	maxMaxBatch     = 1000
	maxConcurrency  = 256
)

// batch is the declared batch size within its bounds.
func (d Description) batch() int {
	if d.MaxBatch <= 0 {
		return defaultMaxBatch
	}
	return min(d.MaxBatch, maxMaxBatch)
}

func (d Description) workers() int {
	return max(1, min(d.Concurrency, maxConcurrency))
}
