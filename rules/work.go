package rules

import (
	"errors"

	"github.com/bylaw-dev/bylaw/engine"
)

// What the cases of one document may cost. Work is counted, not timed: one for
// an event, one each time that time moves on, one for a timer, one for every
// thousand steps of expressions, and caseWork for each case.
const (
	WorkOfSave = 30_000  // on every save, check and publish: a second or two
	WorkOfTest = 400_000 // of the command line's test, where nobody waits at an editor
	caseWork   = 20
	stepsOfOne = 1000
)

// ErrWork is the error of a trial that takes more work than there is left.
var ErrWork = errors.New("the cases take more work than is allowed")

// Work is what the cases of one document may still cost.
type Work struct{ left, steps int }

// NewWork allows so much.
func NewWork(units int) *Work { return &Work{left: units} }

// Spend takes some away; ErrWork when there is none left. A nil Work is endless.
func (w *Work) Spend(units int) error {
	if w == nil {
		return nil
	}
	if w.left -= units; w.left < 0 {
		return ErrWork
	}
	return nil
}

// spent counts the steps that an expression took.
func (w *Work) spent(steps int) {
	w.steps += steps
	w.left -= w.steps / stepsOfOne
	w.steps %= stepsOfOne
}

// Metered is a rulebook of one rule whose steps count as work. A nil Work counts
// nothing.
func (w *Work) Metered(book *engine.Rulebook) *engine.Rulebook {
	if w == nil {
		return book
	}
	alone := *book
	alone.Rules = []*engine.Rule{w.metered(book.Rules[0])}
	return &alone
}

// metered counts a rule's steps as work.
func (w *Work) metered(r *engine.Rule) *engine.Rule {
	out := *r
	out.When, out.Audience, out.Unless = w.condition(r.When), w.condition(r.Audience), w.condition(r.Unless)
	out.OnceExpr = w.expression(r.OnceExpr)
	if r.Tier != nil {
		tier := *r.Tier
		tier.Hold = w.condition(tier.Hold)
		out.Tier = &tier
	}
	if r.Review != nil {
		review := *r.Review
		review.Score, review.Exempt = w.expression(review.Score), w.condition(review.Exempt)
		review.Up, review.Down, review.Back = w.move(review.Up), w.move(review.Down), w.move(review.Back)
		out.Review = &review
	}
	out.Then, out.Otherwise = w.plans(r.Then), w.plans(r.Otherwise)
	return &out
}

func (w *Work) plans(list []engine.EffectPlan) []engine.EffectPlan {
	out := make([]engine.EffectPlan, len(list))
	for i, p := range list {
		out[i] = engine.EffectPlan{Kind: p.Kind, Fields: w.fields(p.Fields)}
	}
	return out
}

func (w *Work) fields(list []engine.EffectField) []engine.EffectField {
	out := make([]engine.EffectField, len(list))
	for i, f := range list {
		f.Expr, f.Props = w.expression(f.Expr), w.fields(f.Props)
		out[i] = f
	}
	return out
}

func (w *Work) move(m *engine.ReviewMove) *engine.ReviewMove {
	if m == nil {
		return nil
	}
	out := *m
	out.When = w.condition(m.When)
	return &out
}

func (w *Work) condition(c engine.Condition) engine.Condition {
	if c == nil {
		return nil
	}
	return meteredCondition{c, w}
}

func (w *Work) expression(e engine.Expression) engine.Expression {
	if e == nil {
		return nil
	}
	return meteredExpression{e, w}
}

type meteredCondition struct {
	engine.Condition
	w *Work
}

// Eval decides, unless there is no work left.
func (c meteredCondition) Eval(f *engine.Facts) (engine.Tri, error) {
	if c.w.left < 0 {
		return engine.Maybe, engine.ErrSteps
	}
	before := f.Steps
	t, err := c.Condition.Eval(f)
	c.w.spent(before - f.Steps)
	return t, err
}

type meteredExpression struct {
	engine.Expression
	w *Work
}

// Eval gives the value, unless there is no work left.
func (e meteredExpression) Eval(f *engine.Facts) (engine.Value, error) {
	if e.w.left < 0 {
		return engine.Value{}, engine.ErrSteps
	}
	before := f.Steps
	v, err := e.Expression.Eval(f)
	e.w.spent(before - f.Steps)
	return v, err
}
