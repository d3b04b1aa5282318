package machine

import (
	"crypto/sha256"
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
}

// accept takes the events of a group of submissions: checks, claims their ids,
// loads what they touch and decides them in order.
func (t *turn) accept(group []*submission) error {
	in := t.gather(group)
	in, err := t.claim(in)
	if err != nil {
		return err
	}
	if err := t.preload(in); err != nil {
		return err
	}
	for _, x := range in {
		t.received, t.show = x.sub.batch.Received, x.sub.batch.Show
		decisions, err := t.process(x.event)
		if err != nil {
			return fmt.Errorf("event %q: %w", x.event.ID, err)
		}
		x.sub.results[x.index] = Result{
			ID: x.event.ID, Status: Accepted, Position: x.event.Position,
			Decisions: shown(decisions, x.sub.batch.Show),
		}
	}
	return t.answerDuplicates(group)
}

// gather validates events and gives each acceptable one a position. A turn may
// run again after a conflict, so it works on copies.
func (t *turn) gather(group []*submission) []*incoming {
	var in []*incoming
	for _, s := range group {
		if s.work != nil {
			continue
		}
		s.results = make([]Result, len(s.batch.Events))
		events := slices.Clone(s.batch.Events)
		for i := range events {
			e := &events[i]
			e.Source, e.History, e.Revision = s.batch.Source, s.batch.History, t.view.Lane.Revision
			problems := s.batch.Problems[i]
			if problems == nil {
				problems = validate(e, i, &s.batch, t.view.Defs)
			}
			if problems != nil {
				s.results[i] = Result{ID: e.ID, Status: Invalid, Problems: problems}
				continue
			}
			e.Position = t.next
			t.next += engine.PositionStride
			in = append(in, &incoming{sub: s, index: i, event: e, claim: engine.EventClaim{
				ID: idHash(e), Body: bodyHash(e, &s.batch.Events[i]), Position: e.Position}})
		}
	}
	return in
}

// claim takes the new ids and answers the events that were here before.
func (t *turn) claim(in []*incoming) ([]*incoming, error) {
	first := make(map[[16]byte]*incoming, len(in))
	fresh := in[:0:0]
	claims := make([]engine.EventClaim, 0, len(in))
	var twins []*incoming // of an id that stands earlier in this same turn
	for _, x := range in {
		if first[x.claim.ID] != nil {
			twins = append(twins, x)
			continue
		}
		first[x.claim.ID] = x
		fresh = append(fresh, x)
		claims = append(claims, x.claim)
	}
	if len(claims) == 0 {
		return nil, nil
	}
	seen, err := t.tx.Claim(t.ctx, claims)
	if err != nil {
		return nil, fmt.Errorf("claim event ids: %w", err)
	}
	news := fresh[:0:0]
	for i, x := range fresh {
		if s, dup := seen[i]; dup {
			x.sub.results[x.index] = repeated(x, s)
			continue
		}
		news = append(news, x)
	}
	for _, x := range twins {
		one := first[x.claim.ID]
		s := engine.Seen{Position: one.claim.Position, SameBody: one.claim.Body == x.claim.Body}
		x.sub.results[x.index] = repeated(x, s)
	}
	if len(news) > 0 {
		t.changes.Position = news[len(news)-1].claim.Position
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

func idHash(e *engine.Event) (h [16]byte) {
	s := sha256.Sum256([]byte(e.Source + "\x00" + e.ID))
	copy(h[:], s[:])
	return h
}

// bodyHash is over what was sent, so that "at" left out stays equal on a retry.
func bodyHash(e, sent *engine.Event) (h [8]byte) {
	c := *e
	c.At, c.Position, c.Revision = sent.At, 0, 0
	b := engine.EncodeEvent(&c)
	b = append(b, e.Type...)
	b = append(b, 0)
	b = append(b, sent.Member.ID...)
	b = append(b, 0)
	b = append(b, sent.To.ID...)
	b = strconv.AppendInt(append(b, 0), int64(sent.At), 10)
	s := sha256.Sum256(b)
	copy(h[:], s[:])
	return h
}

// answerDuplicates fills in the stored decisions of duplicates.
func (t *turn) answerDuplicates(group []*submission) error {
	var positions []int64
	for _, s := range group {
		for i := range s.results {
			if r := &s.results[i]; r.Status == Duplicate && s.batch.Show != ShowNone {
				positions = append(positions, r.Position)
			}
		}
	}
	if len(positions) == 0 {
		return nil
	}
	stored, err := t.tx.Decisions(t.ctx, positions)
	if err != nil {
		return fmt.Errorf("read decisions of duplicates: %w", err)
	}
	by := map[int64][]engine.Decision{}
	for _, d := range append(stored, t.changes.Decisions...) {
		outer := d.Position / engine.PositionStride * engine.PositionStride
		if !slices.ContainsFunc(by[outer], func(x engine.Decision) bool { return x.Position == d.Position && x.Number == d.Number }) {
			by[outer] = append(by[outer], d)
		}
	}
	for _, s := range group {
		for i := range s.results {
			if r := &s.results[i]; r.Status == Duplicate {
				r.Decisions = shown(by[r.Position], s.batch.Show)
			}
		}
	}
	return nil
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
