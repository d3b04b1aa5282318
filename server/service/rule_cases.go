package service

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/service/trials"
)

// Trials runs rules where nothing can happen.
type Trials interface {
	rules.Runner
	// Reach counts whom a rule would touch.
	Reach(ctx context.Context, a trials.Asked) (trials.Reach, error)
}

// verdicts runs the cases of a document, none where it has errors. What was run
// before under the same definitions is remembered.
func (r *Rules) verdicts(ctx context.Context, source []byte, view *machine.View) ([]rules.Verdict, error) {
	doc, _ := rules.Parse(source)
	if doc == nil || len(doc.Cases) == 0 {
		return nil, nil
	}
	id := view.Defs.Revision
	key := sha256.Sum256(append([]byte(strconv.FormatInt(id, 10)+"\x00"), source...))
	if list, ok := r.seen.get(key); ok {
		return list, nil
	}
	scope := rules.Scope{Defs: view.Defs}
	book, problems := rules.CompileAlone(doc, 1, scope)
	if book == nil || rules.Failed(problems) {
		return nil, nil
	}
	list, err := rules.RunCasesWithin(ctx, doc, book, scope, rules.Running{Runner: r.Trials, Work: rules.NewWork(rules.WorkOfSave)})
	if err != nil {
		return nil, fmt.Errorf("run cases: %w", err)
	}
	r.seen.put(key, list)
	return list, nil
}

// red are the problems of the cases that fail, each at its place.
func red(verdicts []rules.Verdict) (list []engine.Problem) {
	for _, v := range verdicts {
		for _, p := range v.Problems {
			p.Message = engine.Text{En: fmt.Sprintf("case %q: %s", v.Case, p.Message.En), Zh: fmt.Sprintf("用例“%s”：%s", v.Case, p.Message.Zh)}
			list = append(list, p)
		}
	}
	return list
}

// green refuses a document of which a case is red.
func (r *Rules) green(ctx context.Context, source []byte, view *machine.View) error {
	verdicts, err := r.verdicts(ctx, source, view)
	if err != nil {
		return err
	}
	return engine.Invalid(engine.Text{En: "cases of the rule are red", Zh: "规则有未通过的用例"}, red(verdicts)...)
}

// CheckCases runs the cases of a document that is not saved; nil where it has
// errors.
func (r *Rules) CheckCases(ctx context.Context, who Caller, source []byte) ([]rules.Verdict, error) {
	view, err := r.state(ctx, who)
	if err != nil {
		return nil, err
	}
	return r.verdicts(ctx, source, view)
}

// remembered keeps a few answers of what always gives the same. The zero value
// is ready; it is safe for concurrent use.
type remembered[V any] struct {
	mu     sync.Mutex
	order  [][sha256.Size]byte
	values map[[sha256.Size]byte]V
}

// maxRemembered is how many answers are kept.
const maxRemembered = 256

func (m *remembered[V]) get(key [sha256.Size]byte) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.values[key]
	return v, ok
}

func (m *remembered[V]) put(key [sha256.Size]byte, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil {
		m.values = map[[sha256.Size]byte]V{}
	}
	if _, have := m.values[key]; !have {
		m.order = append(m.order, key)
	}
	m.values[key] = v
	if len(m.order) > maxRemembered {
		delete(m.values, m.order[0])
		m.order = slices.Delete(m.order, 0, 1)
	}
}
