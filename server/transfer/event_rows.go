package transfer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/server/api/ingest"
	"github.com/bylaw-dev/bylaw/server/service"
	"github.com/bylaw-dev/bylaw/server/sheet"
)

// eventSource is the namespace of the ids of imported events, whoever imports.
const eventSource = "bylaw.import"

// event reads a row as an event, with the checks that events from outside pass.
func (r *reading) event(row sheet.Row, v values) (engine.Event, []Rejection) {
	if wrong := unreadable(row); wrong != nil {
		return engine.Event{}, wrong
	}
	j := &rejections{reading: r, row: row.Number}
	document := r.document(v, j)
	text, err := json.Marshal(document)
	if err != nil {
		j.say("", err.Error(), err.Error())
		return engine.Event{}, j.list
	}
	if document["id"] == nil {
		document["id"] = r.contentID(text)
		if text, err = json.Marshal(document); err != nil {
			j.say("", err.Error(), err.Error())
			return engine.Event{}, j.list
		}
	}
	decoded, err := ingest.Lines(text, r.now)
	if err != nil || len(decoded.Events) != 1 {
		j.say("", "this row is no event", "此行不是事件")
		return engine.Event{}, j.list
	}
	for _, p := range decoded.Problems[0] {
		j.add(fieldAt(p.Path), p.Message, p.Hint)
	}
	return decoded.Events[0], j.list
}

// document is the row as the JSON of an event.
func (r *reading) document(v values, j *rejections) map[string]any {
	d, props := map[string]any{}, map[string]any{}
	declared := r.defs.EventTypes[v["type"].Text]
	for field, c := range v {
		switch name, is := strings.CutPrefix(field, "props."); {
		case is:
			props[name] = r.prop(declared, name, c, j)
		case field == "props":
			if json.Unmarshal([]byte(c.Text), &props) != nil {
				j.say(field, "this is no JSON object", "不是 JSON 对象")
			}
		case field == "at":
			d["at"] = c.Text // what cannot be read is told with the other problems
			if t, ok := r.timeOf(c.Text); ok {
				d["at"] = t
			} else {
				j.add(field, engine.Text{En: "this is no time", Zh: "不是时间"}, timeHint)
				d["at"] = r.now
			}
		case strings.HasPrefix(field, "member") || strings.HasPrefix(field, "to"):
		default:
			d[field] = c.Text
		}
	}
	for _, who := range []string{"member", "to"} {
		if ref := refOf(v, who); len(ref) > 0 {
			d[who] = ref
		}
	}
	if len(props) > 0 {
		d["props"] = props
	}
	if d["at"] == nil {
		j.say("at", "the time is empty", "时间为空")
	}
	return d
}

// refOf is a member as an event names one: by identity where there is one.
func refOf(v values, who string) map[string]string {
	if whole := v[who].Text; whole != "" {
		if channel, external, ok := strings.Cut(whole, ":"); ok {
			return map[string]string{"channel": channel, "external_id": external}
		}
		if channel := v[who+".channel"].Text; channel != "" {
			return map[string]string{"channel": channel, "external_id": whole}
		}
		return map[string]string{"id": whole}
	}
	if external := v[who+".external_id"].Text; external != "" {
		return map[string]string{"channel": v[who+".channel"].Text, "external_id": external}
	}
	if id := v[who+".id"].Text; id != "" {
		return map[string]string{"id": id}
	}
	return nil
}

func (r *reading) prop(t *engine.EventType, name string, c sheet.Cell, j *rejections) any {
	if c.JSON != nil {
		return c.JSON
	}
	kind := engine.Unknown
	if t != nil {
		if f, ok := t.FieldNamed(name); ok {
			kind = f.Kind
		}
	}
	v, ok := r.valueOf(c, kind)
	if !ok {
		j.add("props."+name, wrongKind(kind), engine.Text{})
		return nil
	}
	return v
}

// contentID names a row by what it says, and by how often the file said it before.
func (r *reading) contentID(text []byte) string {
	sum := sha256.Sum256(text)
	id := "row-" + hex.EncodeToString(sum[:16])
	r.seen[id]++
	if n := r.seen[id]; n > 1 {
		id += "-" + strconv.Itoa(n)
	}
	return id
}

// fieldAt is the field that a problem's place speaks of: /events/0/props/x.
func fieldAt(path string) string {
	parts := strings.SplitN(strings.TrimPrefix(path, "/events/"), "/", 3)
	switch {
	case len(parts) < 2:
		return ""
	case len(parts) == 3 && (parts[1] == "props" || parts[1] == "member" || parts[1] == "to"):
		return parts[1] + "." + strings.ReplaceAll(parts[2], "~1", "/")
	}
	return parts[1]
}

// eventRow is an event on its way in.
type eventRow struct {
	row   sheet.Row
	event engine.Event
}

// sendEvents gives events to the machine; what it refuses is rejected, what it
// had before is unchanged.
func (x *Importer) sendEvents(ctx context.Context, who service.Caller, r *reading, rows []eventRow, count *Imported) ([]Rejection, error) {
	b := machine.Batch{Source: eventSource, Received: who.Now, History: !r.bring.Live, Show: machine.ShowNone, By: who.By}
	for i := range rows {
		b.Events = append(b.Events, rows[i].event)
	}
	results, err := x.Machine.Accept(ctx, who.Workspace, b)
	if err != nil {
		return nil, err
	}
	var wrong []Rejection
	for i := range results {
		switch results[i].Status {
		case machine.Accepted:
			count.Applied++
		case machine.Duplicate:
			count.Unchanged++
		default:
			j := &rejections{reading: r, row: rows[i].row.Number}
			for _, p := range results[i].Problems {
				j.add(fieldAt(p.Path), p.Message, p.Hint)
			}
			wrong = append(wrong, j.list...)
		}
	}
	return wrong, nil
}
