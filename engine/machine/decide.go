package machine

import (
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"

	"crypto/sha256"

	"github.com/bylaw-dev/bylaw/engine"
)

// decideEvent lets every rule that listens decide, then applies the effects of
// those that say yes, in order of rule key. All see the same state: after the
// event, before any effect.
func (t *turn) decideEvent(e *engine.Event, m *engine.Member, g *engine.Group, c *engine.Content, fam *family) error {
	o := &occasion{event: e, member: m, group: g, content: c, family: fam}
	if e.Type == "group.applied" {
		return t.application(o)
	}
	t.cands = t.view.candidates(t.cands[:0], e)
	if len(t.cands) == 0 {
		return nil
	}
	t.setFacts(o, e.At)
	var yes []*ruling
	for _, n := range t.cands {
		r := t.view.rules[n]
		if e.Position <= r.LiveFrom || t.paused(r) {
			continue
		}
		if e.Late {
			t.note(t.ruling(r, o).unknown(engine.TooLate))
			continue
		}
		if r.After > 0 {
			t.later(r, o)
			continue
		}
		d, err := t.judge(r, o)
		if err != nil {
			return err
		}
		if d != nil {
			yes = append(yes, d)
		}
	}
	return t.act(yes)
}

// ruling is one decision being made.
type ruling struct {
	engine.Decision
	rule  *engine.Rule
	occ   *occasion
	plans []engine.EffectPlan
	at    engine.Time
	plan  []evaluated
}

// ruling opens a decision of a rule about an occasion.
func (t *turn) ruling(r *engine.Rule, o *occasion) *ruling {
	d := &ruling{rule: r, occ: o, plans: r.Then, at: t.facts.Now}
	d.Position, d.Rule, d.Version, d.At = o.event.Position, r.Key, r.Version, t.facts.Now
	switch r.Subject {
	case engine.SubjectGroup:
		d.Subject = o.event.Group
	case engine.SubjectContent:
		d.Subject = o.event.Content
	case engine.SubjectWorkspace:
	default:
		if o.member != nil {
			d.Subject = o.member.ID
		}
	}
	return d
}

func (d *ruling) unknown(why engine.Reason) *ruling {
	d.Outcome, d.Reason = engine.OutcomeUnknown, why
	return d
}

// judge evaluates a rule's condition. It returns a ruling only for yes. Errors
// are stored; no and unknown are answered when asked for and else recomputed
// from the log: a newcomer alone makes most counting rules unknown for weeks,
// and rows about that would outnumber the events.
func (t *turn) judge(r *engine.Rule, o *occasion) (*ruling, error) {
	answer, err := t.ask(r, r.When)
	if t.reader.err != nil {
		return nil, t.reader.err
	}
	if err == nil && answer == engine.No {
		if t.show == ShowAll {
			d := t.ruling(r, o)
			d.Outcome, d.Reason = engine.OutcomeFalse, engine.NotMatched
			t.note(d)
		}
		return nil, nil
	}
	if err == nil && answer == engine.Maybe && t.show != ShowAll {
		return nil, nil
	}
	d := t.ruling(r, o)
	switch {
	case err != nil:
		return nil, t.failed(d, err)
	case answer == engine.Maybe:
		if t.show == ShowAll {
			t.note(d.unknown(t.whyUnknown(r)))
		}
		return nil, nil
	case d.Subject == "" && r.Subject != engine.SubjectWorkspace:
		t.note(d.unknown(engine.NoSubject))
		return nil, nil
	}
	d.Outcome = engine.OutcomeTrue
	return d, nil
}

// ask evaluates a condition; none means yes.
func (t *turn) ask(r *engine.Rule, c engine.Condition) (engine.Tri, error) {
	if c == nil {
		return engine.Yes, nil
	}
	t.facts.Steps = engine.MaxSteps
	return c.Eval(&t.facts)
}

// whyUnknown finds the first unknown part of a rule's condition.
func (t *turn) whyUnknown(r *engine.Rule) engine.Reason {
	if r.When == nil {
		return ""
	}
	t.facts.Steps = engine.MaxSteps
	return firstReason(r.When.Explain(&t.facts))
}

func firstReason(f *engine.Finding) engine.Reason {
	if f == nil {
		return ""
	}
	for _, k := range f.Kids {
		if r := firstReason(k); r != "" {
			return r
		}
	}
	return f.Reason
}

// maxFailures is after how many failures in a row a rule is paused.
const maxFailures = 5

// failed stores a rule error, counts it, and pauses the rule when it keeps failing.
func (t *turn) failed(d *ruling, cause error) error {
	d.Outcome, d.Reason, d.Detail = engine.OutcomeError, engine.RuleError, cause.Error()
	t.store(d)
	key := failKey(d.rule)
	n := t.cache.failing[key]
	t.cache.failing[key] = n + 1
	t.setMark(key, strconv.AppendInt(nil, n+1, 10))
	if n+1 == maxFailures {
		t.item(d.at, engine.Item{Kind: "task", State: "open", Rule: d.rule.Key, Owner: "operators"}, map[string]any{
			"text": engine.Text{
				En: fmt.Sprintf("rule %q was paused after %d failures in a row: %v", d.rule.Key, maxFailures, cause),
				Zh: fmt.Sprintf("规则“%s”连续失败 %d 次，已暂停：%v", d.rule.Key, maxFailures, cause)},
			"reason": "rule_paused"})
	}
	return nil
}

func failKey(r *engine.Rule) string { return "fail|" + r.Key + "|" + strconv.Itoa(r.Version) }

