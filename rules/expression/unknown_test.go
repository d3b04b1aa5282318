package expression

import (
	"math/rand"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// TestUnknownNeverLies makes some inputs unknown or lower bounds: whatever is
// still decided must hold for every value that they could have.
func TestUnknownNeverLies(t *testing.T) {
	r := rand.New(rand.NewSource(11))
	voc := vocabulary()
	decided, undecided := 0, 0
	for decided < 20_000 {
		w := writer{Rand: r, sound: true}
		src := w.expr(kBool, 2+r.Intn(3))
		table := engine.NewMetricTable()
		p, _ := Compile(src, AnyKind, voc, table)
		if p == nil {
			continue
		}
		for range 4 {
			base := newWorld(r)
			hidden := hide(r, base, table)
			v, err := p.Expression().Eval(hidden.facts)
			if err != nil || v.Kind == engine.Unknown {
				undecided++
				continue
			}
			for range 5 {
				full := hidden.complete(r, table)
				got, err := p.Expression().Eval(full)
				if err != nil {
					continue
				}
				if !got.Equal(v) {
					t.Fatalf("%s was %s with unknowns and is %s %s with values", src, v.Text(), got.Text(), got.Str)
				}
				decided++
			}
		}
	}
	t.Logf("decided %d, undecided %d", decided, undecided)
}

// hiddenWorld is a world of which not everything is known.
type hiddenWorld struct {
	world   *world
	facts   *engine.Facts
	metrics metricValues
	props   map[string]bool
	attrs   map[string]bool
	noGroup bool
	noJoin  bool
}

func hide(r *rand.Rand, w *world, table *engine.MetricTable) *hiddenWorld {
	h := &hiddenWorld{world: w, metrics: w.metrics(table), props: map[string]bool{}, attrs: map[string]bool{}}
	for i, v := range h.metrics {
		switch r.Intn(3) {
		case 0:
			v.AtLeast = true
			h.metrics[i] = v
		case 1:
			h.metrics[i] = engine.UnknownValue(engine.NotCovered)
		}
	}
	f := w.facts(h.metrics)
	var kept []engine.Prop
	for _, p := range f.Event.Props {
		if h.props[p.Name] = r.Intn(2) == 0; !h.props[p.Name] {
			kept = append(kept, p)
		}
	}
	f.Event.Props = kept
	for k := range w.attrNames() {
		if h.attrs[k] = r.Intn(2) == 0; h.attrs[k] {
			delete(f.Member.Attrs, k)
		}
	}
	if h.noGroup = r.Intn(3) == 0; h.noGroup {
		f.Group = nil
	}
	if h.noJoin = r.Intn(3) == 0; h.noJoin {
		f.Member.JoinedAt = 0
	}
	h.facts = f
	return h
}

func (w *world) attrNames() map[string]bool {
	return map[string]bool{"city": true, "age": true, "rate": true, "vip": true}
}

// complete gives every unknown a random value and every bound one not below it.
func (h *hiddenWorld) complete(r *rand.Rand, table *engine.MetricTable) *engine.Facts {
	other := newWorld(r)
	metrics := metricValues{}
	random := other.metrics(table)
	for i, v := range h.metrics {
		switch {
		case v.Kind == engine.Unknown:
			v = random[i]
		case v.AtLeast:
			v.AtLeast = false
			v.Num += int64(r.Intn(4)) * engine.Micro
			if v.Kind == engine.Int {
				v.Num = h.metrics[i].Num + int64(r.Intn(4))
			}
		}
		metrics[i] = v
	}
	f, o := h.world.facts(metrics), other.facts(metrics)
	for i, p := range f.Event.Props {
		if h.props[p.Name] {
			f.Event.Props[i] = o.Event.Props[i]
		}
	}
	for k, hidden := range h.attrs {
		if hidden {
			f.Member.Attrs[k] = o.Member.Attrs[k]
		}
	}
	if h.noGroup {
		f.Group = o.Group
		f.Member.Groups = o.Member.Groups
	}
	if h.noJoin {
		f.Member.JoinedAt = o.Member.JoinedAt
	}
	return f
}
