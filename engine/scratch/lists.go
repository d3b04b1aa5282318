package scratch

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

func (r *reader) Events(ctx context.Context, q engine.EventQuery) ([]engine.StoredEvent, error) {
	var found []engine.StoredEvent
	upTo := cmp.Or(q.UpTo, math.MaxInt64)
	visit := func(e *engine.StoredEvent) bool {
		if e.Position <= q.After || e.Position > upTo {
			return false // the far end: both directions begin inside
		}
		if eventMatches(&q, e) {
			found = append(found, *e)
		}
		return q.Limit <= 0 || len(found) < q.Limit
	}
	r.look(func(w *space) {
		if !q.Backward {
			w.events.from(&engine.StoredEvent{Position: q.After + 1}, visit)
			return
		}
		var end *engine.StoredEvent
		if q.UpTo != 0 {
			end = &engine.StoredEvent{Position: q.UpTo + 1}
		}
		w.events.back(end, visit)
	})
	return found, ctx.Err()
}

func eventMatches(q *engine.EventQuery, e *engine.StoredEvent) bool {
	return (q.Member == "" || q.Member == e.Member) && (q.Type == "" || q.Type == e.Type) &&
		(len(q.Types) == 0 || slices.Contains(q.Types, e.Type)) && within(e.At, q.From, q.To) && places(q, e)
}

// places is whether an event is about the group or content that is asked for.
func places(q *engine.EventQuery, e *engine.StoredEvent) bool {
	if q.Group == "" && q.Content == "" {
		return true
	}
	body, err := engine.DecodeEvent(*e)
	return err == nil && (q.Group == "" || q.Group == body.Group) && (q.Content == "" || q.Content == body.Content)
}

func within(at, from, to engine.Time) bool { return (from == 0 || at >= from) && (to == 0 || at < to) }

func (r *reader) ListDecisions(_ context.Context, q engine.DecisionQuery) (engine.Rows[engine.Decision], error) {
	g := pager[engine.Decision]{limit: limitOf(q.Page), place: func(d *engine.Decision) place {
		return place{number: d.Position, key: strconv.Itoa(d.Number)}
	}}
	after, resumes, err := placeOf(q.Cursor)
	if err != nil {
		return g.rows, err
	}
	var end *engine.Decision
	if resumes {
		end = &engine.Decision{Position: after.number}
		if end.Number, err = strconv.Atoi(after.key); err != nil {
			return g.rows, badCursor()
		}
	}
	r.look(func(w *space) {
		w.decisions.back(end, func(d *engine.Decision) bool {
			return !decisionMatches(&q, d) || g.add(d)
		})
	})
	return g.rows, nil
}

func decisionMatches(q *engine.DecisionQuery, d *engine.Decision) bool {
	return (q.Rule == "" || q.Rule == d.Rule) && about(q.Subject, q.Parts, d.Subject) &&
		(q.Outcome == "" || q.Outcome == d.Outcome) && within(d.At, q.From, q.To) && (q.UpTo == 0 || d.Position <= q.UpTo)
}

func (r *reader) ListLedger(_ context.Context, q engine.LedgerQuery) (engine.Rows[engine.LedgerEntry], error) {
	g := pager[engine.LedgerEntry]{limit: limitOf(q.Page), place: func(e *engine.LedgerEntry) place { return place{e.Position, e.ID} }}
	after, resumes, err := placeOf(q.Cursor)
	if err != nil {
		return g.rows, err
	}
	var end *engine.LedgerEntry
	if resumes {
		end = &engine.LedgerEntry{Position: after.number, ID: after.key}
	}
	r.look(func(w *space) {
		w.ledger.back(end, func(e *engine.LedgerEntry) bool {
			match := (q.Member == "" || q.Member == e.Member) && (q.Account == "" || q.Account == e.Account) && (q.Rule == "" || q.Rule == e.Rule) && (q.UpTo == 0 || e.Position <= q.UpTo)
			return !match || g.add(e)
		})
	})
	return g.rows, nil
}

func (r *reader) ListAudit(_ context.Context, p engine.Page) (engine.Rows[engine.AuditEntry], error) {
	g := pager[engine.AuditEntry]{limit: limitOf(p), place: func(a *engine.AuditEntry) place { return place{int64(a.At), a.ID} }}
	after, resumes, err := placeOf(p.Cursor)
	if err != nil {
		return g.rows, err
	}
	var end *engine.AuditEntry
	if resumes {
		end = &engine.AuditEntry{At: engine.Time(after.number), ID: after.key}
	}
	r.look(func(w *space) { w.audit.back(end, g.add) })
	return g.rows, nil
}

