package rules

import (
	"regexp"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/rules/expression"
)

func (m *maker) plans(effects []Effect) []engine.EffectPlan {
	var plans []engine.EffectPlan
	for i := range effects {
		plans = append(plans, m.plan(&effects[i]))
	}
	return plans
}

// plan compiles an effect. A field that names a template has its key and the
// expression that writes it.
func (m *maker) plan(e *Effect) engine.EffectPlan {
	p := engine.EffectPlan{Kind: e.Kind}
	for _, f := range e.Fields {
		field := engine.EffectField{Name: f.Schema.Name, Kind: f.Schema.Kind}
		switch f.Schema.Kind {
		case engine.KeyField:
			field.Key = f.n.text
			m.reference(e, f)
			if f.Schema.Of == engine.DefineTemplate {
				field.Expr = m.template(f.n)
			}
		case engine.PropsField:
			field.Props = m.propFields(e, f.n)
		default:
			field.Expr = m.fieldValue(e, f)
		}
		p.Fields = append(p.Fields, field)
	}
	return p
}

// fieldValue compiles a field that is worked out when the effect happens.
func (m *maker) fieldValue(e *Effect, f EffectField) engine.Expression {
	v := m.at(deciding)
	switch f.Schema.Kind {
	case engine.TextField:
		v.Texts = true
		return m.text(f.n, v)
	case engine.NumberField:
		if n, ok := f.n.integer(); ok {
			return constant{engine.IntValue(n)}
		}
	case engine.DurationField:
		if looksLikeDuration.MatchString(f.n.text) {
			d, err := calendar.ParseDuration(f.n.text)
			if err != nil {
				m.add(f.n, calendarProblem(err))
			}
			return constant{engine.DurationValue(d)}
		}
	}
	want := wanted(f.Schema.Value)
	if key, ok := e.find("key"); ok && e.Kind == engine.SetAttribute {
		if a := m.scope.Defs.Attributes[key.text]; a != nil {
			want = wanted(a.Kind)
		}
	}
	return m.value(&Scalar{f.n}, v, want)
}

// wanted is the set of kinds that fit a declared one.
func wanted(k engine.Kind) expression.Kinds {
	switch k {
	case engine.Unknown:
		return expression.AnyKind
	case engine.Decimal:
		return expression.Want(engine.Decimal, engine.Int)
	}
	return expression.Want(k)
}

// looksLikeDuration is a number and a word: never an expression.
var looksLikeDuration = regexp.MustCompile(`^[0-9]+ ?\pL*$`)

// propFields compiles an emitted event's properties, of the kinds that its type
// declares.
func (m *maker) propFields(effect *Effect, n *node) []engine.EffectField {
	var declared *engine.EventType
	if typ, ok := effect.find("type"); ok {
		declared = m.scope.Defs.EventTypes[typ.text]
	}
	var fields []engine.EffectField
	for _, e := range n.entries {
		want := expression.AnyKind
		if declared != nil {
			if f, ok := declared.FieldNamed(e.key.text); ok {
				want = wanted(f.Kind)
			}
		}
		fields = append(fields, engine.EffectField{Name: e.key.text, Kind: engine.ExprField, Expr: m.value(&Scalar{e.value}, m.at(deciding), want)})
	}
	slices.SortFunc(fields, func(a, b engine.EffectField) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

// template compiles a template's texts for this rule; problems in them are
// reported at the rule, because that is where they do not fit.
func (m *maker) template(n *node) engine.Expression {
	t := m.scope.Defs.Templates[n.text]
	if t == nil {
		return nil
	}
	v := m.at(deciding)
	v.Texts = true
	var out inLanguage
	out.en = m.templateText(n, t.Body.En, v)
	out.zh = m.templateText(n, t.Body.Zh, v)
	if out.en == nil && out.zh == nil {
		return constant{engine.StringValue("")}
	}
	return out
}

func (m *maker) templateText(n *node, body string, v *expression.Vocabulary) engine.Expression {
	if body == "" {
		return nil
	}
	p, found := expression.CompileTemplate(body, v, m.table)
	for _, problem := range found {
		s := said{code: problem.Code, hint: problem.Hint, message: engine.Text{
			En: "template " + quote(n.text) + " does not fit here: " + problem.Message.En,
			Zh: "文案 " + quote(n.text) + " 不适用于这里：" + problem.Message.Zh}}
		m.put(n, s, problem.Warning)
	}
	return m.keep(p)
}
