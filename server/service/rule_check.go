package service

import (
	"context"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/rules"
)

// Checked is what checking a document found.
type Checked struct {
	rules.Report
	Reach *Sample // whom it matches now, where that was asked and can be told
}

// CheckAll finds every problem of a document beside the live rules of this
// workspace, what it can give at most and, when asked, whom of the members who
// are there it matches.
func (r *Rules) CheckAll(ctx context.Context, who Caller, source []byte, reach bool) (Checked, error) {
	view, err := r.state(ctx, who)
	if err != nil {
		return Checked{}, err
	}
	scope := rules.Scope{Defs: view.Defs, Live: view.Book.Rules}
	doc, _ := rules.Parse(source)
	out := Checked{Report: rules.Examine(doc, scope)}
	if !reach || rules.Failed(out.Problems) {
		return out, nil
	}
	var remarks []engine.Problem
	out.Reach, remarks, err = r.Sample(ctx, who, doc, view.Defs)
	out.Problems = append(out.Problems, remarks...)
	return out, err
}

// Bounds of a sample: members looked at, and events read to count for them.
const (
	maxSample       = 2_000
	maxSampleEvents = 50_000
)

// Sample is how a rule's condition comes out for members who are there now,
// without an event: what hangs on the event is not known.
type Sample struct {
	Members  int  `json:"members"`  // looked at, in the order of their ids
	Complete bool `json:"complete"` // these are all
	Matches  int  `json:"matches"`
	Never    int  `json:"never"`   // it is false whatever the event is
	Depends  int  `json:"depends"` // it hangs on the event or group, or is not known
}

// Sample asks the audience and the condition of a rule about members who are
// there, and warns where it matches nobody or everybody; nil for rules that are
// about something else, are reviews, ask nothing or have errors.
func (r *Rules) Sample(ctx context.Context, who Caller, doc *rules.Document, defs *engine.Definitions) (*Sample, []engine.Problem, error) {
	book, _ := rules.CompileAlone(doc, 1, rules.Scope{Defs: defs})
	if book == nil || doc.Subject != engine.SubjectMember || doc.Review != nil || book.Rules[0].When == nil && book.Rules[0].Audience == nil {
		return nil, nil, nil
	}
	out, err := r.sample(ctx, who, book, defs)
	if err != nil {
		return nil, nil, err
	}
	return out, out.remarks(doc), nil
}

func (r *Rules) sample(ctx context.Context, who Caller, book *engine.Rulebook, defs *engine.Definitions) (*Sample, error) {
	rule := book.Rules[0]
	loc, err := calendar.LoadZone(defs.Settings.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone of the workspace: %w", err)
	}
	members := &Members{core: r.core}
	ask := &sieve{facts: engine.Facts{Defs: defs, Now: who.Now, Zone: calendar.NewZone(loc)}, condition: both{rule.Audience, rule.When}}
	if ask.counting, err = members.newCounting(ctx, who, Filter{Metrics: book.Metrics}, &ask.facts); err != nil {
		return nil, err
	}
	if ask.counting != nil {
		ask.facts.Metrics = ask.counting
	}
	return members.look(ctx, who, ask)
}

// look asks one member after another, until the bounds of a sample are reached.
func (s *Members) look(ctx context.Context, who Caller, ask *sieve) (*Sample, error) {
	out := &Sample{}
	for at := (engine.Page{Limit: lookPage}); ; {
		list, next, err := s.page(ctx, who, "", at)
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if m.LeftAt != 0 {
				continue
			}
			if out.Members == maxSample || ask.counting != nil && ask.counting.log.read > maxSampleEvents {
				return out, nil
			}
			out.Members++
			switch ask.admits(m) {
			case engine.Yes:
				out.Matches++
			case engine.No:
				out.Never++
			default:
				out.Depends++
			}
			if ask.err = nil; ask.counting != nil && ask.counting.err != nil {
				return out, nil //nolint:nilerr // one member alone has more events than a sample reads
			}
		}
		if at.Cursor = next; next == "" {
			out.Complete = true
			return out, nil
		}
	}
}

// both is an audience and a condition together; nil is always.
type both struct{ audience, when engine.Condition }

// Eval is Kleene's and.
func (b both) Eval(f *engine.Facts) (engine.Tri, error) {
	out := engine.Yes
	for _, c := range []engine.Condition{b.audience, b.when} {
		if c == nil {
			continue
		}
		t, err := c.Eval(f)
		if err != nil {
			return engine.Maybe, err
		}
		if t == engine.No {
			return t, nil
		}
		if t == engine.Maybe {
			out = t
		}
	}
	return out, nil
}

// Explain is not asked of a sample.
func (b both) Explain(*engine.Facts) *engine.Finding { return &engine.Finding{} }

// remarks warns of a rule that matches nobody, or everybody.
func (s *Sample) remarks(doc *rules.Document) []engine.Problem {
	path := "/when"
	if doc.When == nil {
		path = "/audience"
	}
	of := engine.Text{En: fmt.Sprintf("all %d members", s.Members), Zh: fmt.Sprintf("全部 %d 名成员", s.Members)}
	if !s.Complete {
		of = engine.Text{En: fmt.Sprintf("the first %d members, which is not all of them", s.Members), Zh: fmt.Sprintf("前 %d 名成员（并非全部）", s.Members)}
	}
	switch {
	case s.Members == 0:
		return nil
	case s.Never == s.Members:
		return []engine.Problem{doc.Remark(path, "matches_nobody",
			engine.Text{En: "it matches none of those who are here now: looked at " + of.En, Zh: "现有成员中没有人符合：已查看" + of.Zh},
			engine.Text{En: "if nobody can match it yet that is fine; otherwise compare the values with those of a member", Zh: "如果本来就还没有人符合，可以忽略；否则请与某个成员的数据对照"})}
	case s.Matches == s.Members:
		return []engine.Problem{doc.Remark(path, "matches_everybody",
			engine.Text{En: "it matches everybody who is here now: looked at " + of.En, Zh: "现有成员全部符合：已查看" + of.Zh},
			engine.Text{En: "if everybody is meant that is fine; otherwise make the condition stricter", Zh: "如果本来就面向所有人，可以忽略；否则请把条件改严"})}
	}
	return nil
}
