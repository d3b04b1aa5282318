package store

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// TestPastWhileItIsFiled: what records were is answered the same before, while
// and after a segment moves from the log to the filed rows.
func TestPastWhileItIsFiled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		const segments, records = 60, 8
		s := openStore(t, db, func(o *Options) { o.segment = 10 })
		ctx := t.Context()
		keys := make([]engine.RecordKey, records)
		for i := range keys {
			keys[i] = engine.RecordKey{Kind: engine.MemberRecord, Key: fmt.Sprint("m", i)}
		}
		must(t, s.transact(ctx, "w", func(c scope) error {
			all := pastBulk.rows(segments)
			want := map[engine.RecordKey]string{}
			for n := range int64(segments) {
				var row []byte
				for _, k := range keys {
					want[k] = fmt.Sprint(k.Key, " in ", n)
					row = appendRecord(binary.AppendUvarint(row, uint64(10*n+1)), &engine.Record{Kind: k.Kind, Key: k.Key, Body: []byte(want[k])})
				}
				all.add("w", len(row), 0, 10*n+1, 0, row)
			}
			lanes := bulk{table: "lanes", columns: []string{"lane", "position"}, keys: 2}
			lane := lanes.rows(1)
			lane.add("w", 0, 0, 10*segments)
			if err := c.insert(ctx, lane); err != nil {
				return err
			}
			return c.insert(ctx, all)
		}))
		r := s.Reader("w").(*reader)
		want, err := r.RecordsAt(ctx, math.MaxInt64, keys)
		must(t, err)
		if len(want) != records {
			t.Fatalf("%d records", len(want))
		}
		filed := make(chan error, 1)
		go func() { filed <- s.BuildHistory(ctx, "w") }()
		for looks := 0; ; looks++ {
			select {
			case err := <-filed:
				must(t, err)
				t.Logf("looked %d times", looks)
				return
			default:
			}
			got, err := r.RecordsAt(ctx, math.MaxInt64, keys)
			must(t, err)
			if !maps.EqualFunc(got, want, func(a, b []byte) bool { return string(a) == string(b) }) {
				t.Fatalf("look %d: %q, not %q", looks, got, want)
			}
			list, err := r.ListRecordsAt(ctx, math.MaxInt64, engine.RecordList{Kind: engine.MemberRecord})
			must(t, err)
			if len(list) != records {
				t.Fatalf("look %d: %d records are listed", looks, len(list))
			}
			for _, one := range list {
				if string(one.Body) != string(want[engine.RecordKey{Kind: one.Kind, Key: one.Key}]) {
					t.Fatalf("look %d: %q is listed for %s", looks, one.Body, one.Key)
				}
			}
		}
	})
}