func (r *reader) Figures(ctx context.Context, q engine.FigureQuery) ([]engine.Figure, error) {
	var all []engine.Figure
	r.look(func(w *space) {
		w.figures.each(func(k figureKey, amount int64) {
			if k.name == q.Name && k.day >= q.From && k.day < q.To && (q.Part == "" || q.Part == k.part) && (q.Detail == "" || q.Detail == k.detail) {
				all = append(all, engine.Figure{Name: k.name, Day: k.day, Part: k.part, Detail: k.detail, Amount: amount})
			}
		})
	})
	slices.SortFunc(all, func(a, b engine.Figure) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Part, b.Part), cmp.Compare(a.Detail, b.Detail))
	})
	if q.Limit > 0 && len(all) > q.Limit {
		all = all[:q.Limit]
	}
	return all, ctx.Err()
}

func (r *reader) ListItems(_ context.Context, q engine.ItemQuery) (engine.Rows[engine.Item], error) {
	var all []engine.Item
	err := listed(r, q.Page, func(w *space, wanted func(place) bool) {
		w.items.each(func(_ itemID, i engine.Item) {
			if itemMatches(&q, &i) && wanted(itemPlace(&i)) {
				all = append(all, i)
			}
		})
	})
	slices.SortFunc(all, func(a, b engine.Item) int { return newestFirst(itemPlace(&a), itemPlace(&b)) })
	return paged(all, q.Page, itemPlace), err
}

// about is whether something is about whom is asked for, or about one of their parts.
func about(who string, parts []string, whose string) bool {
	return who == "" || who == whose || slices.Contains(parts, whose)
}

func itemPlace(i *engine.Item) place { return place{int64(i.At), i.ID} }

func itemMatches(q *engine.ItemQuery, i *engine.Item) bool {
	is := func(want, have string) bool { return want == "" || want == have }
	return q.Kind == i.Kind && is(q.State, i.State) && about(q.Member, q.Parts, i.Member) && is(q.Group, i.Group) &&
		is(q.Owner, i.Owner) && is(q.Rule, i.Rule) && (q.DueBefore == 0 || i.Due != 0 && i.Due < q.DueBefore)
}

func (r *reader) ListDeliveries(_ context.Context, q engine.DeliveryQuery) (engine.Rows[engine.Delivery], error) {
	var all []engine.Delivery
	err := listed(r, q.Page, func(w *space, wanted func(place) bool) {
		w.deliveries.each(func(_ string, d queued) {
			if deliveryMatches(&q, &d.Delivery) && wanted(deliveryPlace(&d.Delivery)) {
				all = append(all, d.Delivery)
			}
		})
	})
	slices.SortFunc(all, func(a, b engine.Delivery) int { return newestFirst(deliveryPlace(&a), deliveryPlace(&b)) })
	return paged(all, q.Page, deliveryPlace), err
}

func deliveryPlace(d *engine.Delivery) place { return place{d.Position, d.ID} }

func deliveryMatches(q *engine.DeliveryQuery, d *engine.Delivery) bool {
	return (q.State == "" || q.State == d.State) && (q.Channel == "" || q.Channel == d.Channel) &&
		about(q.Member, q.Parts, d.Member) && (q.Rule == "" || q.Rule == d.Rule) && (q.UpTo == 0 || d.Position <= q.UpTo) &&
		(q.After == 0 || d.Position > q.After)
}

func newestFirst(a, b place) int {
	return cmp.Or(cmp.Compare(b.number, a.number), cmp.Compare(b.key, a.key))
}

// listed reads rows that come after a cursor, newest first.
func listed(r *reader, p engine.Page, read func(w *space, wanted func(place) bool)) error {
	after, resumes, err := placeOf(p.Cursor)
	if err != nil {
		return err
	}
	r.look(func(w *space) {
		read(w, func(at place) bool { return !resumes || newestFirst(after, at) < 0 })
	})
	return nil
}

// Each visits the records of a kind in a workspace, in no order.
func (s *Store) Each(workspace string, kind engine.RecordKind, visit func(key string, body []byte)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	w := s.spaces[workspace]
	if w == nil {
		return
	}
	w.records.each(func(k engine.RecordKey, body []byte) {
		if k.Kind == kind {
			visit(k.Key, body)
		}
	})
}
