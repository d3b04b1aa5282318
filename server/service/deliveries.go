package service

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// Deliveries reads what went out and sends again what did not arrive.
type Deliveries struct{ *core }

// Delivery is a delivery as it is shown.
type Delivery struct {
	engine.Delivery
	MemberName string `json:"member_name,omitempty"` // what the member is called, as the caller may see it
}

// List gives deliveries, newest first; of a member also those of who became them.
// Without pii:read they have neither target nor text.
func (d *Deliveries) List(ctx context.Context, who Caller, q engine.DeliveryQuery) (engine.Rows[engine.Delivery], error) {
	var err error
	if q.Parts, err = d.parts(ctx, who, q.Member); err != nil {
		return engine.Rows[engine.Delivery]{}, err
	}
	rows, err := d.reader(who).ListDeliveries(ctx, q)
	if err != nil {
		return rows, fmt.Errorf("list deliveries: %w", err)
	}
	for i := range rows.Items {
		veil(who, &rows.Items[i])
	}
	return rows, nil
}

// Named is List with what members are called.
func (d *Deliveries) Named(ctx context.Context, who Caller, q engine.DeliveryQuery) (engine.Rows[Delivery], error) {
	rows, err := d.List(ctx, who, q)
	out := engine.Rows[Delivery]{Items: make([]Delivery, len(rows.Items)), Next: rows.Next}
	if err != nil {
		return out, err
	}
	var ids []string
	for i := range rows.Items {
		out.Items[i].Delivery = rows.Items[i]
		ids = append(ids, rows.Items[i].Member)
	}
	called, err := d.callNames(ctx, who, ids)
	for i := range out.Items {
		out.Items[i].MemberName = called[out.Items[i].Member]
	}
	return out, err
}

// callNames is what members are called: their name, else their first identity,
// each as the caller may see it. Who is called nothing is absent.
func (c *core) callNames(ctx context.Context, who Caller, ids []string) (map[string]string, error) {
	called := map[string]string{}
	members := &Members{core: c}
	for _, id := range ids {
		if _, known := called[id]; known || id == "" {
			continue
		}
		m, err := members.Get(ctx, who, id)
		if engine.CodeOf(err) == engine.CodeNotFound {
			called[id] = ""
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("name member %s: %w", id, err)
		}
		called[id] = m.Name
		if m.Name == "" && len(m.Identities) > 0 {
			called[id] = who.Masked(m.Identities[0]).ExternalID
		}
	}
	return called, nil
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

// AuditFilter narrows the audit log down; what is empty restricts nothing.
type AuditFilter struct {
	Noun, Key string
	By        string // id, or the name as it was then
}

func (f AuditFilter) fits(e *engine.AuditEntry) bool {
	return (f.Noun == "" || f.Noun == e.Noun) && (f.Key == "" || f.Key == e.Key) && (f.By == "" || f.By == e.By || f.By == e.ByName)
}

// maxAudited bounds the entries that one request may look through.
const maxAudited = 5000

// Audit gives who changed what, newest first. A page holds what fits of the first
// stretch of the log that has any; the bound of what is looked through ends it too.
func (d *Deliveries) Audit(ctx context.Context, who Caller, f AuditFilter, p engine.Page) (engine.Rows[engine.AuditEntry], error) {
	for looked := 0; ; {
		rows, err := d.reader(who).ListAudit(ctx, p)
		looked += len(rows.Items)
		rows.Items = slices.DeleteFunc(rows.Items, func(e engine.AuditEntry) bool { return !f.fits(&e) })
		if err != nil || len(rows.Items) > 0 || rows.Next == "" || looked >= maxAudited {
			return rows, err
		}
		p.Cursor = rows.Next
	}
}
