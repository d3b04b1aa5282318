package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
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
	all, late := decisionBulk.rows(len(decisions)), lateBulk.rows(0)
	for i := range decisions {
		d := &decisions[i]
		body, err := json.Marshal(d)
		if err != nil {
			return fmt.Errorf("decision of rule %s: %w", d.Rule, err)
		}
		all.add(t.workspace, len(body), d.Position, d.Number, d.Rule, d.Subject, string(d.Outcome), int64(d.At), body)
		t.addLate(late, subjectDecisions, d.Subject, place{d.Position, int64(d.Number), ""})
		t.addLate(late, ruleDecisions, d.Rule, place{d.Position, int64(d.Number), ""})
	}
	if err := t.insert(ctx, all); err != nil {
		return err
	}
	return t.insert(ctx, late)
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

// ListDecisions gives stored decisions, newest first. Those about a member and
// their parts are filed apart: they are listed one by one and put in order.
func (r *reader) ListDecisions(ctx context.Context, q engine.DecisionQuery) (engine.Rows[engine.Decision], error) {
	limit := limitOf(q.Page)
	all, err := r.decisionsAbout(ctx, q, limit)
	if q.Subject != "" && len(q.Parts) > 0 {
		for _, q.Subject = range q.Parts {
			more, failed := r.decisionsAbout(ctx, q, limit)
			all, err = append(all, more...), errors.Join(err, failed)
		}
		slices.SortFunc(all, func(a, b engine.Decision) int {
			return cmp.Or(cmp.Compare(b.Position, a.Position), cmp.Compare(b.Number, a.Number))
		})
	}
	if err != nil {
		return engine.Rows[engine.Decision]{}, err
	}
	return paged(all, limit, func(d *engine.Decision) cursor { return cursor{d.Position, strconv.Itoa(d.Number)} }), nil
}

// decisionsAbout gives one more than the limit when there are more, and no part's.
func (r *reader) decisionsAbout(ctx context.Context, q engine.DecisionQuery, limit int) ([]engine.Decision, error) {
	c := condition{r.orm(ctx)}
	c.is("rule_key", q.Rule)
	c.is("subject", q.Subject)
	c.is("outcome", string(q.Outcome))
	c.between("decided_at", q.From, q.To)
	c.upTo(q.UpTo)
	number := func(s string) (any, error) { return strconv.ParseInt(s, 10, 64) }
	if err := c.after("position", "place", q.Cursor, number); err != nil {
		return nil, err
	}
	all, err := r.decisions(ctx, &q, &c, limit)
	return all, r.readError("list decisions", err)
}

var decisionTable = madeTable{
	name: "decisions", order: "position DESC, place DESC",
	first: "SELECT body FROM decisions WHERE workspace = ? AND (", one: "(position = ? AND place = ?)", last: ")",
	args: func(p *place) []any { return []any{p.position, p.number} },
}

// decisions gives one more than the limit when there are more.
func (r *reader) decisions(ctx context.Context, q *engine.DecisionQuery, c *condition, limit int) ([]engine.Decision, error) {
	l := madeLister[engine.Decision]{reader: r, madeTable: &decisionTable}
	l.place = func(d *engine.Decision) place { return place{d.Position, int64(d.Number), ""} }
	l.match = func(d *engine.Decision) bool {
		return (q.Rule == "" || q.Rule == d.Rule) && (q.Subject == "" || q.Subject == d.Subject) && (q.Outcome == "" || q.Outcome == d.Outcome) &&
			(q.From == 0 || d.At >= q.From) && (q.To == 0 || d.At < q.To)
	}
	l.madeQuery = madeQuery{kind: [2]string{string(q.Outcome), q.Rule}, from: q.From, to: q.To, limit: limit}
	switch {
	case q.Subject != "":
		l.item = filedKey(subjectDecisions, q.Subject)
	case q.Rule != "":
		l.item, l.kind[1] = filedKey(ruleDecisions, q.Rule), ""
	default:
		return decoded[engine.Decision](ctx, c, decisionTable.name, decisionTable.order, limit)
	}
	if err := l.goOn(q.UpTo, q.Cursor, func(p *place, key string) (err error) {
		p.number, err = strconv.ParseInt(key, 10, 64)
		return err
	}); err != nil {
		return nil, err
	}
	return l.list(ctx, c)
}
