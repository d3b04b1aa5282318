package auth

// Scope narrows a token to a part of what its role may.
type Scope string

// The scopes. Any is asked by calls that every credential may make.
const (
	Any              Scope = "any"
	EventsWrite      Scope = "events:write"
	EventsRead       Scope = "events:read"
	MembersRead      Scope = "members:read"
	MembersWrite     Scope = "members:write"
	PersonalRead     Scope = "pii:read"
	RulesRead        Scope = "rules:read"
	RulesWrite       Scope = "rules:write"
	DefinitionsRead  Scope = "definitions:read"
	DefinitionsWrite Scope = "definitions:write"
	WorkRead         Scope = "work:read"
	WorkWrite        Scope = "work:write"
	DeliveriesRead   Scope = "deliveries:read"
	DeliveriesWrite  Scope = "deliveries:write"
	AdminRead        Scope = "admin:read"
	AdminWrite       Scope = "admin:write"
)

// Scopes lists what a token may be narrowed to.
var Scopes = []Scope{EventsWrite, EventsRead, MembersRead, MembersWrite, PersonalRead, RulesRead, RulesWrite,
	DefinitionsRead, DefinitionsWrite, WorkRead, WorkWrite, DeliveriesRead, DeliveriesWrite, AdminRead, AdminWrite}
