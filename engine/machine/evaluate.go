package machine

import (
	"github.com/bylaw-dev/bylaw/engine"
)

// evaluated is one effect of a ruling with its fields' values.
type evaluated struct {
	plan   *engine.EffectPlan
	fields map[string]engine.Value
	props  []engine.Prop // of emit
}

// text reads a key or text field; "" when it is not given.
func (v *evaluated) text(name string) string { return v.fields[name].Text0() }

// evaluate computes every field of every effect before the first one happens:
// an unknown one makes the whole decision unknown.
func (t *turn) evaluate(d *ruling) error {
	t.facts.Steps = engine.MaxSteps
	for i := range d.plans {
		p := &d.plans[i]
		ev := evaluated{plan: p, fields: make(map[string]engine.Value, len(p.Fields))}
		for j := range p.Fields {
			f := &p.Fields[j]
			if f.Kind == engine.PropsField {
				if ok, err := t.evaluateProps(d, &ev, f.Props); err != nil || !ok {
					return err
				}
				continue
			}
			v, ok, err := t.field(d, f)
			if err != nil || !ok {
				return err
			}
			ev.fields[f.Name] = v
			if f.Kind == engine.KeyField && f.Expr != nil { // a template: its key, and its text rendered
				ev.fields[f.Name], ev.fields["text"] = engine.StringValue(f.Key), v
			}
		}
		d.plan = append(d.plan, ev)
	}
	return nil
}

func (t *turn) evaluateProps(d *ruling, ev *evaluated, props []engine.EffectField) (bool, error) {
	for i := range props {
		v, ok, err := t.field(d, &props[i])
		if err != nil || !ok {
			return ok, err
		}
		ev.props = append(ev.props, engine.Prop{Name: props[i].Name, Value: v})
	}
	engine.SortProps(ev.props)
	return true, nil
}

// field computes one field; not ok means that the ruling became unknown or an error.
func (t *turn) field(d *ruling, f *engine.EffectField) (engine.Value, bool, error) {
	if f.Expr == nil {
		return engine.StringValue(f.Key), true, nil
	}
	v, err := f.Expr.Eval(&t.facts)
	if t.reader.err != nil {
		return v, false, t.reader.err
	}
	if err != nil {
		t.fails(d, err)
		return v, false, nil
	}
	if !v.Known() {
		d.unknown(v.Reason())
		d.Detail = f.Name
		return v, false, nil
	}
	return v, true, nil
}

// setFacts fills the facts for an occasion at a moment.
func (t *turn) setFacts(o *occasion, now engine.Time) {
	f := &t.facts
	*f = engine.Facts{Event: o.event, Member: o.member, Group: o.group, Content: o.content,
		Defs: t.view.Defs, Now: now, Zone: t.view.Zone, Metrics: &t.reader, Steps: engine.MaxSteps,
		Personal: t.view.unnamed}
	if o.clock {
		f.Event = nil
	}
	if o.group != nil {
		f.GroupDef = t.view.Defs.Groups[o.group.Key]
	}
	t.reader.reset(o)
}
