package machine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// id is the member id of an identity on "app"; "" when nobody has it.
func (w *world) id(member string) string {
	w.t.Helper()
	k := engine.RecordKey{Kind: engine.IdentityRecord, Key: "app:" + member}
	found, err := w.store.Reader("w").Records(context.Background(), []engine.RecordKey{k})
	if err != nil {
		w.t.Fatalf("identity: %v", err)
	}
	return string(found[k])
}

// member reads a member as stored, nil when there is none.
func (w *world) member(name string) *engine.Member {
	w.t.Helper()
	return w.memberByID(w.id(name))
}

func (w *world) memberByID(id string) *engine.Member {
	w.t.Helper()
	return record[engine.Member](w, engine.MemberRecord, id)
}

func record[T any](w *world, kind engine.RecordKind, key string) *T {
	w.t.Helper()
	k := engine.RecordKey{Kind: kind, Key: key}
	found, err := w.store.Reader("w").Records(context.Background(), []engine.RecordKey{k})
	if err != nil {
		w.t.Fatalf("read %s: %v", kind, err)
	}
	if found[k] == nil {
		return nil
	}
	v := new(T)
	if err := json.Unmarshal(found[k], v); err != nil {
		w.t.Fatalf("read %s: %v", kind, err)
	}
	return v
}

// items lists items of a kind, oldest first.
func (w *world) items(kind string) []engine.Item {
	w.t.Helper()
	rows, err := w.store.Reader("w").ListItems(context.Background(), engine.ItemQuery{Kind: kind, Page: engine.Page{Limit: 1000}})
	if err != nil {
		w.t.Fatalf("items: %v", err)
	}
	slices.Reverse(rows.Items)
	return rows.Items
}

func (w *world) ledger(member string) []engine.LedgerEntry {
	w.t.Helper()
	var all []engine.LedgerEntry
	for cursor := ""; ; {
		rows, err := w.store.Reader("w").ListLedger(context.Background(), engine.LedgerQuery{Member: member, Page: engine.Page{Cursor: cursor, Limit: 1000}})
		if err != nil {
			w.t.Fatalf("ledger: %v", err)
		}
		all = append(all, rows.Items...)
		if cursor = rows.Next; cursor == "" {
			return all
		}
	}
}

func (w *world) decisions(rule string) []engine.Decision {
	w.t.Helper()
	var all []engine.Decision
	for cursor := ""; ; {
		rows, err := w.store.Reader("w").ListDecisions(context.Background(), engine.DecisionQuery{Rule: rule, Page: engine.Page{Cursor: cursor, Limit: 1000}})
		if err != nil {
			w.t.Fatalf("decisions: %v", err)
		}
		all = append(all, rows.Items...)
		if cursor = rows.Next; cursor == "" {
			slices.Reverse(all)
			return all
		}
	}
}

func (w *world) deliveries() []engine.Delivery {
	w.t.Helper()
	rows, err := w.store.Reader("w").ListDeliveries(context.Background(), engine.DeliveryQuery{Page: engine.Page{Limit: 1000}})
	if err != nil {
		w.t.Fatalf("deliveries: %v", err)
	}
	return rows.Items
}

func (w *world) log() []engine.StoredEvent {
	w.t.Helper()
	all, err := w.store.Reader("w").Events(context.Background(), engine.EventQuery{})
	if err != nil {
		w.t.Fatalf("log: %v", err)
	}
	return all
}

// verify replays the log and insists that nothing differs.
func (w *world) verify() {
	w.t.Helper()
	r, err := w.m.Verify(context.Background(), "w", nil)
	if err != nil {
		w.t.Fatalf("verify: %v", err)
	}
	for _, d := range r.Differences {
		w.t.Fatalf("replay differs at %s %s:\nstored %s\nreplay %s", d.Noun, d.Key, d.Stored, d.Replay)
	}
}

// state writes down everything that counts of a workspace but for ids and
// versions, which follow from the positions: two histories that mean the same
// have the same state.
func (w *world) state() string {
	w.t.Helper()
	var lines []string
	for cursor := ""; ; {
		rows, err := w.store.Reader("w").ListRecords(context.Background(), engine.MemberRecord, "", engine.Page{Cursor: cursor, Limit: 1000})
		if err != nil {
			w.t.Fatalf("members: %v", err)
		}
		for _, r := range rows.Items {
			m := new(engine.Member)
			if err := json.Unmarshal(r.Body, m); err != nil {
				w.t.Fatalf("member: %v", err)
			}
			lines = append(lines, describe(m))
		}
		if cursor = rows.Next; cursor == "" {
			break
		}
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func describe(m *engine.Member) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v tags=%v joined=%v", m.Identities, m.Tags, m.JoinedAt)
	for _, k := range slices.Sorted(maps.Keys(m.Accounts)) {
		fmt.Fprintf(&b, " %s=%d", k, m.Accounts[k].Balance)
	}
	fmt.Fprintf(&b, " badges=%v tiers=%v groups=%v", slices.Sorted(maps.Keys(m.Badges)), m.Tiers, m.Groups)
	return b.String()
}

// effects lists what decisions made, without what they did not do.
func effects(list []engine.Decision) (made []string) {
	for _, d := range list {
		for _, e := range d.Effects {
			if e.Reason == "" {
				made = append(made, d.Rule+":"+string(e.Kind))
			}
		}
	}
	return made
}
