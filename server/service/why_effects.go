package service

import (
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
)

// WhyEffect is one effect with what became of it.
type WhyEffect struct {
	engine.Effect
	Title    engine.Text         `json:"title,omitzero"`
	Planned  bool                `json:"planned,omitempty"` // it would have happened, had nothing stopped it
	Because  *Because            `json:"because,omitempty"`
	Entry    *engine.LedgerEntry `json:"entry,omitempty"`
	Delivery *engine.Delivery    `json:"delivery,omitempty"`
	Item     *engine.Item        `json:"item,omitempty"`
}

// tell answers with a stored decision.
func (a *asking) tell(f *inForce, r *Reasons, d *engine.Decision) error {
	r.Source, r.Outcome, r.Answer = Stored, d.Outcome, d.Answer
	r.Position, r.At, r.Occurrence, r.Version, r.Shadow = d.Position, d.At, d.Occurrence, d.Version, d.Shadow
	a.reason(f, r, d)
	if err := a.stopped(f, r, d); err != nil {
		return err
	}
	for i := range d.Effects {
		x, err := a.became(d, &d.Effects[i])
		if err != nil {
			return err
		}
		r.Effects = append(r.Effects, x)
	}
	return nil
}

// became finds what an effect made: its ledger entry, delivery or item.
func (a *asking) became(d *engine.Decision, e *engine.Effect) (WhyEffect, error) {
	x := WhyEffect{Effect: *e, Because: because(e.Reason)}
	a.veil(&x)
	if e.Ref == "" {
		return x, nil
	}
	var err error
	switch e.Kind {
	case engine.GrantPoints, engine.Pay:
		x.Entry, err = a.entry(d, e.Ref)
	case engine.Send, engine.Praise:
		x.Delivery, err = a.delivery(d, e.Ref)
		if x.Delivery != nil && x.Because == nil {
			x.Because = because(x.Delivery.Because)
		}
	case engine.CreateTask, engine.CreateLead, engine.GiveLink, engine.IssueCoupon, engine.Draw:
		x.Item, err = a.item(d, e)
	}
	return x, err
}

// veil takes texts away that may name people, from who may not see them.
func (a *asking) veil(x *WhyEffect) {
	if a.who.Personal {
		return
	}
	fields := map[string]engine.Value{}
	for name, v := range x.Fields {
		if name != "text" && name != "reason" && name != "next_step" {
			fields[name] = v
		}
	}
	x.Fields = fields
}

func (a *asking) entry(d *engine.Decision, id string) (*engine.LedgerEntry, error) {
	q := engine.LedgerQuery{Member: d.Subject, Rule: d.Rule, Page: engine.Page{Limit: decisionsAtOnce}}
	for range decisionPages {
		rows, err := a.reader.ListLedger(a.ctx, q)
		if err != nil {
			return nil, fmt.Errorf("read the ledger: %w", err)
		}
		for i := range rows.Items {
			if rows.Items[i].ID == id {
				return &rows.Items[i], nil
			}
		}
		if q.Cursor = rows.Next; q.Cursor == "" {
			break
		}
	}
	return nil, nil
}

func (a *asking) delivery(d *engine.Decision, id string) (*engine.Delivery, error) {
	q := engine.DeliveryQuery{Rule: d.Rule, Page: engine.Page{Limit: decisionsAtOnce}}
	for range decisionPages {
		rows, err := a.reader.ListDeliveries(a.ctx, q)
		if err != nil {
			return nil, fmt.Errorf("read deliveries: %w", err)
		}
		for i := range rows.Items {
			if x := &rows.Items[i]; x.ID == id {
				veil(a.who, x)
				return x, nil
			}
		}
		if q.Cursor = rows.Next; q.Cursor == "" {
			break
		}
	}
	return nil, nil
}

var itemKinds = map[engine.EffectKind]string{
	engine.CreateTask: "task", engine.CreateLead: "lead", engine.GiveLink: "link", engine.IssueCoupon: "coupon", engine.Draw: "coupon",
}

func (a *asking) item(d *engine.Decision, e *engine.Effect) (*engine.Item, error) {
	q := engine.ItemQuery{Kind: itemKinds[e.Kind], Page: engine.Page{Limit: decisionsAtOnce}}
	if e.Kind != engine.IssueCoupon && e.Kind != engine.Draw {
		q.Rule = d.Rule
	} else {
		q.Member = d.Subject
	}
	for range decisionPages {
		rows, err := a.reader.ListItems(a.ctx, q)
		if err != nil {
			return nil, fmt.Errorf("read items: %w", err)
		}
		for i := range rows.Items {
			if rows.Items[i].ID == e.Ref {
				return &rows.Items[i], nil
			}
		}
		if q.Cursor = rows.Next; q.Cursor == "" {
			break
		}
	}
	return nil, nil
}
