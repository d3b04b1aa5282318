package engine

import (
	"encoding/json"
	"slices"
)

// DefinitionKind is a kind of thing that operators define. Definitions and
// rules share the workspace's revision; every version is kept, so that the past
// can be replayed.
type DefinitionKind string

// The kinds of definition.
const (
	DefineSettings  DefinitionKind = "settings" // one per workspace, key "workspace"
	DefineRule      DefinitionKind = "rule"
	DefineGroup     DefinitionKind = "group"
	DefineLadder    DefinitionKind = "ladder"
	DefineReward    DefinitionKind = "reward"
	DefineTemplate  DefinitionKind = "template"
	DefineChannel   DefinitionKind = "channel"
	DefineEventType DefinitionKind = "event-type"
	DefineSegment   DefinitionKind = "segment"
	DefineAttribute DefinitionKind = "attribute"
)

// Definition is one version of something defined. Body is JSON; nil when deleted.
type Definition struct {
	Kind     DefinitionKind  `json:"kind"`
	Key      string          `json:"key"`
	Revision int64           `json:"revision"`
	Body     json.RawMessage `json:"body,omitempty"`
	By       string          `json:"by,omitempty"`
	At       Time            `json:"at,omitempty"`
}

// Settings of a workspace that decisions depend on.
type Settings struct {
	Zone         string          `json:"zone"`                    // IANA, e.g. Asia/Shanghai
	Currency     string          `json:"currency"`                // ISO 4217
	Lang         string          `json:"lang"`                    // zh or en: the language of texts to members
	Workdays     map[string]bool `json:"workdays,omitempty"`      // local date -> is a workday, over the built-in calendar
	QuietFrom    string          `json:"quiet_from,omitempty"`    // "22:00"
	QuietTo      string          `json:"quiet_to,omitempty"`      // "08:00"
	CapDay       int             `json:"cap_day,omitempty"`       // promotional messages a person gets per local day, over all rules
	CapWeek      int             `json:"cap_week,omitempty"`      // in 7 days
	PromoShare   int             `json:"promo_share,omitempty"`   // percent of a group's messages in 7 days that may promote
	NeedsConsent bool            `json:"needs_consent,omitempty"` // send only to those who said yes; otherwise only a no stops
	ReachGuard   int             `json:"reach_guard,omitempty"`   // percent of members; 0 is off
	SecondPerson bool            `json:"second_person,omitempty"`
}

// GroupDef defines a group.
type GroupDef struct {
	Key        string      `json:"key"`
	Title      Text        `json:"title"`
	Purpose    Text        `json:"purpose,omitzero"`
	Type       string      `json:"type,omitempty"` // product education service link learning value interest
	Aim        string      `json:"aim,omitempty"`  // auxiliary commercial
	AimHistory []AimChange `json:"aim_history,omitempty"`
	Stage      int64       `json:"stage,omitempty"`    // 1 to 7
	Phase      string      `json:"phase,omitempty"`    // import growth mature decline
	Intake     string      `json:"intake,omitempty"`   // open invite closed
	Capacity   int64       `json:"capacity,omitempty"` // 0: unlimited
	Parent     string      `json:"parent,omitempty"`
	Fee        int64       `json:"fee,omitempty"`     // minor units of the workspace's currency
	Rules      []Text      `json:"rules,omitempty"`   // conduct rules shown on entry
	Channel    string      `json:"channel,omitempty"` // key of the channel that reaches the room
	Address    string      `json:"address,omitempty"` // the room's id on that channel
	OverflowOf string      `json:"overflow_of,omitempty"`
}

// AimChange is a past aim of a group.
type AimChange struct {
	Aim   string `json:"aim"`
	Until Time   `json:"until"`
}

// Ladder is an ordered list of tiers, lowest first.
type Ladder struct {
	Key   string `json:"key"`
	Title Text   `json:"title"`
	Tiers []Tier `json:"tiers"`
}

// Tier is one step of a ladder. Its rank is its place, from 1.
type Tier struct {
	Key   string `json:"key"`
	Title Text   `json:"title"`
}

// Rank of a tier, 0 when the ladder has none of that name.
func (l *Ladder) Rank(tier string) int64 {
	return int64(slices.IndexFunc(l.Tiers, func(t Tier) bool { return t.Key == tier }) + 1)
}

// Reward is a badge, coupon pool, privilege or point account.
type Reward struct {
	Key   string   `json:"key"`
	Kind  string   `json:"kind"` // badge coupon privilege points
	Title Text     `json:"title"`
	About Text     `json:"about,omitzero"`
	Codes []string `json:"codes,omitempty"` // of a coupon pool: handed out in order
	Stock int64    `json:"stock,omitempty"` // of a pool without codes
	Lasts string   `json:"lasts,omitempty"` // default of a privilege
	Floor *int64   `json:"floor,omitempty"` // lowest balance of an account; nil: may go below zero
}

// Template is a text with {{ expression }} holes, in both languages.
type Template struct {
	Key      string `json:"key"`
	Title    Text   `json:"title,omitzero"`
	Body     Text   `json:"body"`
	Promotes bool   `json:"promotes,omitempty"` // counts towards caps and the share of promotion
}

// ChannelDef is a configured channel. Secrets are kept apart, encrypted.
type ChannelDef struct {
	Key        string          `json:"key"`
	Plugin     string          `json:"plugin"`
	Title      Text            `json:"title,omitzero"`
	Config     json.RawMessage `json:"config,omitempty"`
	Disabled   bool            `json:"disabled,omitempty"`
	PerMinute  int             `json:"per_minute,omitempty"` // platform quota; 0: none
	AtMostOnce bool            `json:"at_most_once,omitempty"`
}

// Segment is a saved expression over members.
type Segment struct {
	Key   string `json:"key"`
	Title Text   `json:"title"`
	Where string `json:"where"`
	// Builtin is of one that nobody wrote: what it counts is kept only where a rule
	// names it.
	Builtin bool `json:"-"`
}

// Attribute declares a member attribute.
type Attribute struct {
	Field
	Key string `json:"key"`
}
