package trials_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/service/trials"
)

// town is a workspace of 20 members with a past: all said one thing 40 days
// ago, ten of them another yesterday, and five of these two more.
type town struct {
	store *scratch.Store
	m     *machine.Machine
	now   engine.Time
	n     int
}

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{store: scratch.New(), now: engine.TimeOf(time.Date(2026, 3, 2, 2, 0, 0, 0, time.UTC))}
	w.m = machine.New(machine.Options{Store: w.store, Books: &rules.Books{}})
	for _, key := range []string{"main", "core"} {
		group, err := json.Marshal(engine.GroupDef{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.m.Define(t.Context(), "w", "test", w.now, []machine.Write{{Kind: engine.DefineGroup, Key: key, Body: group}}, nil); err != nil {
			t.Fatal(err)
		}
	}
	begun := w.now
	w.now = begun.Add(-40 * 24 * time.Hour)
	w.say(t, "message.sent", 20)
	w.now = begun.Add(-24 * time.Hour)
	w.say(t, "message.sent", 10)
	w.say(t, "message.sent", 5)
	w.say(t, "message.sent", 5)
	for i := range 8 {
		w.send(t, engine.Event{Type: "bylaw.group.join", Group: "main", Member: who(i)}, true)
	}
	w.now = begun
	return w
}

func who(i int) engine.MemberRef {
	return engine.MemberRef{Identity: engine.Identity{Channel: "app", ExternalID: fmt.Sprint("m", i)}}
}

func (w *town) say(t *testing.T, typ string, members int) {
	t.Helper()
	for i := range members {
		w.send(t, engine.Event{Type: typ, Member: who(i)}, false)
	}
}

func (w *town) send(t *testing.T, e engine.Event, reserved bool) {
	t.Helper()
	w.n++
	e.ID, e.At = fmt.Sprint(w.n), w.now
	r, err := w.m.Accept(t.Context(), "w", machine.Batch{Source: "test", Received: w.now, Reserved: reserved, Events: []engine.Event{e}})
	if err != nil || r[0].Status != machine.Accepted {
		t.Fatal(r, err)
	}
}

func (w *town) reach(t *testing.T, document string, percent int) trials.Reach {
	t.Helper()
	view, err := w.m.State(t.Context(), "w")
	if err != nil {
		t.Fatal(err)
	}
	doc, _ := rules.Parse([]byte(document))
	book, problems := rules.CompileAlone(doc, 1, rules.Scope{Defs: view.Defs})
	if book == nil {
		t.Fatal(rules.Format("rule", "en", problems))
	}
	book.Rules[0].Percent = percent
	ctx, audit := engine.WithAudit(context.Background(), "", engine.AuditEntry{ID: "a"})
	n, err := trials.Runner{}.Reach(ctx, trials.Asked{Book: book, Defs: view.Defs, Live: w.store.Reader("w"), Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	if _, pending := audit.Pending(); !pending {
		t.Error("counting wrote the request's audit row")
	}
	return n
}

// Whom a rule touches is counted by the real machine: of events those of the
// last 30 days, with windows from before; of schedules and reviews, now.
func TestReach(t *testing.T) {
	w := newTown(t)
	before := w.store.Fork()
	head := "key: k\ntitle: {en: K}\n"
	for _, test := range []struct {
		name, document   string
		touches, unknown int
		basis            string
	}{
		{"all who spoke lately", "kind: reward\non: message.sent\nthen: [add_tag: {tag: x}]", 10, 0, trials.ByLog},
		{"by what was said long ago", "kind: reward\non: message.sent\nwhen: 'events(\"message.sent\", \"all\").count() >= 4'\nthen: [add_tag: {tag: x}]", 5, 0, trials.ByLog},
		{"nobody", "kind: reward\non: message.sent\nwhen: 'events(\"message.sent\", \"all\").count() >= 5'\nthen: [add_tag: {tag: x}]", 0, 0, trials.ByLog},
		{"unknown", "kind: reward\non: message.sent\nwhen: 'member.attrs.city == \"x\"'\nthen: [add_tag: {tag: x}]", 0, 10, trials.ByLog},
		{"put off", "kind: reward\non: message.sent\nafter: 2h\nthen: [add_tag: {tag: x}]", 10, 0, trials.ByLog},
		{"a tier", "kind: tier\non: message.sent\ntier: {to: active}\nwhen: 'events(\"message.sent\", \"all\").count() >= 4'", 5, 0, trials.ByLog},
		{"a schedule", "kind: campaign\nevery: '0 9 * * *'\nwhen: 'events(\"message.sent\", \"7d\").count() >= 1'\nthen: [add_tag: {tag: x}]", 10, 0, trials.ByNow},
		{"a schedule with an audience", "kind: campaign\nevery: '0 9 * * *'\naudience: 'in_group(\"main\")'\nthen: [add_tag: {tag: x}]", 8, 0, trials.ByNow},
		{"a schedule about groups", "kind: campaign\nevery: '0 9 * * *'\nsubject: group\nthen: [create_task: {text: x}]", 8, 0, trials.ByNow},
		{"a review", "kind: tier\nreview: {every: week, groups: [main, core], score: 'member.days_in_group', up: {top: 3, from: main, to: core}}", 3, 0, trials.ByNow},
	} {
		document := head + test.document
		n := w.reach(t, document, 0)
		if n.Touches != test.touches || n.Unknown != test.unknown || n.Basis != test.basis || n.Members != 20 || !n.Complete {
			t.Errorf("%s: %+v, want %d, %d by %s", test.name, n, test.touches, test.unknown, test.basis)
		}
	}
	n := w.reach(t, head+"kind: campaign\nevery: '0 9 * * *'\nthen: [add_tag: {tag: x}]", 0)
	if share := w.reach(t, head+"kind: campaign\nevery: '0 9 * * *'\nthen: [add_tag: {tag: x}]", 30); n.Touches != 20 || share.Touches == 0 || share.Touches > 12 {
		t.Errorf("of all %+v, of 30 %%: %+v", n, share)
	}
	for _, kind := range []engine.RecordKind{engine.MemberRecord, engine.MarkRecord, engine.CellRecord} {
		a, errA := before.Reader("w").ListRecords(t.Context(), kind, "", engine.Page{Limit: 10_000})
		b, errB := w.store.Reader("w").ListRecords(t.Context(), kind, "", engine.Page{Limit: 10_000})
		if errA != nil || errB != nil || fmt.Sprint(a) != fmt.Sprint(b) {
			t.Errorf("counting changed %s records", kind)
		}
	}
}
