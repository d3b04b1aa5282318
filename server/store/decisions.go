package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

var decisionBulk = bulk{
	table:   "decisions",
	columns: []string{"position", "place", "rule_key", "subject", "outcome", "decided_at", "body"}, keys: 3,
	set: []string{"rule_key", "subject", "outcome", "decided_at", "body"}, // one that waited is decided
}

func (t *tx) saveDecisions(ctx context.Context, c *engine.Changes) error {
	decisions := slices.SortedStableFunc(slices.Values(c.Decisions), func(a, b engine.Decision) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Number, b.Number))
	})
	all := decisionBulk.rows(len(decisions))
	for i := range decisions {
		d := &decisions[i]
		body, err := json.Marshal(d)
		if err != nil {
			return fmt.Errorf("decision of rule %s: %w", d.Rule, err)
		}
		all.add(t.workspace, len(body), d.Position, d.Number, d.Rule, d.Subject, string(d.Outcome), int64(d.At), body)
	}
	return t.insert(ctx, all)
}

// decisionsOf reads the decisions of positions, in order.
func (c scope) decisionsOf(ctx context.Context, positions []int64) (all []engine.Decision, err error) {
	sorted := slices.Clone(positions)
	slices.Sort(sorted)
	for portion := range slices.Chunk(slices.Compact(sorted), maxRows) {
		args := make([]any, len(portion))
		for i, p := range portion {
			args[i] = p
		}
		args = filledUp(args)
		rows, err := c.query(ctx, "SELECT body FROM decisions WHERE workspace = ? AND position IN ("+marks(len(args))+") ORDER BY position, place", args...)
		if err := each(rows, err, func(r *sql.Rows) error {
			var body []byte
			if err := r.Scan(&body); err != nil {
				return err
			}
			var d engine.Decision
			err := json.Unmarshal(body, &d)
			all = append(all, d)
			return err
		}); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// ListDecisions gives stored decisions, newest first.
func (r *reader) ListDecisions(ctx context.Context, q engine.DecisionQuery) (engine.Rows[engine.Decision], error) {
	c := condition{r.orm(ctx)}
	c.is("rule_key", q.Rule)
	c.is("subject", q.Subject)
	c.is("outcome", string(q.Outcome))
	c.between("decided_at", q.From, q.To)
	if q.UpTo != 0 {
		c.orm = c.orm.Where("position <= ?", q.UpTo)
	}
	number := func(s string) (any, error) { return strconv.ParseInt(s, 10, 64) }
	if err := c.after("position", "place", q.Cursor, number); err != nil {
		return engine.Rows[engine.Decision]{}, err
	}
	limit := limitOf(q.Page)
	all, err := decoded[engine.Decision](ctx, &c, "decisions", "position DESC, place DESC", limit)
	return paged(all, limit, func(d *engine.Decision) cursor { return cursor{d.Position, strconv.Itoa(d.Number)} }), r.readError("list decisions", err)
}
