package machine

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/bylaw-dev/bylaw/engine"
)

// incoming is one event of a turn on its way in.
type incoming struct {
	sub   *submission
	index int // in the submission
	event *engine.Event
	claim engine.EventClaim
	who   string // the keys of the identities that the event names; "" where it names none
	to    string
	id    string // the member who had the identity when cells were loaded
	found bool   // cells holds all that count the event, if it still is that member's
	cells []counter
	room  [2]counter // where cells lie when they are few
	desk  *desk      // of a simulation: the member who had the identity
}

// counter is a cell that counts an event.
type counter struct {
	entry *entry[slot]
	key   string
	shape int
}

// name writes the keys of the identities that the event names, but for one who
// sits at a desk.
func (x *incoming) name() {
	if r := &x.event.Member; x.desk == nil && r.ID == "" && !r.IsZero() {
		x.who = r.Key()
	}
	if r := &x.event.To; r.ID == "" && !r.IsZero() {
		x.to = r.Key()
	}
}

// refuse answers the event as invalid.
func (x *incoming) refuse(problems ...engine.Problem) {
	x.sub.results[x.index] = Result{ID: x.event.ID, Status: Invalid, Problems: problems}
}

// accept takes the events of a group of submissions: checks, claims their ids,
// loads what they touch and decides them in order.
func (t *turn) accept(group []*submission) error {
	in, err := t.strangers(t.gather(group))
	if err != nil {
		return err
	}
	if in, err = t.claim(in); err != nil {
		return err
	}
	for _, x := range in {
		x.name()
	}
	if err := t.preload(in); err != nil {
		return err
	}
	for _, x := range in {
		t.received, t.show = x.sub.batch.Received, x.sub.batch.Show
		t.witness(x)
		decisions, err := t.process(x)
		if err != nil {
			return fmt.Errorf("event %q: %w", x.event.ID, err)
		}
		t.noteAnswers(x)
		x.sub.results[x.index] = Result{
			ID: x.event.ID, Status: Accepted, Position: x.event.Position,
			Decisions: shown(decisions, x.sub.batch.Show),
		}
	}
	t.noteAll(group)
	return t.answerDuplicates(group)
}

// gather validates events and answers those that cannot be accepted. A turn may
// run again after a conflict, so it works on copies.
func (t *turn) gather(group []*submission) []*incoming {
	var in []*incoming
	for _, s := range group {
		if s.work != nil {
			continue
		}
		s.results, s.noted = make([]Result, len(s.batch.Events)), nil
		events := slices.Clone(s.batch.Events)
		room := make([]incoming, len(events))
		for i := range events {
			e, x := &events[i], &room[i]
			e.Source, e.History, e.Revision = s.batch.Source, s.batch.History, t.view.Lane.Revision
			*x = incoming{sub: s, index: i, event: e}
			problems := s.batch.Problems[i]
			if problems == nil {
				x.claim.Body = t.hashes.body(e) // before what is left out is filled in
				problems = validate(e, i, &s.batch, t.view.Defs)
			}
			if problems != nil {
				x.refuse(problems...)
				continue
			}
			in = append(in, x)
		}
	}
	return in
}

// strangers refuses events that name a member by an id that nobody has: only
// identities make new members.
func (t *turn) strangers(in []*incoming) ([]*incoming, error) {
	var keys []engine.RecordKey
	for _, x := range in {
		for _, id := range [...]string{x.event.Member.ID, x.event.To.ID} {
			if id != "" {
				keys = append(keys, engine.RecordKey{Kind: engine.MemberRecord, Key: id})
			}
		}
	}
	if len(keys) == 0 {
		return in, nil
	}
	if err := t.ensure(keys); err != nil {
		return nil, err
	}
	known := in[:0]
	for _, x := range in {
		if problems := t.stranger(x); problems != nil {
			x.refuse(problems...)
			continue
		}
		known = append(known, x)
	}
	return known, nil
}

func (t *turn) stranger(x *incoming) (problems []engine.Problem) {
	for _, r := range [...]struct{ field, id string }{{"/member", x.event.Member.ID}, {"/to", x.event.To.ID}} {
		if r.id == "" {
			continue
		}
		if m, _ := t.cache.members.get(r.id); m == nil {
			problems = append(problems, engine.Problem{
				Code: "unknown_member", Path: "/events/" + strconv.Itoa(x.index) + r.field + "/id",
				Message: engine.Text{En: fmt.Sprintf("no member has the id %q", r.id), Zh: fmt.Sprintf("没有 id 为 %q 的成员", r.id)},
				Hint: engine.Text{
					En: "ids are made by Bylaw; name somebody new by {\"channel\", \"external_id\"} and a member is created",
					Zh: "id 由系统生成；新成员请用 {\"channel\", \"external_id\"} 指明，系统会自动创建"}})
		}
	}
	return problems
}

// claim gives events their positions, takes the new ids and answers the events
// that were here before.
func (t *turn) claim(in []*incoming) ([]*incoming, error) {
	if len(in) == 0 {
		return nil, nil
	}
	claims := make([]engine.EventClaim, len(in))
	for i, x := range in {
		x.event.Position = t.next
		t.next += engine.PositionStride
		x.claim.ID, x.claim.Position = t.hashes.id(x.event), x.event.Position
		claims[i] = x.claim
	}
	seen, err := t.tx.Claim(t.ctx, claims)
	if err != nil {
		return nil, fmt.Errorf("claim event ids: %w", err)
	}
	news := in[:0]
	for i, x := range in {
		if s, dup := seen[i]; dup {
			x.sub.results[x.index] = repeated(x, s)
			continue
		}
		news = append(news, x)
	}
	return news, nil
}

// repeated answers an event that was accepted before.
func repeated(x *incoming, s engine.Seen) Result {
	if s.SameBody {
		return Result{ID: x.event.ID, Status: Duplicate, Position: s.Position}
	}
	return Result{ID: x.event.ID, Status: Invalid, Problems: []engine.Problem{{
		Code: "id_reused", Path: "/events/" + strconv.Itoa(x.index) + "/id",
		Message: engine.Text{
			En: fmt.Sprintf("the id %q was sent before with another body", x.event.ID),
			Zh: fmt.Sprintf("id %q 已被内容不同的事件使用", x.event.ID)},
		Hint: engine.Text{
			En: "give each event an id of its own; to correct an event send a new one",
			Zh: "每个事件用自己的 id；要更正请发新事件"},
	}}}
}

// shown keeps the decisions that an answer lists.
func shown(all []engine.Decision, show Show) []engine.Decision {
	switch show {
	case ShowAll:
		return all
	case ShowNone:
		return nil
	}
	var out []engine.Decision
	for _, d := range all {
		if d.Outcome == engine.OutcomeTrue || d.Answer != "" {
			out = append(out, d)
		}
	}
	return out
}
