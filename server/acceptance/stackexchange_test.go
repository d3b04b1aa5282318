package acceptance

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/rules/packs"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

const community = "../../rules/testdata/stackexchange/"

// award is one row of expected.csv but for its time: who got which badge for
// which content, caused by which event.
type award struct{ member, badge, content, event string }

func expectedAwards(t *testing.T) []award {
	t.Helper()
	f, err := os.ReadFile(community + "expected.csv")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(f)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []award
	for _, r := range rows[1:] {
		out = append(out, award{r[0], r[1], r[2], r[3]})
	}
	return out
}

// communityEvents are the lines of events.jsonl.
func communityEvents(t *testing.T) []json.RawMessage {
	t.Helper()
	f, err := os.ReadFile(community + "events.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var out []json.RawMessage
	for lines := bufio.NewScanner(bytes.NewReader(f)); lines.Scan(); {
		out = append(out, json.RawMessage(slices.Clone(lines.Bytes())))
	}
	return out
}

// sent is what of an event the test needs to say who was awarded for what.
type sent struct {
	ID     string
	Member struct {
		ExternalID string `json:"external_id"`
	}
	Props struct {
		ContentID string `json:"content_id"`
	}
}

// perPost are the badges that are awarded once for each post.
var perPost = map[string]bool{"self-learner": true, "nice-question": true, "good-question": true, "great-question": true,
	"nice-answer": true, "good-answer": true, "great-answer": true}

// awards collects what answers say was awarded.
type awards struct {
	mu    sync.Mutex
	title map[string]string // badge key -> English title
	list  []award
}

func (a *awards) note(events []json.RawMessage, results []result) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, r := range results {
		if r.Status != "accepted" && r.Status != "duplicate" {
			return fmt.Errorf("event %s is %s", r.ID, r.Status)
		}
		if r.Status == "duplicate" {
			continue // its decisions are the stored ones, noted before
		}
		var e sent
		if err := json.Unmarshal(events[i], &e); err != nil {
			return err
		}
		for _, d := range r.Decisions {
			for _, f := range d.Effects {
				badge := fmt.Sprint(f.Fields["badge"])
				x := award{member: e.Member.ExternalID, badge: a.title[badge], event: e.ID}
				if perPost[badge] {
					x.content = e.Props.ContentID
				}
				a.list = append(a.list, x)
			}
		}
	}
	return nil
}

// installPack installs a bundled pack with the command line, beside the running
// server, as the README says; it answers the titles of the badges.
func installPack(s *server, name string) (titles map[string]string) {
	s.t.Helper()
	if out, err := s.command("rules", "apply", "rules/packs/"+name).CombinedOutput(); err != nil {
		s.t.Fatalf("rules apply: %v\n%s", err, out)
	}
	folder, err := fs.Sub(packs.FS, name)
	if err != nil {
		s.t.Fatal(err)
	}
	pack, _ := rules.LoadPack(folder)
	titles = map[string]string{}
	for _, d := range pack.Requires {
		var body engine.Reward
		if d.Kind != engine.DefineReward {
			continue
		}
		if err := json.Unmarshal(d.Body, &body); err != nil {
			s.t.Fatal(err)
		}
		titles[d.Key] = body.Title.En
	}
	return titles
}

func (a *awards) check(t *testing.T) {
	t.Helper()
	want := expectedAwards(t)
	order := func(x, y award) int { return strings.Compare(fmt.Sprint(x), fmt.Sprint(y)) }
	slices.SortFunc(want, order)
	slices.SortFunc(a.list, order)
	if slices.Equal(want, a.list) {
		return
	}
	for _, w := range want {
		if !slices.Contains(a.list, w) {
			t.Errorf("missing: %+v", w)
		}
	}
	for _, g := range a.list {
		if !slices.Contains(want, g) {
			t.Errorf("not expected: %+v", g)
		}
	}
	if len(a.list) != len(want) {
		t.Errorf("%d awards, expected %d", len(a.list), len(want))
	}
}

// checkBadges holds what the API says members have against expected.csv.
func checkBadges(t *testing.T, s *server, titles map[string]string) {
	t.Helper()
	want := map[string]map[string]bool{}
	for _, w := range expectedAwards(t) {
		if want[w.member] == nil {
			want[w.member] = map[string]bool{}
		}
		want[w.member][w.badge] = true
	}
	for member, badges := range want {
		var got struct{ Items []struct{ Badge string } }
		s.call("GET", "/members/stackexchange:"+member+"/badges", nil).decode(t, &got)
		if len(got.Items) != len(badges) {
			t.Errorf("%s has %d badges, expected %d: %+v", member, len(got.Items), len(badges), got.Items)
		}
		for _, b := range got.Items {
			if !badges[titles[b.Badge]] {
				t.Errorf("%s has %s, which is not expected", member, b.Badge)
			}
		}
	}
}

// TestARealCommunity sends a community's whole life through the API and holds
// every badge against a brute-force reading: in order, each event twice, in
// batches of any size, and from four clients that each own a quarter of the members.
func TestARealCommunity(t *testing.T) {
	ways := map[string]func(*testing.T, *server, *awards, []json.RawMessage){
		"in order":        inOrder,
		"twice":           twice,
		"any batch sizes": anySizes,
		"four clients":    fourClients,
	}
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		for name, way := range ways {
			t.Run(name, func(t *testing.T) {
				fresh := db
				if name != "in order" {
					fresh = dbtest.New(t, db.Name)
				}
				s := newServer(t, fresh.URL).start().owner()
				a := &awards{title: installPack(s, "stackexchange-badges")}
				way(t, s, a, communityEvents(t))
				a.check(t)
				checkBadges(t, s, a.title)
			})
		}
	})
}

func inOrder(t *testing.T, s *server, a *awards, events []json.RawMessage) {
	for part := range slices.Chunk(events, 1000) {
		if err := a.note(part, s.send(part)); err != nil {
			t.Fatal(err)
		}
	}
}

func twice(t *testing.T, s *server, a *awards, events []json.RawMessage) {
	for part := range slices.Chunk(events, 250) {
		var doubled []json.RawMessage
		for _, e := range part {
			doubled = append(doubled, e, e)
		}
		for range 2 {
			if err := a.note(doubled, s.send(doubled)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func anySizes(t *testing.T, s *server, a *awards, events []json.RawMessage) {
	random := rand.New(rand.NewPCG(1, 2))
	for len(events) > 0 {
		n := min(len(events), 1+random.IntN(1+random.IntN(400)))
		if err := a.note(events[:n], s.send(events[:n])); err != nil {
			t.Fatal(err)
		}
		events = events[n:]
	}
}

func fourClients(t *testing.T, s *server, a *awards, events []json.RawMessage) {
	quarters := make([][]json.RawMessage, 4)
	for _, raw := range events {
		var e sent
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		sum := 0
		for _, c := range e.Member.ExternalID {
			sum = sum*31 + int(c)
		}
		quarters[sum%4] = append(quarters[sum%4], raw)
	}
	var wg sync.WaitGroup
	for _, own := range quarters {
		wg.Go(func() {
			for part := range slices.Chunk(own, 50) {
				if err := a.note(part, s.send(part)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
