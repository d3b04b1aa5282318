package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

var deliveryBulk = bulk{
	table: "deliveries",
	columns: []string{"delivery_id", "position", "state", "channel", "member", "grp", "rule_key", "promotes",
		"counted_at", "epoch", "lease", "body"},
	keys: 2, keep: true, // the id is the idempotency key: the first stays
}

// outboxBulk is the queue: what is in it wants attention at "look".
var outboxBulk = bulk{table: "outbox", columns: []string{"delivery_id", "look"}, keys: 2, set: []string{"look"}}

// storedDelivery is a delivery's body: all that is not a column of its own, and
// what the columns repeat.
type storedDelivery struct {
	engine.Delivery
	Data []byte `json:"data,omitempty"`
}

func encodeDelivery(d *engine.Delivery) ([]byte, error) {
	b, err := json.Marshal(storedDelivery{*d, d.Data})
	if err != nil {
		return nil, fmt.Errorf("delivery %s: %w", d.ID, err)
	}
	return b, nil
}

// deliveryRow is a row of deliveries as gorm reads it: the columns that change
// count, not what the body says of them.
type deliveryRow struct {
	Workspace  string
	DeliveryID string
	State      engine.DeliveryState
	CountedAt  engine.Time
	Epoch      int64
	Lease      engine.Time
	Body       []byte
}

func (deliveryRow) TableName() string { return "deliveries" }

func (r deliveryRow) delivery() (engine.Delivery, error) {
	var d storedDelivery
	if err := json.Unmarshal(r.Body, &d); err != nil {
		return engine.Delivery{}, fmt.Errorf("delivery %s: %w", r.DeliveryID, err)
	}
	d.Delivery.Data = d.Data
	d.Workspace, d.State, d.Epoch, d.Lease = r.Workspace, r.State, r.Epoch, r.Lease
	return d.Delivery, nil
}

func deliveriesOf(found []deliveryRow) ([]engine.Delivery, error) {
	all := make([]engine.Delivery, 0, len(found))
	for _, row := range found {
		d, err := row.delivery()
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// waits is whether a delivery is in the queue, and when it wants attention.
func waits(d *engine.Delivery) (look engine.Time, waits bool) {
	switch d.State {
	case engine.DeliveryPending, engine.DeliveryHeld:
		return d.Due, true
	case engine.DeliverySending:
		return d.Lease, true
	}
	return 0, false
}

// countedAt is the time by which a delivery counts for caps; 0 when it did not go out.
func countedAt(d *engine.Delivery, claimed engine.Time) engine.Time {
	switch d.State {
	case engine.DeliverySending:
		return max(d.SentAt, claimed)
	case engine.DeliverySent, engine.DeliveryUncertain:
		return cmp.Or(d.SentAt, claimed)
	}
	return d.SentAt // an earlier attempt may have arrived
}

func (t *tx) saveDeliveries(ctx context.Context, c *engine.Changes) error {
	fresh, err := t.newDeliveries(ctx, c.Deliveries)
	if err != nil {
		return err
	}
	all, queue := deliveryBulk.rows(len(fresh)), outboxBulk.rows(len(fresh))
	for i := range fresh {
		d := &fresh[i]
		body, err := encodeDelivery(d)
		if err != nil {
			return err
		}
		all.add(t.workspace, len(body), d.ID, d.Position, string(d.State), d.Channel, d.Member, d.Group, d.Rule, flag(d.Promotes),
			int64(countedAt(d, 0)), d.Epoch, int64(d.Lease), body)
		if look, waits := waits(d); waits {
			queue.add(t.workspace, 0, d.ID, int64(look))
		}
	}
	if err := t.insert(ctx, all); err != nil {
		return err
	}
	return t.insert(ctx, queue)
}

// newDeliveries leaves out those whose id exists: they may be on their way.
func (t *tx) newDeliveries(ctx context.Context, deliveries []engine.Delivery) ([]engine.Delivery, error) {
	if len(deliveries) == 0 {
		return nil, nil
	}
	ids := make([]string, len(deliveries))
	for i := range deliveries {
		ids[i] = deliveries[i].ID
	}
	known := map[string]bool{}
	for portion := range slices.Chunk(ids, maxRows) {
		var found []string
		if err := t.orm(ctx).Table("deliveries").Where("delivery_id IN ?", portion).Pluck("delivery_id", &found).Error; err != nil {
			return nil, err
		}
		for _, id := range found {
			known[id] = true
		}
	}
	fresh := make([]engine.Delivery, 0, len(deliveries))
	for _, d := range deliveries {
		if !known[d.ID] {
			known[d.ID] = true
			fresh = append(fresh, d)
		}
	}
	slices.SortFunc(fresh, func(a, b engine.Delivery) int { return cmp.Compare(a.ID, b.ID) })
	return fresh, nil
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ListDeliveries gives deliveries, newest first.
func (r *reader) ListDeliveries(ctx context.Context, q engine.DeliveryQuery) (engine.Rows[engine.Delivery], error) {
	c := condition{r.orm(ctx)}
	c.is("state", string(q.State))
	c.is("channel", q.Channel)
	c.about("member", q.Member, q.Parts)
	c.is("rule_key", q.Rule)
	c.upTo(q.UpTo)
	if q.After != 0 {
		c.orm = c.orm.Where("position > ?", q.After)
	}
	if err := c.after("position", "delivery_id", q.Cursor, textKey); err != nil {
		return engine.Rows[engine.Delivery]{}, err
	}
	limit := limitOf(q.Page)
	var found []deliveryRow
	err := c.orm.Order("position DESC, delivery_id DESC").Limit(limit + 1).Find(&found).Error
	if err != nil {
		return engine.Rows[engine.Delivery]{}, r.readError("list deliveries", err)
	}
	all, err := deliveriesOf(found)
	return paged(all, limit, func(d *engine.Delivery) cursor { return cursor{d.Position, d.ID} }), err
}
