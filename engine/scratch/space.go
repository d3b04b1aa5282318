package scratch

import (
	"cmp"

	"github.com/bylaw-dev/bylaw/engine"
)

// space is one workspace.
type space struct {
	id          string
	busy        chan struct{} // the lane: whoever fills it holds it
	lane        engine.LaneState
	claims      layered[[16]byte, claim]
	events      sequence[engine.StoredEvent]
	records     layered[engine.RecordKey, []byte]
	listing     *listing // of records
	ledger      sequence[engine.LedgerEntry]
	decisions   sequence[engine.Decision]
	audit       sequence[engine.AuditEntry]
	definitions layered[definitionID, []engine.Definition] // by revision
	items       layered[itemID, engine.Item]
	timers      layered[string, engine.Timer]
	personal    layered[string, []engine.PersonalField] // of one member, sorted
	deliveries  layered[string, queued]
	past        layered[engine.RecordKey, []version] // by position
	figures     layered[figureKey, int64]
}

// version is what a record was from a position on; a nil body is absent.
type version struct {
	position int64
	body     []byte
}

type claim struct {
	position int64
	body     [8]byte
}

// figureKey is a figure without its amount.
type figureKey struct {
	name         engine.FigureName
	day          int32
	part, detail string
}

type definitionID struct {
	kind engine.DefinitionKind
	key  string
}

type itemID struct{ kind, id string }

// queued is a delivery and the time by which it counts for caps: when it was
// sent, or when it was last claimed; 0 when it did not go out.
type queued struct {
	engine.Delivery
	counted engine.Time
}

func newSpace(id string) *space {
	return &space{id: id, busy: make(chan struct{}, 1), listing: &listing{kinds: map[engine.RecordKind]*keys{}},
		events:    sequence[engine.StoredEvent]{order: byPosition},
		ledger:    sequence[engine.LedgerEntry]{order: byEntry},
		decisions: sequence[engine.Decision]{order: byDecision},
		audit:     sequence[engine.AuditEntry]{order: byAudit},
	}
}

func (w *space) fork() *space {
	return &space{id: w.id, busy: make(chan struct{}, 1), lane: w.lane,
		claims: w.claims.fork(), events: w.events.fork(), records: w.records.fork(), listing: w.listing.fork(),
		ledger: w.ledger.fork(), decisions: w.decisions.fork(), audit: w.audit.fork(),
		definitions: w.definitions.fork(), items: w.items.fork(), timers: w.timers.fork(),
		personal: w.personal.fork(), deliveries: w.deliveries.fork(), past: w.past.fork(), figures: w.figures.fork(),
	}
}

func byPosition(a, b *engine.StoredEvent) int { return cmp.Compare(a.Position, b.Position) }

func byEntry(a, b *engine.LedgerEntry) int {
	return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
}

func byDecision(a, b *engine.Decision) int {
	return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Number, b.Number))
}

func byAudit(a, b *engine.AuditEntry) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID))
}
