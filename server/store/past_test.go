package store

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// TestPastIsReadInPortions: commits of more rows than are read at once are read
// whole, and nothing behind the stretch is read at all.
func TestPastIsReadInPortions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		s := openStore(t, db, func(*Options) {})
		ctx := t.Context()
		const commits, each = 5, manyPages + 3
		body := bytes.Repeat([]byte("b"), 40)
		must(t, s.transact(ctx, "w", func(c scope) error {
			all := pastBulk.rows(commits * each)
			for n := range int64(commits) {
				for part := range each {
					p := engine.PastRecord{Position: 10*n + 1, Record: engine.Record{Kind: engine.MemberRecord, Key: fmt.Sprint(n, "-", part), Body: body}}
					row := appendRecord([]byte{byte(p.Position)}, &p.Record)
					all.add("w", len(row), 0, 10*n+5, part, row)
				}
			}
			return c.insert(ctx, all)
		}))
		for _, c := range []struct{ after, upTo, commits int64 }{{0, 99, 5}, {0, 45, 5}, {0, 31, 4}, {1, 21, 2}, {22, 30, 0}, {45, 99, 0}} {
			seen := map[string]bool{}
			must(t, s.outside("w").eachPast(ctx, c.after, c.upTo, func(p *engine.PastRecord) {
				if seen[p.Key] {
					t.Errorf("%v: %s twice", c, p.Key)
				}
				seen[p.Key] = true
			}))
			if int64(len(seen)) != c.commits*each {
				t.Errorf("after %d up to %d: %d records, not %d", c.after, c.upTo, len(seen), c.commits*each)
			}
		}
	})
}
