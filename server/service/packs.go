package service

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/rules/packs"
)

// ShownPack is a pack as the gallery shows it.
type ShownPack struct {
	Key   string          `json:"key"`
	Title engine.Text     `json:"title"`
	About engine.Text     `json:"about"`
	Needs []PackNeed      `json:"needs"`
	Rules []ShownPackRule `json:"rules"`
}

// PackNeed is a definition that a pack brings where the workspace has none.
type PackNeed struct {
	Kind engine.DefinitionKind `json:"kind"`
	Key  string                `json:"key"`
}

// ShownPackRule is a rule of a pack.
type ShownPackRule struct {
	Key      string      `json:"key"`
	Title    engine.Text `json:"title"`
	Kind     string      `json:"kind"`
	Document string      `json:"document"`
	Here     bool        `json:"here"` // the workspace has a rule of this key
	Examples []Example   `json:"examples"`
}

// Example is a case of a pack's rule: what happens, and what the rule makes of it.
type Example struct {
	Name    string         `json:"name"`
	Events  []ExampleEvent `json:"events"`
	After   int64          `json:"after,omitempty"` // seconds that pass then
	Outcome engine.Outcome `json:"outcome,omitempty"`
	Effects []string       `json:"effects"`
}

// ExampleEvent is an event of an example, or several alike.
type ExampleEvent struct {
	Type  string `json:"type"`
	Times int    `json:"times"`
}

// Applied is what became of a pack in a workspace.
type Applied struct {
	Rules []string   `json:"rules"` // that are drafts now
	Kept  []string   `json:"kept"`  // that were there and stayed as they are
	Needs []PackNeed `json:"needs"` // definitions that were added
	Left  []PackNeed `json:"left"`  // channels that only an admin may add
}

// bundled reads the packs that come with Bylaw, once.
var bundled = sync.OnceValues(func() ([]*rules.Pack, error) {
	folders, err := fs.ReadDir(packs.FS, ".")
	if err != nil {
		return nil, err
	}
	var list []*rules.Pack
	for _, f := range folders {
		folder, err := fs.Sub(packs.FS, f.Name())
		if err != nil {
			return nil, err
		}
		p, problems := rules.LoadPack(folder)
		if rules.Failed(problems) {
			return nil, fmt.Errorf("pack %s: %s", f.Name(), problems[0].Message.En)
		}
		list = append(list, p)
	}
	return list, nil
})

// Packs lists the packs that come with Bylaw, by key.
func (r *Rules) Packs(ctx context.Context, who Caller) ([]ShownPack, error) {
	all, err := bundled()
	if err != nil {
		return nil, err
	}
	mine, err := r.List(ctx, who, RuleFilter{})
	if err != nil {
		return nil, err
	}
	here := map[string]bool{}
	for _, m := range mine {
		here[m.Key] = true
	}
	list := make([]ShownPack, 0, len(all))
	for _, p := range all {
		list = append(list, shownPack(p, here))
	}
	return list, nil
}

func shownPack(p *rules.Pack, here map[string]bool) ShownPack {
	s := ShownPack{Key: p.Key, Title: p.Title, About: p.About, Needs: []PackNeed{}}
	for _, d := range p.Requires {
		s.Needs = append(s.Needs, PackNeed{d.Kind, d.Key})
	}
	for _, r := range p.Rules {
		d := r.Document
		shown := ShownPackRule{Key: d.Key, Title: d.Title, Kind: string(d.Kind), Document: string(d.Source), Here: here[d.Key], Examples: []Example{}}
		for i := range d.Cases {
			shown.Examples = append(shown.Examples, exampleOf(&d.Cases[i]))
		}
		s.Rules = append(s.Rules, shown)
	}
	return s
}

func exampleOf(c *rules.Case) Example {
	e := Example{Name: c.Name, Events: []ExampleEvent{}, After: int64(c.After.Seconds()), Outcome: c.Expect.Outcome, Effects: []string{}}
	for _, one := range c.Events {
		e.Events = append(e.Events, ExampleEvent{one.Type, max(one.Times, 1)})
	}
	for _, f := range c.Expect.Effects {
		e.Effects = append(e.Effects, string(f.Kind))
	}
	return e
}

// Apply copies a pack into the workspace: its rules as drafts and the definitions
// that they need. What the workspace has by the same key stays as it is. Channels
// are added only where the caller may add some; else they are named as left.
func (r *Rules) Apply(ctx context.Context, who Caller, key string, channels bool) (Applied, error) {
	all, err := bundled()
	if err != nil {
		return Applied{}, err
	}
	at := slices.IndexFunc(all, func(p *rules.Pack) bool { return p.Key == key })
	if at < 0 {
		return Applied{}, engine.NotFound("pack", key)
	}
	view, err := r.state(ctx, who)
	if err != nil {
		return Applied{}, err
	}
	wanted, err := packWrites(all[at], view.Defs)
	if err != nil {
		return Applied{}, err
	}
	left := []PackNeed{}
	if !channels {
		wanted, left = withoutChannels(wanted, view.Defs)
	}
	var done Applied
	audit := engine.AuditOf(ctx)
	audit.About(key)
	_, err = r.Machine.Define(ctx, who.Workspace, who.By, who.Now, wanted,
		func(current map[machine.Named]engine.Definition, _ int64, writes []machine.Write) error {
			done = Applied{Rules: []string{}, Kept: []string{}, Needs: []PackNeed{}, Left: left}
			for i, w := range writes {
				before := current[machine.Named{Kind: w.Kind, Key: w.Key}].Body
				switch {
				case before != nil && w.Kind != engine.DefineEventType:
					writes[i].Body = before
					if w.Kind == engine.DefineRule {
						done.Kept = append(done.Kept, w.Key)
					}
				case w.Kind == engine.DefineRule:
					done.Rules = append(done.Rules, w.Key)
				default:
					done.Needs = append(done.Needs, PackNeed{w.Kind, w.Key})
				}
			}
			audit.Change(nil, done)
			return nil
		})
	return done, err
}

// withoutChannels takes channels out of a pack's writes, and names those that
// the workspace lacks.
func withoutChannels(writes []machine.Write, has *engine.Definitions) (rest []machine.Write, left []PackNeed) {
	left = []PackNeed{}
	for _, w := range writes {
		_, here := has.Channels[w.Key]
		switch {
		case w.Kind != engine.DefineChannel:
			rest = append(rest, w)
		case !here:
			left = append(left, PackNeed{w.Kind, w.Key})
		}
	}
	return rest, left
}

// packWrites are a pack's definitions as they are after installing, and its
// rules as drafts.
func packWrites(p *rules.Pack, base *engine.Definitions) ([]machine.Write, error) {
	defs, err := p.Definitions(base)
	if err != nil {
		return nil, err
	}
	var list []machine.Write
	for _, need := range p.Requires {
		body, err := json.Marshal(defs.Find(need.Kind, need.Key))
		if err != nil {
			return nil, err
		}
		list = append(list, machine.Write{Kind: need.Kind, Key: need.Key, Body: body})
	}
	for _, r := range p.Rules {
		body, err := (&rules.Stored{Draft: string(r.Document.Source)}).Body()
		if err != nil {
			return nil, err
		}
		list = append(list, machine.Write{Kind: engine.DefineRule, Key: r.Document.Key, Body: body})
	}
	slices.SortStableFunc(list, func(a, b machine.Write) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	return list, nil
}
