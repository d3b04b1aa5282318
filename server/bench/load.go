package bench

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
)

// Load is the work that ingest is measured with: members of a busy community
// and the rules that watch them. Everything follows from the seed.
type Load struct {
	Members int
	Rules   int
	random  uint64
	next    int64
	begin   engine.Time // before its first event
	clock   engine.Time
	pace    int          // the least microseconds from one event to the next; the most is twice that
	recent  [1024]string // members of the last events
}

// member is one who had an event, at random.
func (l *Load) member() string { return l.recent[l.n(int(min(l.next, int64(len(l.recent)))))] }

// second is one, in microseconds.
const second = 1_000_000

// NewLoad makes a load.
func NewLoad(members, rules int) *Load {
	return &Load{Members: members, Rules: rules, random: 0x9e3779b97f4a7c15, begin: start, clock: start, pace: second}
}

// year is how long the events of NewYear last.
const year = 365 * 24 * time.Hour

// NewYear makes a load whose first events, so many, last a year that is over.
func NewYear(members, rules, events int) *Load {
	l := NewLoad(members, rules)
	l.begin = start - engine.Time((year + 24*time.Hour).Microseconds())
	l.clock = l.begin
	l.pace = int(year.Microseconds() / int64(events) * 2 / 3)
	return l
}

// start is when the load's first event happens.
const start = engine.Time(1_767_225_600_000_000) // 2026-01-01T00:00:00Z

// n is a number from 0 to max-1 (xorshift*; quality matters little, repeatability does).
func (l *Load) n(max int) int {
	l.random ^= l.random >> 12
	l.random ^= l.random << 25
	l.random ^= l.random >> 27
	return int(l.random * 0x2545F4914F6CDD1D >> 33 % uint64(max))
}

// Documents writes the rules: three and four terms, ten event types, most with
// a selective equality, some with only a threshold, as communities write them.
func (l *Load) Documents() map[string]string {
	out := map[string]string{}
	for i := range l.Rules {
		key := fmt.Sprintf("rule-%05d", i)
		typ := fmt.Sprintf("act.%d", i%10)
		terms := []string{
			fmt.Sprintf("event.props.outlet == \"outlet-%d\"", l.n(200)),
			fmt.Sprintf("events(%q, %q).count() >= %d", typ, []string{"7d", "30d", "today"}[l.n(3)], 1+l.n(4)),
			fmt.Sprintf("event.props.amount > %d", l.n(100)),
		}
		switch i % 5 {
		case 0: // no equality: every event of the type is a candidate
			terms = terms[1:]
			terms[0] = fmt.Sprintf("events(%q, \"30d\").sum(\"amount\") > %d", typ, 800+l.n(4000))
		case 1:
			terms = append(terms, "member.rank <= 3")
		}
		out[key] = fmt.Sprintf("key: %s\ntitle: {en: Load, zh: 负载}\nkind: reward\non: %s\nwhen: '%s'\nonce: day\nthen:\n  - grant_points: {amount: %d}\n",
			key, typ, strings.Join(terms, " and "), 1+l.n(20))
	}
	return out
}

// EventTypes declares the load's ten types.
func (l *Load) EventTypes() []engine.EventType {
	var out []engine.EventType
	for i := range 10 {
		out = append(out, engine.EventType{Key: fmt.Sprintf("act.%d", i), Subject: engine.SubjectMember,
			Title: engine.Text{En: "Act", Zh: "行为"}, Fields: []engine.Field{
				{Name: "outlet", Type: "string"}, {Name: "amount", Type: "integer", NonNegative: true}, {Name: "note", Type: "string"}}})
	}
	return out
}

// Writes are the definitions of the load's event types and of its rules, live.
func (l *Load) Writes() ([]machine.Write, error) {
	var out []machine.Write
	for _, t := range l.EventTypes() {
		body, err := json.Marshal(t)
		if err != nil {
			return nil, err
		}
		out = append(out, machine.Write{Kind: engine.DefineEventType, Key: t.Key, Body: body})
	}
	documents := l.Documents()
	for _, key := range slices.Sorted(maps.Keys(documents)) {
		s := &rules.Stored{Draft: documents[key]}
		if err := s.Publish(rules.Rollout{}, 0); err != nil {
			return nil, err
		}
		body, err := s.Body()
		if err != nil {
			return nil, err
		}
		out = append(out, machine.Write{Kind: engine.DefineRule, Key: key, Body: body})
	}
	return out, nil
}

// Event is one event of the load as a sender would write it: about 240 bytes.
type Event struct {
	ID, Type, Member, Outlet, Note string
	Amount                         int
	At                             engine.Time
}

// Next makes the next event.
func (l *Load) Next() Event {
	l.next++
	if l.clock >= l.begin+engine.Time(year.Microseconds()) {
		l.pace = second // what comes after a year comes fast again
	}
	l.clock += engine.Time(l.pace + l.n(l.pace))
	e := Event{
		ID:   fmt.Sprintf("%08x-%04x-%04x-%010d", l.n(1<<31), l.n(1<<16), l.n(1<<16), l.next),
		Type: fmt.Sprintf("act.%d", l.n(10)), Member: fmt.Sprintf("user-%06d", l.n(l.Members)),
		Outlet: fmt.Sprintf("outlet-%d", l.n(200)), Amount: l.n(200), At: l.clock,
		Note: "thanks for the lovely evening",
	}
	l.recent[(l.next-1)%int64(len(l.recent))] = e.Member
	return e
}

// AppendJSON writes an event in the API's form.
func (e Event) AppendJSON(b []byte) []byte {
	return fmt.Appendf(b, `{"id":%q,"type":%q,"at":%q,"member":{"channel":"app","external_id":%q},"props":{"outlet":%q,"amount":%d,"note":%q}}`,
		e.ID, e.Type, e.At.String(), e.Member, e.Outlet, e.Amount, e.Note)
}

// Engine gives the event as the engine takes it.
func (e Event) Engine() engine.Event {
	return engine.Event{ID: e.ID, Type: e.Type, At: e.At,
		Member: engine.MemberRef{Identity: engine.Identity{Channel: "app", ExternalID: e.Member}},
		Props: []engine.Prop{{Name: "amount", Value: engine.IntValue(int64(e.Amount))},
			{Name: "note", Value: engine.StringValue(e.Note)}, {Name: "outlet", Value: engine.StringValue(e.Outlet)}}}
}
