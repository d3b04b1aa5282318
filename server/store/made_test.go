package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// giver writes decisions and entries at random: most at new positions, some
// where the lane has been before, some over decisions that are there.
type giver struct {
	t        *testing.T
	s        *Store
	r        *rand.Rand
	position int64
	entries  int
}

var (
	givenRules    = []string{"r0", "r1", "r2", "规则"}
	givenSubjects = []string{"m0", "m1", "m2", "m3", "", "字😀", strings.Repeat("k", engine.MaxKeyBytes), strings.Repeat("k", engine.MaxKeyBytes-1) + "l"}
	givenAccounts = []string{"points", "coins"}
	givenOutcomes = []engine.Outcome{engine.OutcomeTrue, engine.OutcomeUnknown, engine.OutcomeError}
)

func pick[T any](g *giver, of []T) T { return of[g.r.IntN(len(of))] }

// give writes one commit of some positions.
func (g *giver) give() {
	g.t.Helper()
	c := &engine.Changes{Position: g.position}
	decided := map[[2]int64]bool{}
	decide := func(position int64, number int) {
		if key := [2]int64{position, int64(number)}; !decided[key] {
			decided[key] = true
			c.Decisions = append(c.Decisions, engine.Decision{Position: position, Number: number, Rule: pick(g, givenRules), Subject: pick(g, givenSubjects),
				Outcome: pick(g, givenOutcomes), At: engine.Time(position*10 + g.r.Int64N(50)), Detail: fmt.Sprint(g.r.Int())})
		}
	}
	move := func(position int64) {
		g.entries++
		c.Ledger = append(c.Ledger, engine.LedgerEntry{ID: fmt.Sprintf("%x-%d", g.r.IntN(4096), g.entries), Position: position, Member: pick(g, givenSubjects),
			Account: pick(g, givenAccounts), Rule: pick(g, givenRules), Amount: 1})
	}
	if g.position > 0 && g.r.IntN(3) == 0 {
		decide(1+g.r.Int64N(g.position), g.r.IntN(4)) // one that waited, or one that is new where the lane was
		move(1 + g.r.Int64N(g.position))
	}
	for range 1 + g.r.IntN(12) {
		c.Position += 1 + g.r.Int64N(3)
		for n := range g.r.IntN(4) {
			decide(c.Position, n)
			move(c.Position)
		}
	}
	g.position = c.Position
	must(g.t, g.s.Within(g.t.Context(), "w", func(tx engine.Tx) error { return tx.Save(g.t.Context(), c) }))
}

// bodiesOf is a whole table, newest first.
func bodiesOf[T any](t *testing.T, s *Store, table, order string) (all []T) {
	t.Helper()
	rows, err := s.writer.pool.Query("SELECT body FROM " + table + " WHERE workspace = 'w' ORDER BY " + order)
	must(t, each(rows, err, func(r *sql.Rows) error {
		var body []byte
		if err := r.Scan(&body); err != nil {
			return err
		}
		var v T
		err := json.Unmarshal(body, &v)
		all = append(all, v)
		return err
	}))
	return all
}

// sameList compares a list, page by page, with what the table holds.
func sameList[T any](t *testing.T, what string, all []T, wanted func(*T) bool, limit int, list func(engine.Page) (engine.Rows[T], error)) {
	t.Helper()
	var got, want []string
	for i := range all {
		if wanted(&all[i]) {
			want = append(want, fmt.Sprint(all[i]))
		}
	}
	for p := (engine.Page{Limit: limit}); ; {
		rows, err := list(p)
		must(t, err)
		if len(rows.Items) > limit || rows.Next != "" && len(rows.Items) < limit {
			t.Fatalf("%s: a page of %d has %d", what, limit, len(rows.Items))
		}
		for i := range rows.Items {
			got = append(got, fmt.Sprint(rows.Items[i]))
		}
		if p.Cursor = rows.Next; p.Cursor == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Fatalf("%s by %d:\ngot  %d: %q\nwant %d: %q", what, limit, len(got), got, len(want), want)
	}
}

