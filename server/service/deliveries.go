package service

import (
	"context"
	"fmt"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Deliveries reads what went out and sends again what did not arrive.
type Deliveries struct{ *core }

// List gives deliveries, newest first. Without pii:read they have neither target
// nor text.
func (d *Deliveries) List(ctx context.Context, who Caller, q engine.DeliveryQuery) (engine.Rows[engine.Delivery], error) {
	rows, err := d.reader(who).ListDeliveries(ctx, q)
	if err != nil {
		return rows, fmt.Errorf("list deliveries: %w", err)
	}
	for i := range rows.Items {
		veil(who, &rows.Items[i])
	}
	return rows, nil
}

func veil(who Caller, d *engine.Delivery) {
	if !who.Personal {
		d.Target.Address, d.Title, d.Text = "", "", ""
	}
}

// validAgain is how long a delivery that is sent again stays worth sending.
const validAgain = 24 * time.Hour

// Replay sends a delivery again that ended without arriving.
func (d *Deliveries) Replay(ctx context.Context, who Caller, id string) (engine.Delivery, error) {
	x, err := d.Outbox.Replay(ctx, who.Workspace, id, who.Now, who.Now.Add(validAgain))
	if err != nil {
		return x, err
	}
	veil(who, &x)
	return x, nil
}

// Audit gives who changed what, newest first.
func (d *Deliveries) Audit(ctx context.Context, who Caller, p engine.Page) (engine.Rows[engine.AuditEntry], error) {
	return d.reader(who).ListAudit(ctx, p)
}
