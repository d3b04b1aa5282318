package store

import (
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// An erasure that a server left undone is done when the store is looked after,
// also where a part was done: by the same pseudonyms. What somebody else has by
// now stays theirs.
func TestErasuresAreFinished(t *testing.T) {
	onEach(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		event := func(n int64, who, member string) engine.StoredEvent {
			e := &engine.Event{Source: "s", ID: "e-" + who, Type: "act", Member: engine.MemberRef{Identity: engine.Identity{Channel: "app", ExternalID: who}}, MemberID: member}
			return engine.StoredEvent{Position: n * engine.PositionStride, Revision: 1, At: now, Type: e.Type, Member: member, Body: engine.EncodeEvent(e)}
		}
		must(t, s.Within(ctx, "w", func(tx engine.Tx) error {
			return tx.Save(ctx, &engine.Changes{Position: 4 * engine.PositionStride, Revision: 1,
				Events:  []engine.StoredEvent{event(1, "first", "ann"), event(2, "second", "ann"), event(3, "moved", "ann"), event(4, "first", "bo")},
				Records: []engine.Record{{Kind: engine.IdentityRecord, Key: "app:moved", Body: []byte("cy")}},
				Past: []engine.PastRecord{{Position: engine.PositionStride, Record: engine.Record{Kind: engine.IdentityRecord, Key: "app:first", Body: []byte("ann")}},
					{Position: 4 * engine.PositionStride, Record: engine.Record{Kind: engine.IdentityRecord, Key: "app:first", Body: []byte("bo")}}},
				Erased: []engine.Erasure{{Member: "ann", Identities: []engine.Identity{{Channel: "app", ExternalID: "second"}}}}})
		}))
		for range 2 {
			must(t, s.Maintain(ctx))
			events, err := s.Reader("w").Events(ctx, engine.EventQuery{})
			must(t, err)
			var got []string
			for _, x := range events {
				e, err := engine.DecodeEvent(x)
				must(t, err)
				got = append(got, e.Member.ExternalID+" "+e.ID)
			}
			equal(t, "the log", strings.Join(got, ", "), "erased-ann-2 e-erased, erased-ann-1 e-erased, moved e-moved, first e-first")
			for at, want := range map[int64]string{1: "erased-ann-2 of ann", 4: "first of bo"} {
				name, _, _ := strings.Cut(want, " ")
				key := engine.RecordKey{Kind: engine.IdentityRecord, Key: "app:" + name}
				found, err := s.Reader("w").(engine.PastReader).RecordsAt(ctx, at*engine.PositionStride, []engine.RecordKey{key})
				must(t, err)
				equal(t, "the past", name+" of "+string(found[key]), want)
			}
		}
		n, err := s.outside("w").passes(ctx)
		must(t, err)
		equal(t, "passes", n, int64(1))
	})
}
