package machine

import (
	"github.com/bylaw-dev/bylaw/engine"
)

// pair is a member's present mentor, as a mark, because a turn cannot read items.
type pair struct {
	Item   string      `json:"id"`
	Mentor string      `json:"m"`
	Tier   string      `json:"t"`
	At     engine.Time `json:"at"`
}

// maxMentors bounds among how many a mentor is looked for.
const maxMentors = 1000

// menteesKey is the mark of how many somebody mentors.
func menteesKey(mentor string) string { return keyOf("mentees", mentor) }

// assignMentor pairs the member with the one of a tier who has the fewest; of
// equals with the one who came first.
func (x *deed) assignMentor() error {
	if x.member.Mentor != "" {
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	tier := x.v.text("tier")
	ids, err := x.marksUpTo(TierPrefix(engine.DefaultLadder, tier), maxMentors)
	if err != nil {
		return err
	}
	mentor, pairs, err := x.leastBusy(ids)
	if err != nil {
		return err
	}
	if mentor == "" {
		x.made.Reason = engine.NoStock
		return nil
	}
	x.setCounter(menteesKey(mentor), pairs+1)
	x.pairUp(mentor, tier)
	return nil
}

func (x *deed) pairUp(mentor, tier string) {
	x.member.Mentor = mentor
	x.touchMember()
	due := engine.Time(0)
	if lasts := x.lasts("lasts"); lasts > 0 {
		due = x.in(lasts)
		x.timer(due, "mentor", keyOf("mentor", x.member.ID), timerBody{Member: x.member.ID, Ref: mentor})
	}
	id := x.item(x.d.at, engine.Item{Kind: "mentor", State: "open", Member: x.member.ID, Owner: mentor, Rule: x.d.rule.Key, Due: due},
		map[string]any{"tier": tier})
	x.setMark(pairKey(x.member.ID), mustJSON(pair{Item: id, Mentor: mentor, Tier: tier, At: x.d.at}))
	x.made.Ref = mentor
}

// leastBusy finds who is there and mentors the fewest; "" when there is nobody.
func (x *deed) leastBusy(ids []string) (mentor string, pairs int64, err error) {
	if err := x.ensureMembers(ids); err != nil {
		return "", 0, err
	}
	for _, id := range ids {
		m, err := x.present(id)
		if err != nil {
			return "", 0, err
		}
		if m == nil || id == x.member.ID {
			continue
		}
		n, err := x.counter(menteesKey(id))
		if err != nil {
			return "", 0, err
		}
		if mentor == "" || n < pairs {
			mentor, pairs = id, n
		}
	}
	return mentor, pairs, nil
}

func (x *deed) endMentor() error {
	if x.member.Mentor == "" {
		x.made.Reason = engine.AlreadyDone
		return nil
	}
	return x.unpair(x.member)
}

// unpair ends a member's mentoring and frees the mentor.
func (t *turn) unpair(m *engine.Member) error {
	m.Mentor = ""
	t.touch(engine.MemberRecord, m.ID)
	var p pair
	ok, err := t.recallMark(pairKey(m.ID), &p)
	if err != nil || !ok {
		return err
	}
	t.setMark(pairKey(m.ID), nil)
	t.item(p.At, engine.Item{Kind: "mentor", ID: p.Item, State: "ended", Member: m.ID, Owner: p.Mentor}, map[string]any{"tier": p.Tier})
	n, err := t.counter(menteesKey(p.Mentor))
	if err == nil && n > 0 {
		t.setCounter(menteesKey(p.Mentor), n-1)
	}
	return err
}
