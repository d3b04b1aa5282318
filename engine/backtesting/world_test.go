package backtesting_test

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/backtesting"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/rules/packs"
)

const ws = "w"

// past is a workspace in memory that live processing has filled.
type past struct {
	t       testing.TB
	store   *scratch.Store
	machine *machine.Machine
	live    []rules.Source
	results []machine.Result
	now     engine.Time // how far pass went
}

func newPast(t testing.TB) *past {
	s := scratch.NewKeeping()
	return &past{t: t, store: s, now: at("2025-11-30T00:00:00Z"), machine: machine.New(machine.Options{Store: s, Books: &rules.Books{}})}
}

func (p *past) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// publish puts rule documents in force.
func (p *past) publish(documents ...string) {
	p.t.Helper()
	var writes []machine.Write
	for _, text := range documents {
		doc, problems := rules.Parse([]byte(text))
		if rules.Failed(problems) {
			p.t.Fatal(problems)
		}
		s := &rules.Stored{Draft: text}
		p.must(s.Publish(rules.Rollout{}, 0))
		body, err := s.Body()
		p.must(err)
		writes = append(writes, machine.Write{Kind: engine.DefineRule, Key: doc.Key, Body: body})
		p.live = append(p.live, rules.Source{Key: doc.Key, Version: 1, Document: []byte(text)})
	}
	_, err := p.machine.Define(p.t.Context(), ws, "t", 1, writes, nil)
	p.must(err)
}

func (p *past) define(kind engine.DefinitionKind, key string, v any) {
	p.t.Helper()
	body, err := json.Marshal(v)
	p.must(err)
	_, err = p.machine.Define(p.t.Context(), ws, "t", 1, []machine.Write{{Kind: kind, Key: key, Body: body}}, nil)
	p.must(err)
}

// happen sends events one after the other, and lets the clock ring between them.
func (p *past) happen(events ...engine.Event) {
	p.t.Helper()
	for _, e := range events {
		p.until(e.At)
		results, err := p.machine.Accept(p.t.Context(), ws, machine.Batch{Source: "t", Received: e.At, Show: machine.ShowAll, Events: []engine.Event{e}})
		p.must(err)
		if results[0].Status != machine.Accepted {
			p.t.Fatalf("%+v", results[0])
		}
		p.results = append(p.results, results...)
	}
}

// until plans and rings what is due up to a moment.
func (p *past) until(at engine.Time) {
	p.t.Helper()
	for {
		due, err := p.store.DueTimers(p.t.Context(), at, 1)
		p.must(err)
		if len(due) == 0 {
			return
		}
		_, err = p.machine.Tick(p.t.Context(), due[0].Due)
		p.must(err)
	}
}

// plan is a back-test of a document on the past, against the rule of its key
// that is live.
func (p *past) plan(document, audience string, from, to engine.Time) backtesting.Plan {
	p.t.Helper()
	r := p.store.Reader(ws)
	lane, err := r.Lane(p.t.Context())
	p.must(err)
	list, err := r.DefinitionsAt(p.t.Context(), lane.Revision)
	p.must(err)
	defs, err := machine.ParseDefinitions(lane.Revision, list)
	p.must(err)
	doc, _ := rules.Parse([]byte(document))
	c := rules.Contrast{New: rules.Source{Key: doc.Key, Version: 2, Document: []byte(document)}, Live: p.live, Audience: audience}
	for i := range p.live {
		if p.live[i].Key == doc.Key {
			c.Old = &p.live[i]
		}
	}
	pair, problems := c.Compile(rules.Scope{Defs: defs})
	if pair == nil {
		p.t.Fatal(problems)
	}
	return backtesting.Plan{Workspace: ws, Definitions: list, Log: r, Position: lane.Position, Revision: lane.Revision, From: from, To: to,
		Rule: doc.Key, Old: pair.Old, New: pair.New, Audience: pair.Audience}
}

func (p *past) test(document, audience string, from, to engine.Time) *backtesting.Result {
	p.t.Helper()
	result, err := backtesting.Run(p.t.Context(), p.plan(document, audience, from, to))
	p.must(err)
	return result
}

func at(text string) engine.Time {
	x, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return engine.TimeOf(x)
}

// community is a real community's history, as it was exported.
func community(t testing.TB) (events []engine.Event, expected [][]string) {
	t.Helper()
	f, err := os.Open("../../rules/testdata/stackexchange/events.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var x struct {
			ID, Type string
			At       time.Time
			Member   engine.Identity
			Content  string
			Props    map[string]json.RawMessage
		}
		if err := json.Unmarshal(lines.Bytes(), &x); err != nil {
			t.Fatal(err)
		}
		e := engine.Event{ID: x.ID, Type: x.Type, At: engine.TimeOf(x.At), Member: engine.MemberRef{Identity: x.Member}, Content: x.Content}
		for name, raw := range x.Props {
			v, err := engine.ParseValue(raw)
			if err != nil {
				t.Fatal(err)
			}
			e.Props = append(e.Props, engine.Prop{Name: name, Value: v})
		}
		engine.SortProps(e.Props)
		events = append(events, e)
	}
	g, err := os.Open("../../rules/testdata/stackexchange/expected.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	rows, err := csv.NewReader(g).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return events, rows[1:]
}

// badges defines what the badge pack needs and answers its documents by key.
func (p *past) badges() (documents map[string]string, titles map[string]string) {
	p.t.Helper()
	folder, err := fs.Sub(packs.FS, "stackexchange-badges")
	p.must(err)
	pack, problems := rules.LoadPack(folder)
	if rules.Failed(problems) {
		p.t.Fatal(problems)
	}
	documents, titles = map[string]string{}, map[string]string{}
	for _, d := range pack.Requires {
		p.define(d.Kind, d.Key, json.RawMessage(d.Body))
		var reward engine.Reward
		if d.Kind == engine.DefineReward {
			p.must(json.Unmarshal(d.Body, &reward))
			titles[d.Key] = reward.Title.En
		}
	}
	files, err := fs.Glob(folder, "*.yaml")
	p.must(err)
	for _, name := range files {
		if name != "pack.yaml" {
			text, err := fs.ReadFile(folder, name)
			p.must(err)
			documents[name[:len(name)-len(".yaml")]] = string(text)
		}
	}
	return documents, titles
}