// compare asks for lists with filters at random, and always for each rule and subject alone.
func (g *giver) compare(when string) {
	g.t.Helper()
	ctx, r := g.t.Context(), g.s.Reader("w")
	decisions := bodiesOf[engine.Decision](g.t, g.s, "decisions", "position DESC, place DESC")
	entries := bodiesOf[engine.LedgerEntry](g.t, g.s, "ledger", "position DESC, entry DESC")
	maybe := func(of []string) string { return pick(g, append([]string{""}, of...)) }
	for i := range 40 {
		q := engine.DecisionQuery{Rule: maybe(givenRules), Subject: maybe(givenSubjects)}
		l := engine.LedgerQuery{Member: maybe(givenSubjects), Account: maybe(givenAccounts), Rule: maybe(givenRules)}
		if i < len(givenSubjects) {
			q, l = engine.DecisionQuery{Subject: givenSubjects[i]}, engine.LedgerQuery{Member: givenSubjects[i]}
		} else if i < len(givenSubjects)+len(givenRules) {
			q = engine.DecisionQuery{Rule: givenRules[i-len(givenSubjects)]}
		} else {
			q.Outcome = pick(g, append([]engine.Outcome{""}, givenOutcomes...))
			for _, bound := range []*int64{(*int64)(&q.From), (*int64)(&q.To), &q.UpTo} {
				if g.r.IntN(4) == 0 {
					*bound = 1 + g.r.Int64N(10*g.position)
				}
			}
			if q.UpTo > 0 {
				q.UpTo = cmp.Or(q.UpTo/10, 1)
			}
		}
		limit := pick(g, []int{1, 3, 7, 70, 1000})
		sameList(g.t, fmt.Sprintf("%s: %+v", when, q), decisions, func(d *engine.Decision) bool {
			return (q.Rule == "" || q.Rule == d.Rule) && (q.Subject == "" || q.Subject == d.Subject) && (q.Outcome == "" || q.Outcome == d.Outcome) &&
				(q.From == 0 || d.At >= q.From) && (q.To == 0 || d.At < q.To) && (q.UpTo == 0 || d.Position <= q.UpTo)
		}, limit, func(p engine.Page) (engine.Rows[engine.Decision], error) {
			q.Page = p
			return r.ListDecisions(ctx, q)
		})
		sameList(g.t, fmt.Sprintf("%s: %+v", when, l), entries, func(e *engine.LedgerEntry) bool {
			return (l.Member == "" || l.Member == e.Member) && (l.Account == "" || l.Account == e.Account) && (l.Rule == "" || l.Rule == e.Rule)
		}, limit, func(p engine.Page) (engine.Rows[engine.LedgerEntry], error) {
			l.Page = p
			return r.ListLedger(ctx, l)
		})
	}
}

// TestListsOfWhatWasMade: lists by member and rule are what the tables hold,
// before, between and after filing, also where an older program has filed the log alone.
func TestListsOfWhatWasMade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		s := openStore(t, db, func(o *Options) { o.segment = 8 })
		g := &giver{t: t, s: s, r: rand.New(rand.NewPCG(3, 5))}
		for range 12 {
			g.give()
		}
		g.compare("before filing")
		for round := range 5 {
			must(t, s.BuildHistory(t.Context(), "w"))
			g.compare(fmt.Sprint("filed ", round))
			for range 6 {
				g.give()
			}
			g.compare(fmt.Sprint("with a tail ", round))
		}
		if counts := countAll(t, s); counts["made_late"] == 0 || g.position < 30*8 {
			t.Fatalf("nothing was late, or %d positions are too few: the test looks at less than it says", g.position)
		}
		// What an older program leaves: the log is filed, nothing else is, nothing is late.
		for _, text := range []string{"DELETE FROM made_lanes", "DELETE FROM made_late", "DELETE FROM past WHERE item LIKE 'd%' OR item LIKE 'r%' OR item LIKE 'l%'"} {
			if _, err := db.Open(t).Exec(text); err != nil {
				t.Fatal(err)
			}
		}
		g.compare("of an older program")
		for range 3 { // and is broken off
			_, err := s.fileSegment(t.Context(), "w", &madePile)
			must(t, err)
		}
		g.compare("partly filed")
		g.give()
		must(t, s.Maintain(t.Context()))
		through, err := s.outside("w").filedThrough(t.Context(), &madePile)
		must(t, err)
		equal(t, "filed", through, g.position/8*8)
		g.compare("filed by the newer program")
	})
}

// TestNewestOfAMemberReadLittle damages what is old: who asks for the newest
// neither reads it nor scans for it.
func TestNewestOfAMemberReadLittle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		s := openStore(t, db, func(o *Options) { o.segment = 8 })
		ctx := context.Background()
		const last = 8 * 100
		must(t, s.Within(ctx, "w", func(tx engine.Tx) error {
			c := &engine.Changes{Position: last}
			for p := int64(1); p <= last; p++ {
				c.Decisions = append(c.Decisions, engine.Decision{Position: p, Rule: "r", Subject: "m", At: 1})
				c.Ledger = append(c.Ledger, engine.LedgerEntry{ID: fmt.Sprint(p), Position: p, Member: "m"})
			}
			return tx.Save(ctx, c)
		}))
		must(t, s.BuildHistory(ctx, "w"))
		for _, text := range []string{"UPDATE past SET body = 'x' WHERE segment <= 90", "UPDATE decisions SET body = 'x' WHERE position <= 720", "UPDATE ledger SET body = 'x' WHERE position <= 720"} {
			if _, err := db.Open(t).Exec(text); err != nil {
				t.Fatal(err)
			}
		}
		r, page := s.Reader("w"), engine.Page{Limit: 50}
		for _, q := range []engine.DecisionQuery{{Subject: "m", Page: page}, {Rule: "r", Page: page}, {Rule: "r", Subject: "m", Page: page}} {
			rows, err := r.ListDecisions(ctx, q)
			must(t, err)
			equal(t, "decisions", len(rows.Items), 50)
			equal(t, "the oldest", rows.Items[49].Position, last-49)
		}
		rows, err := r.ListLedger(ctx, engine.LedgerQuery{Member: "m", Page: page})
		must(t, err)
		equal(t, "entries", len(rows.Items), 50)
		if _, err := r.ListLedger(ctx, engine.LedgerQuery{Member: "m", Page: engine.Page{Limit: 1000}}); err == nil {
			t.Error("damaged rows were not noticed: the test looks at nothing")
		}
	})
}
