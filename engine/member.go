package engine

import "slices"

// Member is a person in the community: everything a decision may read of them
// except their windows (engine/window). Personal fields (name, phone, declared
// personal attributes) live in Personal rows, never here.
type Member struct {
	ID         string                  `json:"id"`
	Identities []Identity              `json:"identities,omitempty"`
	Attrs      map[string]Value        `json:"attrs,omitempty"`
	Tags       []string                `json:"tags,omitempty"` // sorted
	Tiers      map[string]TierState    `json:"tiers,omitempty"`
	Groups     map[string]Membership   `json:"groups,omitempty"`
	Accounts   map[string]Account      `json:"accounts,omitempty"`
	Badges     map[string]Time         `json:"badges,omitempty"`     // when awarded
	Privileges map[string]Time         `json:"privileges,omitempty"` // until; 0 for ever
	Consent    map[string]ConsentState `json:"consent,omitempty"`    // by channel; "" for all
	JoinedAt   Time                    `json:"joined_at,omitempty"`  // member.joined's time, else the first event's
	Joined     bool                    `json:"joined,omitempty"`     // JoinedAt came from member.joined
	LeftAt     Time                    `json:"left_at,omitempty"`    // 0 while present
	NewestAt   Time                    `json:"newest_at,omitempty"`  // the newest event's time, for lateness
	Origin     string                  `json:"origin,omitempty"`
	Inviter    string                  `json:"inviter,omitempty"`
	Mentor     string                  `json:"mentor,omitempty"`
	Zone       string                  `json:"zone,omitempty"` // IANA; "" is the workspace's
	Lang       string                  `json:"lang,omitempty"`
	MergedInto string                  `json:"merged_into,omitempty"`
	Channel    string                  `json:"channel,omitempty"` // of the first identity, for coverage
	Erased     bool                    `json:"erased,omitempty"`
	Version    int64                   `json:"version"` // position of the last change, the ETag
}

// TierState is where a member stands on one ladder.
type TierState struct {
	Tier      string `json:"tier"`
	Since     Time   `json:"since"`
	FailingAt Time   `json:"failing_at,omitempty"` // since when the hold condition fails; 0 while it holds
	Noticed   bool   `json:"noticed,omitempty"`
}

// Membership is a member's place in a group.
type Membership struct {
	Since Time     `json:"since"`
	Roles []string `json:"roles,omitempty"` // officer roles, sorted
	Via   string   `json:"via,omitempty"`   // rule key or "hand"
}

// Account is one point account's balance, the sum of its ledger entries, with
// the lots that still expire.
type Account struct {
	Balance int64 `json:"balance"`
	Lots    []Lot `json:"lots,omitempty"` // by expiry, then entry
}

// Lot is the unspent remainder of an entry that expires.
type Lot struct {
	Entry   string `json:"entry"`
	Left    int64  `json:"left"`
	Expires Time   `json:"expires"`
}

// ConsentState is a member's word on being messaged.
type ConsentState struct {
	Given bool `json:"given"`
	At    Time `json:"at"`
}

// DefaultAccount and DefaultLadder are what rules mean when they name none.
const (
	DefaultAccount = "points"
	DefaultLadder  = "default"
)

// HasTag is whether the member carries a tag.
func (m *Member) HasTag(tag string) bool {
	_, ok := slices.BinarySearch(m.Tags, tag)
	return ok
}

// InGroup is whether the member is in a group now.
func (m *Member) InGroup(group string) bool {
	_, ok := m.Groups[group]
	return ok
}

// Officer is whether the member holds a role in a group.
func (m *Member) Officer(group string) bool { return len(m.Groups[group].Roles) > 0 }

// Clone is a deep copy, so that a failed transaction leaves the cached one whole.
func (m *Member) Clone() *Member {
	c := *m
	c.Identities = slices.Clone(m.Identities)
	c.Tags = slices.Clone(m.Tags)
	c.Attrs = cloneMap(m.Attrs)
	c.Tiers = cloneMap(m.Tiers)
	c.Badges = cloneMap(m.Badges)
	c.Privileges = cloneMap(m.Privileges)
	c.Consent = cloneMap(m.Consent)
	c.Groups = cloneMap(m.Groups)
	for k, g := range c.Groups {
		g.Roles = slices.Clone(g.Roles)
		c.Groups[k] = g
	}
	c.Accounts = cloneMap(m.Accounts)
	for k, a := range c.Accounts {
		a.Lots = slices.Clone(a.Lots)
		c.Accounts[k] = a
	}
	return &c
}

func cloneMap[V any](m map[string]V) map[string]V {
	if m == nil {
		return nil
	}
	c := make(map[string]V, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

// Group is a room's changing state; its definition is a Definition of kind "group".
type Group struct {
	Key     string `json:"key"`
	Size    int64  `json:"size"`
	Phase   string `json:"phase,omitempty"`  // import, growth, mature, decline
	Intake  string `json:"intake,omitempty"` // open, members, closed
	Stage   int64  `json:"stage,omitempty"`  // 1 to 7
	Closed  bool   `json:"closed,omitempty"`
	FirstAt Time   `json:"first_at,omitempty"`
	Version int64  `json:"version"`
}

// Content is a work, post or question that events are about.
type Content struct {
	Key      string `json:"key"`
	Author   string `json:"author,omitempty"`
	Group    string `json:"group,omitempty"`
	Kind     string `json:"kind,omitempty"`
	PostedAt Time   `json:"posted_at,omitempty"`
	Version  int64  `json:"version"`
}

// Channels lists the channels that the member's identities are on, once each.
func (m *Member) Channels() []string {
	var out []string
	for _, i := range m.Identities {
		if !slices.Contains(out, i.Channel) {
			out = append(out, i.Channel)
		}
	}
	return out
}
