package engine

import "fmt"

// MaxKeyBytes is the longest key of anything stored.
const MaxKeyBytes = 191

// Check refuses changes that no store may write: an order that runs backward,
// and keys that are empty or too long. Every store asks it before it saves.
func (c *Changes) Check(lane LaneState) error {
	if c.Position < lane.Position || c.Revision < lane.Revision {
		return refuse("position %d and revision %d are behind the lane's %d and %d", c.Position, c.Revision, lane.Position, lane.Revision)
	}
	last := lane.Position
	for i := range c.Events {
		if p := c.Events[i].Position; p <= last || p > c.Position {
			return refuse("event %d has position %d, which is not between %d and %d", i, p, last+1, c.Position)
		}
		last = c.Events[i].Position
	}
	for i := range c.Definitions {
		if r := c.Definitions[i].Revision; r < 1 || r > c.Revision {
			return refuse("definition %s has revision %d, which is not between 1 and %d", c.Definitions[i].Key, r, c.Revision)
		}
	}
	return c.checkKeys()
}

func (c *Changes) checkKeys() error {
	var k keyCheck
	for i := range c.Records {
		k.must("record", c.Records[i].Key)
		k.must("record kind", string(c.Records[i].Kind))
	}
	for i := range c.Events {
		k.may("event type", c.Events[i].Type)
		k.may("event member", c.Events[i].Member)
	}
	for i := range c.Ledger {
		k.must("ledger entry", c.Ledger[i].ID)
		k.may("ledger member", c.Ledger[i].Member)
		k.may("ledger account", c.Ledger[i].Account)
		k.may("ledger rule", c.Ledger[i].Rule)
	}
	for i := range c.Decisions {
		k.must("decision rule", c.Decisions[i].Rule)
		k.may("decision subject", c.Decisions[i].Subject)
	}
	for i := range c.Definitions {
		k.must("definition kind", string(c.Definitions[i].Kind))
		k.must("definition", c.Definitions[i].Key)
	}
	for i := range c.Audit {
		k.must("audit entry", c.Audit[i].ID)
	}
	for _, p := range c.Personal {
		k.must("personal field's member", p.Member)
		k.must("personal field", p.Name)
	}
	for i := range c.Figures {
		k.must("figure", string(c.Figures[i].Name))
		k.may("figure's part", c.Figures[i].Part)
		k.may("figure's detail", c.Figures[i].Detail)
	}
	c.checkWork(&k)
	return k.err
}

func (c *Changes) checkWork(k *keyCheck) {
	for i := range c.Timers {
		k.must("timer", c.Timers[i].Key)
		k.may("timer kind", c.Timers[i].Kind)
	}
	for i := range c.Items {
		it := &c.Items[i]
		k.must("item kind", it.Kind)
		k.must("item", it.ID)
		for _, s := range []string{it.State, it.Member, it.Group, it.Owner, it.Rule} {
			k.may("field of item "+it.ID, s)
		}
	}
	for i := range c.Deliveries {
		d := &c.Deliveries[i]
		k.must("delivery", d.ID)
		for _, s := range []string{d.Channel, d.Member, d.Group, d.Rule} {
			k.may("field of delivery "+d.ID, s)
		}
	}
}

// keyCheck remembers the first bad key.
type keyCheck struct{ err error }

func (k *keyCheck) must(what, key string) {
	if key == "" && k.err == nil {
		k.err = refuse("%s has an empty key", what)
	}
	k.may(what, key)
}

func (k *keyCheck) may(what, key string) {
	if len(key) > MaxKeyBytes && k.err == nil {
		k.err = refuse("%s %.40q... has %d bytes, at most %d are allowed", what, key, len(key), MaxKeyBytes)
	}
}

func refuse(format string, args ...any) error {
	en := fmt.Sprintf(format, args...)
	return &Error{Code: CodeInvalid, Message: Text{En: en, Zh: "无法保存：" + en}}
}
