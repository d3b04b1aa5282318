package enginetest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// ExerciseStore runs the contract. newStore gives an empty store that lives as
// long as its test; it is called once for each part.
func ExerciseStore(t *testing.T, newStore func(t *testing.T) engine.Store) {
	parts := []struct {
		name string
		run  func(t *testing.T, s engine.Store)
	}{
		{"the lane orders what is saved", laneOrders},
		{"a failed transaction leaves nothing", failureLeavesNothing},
		{"a transaction without Save leaves nothing", noSaveLeavesNothing},
		{"impossible changes are refused", impossibleRefused},
		{"claims recognise duplicates", claimsRecognise},
		{"claims recognise duplicates of long ago", claimsRemember},
		{"records are loaded as saved", recordsRoundTrip},
		{"records of random changes", recordsModel},
		{"records are listed by prefix in order", recordsListed},
		{"definitions at a revision", definitionsAt},
		{"decisions are stored and listed", decisionsListed},
		{"ledger is listed newest first", ledgerListed},
		{"events are read from the log", eventsRead},
		{"events of one member", eventsOfMember},
		{"the past is kept", pastKept},
		{"audit is listed newest first", auditListed},
		{"figures add up", figuresAdd},
		{"items are upserted and filtered", itemsListed},
		{"timers fire in order", timersDue},
		{"personal fields can be erased", personalErased},
		{"deliveries are listed", deliveriesListed},
		{"deliveries are leased once", deliveriesLeased},
		{"a stale settle is lost", staleSettleLost},
		{"what ends is counted by its day", endingsCounted},
		{"attempts are put on record", attemptsOnRecord},
		{"held and pending wait for their time", deliveriesWait},
		{"sent messages are counted", sentCounted},
		{"final deliveries can be replayed", replays},
		{"claims of the outbox race", outboxRaces},
		{"workspaces never meet", workspacesNeverMeet},
		{"keys at their limits", keysAtLimits},
		{"large bodies", largeBodies},
		{"broken cursors are refused", cursorsRefused},
		{"one workspace, many goroutines", laneRaces},
		{"one event id, many goroutines", claimRaces},
		{"workspaces go side by side", sideBySide},
		{"a cancelled context stops", cancelStops},
	}
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) { p.run(t, newStore(t)) })
	}
}

const space = "community"

// at is an instant n seconds after a fixed day.
func at(n int) engine.Time { return engine.Time(1_760_000_000_000_000 + int64(n)*1_000_000) }

var errStop = errors.New("stop here")

// write saves changes that continue from the lane: Position and Revision that
// fn leaves at zero stay where they are.
func write(t *testing.T, s engine.Store, workspace string, fn func(c *engine.Changes)) {
	t.Helper()
	if err := tryWrite(s, workspace, fn); err != nil {
		t.Fatalf("save: %v", err)
	}
}

func tryWrite(s engine.Store, workspace string, fn func(c *engine.Changes)) error {
	ctx := context.Background()
	return s.Within(ctx, workspace, func(tx engine.Tx) error {
		c := &engine.Changes{Position: tx.Lane().Position, Revision: tx.Lane().Revision}
		fn(c)
		return tx.Save(ctx, c)
	})
}

// event is a stored event at a position.
func event(position int64) engine.StoredEvent {
	return engine.StoredEvent{
		Position: position, Revision: 1, At: at(int(position)), Type: "message.sent",
		Member: fmt.Sprintf("m%d", position%7), Body: fmt.Appendf(nil, `{"n":%d}`, position),
	}
}

// claimOf is the claim of an event id; body tells variants of it apart.
func claimOf(id, body string, position int64) engine.EventClaim {
	c := engine.EventClaim{Position: position}
	sum := hash(id)
	copy(c.ID[:], sum[:16])
	sum = hash(body)
	copy(c.Body[:], sum[:8])
	return c
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mustBe asks for an error of a code.
func mustBe(t *testing.T, err error, code engine.Code) {
	t.Helper()
	if err == nil || engine.CodeOf(err) != code {
		t.Fatalf("the error is %v, its code should be %s", err, code)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}
