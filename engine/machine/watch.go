package machine

import (
	"hash/fnv"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

// Watch gathers what one rule does in a simulation.
type Watch struct {
	Rule     string
	Audience engine.Condition // whose decisions count; nil: everybody's
	From, To engine.Time      // decisions in [From, To) count; a zero To never ends

	Decided  func(s *Seen)                                           // each stored decision that counts
	Unknown  func(reason engine.Reason, at engine.Time)              // each that is not known
	Message  func(d *engine.Delivery, about *engine.Member, s *Seen) // each message of such a decision
	Item     func(i *engine.Item)                                    // each task, coupon ... it made
	Agreed   func(moves int)                                         // of a review whose notice ended without a word: they are made
	Samples  int                                                     // how many decisions are explained
	sampled  []*Seen
	unknowns int
	byPlace  map[int64]*Seen // decisions of this turn, to find whose messages are whose
}

// Seen is a decision with what it was made from.
type Seen struct {
	Decision engine.Decision
	Member   *engine.Member  // as of then; do not keep
	Finding  *engine.Finding // of the samples
	Group    string          // that the event named
	Content  string
	weight   uint64
	outside  bool // of the audience
}

// reasonsAsked bounds how many unknown decisions are asked for their reason; the
// rest counts under the reason found last.
const reasonsAsked = 2000

func (t *turn) watching(rule string) *Watch {
	if t.sim == nil || t.sim.watch == nil || t.sim.watch.Rule != rule {
		return nil
	}
	return t.sim.watch
}

func (w *Watch) counts(at engine.Time) bool { return at >= w.From && (w.To == 0 || at < w.To) }

// watched looks at a ruling while the facts are what it was made from.
func (t *turn) watched(d *ruling) {
	if d == nil {
		return
	}
	if w := t.watching(d.rule.Key); w != nil && w.counts(d.at) {
		d.seen = w.see(t, d)
	}
}

func (w *Watch) see(t *turn, d *ruling) *Seen {
	s := &Seen{}
	if w.Audience != nil {
		t.facts.Steps = engine.MaxSteps
		in, err := w.Audience.Eval(&t.facts)
		s.outside = err != nil || in != engine.Yes
	}
	if s.outside || w.Samples == 0 || d.rule.When == nil && d.rule.Review == nil {
		return s
	}
	h := fnv.New64a()
	h.Write([]byte(d.Subject + "\x00" + strconv.FormatInt(int64(d.at), 10)))
	s.weight = h.Sum64()
	w.sample(t, d, s)
	return s
}

// sample keeps the decisions with the smallest hashes, the same in every run,
// and explains them.
func (w *Watch) sample(t *turn, d *ruling, s *Seen) {
	if len(w.sampled) >= w.Samples {
		worst := 0
		for i := range w.sampled {
			if w.sampled[i].weight > w.sampled[worst].weight {
				worst = i
			}
		}
		if w.sampled[worst].weight <= s.weight {
			return
		}
		w.sampled[worst] = s
	} else {
		w.sampled = append(w.sampled, s)
	}
	t.facts.Steps = engine.MaxSteps
	if d.rule.When != nil {
		s.Finding = d.rule.When.Explain(&t.facts)
	} else {
		s.Finding = d.rule.Review.Score.Explain(&t.facts)
	}
	s.Decision = d.Decision // should it come to nothing
}

// Sampled are the explained decisions.
func (w *Watch) Sampled() []*Seen { return w.sampled }

func (t *turn) watchedUnknown(r *engine.Rule) {
	w := t.watching(r.Key)
	if w == nil || w.Unknown == nil || !w.counts(t.facts.Now) {
		return
	}
	var reason engine.Reason
	if w.unknowns++; w.unknowns <= reasonsAsked {
		reason = t.whyUnknown(r.When)
	}
	w.Unknown(reason, t.facts.Now)
}

// watchedStored tells of a decision that is complete.
func (t *turn) watchedStored(d *ruling) {
	w := t.watching(d.rule.Key)
	if w == nil || !w.counts(d.At) {
		return
	}
	if d.seen == nil {
		t.refocus(d)
		d.seen = w.see(t, d)
	}
	if d.seen.outside {
		return
	}
	d.seen.Decision, d.seen.Member = d.Decision, d.occ.member
	d.seen.Group, d.seen.Content = d.occ.event.Group, d.occ.event.Content
	d.seen.Decision.Position = t.logged(d.Position)
	if w.byPlace == nil {
		w.byPlace = map[int64]*Seen{}
	}
	w.byPlace[d.Position] = d.seen
	if w.Decided != nil {
		w.Decided(d.seen)
	}
}

// made tells of what the turn's decisions made.
func (w *Watch) made(t *turn) {
	for i := range t.changes.Deliveries {
		d := &t.changes.Deliveries[i]
		if d.Rule != w.Rule || w.Message == nil || !w.counts(d.CreatedAt) {
			continue
		}
		about, _ := t.cache.members.get(d.Member)
		w.Message(d, about, w.byPlace[d.Position])
	}
	for i := range t.changes.Items {
		if x := &t.changes.Items[i]; x.Rule == w.Rule && w.Item != nil && w.counts(x.At) {
			w.Item(x)
		}
	}
	clear(w.byPlace)
}
