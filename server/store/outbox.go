package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// outbox is the queue over all workspaces. A claim locks rows of the queue, oldest
// first, moves them to the end of the lease and counts their epoch up. Whoever
// stalls past the lease is refused by the epoch when it settles.
type outbox struct{ store *Store }

// Outbox is the queue of deliveries of all workspaces.
func (s *Store) Outbox() engine.OutboxStore { return &outbox{s} }

// Claim leases deliveries that are due.
func (o *outbox) Claim(ctx context.Context, now, until engine.Time, limit int) ([]engine.Delivery, error) {
	if limit <= 0 {
		return nil, nil
	}
	var all []engine.Delivery
	err := o.store.transact(ctx, "", func(c scope) error {
		all = nil
		due, err := c.lockDue(ctx, now, limit)
		if err != nil {
			return err
		}
		for workspace, ids := range byWorkspace(due) {
			c.workspace = workspace
			claimed, err := c.lease(ctx, ids, now, until)
			if err != nil {
				return err
			}
			all = append(all, claimed...)
		}
		order := map[dueRow]int{}
		for i, d := range due {
			order[dueRow{d.Workspace, d.DeliveryID}] = i
		}
		slices.SortFunc(all, func(a, b engine.Delivery) int {
			return cmp.Compare(order[dueRow{a.Workspace, a.ID}], order[dueRow{b.Workspace, b.ID}])
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("claim deliveries: %w", o.store.explain(err))
	}
	return all, nil
}

// dueRow is a delivery that wants attention.
type dueRow struct{ Workspace, DeliveryID string }

func (c scope) lockDue(ctx context.Context, now engine.Time, limit int) ([]dueRow, error) {
	var due []dueRow
	rows, err := c.session.WithContext(ctx).Set(everyWorkspace, "the outbox serves all workspaces").Table("outbox").
		Select("workspace, delivery_id").Where("look <= ?", int64(now)).Order("look, workspace, delivery_id").Limit(limit).
		Clauses(forUpdate).Rows()
	err = each(rows, err, func(r *sql.Rows) error {
		var d dueRow
		err := r.Scan(&d.Workspace, &d.DeliveryID)
		due = append(due, d)
		return err
	})
	return due, err
}

func byWorkspace(due []dueRow) map[string][]string {
	ids := map[string][]string{}
	for _, d := range due {
		ids[d.Workspace] = append(ids[d.Workspace], d.DeliveryID)
	}
	return ids
}

// lease takes deliveries of one workspace, whose rows in the queue are locked.
func (c scope) lease(ctx context.Context, ids []string, now, until engine.Time) ([]engine.Delivery, error) {
	var all []engine.Delivery
	for portion := range slices.Chunk(ids, maxRows) {
		args := make([]any, len(portion))
		for i, id := range portion {
			args[i] = id
		}
		in := "(" + marks(len(filledUp(args))) + ")"
		args = filledUp(args)
		if _, err := c.exec(ctx, "UPDATE outbox SET look = ? WHERE workspace = ? AND delivery_id IN "+in, append([]any{int64(until)}, args...)...); err != nil {
			return nil, err
		}
		if _, err := c.exec(ctx, "UPDATE deliveries SET state = ?, epoch = epoch + 1, lease = ?, counted_at = ? WHERE workspace = ? AND delivery_id IN "+in,
			append([]any{string(engine.DeliverySending), int64(until), int64(now)}, args...)...); err != nil {
			return nil, err
		}
		claimed, err := c.deliveries(ctx, portion)
		if err != nil {
			return nil, err
		}
		for _, d := range claimed {
			all = append(all, d.Delivery)
		}
	}
	return all, nil
}

// kept is a delivery and when it counts for caps.
type kept struct {
	engine.Delivery
	counted engine.Time
}

func (c scope) deliveries(ctx context.Context, ids []string) (map[string]kept, error) {
	var found []deliveryRow
	if err := c.orm(ctx).Where("delivery_id IN ?", ids).Find(&found).Error; err != nil {
		return nil, err
	}
	all := make(map[string]kept, len(found))
	for _, row := range found {
		d, err := row.delivery()
		if err != nil {
			return nil, err
		}
		all[d.ID] = kept{d, row.CountedAt}
	}
	return all, nil
}

// Settle writes what became of claimed deliveries; those that somebody else
// claimed since, or that are settled, come back by id.
func (o *outbox) Settle(ctx context.Context, settled []engine.Delivery) (lost []string, err error) {
	ids := map[string][]engine.Delivery{}
	for _, d := range settled {
		ids[d.Workspace] = append(ids[d.Workspace], d)
	}
	for workspace, mine := range ids {
		for portion := range slices.Chunk(mine, maxRows) {
			var gone []string
			err := o.store.transact(ctx, workspace, func(c scope) (err error) {
				gone, err = c.settle(ctx, portion)
				return err
			})
			if err != nil {
				return nil, fmt.Errorf("settle deliveries: %w", o.store.explain(err))
			}
			lost = append(lost, gone...)
		}
	}
	slices.Sort(lost)
	return lost, nil
}

var settleBulk = bulk{table: "deliveries", columns: []string{"delivery_id", "state", "counted_at", "lease", "body"}, keys: 2,
	set: []string{"state", "counted_at", "lease", "body"}}

func (c scope) settle(ctx context.Context, mine []engine.Delivery) (lost []string, err error) {
	ids := make([]string, len(mine))
	for i := range mine {
		ids[i] = mine[i].ID
	}
	// The queue is locked first, as Claim does.
	var queued []string
	if err := c.orm(ctx).Table("outbox").Where("delivery_id IN ?", ids).Order("delivery_id").Clauses(forUpdate).Pluck("delivery_id", &queued).Error; err != nil {
		return nil, err
	}
	now, err := c.deliveries(ctx, ids)
	if err != nil {
		return nil, err
	}
	rows, queue, final := settleBulk.rows(len(mine)), outboxBulk.rows(len(mine)), []string(nil)
	var ended []engine.Delivery
	for i := range mine {
		d := mine[i]
		old, there := now[d.ID]
		if !there || old.State != engine.DeliverySending || old.Epoch != d.Epoch {
			lost = append(lost, d.ID)
			continue
		}
		delete(now, d.ID) // named twice, it is settled once
		if d.Lease = 0; d.State == engine.DeliverySending {
			d.Lease = old.Lease // an attempt on record: still claimed
		}
		body, err := encodeDelivery(&d)
		if err != nil {
			return nil, err
		}
		rows.add(c.workspace, len(body), d.ID, string(d.State), int64(countedAt(&d, old.counted)), int64(d.Lease), body)
		if look, waits := waits(&d); waits {
			queue.add(c.workspace, 0, d.ID, int64(look))
		} else {
			final = append(final, d.ID)
			ended = append(ended, d)
		}
	}
	if err := c.insert(ctx, rows); err != nil {
		return nil, err
	}
	if err := c.insert(ctx, queue); err != nil {
		return nil, err
	}
	if err := c.addFigures(ctx, endings(ended)); err != nil {
		return nil, err
	}
	return lost, c.dequeue(ctx, final)
}

func (c scope) dequeue(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return c.orm(ctx).Table("outbox").Where("delivery_id IN ?", ids).Delete(nil).Error
}

// SentSince counts what was sent, or is being sent, to a member or a group.
func (o *outbox) SentSince(ctx context.Context, q engine.SentQuery) (all, promotional int, err error) {
	c := condition{o.store.outside(q.Workspace).orm(ctx).Table("deliveries").Where("counted_at >= ?", max(int64(q.Since), 1))}
	c.is("member", q.Member)
	c.is("grp", q.Group)
	c.is("channel", q.Channel)
	rows, err := c.orm.Select("COUNT(*), COALESCE(SUM(promotes), 0)").Rows()
	err = each(rows, err, func(r *sql.Rows) error { return r.Scan(&all, &promotional) })
	if err != nil {
		return 0, 0, fmt.Errorf("count deliveries: %w", o.store.explain(err))
	}
	return all, promotional, nil
}

// Replay makes a delivery that ended without arriving pending again.
func (o *outbox) Replay(ctx context.Context, workspace, id string, now, notAfter engine.Time) (engine.Delivery, error) {
	var d kept
	var refused error
	err := o.store.audited(ctx, workspace, func(c scope) error {
		var row deliveryRow
		found := c.orm(ctx).Where("delivery_id = ?", id).Clauses(forUpdate).Limit(1).Find(&row)
		if found.Error != nil {
			return found.Error
		}
		if refused = nil; found.RowsAffected == 0 {
			refused = engine.NotFound("delivery", id)
			return refused
		}
		var err error
		if d.Delivery, err = row.delivery(); err != nil {
			return err
		}
		if refused = d.Revive(now, notAfter); refused != nil {
			return refused
		}
		body, err := encodeDelivery(&d.Delivery)
		if err != nil {
			return err
		}
		rows, queue := settleBulk.rows(1), outboxBulk.rows(1)
		rows.add(workspace, len(body), id, string(d.State), 0, 0, body)
		queue.add(workspace, 0, id, int64(d.Due))
		if err := c.insert(ctx, rows); err != nil {
			return err
		}
		return c.insert(ctx, queue)
	})
	if refused != nil {
		return engine.Delivery{}, refused
	}
	if err != nil {
		return engine.Delivery{}, fmt.Errorf("replay delivery: %w", o.store.explain(err))
	}
	return d.Delivery, nil
}

// Queue adds deliveries whose ids are new.
func (o *outbox) Queue(ctx context.Context, workspace string, deliveries []engine.Delivery) error {
	return o.store.Within(ctx, workspace, func(tx engine.Tx) error {
		lane := tx.Lane()
		return tx.Save(ctx, &engine.Changes{Position: lane.Position, Revision: lane.Revision, Deliveries: deliveries})
	})
}

// NextDue is when the queue wants attention next; 0 when it is empty.
func (o *outbox) NextDue(ctx context.Context) (engine.Time, error) {
	var next sql.NullInt64
	rows, err := o.store.across(ctx, o.store.readers, "the outbox serves all workspaces").Table("outbox").Select("MIN(look)").Rows()
	err = each(rows, err, func(r *sql.Rows) error { return r.Scan(&next) })
	if err != nil {
		return 0, fmt.Errorf("next delivery: %w", o.store.explain(err))
	}
	return engine.Time(next.Int64), nil
}

// Backlog counts a workspace's deliveries that want attention, now or later.
func (s *Store) Backlog(ctx context.Context, workspace string) (n int64, err error) {
	r := reader{s.outside(workspace)}
	err = r.orm(ctx).Table("outbox").Count(&n).Error
	return n, r.readError("count the outbox", err)
}