// paused is whether a rule's version failed too often in a row. Publishing again
// makes a new version, which starts afresh.
func (t *turn) paused(r *engine.Rule) bool {
	return len(t.cache.failing) > 0 && t.cache.failing[failKey(r)] >= maxFailures
}

// store keeps a decision.
func (t *turn) store(d *ruling) {
	for i := len(t.changes.Decisions) - 1; i >= 0 && t.changes.Decisions[i].Position == d.Position; i-- {
		d.Number = max(d.Number, t.changes.Decisions[i].Number+1)
	}
	t.changes.Decisions = append(t.changes.Decisions, d.Decision)
	t.note(d)
}

// note shows a decision in the answer.
func (t *turn) note(d *ruling) {
	if t.show != ShowNone {
		t.answers = append(t.answers, d.Decision)
	}
}

// act carries out rulings that said yes.
func (t *turn) act(yes []*ruling) error {
	for _, d := range yes {
		if err := t.carryOut(d); err != nil {
			return err
		}
		t.store(d)
	}
	return nil
}

// carryOut applies one ruling's effects, unless something stops it, which it
// then says.
func (t *turn) carryOut(d *ruling) error {
	r := d.rule
	if r.Percent > 0 && r.Percent < 100 && share(r.Key, d.Subject) >= r.Percent {
		d.Reason = engine.OutsideShare
		return nil
	}
	if err := t.occurrence(d); err != nil || d.Outcome != engine.OutcomeTrue || d.Reason != "" {
		return err
	}
	t.refocus(d)
	if err := t.evaluate(d); err != nil || d.Outcome != engine.OutcomeTrue {
		return err
	}
	if r.Shadow {
		d.Reason = engine.InShadow
		return nil
	}
	if why, err := t.limited(d); err != nil || why != "" {
		d.Reason = why
		return err
	}
	t.use(d)
	for i := range d.plan {
		if err := t.effect(d, i); err != nil {
			return err
		}
	}
	t.keepGiven(d)
	if len(t.cache.failing) > 0 && t.cache.failing[failKey(r)] > 0 {
		delete(t.cache.failing, failKey(r))
		t.setMark(failKey(r), nil)
	}
	return nil
}

// refocus points the facts at a ruling's occasion again, after the effects of
// another one may have moved them.
func (t *turn) refocus(d *ruling) {
	if t.facts.Event != d.occ.event || t.facts.Member != d.occ.member || t.facts.Now != d.at {
		t.setFacts(d.occ, d.at)
	}
}

// share places a subject between 0 and 99 for a rule, the same for ever.
func share(rule, subject string) int {
	h := fnv.New32a()
	h.Write([]byte(rule + "\x00" + subject))
	return int(h.Sum32() % 100)
}

// occurrence finds what the decision acts on once, and whether that was done.
func (t *turn) occurrence(d *ruling) error {
	r := d.rule
	switch r.Once {
	case engine.OncePerMember:
		d.Occurrence = "member"
	case engine.OncePerDay:
		d.Occurrence = "day:" + t.view.Zone.Day(d.at.Std()).String()
	case engine.OncePerValue:
		t.facts.Steps = engine.MaxSteps
		v, err := r.OnceExpr.Eval(&t.facts)
		if t.reader.err != nil {
			return t.reader.err
		}
		if err != nil {
			return t.failedQuietly(d, err)
		}
		if !v.Known() {
			d.unknown(v.Reason())
			d.Detail = "once"
			return nil
		}
		d.Occurrence = v.Key()
	default:
		if d.Occurrence == "" {
			d.Occurrence = "event:" + strconv.FormatInt(d.Position, 10)
		}
		return nil
	}
	b, err := t.mark(onceKey(r.Key, d.Subject, d.Occurrence))
	if err == nil && b != nil {
		d.Reason = engine.AlreadyDone
	}
	return err
}

// failedQuietly turns a yes into a rule error; the caller stores it.
func (t *turn) failedQuietly(d *ruling, cause error) error {
	n, shown := len(t.changes.Decisions), len(t.answers)
	err := t.failed(d, cause)
	t.changes.Decisions, t.answers = t.changes.Decisions[:n], t.answers[:shown]
	return err
}

// use marks the occurrence as used up.
func (t *turn) use(d *ruling) {
	if d.rule.Once == engine.OncePerEvent || d.rule.Once == "" {
		return
	}
	t.setMark(onceKey(d.rule.Key, d.Subject, d.Occurrence), mustJSON(given{Position: d.Position}))
}

// given is what a used occurrence remembers: where, and what was given, for reverse.
type given struct {
	Position int64           `json:"p"`
	Effects  []engine.Effect `json:"e,omitempty"`
	Reversed bool            `json:"r,omitempty"`
}

// keepGiven remembers what was given where some rule may claw it back.
func (t *turn) keepGiven(d *ruling) {
	if !t.view.reversed[d.rule.Key] || d.rule.Once == engine.OncePerEvent || d.rule.Once == "" {
		return
	}
	t.setMark(onceKey(d.rule.Key, d.Subject, d.Occurrence), mustJSON(given{Position: d.Position, Effects: d.Effects}))
}

// onceKey is the mark of one used occurrence. Long parts are hashed together.
func onceKey(rule, subject, occurrence string) string {
	sum := sha256.Sum256([]byte(subject + "\x00" + occurrence))
	return "once|" + rule + "|" + hex.EncodeToString(sum[:16])
}

var errNoMember = errors.New("this effect needs a member and the rule has none in question")
