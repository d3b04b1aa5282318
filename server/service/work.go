package service

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
)

// Work is what waits for a person: tasks, leads, reviews, notes, links.
type Work struct {
	*core
	members *Members
}

// List gives items of one kind; of a member also those of who became them.
func (w *Work) List(ctx context.Context, who Caller, q engine.ItemQuery) (engine.Rows[engine.Item], error) {
	var err error
	if q.Parts, err = w.parts(ctx, who, q.Member); err != nil {
		return engine.Rows[engine.Item]{}, err
	}
	return w.reader(who).ListItems(ctx, q)
}

// Get gives one item; engine.CodeNotFound when there is none.
func (w *Work) Get(ctx context.Context, who Caller, kind, id string) (engine.Item, error) {
	return w.item(ctx, who, kind, id)
}

// maxSearched bounds the items looked through for one.
const maxSearched = 100_000

// item finds an item by id among those of its kind.
func (c *core) item(ctx context.Context, who Caller, kind, id string) (engine.Item, error) {
	q := engine.ItemQuery{Kind: kind, Page: engine.Page{Limit: 1000}}
	for looked := 0; looked < maxSearched; {
		rows, err := c.reader(who).ListItems(ctx, q)
		if err != nil {
			return engine.Item{}, fmt.Errorf("list %ss: %w", kind, err)
		}
		for _, i := range rows.Items {
			if i.ID == id {
				return i, nil
			}
		}
		looked += len(rows.Items)
		if q.Cursor = rows.Next; rows.Next == "" {
			break
		}
	}
	return engine.Item{}, engine.NotFound(kind, id)
}

// put writes an item as a change made by hand, and gives it as kept.
func (c *core) put(ctx context.Context, who Caller, i engine.Item) (engine.Item, error) {
	e := engine.Event{Type: "bylaw.item.put", Group: i.Group, Props: props(
		textProp("kind", i.Kind), textProp("id", i.ID), textProp("state", i.State), textProp("owner", i.Owner),
		textProp("rule", i.Rule), textProp("body", string(i.Body)), timeProp("due", i.Due), timeProp("created", i.At))}
	if i.Member != "" {
		e.Member = engine.MemberRef{ID: i.Member}
	}
	results, err := c.act(ctx, who, e)
	if err != nil {
		return i, err
	}
	i.Version = results[0].Position
	return i, nil
}

// seen is an item as a caller who changes it saw it.
type seen struct {
	kind, id string
	Match
}

// edit changes an item that a person works through.
func (w *Work) edit(ctx context.Context, who Caller, s seen, change func(i *engine.Item, body map[string]any) error) (engine.Item, error) {
	i, err := w.item(ctx, who, s.kind, s.id)
	if err != nil {
		return i, err
	}
	if err := s.check(i.Version); err != nil {
		return i, err
	}
	before := standing(i)
	body := map[string]any{}
	if len(i.Body) > 0 {
		if err := json.Unmarshal(i.Body, &body); err != nil {
			return i, fmt.Errorf("read %s %s: %w", s.kind, s.id, err)
		}
	}
	if err := change(&i, body); err != nil {
		return i, err
	}
	if i.Body, err = json.Marshal(body); err != nil {
		return i, fmt.Errorf("write %s %s: %w", s.kind, s.id, err)
	}
	engine.AuditOf(ctx).Change(before, standing(i))
	return w.put(ctx, who, i)
}

// standing is where an item stands, as audit rows tell it.
func standing(i engine.Item) map[string]string {
	return map[string]string{"state": i.State, "owner": i.Owner}
}

// Done marks a task as done. One that is done already stays so.
func (w *Work) Done(ctx context.Context, who Caller, id string, m Match, note string) (engine.Item, error) {
	return w.edit(ctx, who, seen{"task", id, m}, func(i *engine.Item, body map[string]any) error {
		i.State = "done"
		body["done_by"], body["done_at"] = who.By, who.Now.String()
		if note != "" {
			body["note"] = note
		}
		return nil
	})
}

// Give gives a task to somebody.
func (w *Work) Give(ctx context.Context, who Caller, id string, m Match, owner string) (engine.Item, error) {
	return w.edit(ctx, who, seen{"task", id, m}, func(i *engine.Item, _ map[string]any) error {
		i.Owner = owner
		return nil
	})
}

// Reopen opens a task again.
func (w *Work) Reopen(ctx context.Context, who Caller, id string, m Match) (engine.Item, error) {
	return w.edit(ctx, who, seen{"task", id, m}, func(i *engine.Item, body map[string]any) error {
		if i.State == "open" {
			return engine.Conflict(engine.Text{En: "the task is open", Zh: "任务未完成，无需重开"})
		}
		i.State = "open"
		delete(body, "done_by")
		delete(body, "done_at")
		return nil
	})
}

// LeadPatch changes what it gives: nil leaves as it is.
type LeadPatch struct{ State, Owner, Note *string }

// Lead changes a lead.
func (w *Work) Lead(ctx context.Context, who Caller, id string, m Match, p LeadPatch) (engine.Item, error) {
	return w.edit(ctx, who, seen{"lead", id, m}, func(i *engine.Item, body map[string]any) error {
		if p.State != nil {
			i.State = *p.State
		}
		if p.Owner != nil {
			i.Owner = *p.Owner
		}
		if p.Note != nil {
			body["note"] = *p.Note
		}
		return nil
	})
}

// Appeal files a member's appeal against their move in a review.
func (w *Work) Appeal(ctx context.Context, who Caller, review, member, text string) (engine.Item, error) {
	return w.review(ctx, who, seen{"review", review, Match{}}, member, engine.Event{Type: "bylaw.review.appeal", Props: props(textProp("review", review), textProp("text", text))})
}

// AppealWord is an officer's word on an appeal.
type AppealWord struct {
	Uphold bool   // the member stays
	Text   string // for the member and whoever looks later
}

// DecideAppeal is an officer's word on an appeal: upheld, the member stays.
func (w *Work) DecideAppeal(ctx context.Context, who Caller, review, member string, word AppealWord) (engine.Item, error) {
	return w.review(ctx, who, seen{"review", review, Match{}}, member, engine.Event{Type: "bylaw.review.decide", Props: props(textProp("review", review), prop("uphold", engine.BoolValue(word.Uphold)), textProp("word", word.Text))})
}

// Confirm carries a review's proposed moves out, but for those of the members
// to skip.
func (w *Work) Confirm(ctx context.Context, who Caller, review string, m Match, skip []string) (engine.Item, error) {
	return w.review(ctx, who, seen{"review", review, m}, "", engine.Event{Type: "bylaw.review.confirm", Props: props(textProp("review", review), prop("skip", tagList(skip)))})
}

func (w *Work) review(ctx context.Context, who Caller, s seen, member string, e engine.Event) (engine.Item, error) {
	i, err := w.item(ctx, who, s.kind, s.id)
	if err != nil {
		return i, err
	}
	if err := s.check(i.Version); err != nil {
		return i, err
	}
	asked := map[string]any{"review": i.ID}
	for _, p := range e.Props {
		if p.Name != "text" && p.Name != "word" { // people's own words
			asked[p.Name] = p.Value
		}
	}
	if member != "" {
		person, err := w.members.find(ctx, who, member)
		if err != nil {
			return i, err
		}
		e.Member = engine.MemberRef{ID: person.ID}
		asked["member"] = person.ID
	}
	engine.AuditOf(ctx).Change(nil, asked)
	if _, err := w.act(ctx, who, e); err != nil {
		return i, err
	}
	return w.item(ctx, who, s.kind, s.id)
}
