package service

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules"
)

// called names what definitions are called, also where they are not in force or
// were deleted. Each is read once; it lives as long as one answer.
type called struct {
	ctx    context.Context
	reader engine.Reader
	known  map[[2]string]calling
	live   []*engine.Rule // by key: what is in force is in memory and not read
}

// calling is what one definition is called, and, of a rule, whom it is about.
type calling struct {
	title engine.Text
	about engine.SubjectKind
}

func (c *core) naming(ctx context.Context, who Caller) *called {
	out := &called{ctx: ctx, reader: c.reader(who), known: map[[2]string]calling{}}
	if view, err := c.state(ctx, who); err == nil { // else what is called for is read, and says what is wrong
		out.live = view.Book.Rules
	}
	return out
}

// of is what was last said under a key; nothing where there never was one.
func (c *called) of(kind engine.DefinitionKind, key string) (calling, error) {
	id := [2]string{string(kind), key}
	if found, known := c.known[id]; known || key == "" {
		return found, nil
	}
	if at, in := slices.BinarySearchFunc(c.live, key, func(r *engine.Rule, key string) int { return strings.Compare(r.Key, key) }); in && kind == engine.DefineRule {
		return calling{title: c.live[at].Title, about: cmp.Or(c.live[at].Subject, engine.SubjectMember)}, nil
	}
	history, err := c.reader.DefinitionVersions(c.ctx, kind, key)
	if err != nil {
		return calling{}, fmt.Errorf("read what %s %s is called: %w", kind, key, err)
	}
	var found calling
	for _, d := range history { // newest first; one that was deleted says nothing
		if d.Body == nil {
			continue
		}
		if found, err = callingOf(d); err != nil {
			return found, fmt.Errorf("%s %s: %w", kind, key, err)
		}
		if history[0].Body == nil {
			found.title = engine.Text{En: cmp.Or(found.title.En, found.title.Zh, key) + " (deleted)", Zh: cmp.Or(found.title.Zh, found.title.En, key) + "（已删除）"}
		}
		break
	}
	c.known[id] = found
	return found, nil
}

func callingOf(d engine.Definition) (calling, error) {
	if d.Kind != engine.DefineRule {
		var body struct{ Title engine.Text }
		err := json.Unmarshal(d.Body, &body)
		return calling{title: body.Title}, err
	}
	s, err := rules.ReadStored(d.Body)
	if err != nil {
		return calling{}, err
	}
	text := s.Document()
	if s.Live != nil {
		text = s.Live.Document // what decided, and not what is being written
	}
	doc, _ := rules.Parse([]byte(text))
	if doc == nil {
		return calling{}, nil
	}
	return calling{title: doc.Title, about: cmp.Or(doc.Subject, engine.SubjectMember)}, nil
}

// CalledDecision is a decision with what its rule is called, what the rule is
// about, and whether the subject is a member of the workspace.
type CalledDecision struct {
	engine.Decision
	Title  engine.Text        `json:"title,omitzero"`
	About  engine.SubjectKind `json:"about,omitempty"`
	Member bool               `json:"member,omitempty"`
}

// CalledDecisions gives stored decisions with what their rules are called, newest first.
func (s *Members) CalledDecisions(ctx context.Context, who Caller, q engine.DecisionQuery) (engine.Rows[CalledDecision], error) {
	out := engine.Rows[CalledDecision]{Items: []CalledDecision{}}
	rows, err := s.Decisions(ctx, who, q)
	if err != nil {
		return out, fmt.Errorf("list decisions: %w", err)
	}
	out.Next = rows.Next
	keys := make([]engine.RecordKey, len(rows.Items))
	for i, x := range rows.Items {
		keys[i] = engine.RecordKey{Kind: engine.MemberRecord, Key: x.Subject}
	}
	members, err := s.reader(who).Records(ctx, keys)
	if err != nil {
		return out, fmt.Errorf("read members: %w", err)
	}
	names := s.naming(ctx, who)
	for i, x := range rows.Items {
		rule, err := names.of(engine.DefineRule, x.Rule)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, CalledDecision{Decision: x, Title: rule.title, About: rule.about, Member: members[keys[i]] != nil})
	}
	return out, nil
}
