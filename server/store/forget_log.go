package store

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

const (
	maxPosition  = math.MaxInt64
	identityType = "bylaw.member.identity" // gives or takes an identity, by hand
)

// mentioned is whether an event's body may name one of them: it is said too
// often rather than not.
func (f *forgetter) mentioned(body []byte) bool {
	if bytes.Contains(body, []byte(f.Member)) {
		return true
	}
	for _, id := range f.Merged {
		if bytes.Contains(body, []byte(id)) {
			return true
		}
	}
	for _, id := range f.Identities {
		if bytes.Contains(body, inJSON(id.ExternalID)) {
			return true
		}
	}
	return false
}

// inJSON is a text as it stands between quotes.
func inJSON(s string) []byte {
	quoted := engine.AppendProps(nil, []engine.Prop{{Name: "", Value: engine.StringValue(s)}}) // {"":"..."}
	return quoted[len(`{"":"`) : len(quoted)-len(`"}`)]
}

// log rewrites the pages in which they stand.
func (f *forgetter) log(ctx context.Context) error {
	var touched []int64
	err := f.eachPage(ctx, &engine.EventQuery{UpTo: maxPosition}, func(page []byte) (bool, error) {
		_, last, changed, err := f.page(page)
		if changed {
			touched = append(touched, last)
		}
		return true, err
	})
	if err != nil {
		return err
	}
	for _, last := range touched {
		err := f.store.transact(ctx, f.workspace, func(c scope) error {
			var found []struct{ Body []byte }
			if err := c.orm(ctx).Table("event_pages").Clauses(forUpdate).Select("body").Where("lane = 0 AND last_position = ?", last).Find(&found).Error; err != nil || len(found) == 0 {
				return err
			}
			body, _, changed, err := f.page(found[0].Body)
			if err != nil || !changed {
				return err
			}
			_, err = c.exec(ctx, "UPDATE event_pages SET body = ? WHERE workspace = ? AND lane = 0 AND last_position = ?", body, last)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// page gives a page with pseudonyms, and the position of its last event.
func (f *forgetter) page(page []byte) (body []byte, last int64, changed bool, err error) {
	events, err := decodePage(page, "", func(*engine.StoredEvent) bool { return true })
	for i := range events {
		last = events[i].Position
		if !f.of(events[i].Member) && !f.mentioned(events[i].Body) {
			continue
		}
		e, err := engine.DecodeEvent(events[i])
		if err != nil {
			return nil, 0, false, err
		}
		if f.event(e) {
			events[i].Body, changed = engine.EncodeEvent(e), true
		}
	}
	if changed {
		body = appendPage(nil, events)
	}
	return body, last, changed, err
}

// event puts pseudonyms into an event; false where it names none of them. An id
// that its sender made from an identity is replaced too: it stays taken.
func (f *forgetter) event(e *engine.Event) (changed bool) {
	swap := func(id *engine.Identity, of string) {
		if p, known := f.names[*id]; known && f.of(of) {
			id.ExternalID, changed = p, true
		}
	}
	mine := f.of(e.MemberID)
	if mine {
		changed = unsay(e)
	}
	swap(&e.Member.Identity, e.MemberID)
	swap(&e.To.Identity, e.ToID)
	for i := range e.Props {
		p := &e.Props[i]
		text := p.Value.Text0()
		id := engine.Identity{Channel: e.Prop("channel").Text0(), ExternalID: text}
		name, known := f.names[id]
		switch key := f.keys[text]; {
		case key != "" && p.Name == "inviter":
			p.Value, changed = engine.StringValue(key), true
		case known && mine && e.Type == identityType && p.Name == "external_id":
			p.Value, changed = engine.StringValue(name), true
		}
	}
	if mine || f.of(e.ToID) {
		for id := range f.names {
			if len(id.ExternalID) >= tellingID && strings.Contains(e.ID, id.ExternalID) {
				e.ID, changed = strings.ReplaceAll(e.ID, id.ExternalID, "erased"), true
			}
		}
	}
	return changed
}

// words are the properties of changes by hand that hold what somebody said, or
// what was written about them, by type. What is kept of them beside the log was
// emptied with the erasure.
var words = map[string]string{"bylaw.review.appeal": "text", "bylaw.review.decide": "word", "bylaw.item.put": "body"}

// unsay takes people's words out of an event; false where it holds none.
func unsay(e *engine.Event) (changed bool) {
	for i := range e.Props {
		p := &e.Props[i]
		text := p.Value.Text0()
		if p.Name != words[e.Type] || text == "" {
			continue
		}
		said := ""
		if e.Type == "bylaw.item.put" {
			body := map[string]any{}
			if json.Unmarshal([]byte(text), &body) != nil || body["text"] == nil && body["note"] == nil {
				continue
			}
			for _, field := range []string{"text", "note"} {
				if body[field] != nil {
					body[field] = ""
				}
			}
			plain, err := json.Marshal(body)
			if err != nil {
				continue
			}
			said = string(plain)
		}
		if said != text {
			p.Value, changed = engine.StringValue(said), true
		}
	}
	return changed
}

// tellingID is from how many bytes on an identity within an event's id is no
// coincidence.
const tellingID = 4

// json puts pseudonyms into any JSON: where it names one of them by channel and
// external id, or as one text. ok is false where there is nothing to change.
func (f *forgetter) json(body []byte) (out []byte, ok bool) {
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil, false
	}
	v, changed := f.value(v)
	if !changed {
		return nil, false
	}
	out, err := json.Marshal(v)
	return out, err == nil
}

func (f *forgetter) value(v any) (_ any, changed bool) {
	switch v := v.(type) {
	case map[string]any:
		channel, _ := v["channel"].(string)
		external, _ := v["external_id"].(string)
		if p, known := f.names[engine.Identity{Channel: channel, ExternalID: external}]; known {
			v["external_id"], changed = p, true
		}
		for key, x := range v {
			if y, did := f.value(x); did {
				v[key], changed = y, true
			}
		}
	case []any:
		for i, x := range v {
			if y, did := f.value(x); did {
				v[i], changed = y, true
			}
		}
	case string:
		if key := f.keys[v]; key != "" {
			return key, true
		}
	}
	return v, changed
}
