package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/rules/packs"
)

// checkGoal is the milliseconds that checking a document may take.
const checkGoal = 5.0

// checked is a document that is checked, as it comes in its pack, with its cases.
type checked struct {
	name string
	text []byte
}

// Packs are the rules of all packs, the shortest first, and the definitions that
// they need.
func Packs() (documents []checked, needs []machine.Write, err error) {
	names, err := fs.Glob(packs.FS, "*/"+rules.PackFile)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	for _, name := range names {
		folder, err := fs.Sub(packs.FS, name[:len(name)-len(rules.PackFile)-1])
		if err != nil {
			return nil, nil, err
		}
		pack, problems := rules.LoadPack(folder)
		if rules.Failed(problems) {
			return nil, nil, engine.Invalid(engine.Text{En: name + " has problems", Zh: name + " 有问题"}, problems...)
		}
		for _, d := range pack.Requires {
			if key := string(d.Kind) + "/" + d.Key; !seen[key] {
				seen[key] = true
				needs = append(needs, machine.Write{Kind: d.Kind, Key: d.Key, Body: d.Body})
			}
		}
		for _, r := range pack.Rules {
			documents = append(documents, checked{pack.Key + "/" + r.File, r.Document.Source})
		}
	}
	slices.SortStableFunc(documents, func(a, b checked) int { return cmp.Compare(len(a.text), len(b.text)) })
	return documents, needs, nil
}

// Check measures finding every problem of a document: of each rule of the packs
// with its cases, in a workspace that has what the packs need; rules.Check alone
// and POST /rules/check. A rule has some hundred bytes, the longest half of what
// is allowed.
func (r *Report) Check(ctx context.Context, client *Client, rounds int) error {
	documents, needs, err := Packs()
	if err != nil {
		return err
	}
	var list []engine.Definition
	for _, w := range needs {
		list = append(list, engine.Definition{Kind: w.Kind, Key: w.Key, Revision: 1, Body: w.Body})
	}
	defs, err := machine.ParseDefinitions(1, list)
	if err != nil {
		return err
	}
	alone := func(d checked) error {
		_, problems := rules.CheckSource(d.text, rules.Scope{Defs: defs})
		if rules.Failed(problems) {
			return engine.Invalid(engine.Text{En: d.name + " has problems", Zh: d.name + " 有问题"}, problems...)
		}
		return nil
	}
	asked := func(d checked) error {
		body, err := json.Marshal(map[string]string{"document": string(d.text)})
		if err == nil {
			_, err = client.do(ctx, http.MethodPost, "/rules/check", "application/json", body)
		}
		return err
	}
	for _, way := range []struct {
		name string
		do   func(checked) error
	}{{"rules.Check", alone}, {"POST /rules/check", asked}} {
		if err := r.checks(way.name, documents, rounds, way.do); err != nil {
			return err
		}
	}
	return nil
}

// checks measures one way of checking all documents.
func (r *Report) checks(name string, documents []checked, rounds int, do func(checked) error) error {
	var walls, cpus []float64
	for _, d := range documents {
		var wall, cpu []float64
		for range rounds {
			u := measure()
			if err := do(d); err != nil {
				return fmt.Errorf("check %s: %w", d.name, err)
			}
			w, c := u.since()
			wall, cpu = append(wall, inMillis(w)), append(cpu, inMillis(c))
		}
		walls, cpus = append(walls, median(wall)), append(cpus, median(cpu))
	}
	last, middle := len(documents)-1, len(documents)/2
	for _, x := range []struct {
		what string
		n    int
	}{{"a rule of middling size", middle}, {"the longest rule of a pack", last}} {
		d := documents[x.n]
		r.add(Figure{Name: name + " of " + x.what + ", in ms", Ratio: walls[x.n], Goal: fmt.Sprintf("<= %.0f", checkGoal), Met: walls[x.n] <= checkGoal,
			Detail: fmt.Sprintf("%s, %d bytes with its cases: median of %d, %.2f ms of processor time; all %d rules together %.1f ms", d.name, len(d.text), rounds, cpus[x.n], len(documents), sum(walls))})
	}
	return nil
}

func sum(v []float64) (all float64) {
	for _, x := range v {
		all += x
	}
	return all
}

func inMillis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
