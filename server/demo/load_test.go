package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/server/store"
)

const workspace = "default"

// loaded is a community in some store.
type loaded struct {
	store   engine.Store
	machine *machine.Machine
	reader  engine.Reader
}

func load(t *testing.T, s engine.Store, size Size) loaded {
	t.Helper()
	l := loaded{s, machine.New(machine.Options{Store: s, Books: &rules.Books{}}), s.Reader(workspace)}
	last, total := int64(0), size.Events()
	err := Load(t.Context(), Options{Workspace: workspace, Machine: l.machine, Reader: l.reader, Size: size, Report: func(done int64) {
		if done < last || done > total {
			t.Errorf("progress goes from %d to %d of %d", last, done, total)
		}
		last = done
	}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func sqlite(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "demo.db"), Instance: t.Name()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// all reads a list to its end.
func all[T any](t *testing.T, list func(engine.Page) (engine.Rows[T], error)) (out []T) {
	t.Helper()
	for page := (engine.Page{Limit: 1000}); ; {
		rows, err := list(page)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rows.Items...)
		if page.Cursor = rows.Next; page.Cursor == "" {
			return out
		}
	}
}

func (l loaded) decisions(t *testing.T) []engine.Decision {
	return all(t, func(p engine.Page) (engine.Rows[engine.Decision], error) {
		return l.reader.ListDecisions(t.Context(), engine.DecisionQuery{Page: p})
	})
}

func (l loaded) ledger(t *testing.T) []engine.LedgerEntry {
	return all(t, func(p engine.Page) (engine.Rows[engine.LedgerEntry], error) {
		return l.reader.ListLedger(t.Context(), engine.LedgerQuery{Page: p})
	})
}

func (l loaded) items(t *testing.T, kind string) []engine.Item {
	return all(t, func(p engine.Page) (engine.Rows[engine.Item], error) {
		return l.reader.ListItems(t.Context(), engine.ItemQuery{Kind: kind, Page: p})
	})
}

func (l loaded) deliveries(t *testing.T) []engine.Delivery {
	return all(t, func(p engine.Page) (engine.Rows[engine.Delivery], error) {
		return l.reader.ListDeliveries(t.Context(), engine.DeliveryQuery{Page: p})
	})
}

func (l loaded) members(t *testing.T) []engine.Record {
	return all(t, func(p engine.Page) (engine.Rows[engine.Record], error) {
		return l.reader.ListRecords(t.Context(), engine.MemberRecord, "", p)
	})
}

func (l loaded) events(t *testing.T) (out []engine.StoredEvent) {
	t.Helper()
	for after := int64(0); ; {
		page, err := l.reader.Events(t.Context(), engine.EventQuery{After: after, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return out
		}
		out, after = append(out, page...), page[len(page)-1].Position
	}
}

// hash is over everything that a load leaves behind, part by part.
func (l loaded) hash(t *testing.T) map[string]string {
	sums := map[string]string{}
	add := func(part string, v any) {
		body, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(body)
		sums[part] = hex.EncodeToString(sum[:])
	}
	add("events", l.events(t))
	add("decisions", l.decisions(t))
	add("ledger", l.ledger(t))
	add("members", l.members(t))
	add("deliveries", l.deliveries(t))
	for _, kind := range []string{"task", "review", "application"} {
		items := l.items(t, kind)
		add(kind, items)
		bodies := ""
		for _, i := range items {
			bodies += string(i.Body)
		}
		add(kind+" bodies", bodies)
	}
	return sums
}

// Two loads leave the same, in whatever database.
func TestTwoLoadsAreTheSame(t *testing.T) {
	size := Size{Members: 160, Days: 34}
	one, two := load(t, scratch.New(), size), load(t, sqlite(t), size)
	if n := len(one.events(t)); n < 2000 {
		t.Fatalf("%d events", n)
	}
	a, b := one.hash(t), two.hash(t)
	for part := range a {
		if a[part] != b[part] {
			t.Errorf("%s differ", part)
		}
	}
	difference(t, two)
	other := load(t, scratch.New(), Size{Members: 160, Days: 33}).hash(t)
	if a["ledger"] == other["ledger"] || a["decisions"] == other["decisions"] {
		t.Error("the hash does not see another community")
	}
}

// difference replays the log and compares.
func difference(t *testing.T, l loaded) {
	t.Helper()
	report, err := l.machine.Verify(t.Context(), workspace, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Differences) > 0 {
		t.Errorf("a replay differs: %v", report.Differences[0])
	}
}

// outOfSeason are rules that a story of autumn cannot meet, and those that
// decide only what is rare in a small community.
var outOfSeason = map[string]bool{"dragon-boat": true, "spring-festival": true, "great-question": true, "great-answer": true,
	"good-question": true, "good-answer": true, "to-leader": true, "regular-guest": true}

// Every rule acts on some and not on all, so that each page of the console has
// something to show.
func TestEveryRuleActs(t *testing.T) {
	size := Size{Members: 700, Days: 90}
	l := load(t, scratch.New(), size)
	view, err := l.machine.State(context.Background(), workspace)
	if err != nil {
		t.Fatal(err)
	}
	acted, subjects := map[string]int{}, map[string]map[string]bool{}
	answers := map[string]int{}
	for _, d := range l.decisions(t) {
		if d.Outcome == engine.OutcomeError {
			t.Errorf("rule %s fails: %s", d.Rule, d.Detail)
		}
		answers[d.Answer]++
		if d.Outcome != engine.OutcomeTrue || d.Reason != "" {
			continue
		}
		acted[d.Rule]++
		if subjects[d.Rule] == nil {
			subjects[d.Rule] = map[string]bool{}
		}
		subjects[d.Rule][d.Subject] = true
	}
	if len(view.Book.Rules) < 40 {
		t.Errorf("%d rules are live", len(view.Book.Rules))
	}
	for _, r := range view.Book.Rules {
		if acted[r.Key] == 0 && !outOfSeason[r.Key] {
			t.Errorf("rule %s never acts", r.Key)
		}
		if len(subjects[r.Key]) > size.Members*9/10 {
			t.Errorf("rule %s acts on nearly everybody: %d", r.Key, len(subjects[r.Key]))
		}
	}
	for _, answer := range []string{"admit", "wait", "deny"} {
		if answers[answer] == 0 {
			t.Errorf("no threshold ever says %s: %v", answer, answers)
		}
	}
	t.Log(acted)
	checkPlaces(t, l)
	checkWork(t, l)
}

// checkPlaces looks at who stands where at the end.
func checkPlaces(t *testing.T, l loaded) {
	tiers, groups, badges, officers, left := map[string]int{}, map[string]int{}, map[string]int{}, 0, 0
	for _, r := range l.members(t) {
		var m engine.Member
		if err := json.Unmarshal(r.Body, &m); err != nil {
			t.Fatal(err)
		}
		tiers[m.Tiers[engine.DefaultLadder].Tier]++
		for g, in := range m.Groups {
			groups[g]++
			officers += len(in.Roles)
		}
		for b := range m.Badges {
			badges[b]++
		}
		if m.LeftAt != 0 {
			left++
		}
	}
	for _, tier := range []string{"onlooker", "participant", "active", "advocate", "co-leader"} {
		if tiers[tier] == 0 {
			t.Errorf("nobody is in tier %q: %v", tier, tiers)
		}
	}
	for _, g := range []string{groupMain, groupCore, groupSecond, groupHeld, groupClub} {
		if groups[g] == 0 {
			t.Errorf("nobody is in group %s: %v", g, groups)
		}
	}
	if officers < 8 || left == 0 || len(badges) < 8 {
		t.Errorf("%d officers, %d left, badges %v", officers, left, badges)
	}
	t.Log(tiers, groups, badges, officers, left)
}

// checkWork looks at what people have worked on and what is left to do.
func checkWork(t *testing.T, l loaded) {
	states := map[string]int{}
	for _, kind := range []string{"task", "review", "application", "lead", "coupon"} {
		for _, i := range l.items(t, kind) {
			states[kind+" "+i.State]++
		}
	}
	for _, s := range []string{"task open", "task done", "review open", "review done", "application admitted", "application denied", "application waiting", "lead open"} {
		if states[s] == 0 {
			t.Errorf("there is no %s: %v", s, states)
		}
	}
	sum := int64(0)
	kinds := map[string]int{}
	for _, e := range l.ledger(t) {
		sum += e.Amount
		kinds[e.Kind]++
	}
	if sum <= 0 || kinds["grant"] == 0 || kinds["reverse"] == 0 || kinds["deduct"] == 0 {
		t.Errorf("the ledger: %d points, %v", sum, kinds)
	}
	for _, d := range l.deliveries(t) {
		if d.Channel != "group-chat" || d.CreatedAt > Now {
			t.Fatalf("a delivery that should not be: %s", fmt.Sprint(d))
		}
	}
}
