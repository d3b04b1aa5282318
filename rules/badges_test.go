package rules

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// recount answers metrics by going through all events again: no window state,
// nothing clever, only what the badge pack needs.
type recount struct {
	t      *testing.T
	table  *engine.MetricTable
	events []*engine.Event // accepted so far, the current one last
}

func (r *recount) Metric(id int, f *engine.Facts) engine.Value {
	m := r.table.All[id]
	if m.Source != engine.OfMember || m.Window != "all" || m.Exclude || m.Agg != engine.Count && m.Agg != engine.Sum {
		r.t.Fatalf("the badge pack reads %+v, which this test does not know", m)
	}
	total := int64(0)
	for _, e := range r.events {
		if e.Type != m.Type || e.MemberID != f.Member.ID || !passes(m.Filter, e, f.Event) {
			continue
		}
		if m.Agg == engine.Count {
			total++
		} else {
			total += e.Prop(m.Field).Num
		}
	}
	return engine.IntValue(total)
}

func passes(filter []engine.MetricFilter, e, current *engine.Event) bool {
	for _, x := range filter {
		want := x.Const
		if x.FromEvent != "" {
			want = current.Prop(strings.TrimPrefix(x.FromEvent, "props."))
		}
		if !e.Prop(x.Name).Equal(want) {
			return false
		}
	}
	return true
}

type award struct{ member, badge, content, event string }

// TestBadgesOfARealCommunity runs the pack's compiled conditions over a real
// community's events and compares every award and the event that caused it with
// an independent reading of the same events.
func TestBadgesOfARealCommunity(t *testing.T) {
	p, s := loadPack(t, "stackexchange-badges")
	table := engine.NewMetricTable()
	var rules []*engine.Rule
	for _, r := range p.Rules {
		rule, found := Compile(r.Document, 1, s, table)
		if rule == nil {
			t.Fatal(Format(r.File, "en", found))
		}
		rules = append(rules, rule)
	}
	var got []award
	done := map[string]bool{}
	counted := &recount{t: t, table: table}
	for _, e := range readEvents(t) {
		counted.events = append(counted.events, e)
		for _, r := range rules {
			if a, ok := decide(t, r, e, counted, s); ok && !done[r.Key+"|"+a.member+"|"+occurrence(r, e)] {
				done[r.Key+"|"+a.member+"|"+occurrence(r, e)] = true
				got = append(got, a)
			}
		}
	}
	sameAwards(t, got, readExpected(t))
}

func sameAwards(t *testing.T, got, want []award) {
	t.Helper()
	byAll := func(a, b award) int {
		return slices.Compare([]string{a.member, a.badge, a.content, a.event}, []string{b.member, b.badge, b.content, b.event})
	}
	slices.SortFunc(got, byAll)
	slices.SortFunc(want, byAll)
	if len(want) == 108 && slices.Equal(got, want) {
		return
	}
	t.Errorf("%d awards, want %d (108 in the file)", len(got), len(want))
	for _, a := range got {
		if !slices.Contains(want, a) {
			t.Errorf("not expected: %+v", a)
		}
	}
	for _, a := range want {
		if !slices.Contains(got, a) {
			t.Errorf("missing: %+v", a)
		}
	}
}

func decide(t *testing.T, r *engine.Rule, e *engine.Event, m engine.MetricReader, s Scope) (award, bool) {
	if !slices.Contains(r.On, e.Type) {
		return award{}, false
	}
	f := &engine.Facts{Event: e, Member: &engine.Member{ID: e.MemberID}, Defs: s.Defs, Now: e.At, Zone: calendar.NewZone(nil), Metrics: m, Steps: engine.MaxSteps}
	a := award{member: e.Member.ExternalID, event: e.ID}
	if r.OnceExpr != nil {
		v, err := r.OnceExpr.Eval(f)
		if err != nil {
			t.Fatal(err)
		}
		a.content = v.Text()
	}
	for _, effect := range r.Then {
		badge, ok := effect.Field("badge")
		if effect.Kind != engine.AwardBadge || !ok {
			t.Fatalf("%s does more than award a badge", r.Key)
		}
		a.badge = s.Defs.Rewards[badge.Key].Title.En
	}
	if r.When == nil {
		return a, true
	}
	truth, err := r.When.Eval(f)
	if err != nil {
		t.Fatal(err)
	}
	return a, truth == engine.Yes
}

func occurrence(r *engine.Rule, e *engine.Event) string {
	if r.Once == engine.OncePerMember {
		return ""
	}
	return e.Prop("content_id").Text()
}

func readEvents(t *testing.T) []*engine.Event {
	t.Helper()
	data, err := os.ReadFile("testdata/stackexchange/events.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var events []*engine.Event
	lines := bufio.NewScanner(bytes.NewReader(data))
	for lines.Scan() {
		var line struct {
			ID, Type string
			At       engine.Time
			Member   engine.Identity
			Props    map[string]engine.Value
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		e := &engine.Event{ID: line.ID, Type: line.Type, At: line.At, Member: engine.MemberRef{Identity: line.Member}, MemberID: line.Member.Key()}
		for name, v := range line.Props {
			e.Props = append(e.Props, engine.Prop{Name: name, Value: v})
		}
		events = append(events, e)
	}
	if len(events) != 1685 {
		t.Fatalf("%d events, want 1,685", len(events))
	}
	return events
}

func readExpected(t *testing.T) []award {
	t.Helper()
	file, err := os.Open("testdata/stackexchange/expected.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []award
	for _, row := range rows[1:] {
		list = append(list, award{row[0], row[1], row[2], row[3]})
	}
	return list
}
