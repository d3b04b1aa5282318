package ingest

import (
	"bytes"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
)

// Decoded is what a body held. Problems are by index into Events.
type Decoded struct {
	Events   []engine.Event
	Problems map[int][]engine.Problem
}

func newDecoder(body []byte, received engine.Time) *decoder {
	d := &decoder{received: received}
	d.b, d.names = body, map[string]string{}
	return d
}

// JSON reads {"events": [...]}. received bounds how far ahead a time may be.
// The error is engine.CodeInvalid: the body is no JSON (a problem with the code
// Malformed), or its envelope is wrong.
func JSON(body []byte, received engine.Time) (Decoded, error) {
	d := newDecoder(body, received)
	// An event is seldom below 100 bytes; what a short body needs is one array.
	d.out.Events = make([]engine.Event, 0, min(len(body)/100+1, engine.MaxBatch))
	problems, ok := d.envelope()
	if !ok || !d.end() {
		return Decoded{}, malformed(body, d.fault)
	}
	if err := engine.Invalid(envelopeMessage, problems...); err != nil {
		return Decoded{}, err
	}
	return d.out, nil
}

var envelopeMessage = engine.Text{En: "the body is not a list of events", Zh: "请求体不是事件列表"}

var envelopeHint = engine.Text{En: `send {"events": [{"id": ..., "type": ...}, ...]}`, Zh: `请发送 {"events": [{"id": ..., "type": ...}, ...]}`}

func envelopeProblem(path, code, en, zh string) engine.Problem {
	return engine.Problem{Code: code, Path: path, Message: engine.Text{En: en, Zh: zh}, Hint: envelopeHint}
}

func (d *decoder) envelope() (problems []engine.Problem, ok bool) {
	if d.next() != '{' {
		_, ok := d.skip()
		return []engine.Problem{envelopeProblem("", "wrong_type", "the body must be an object", "请求体必须是对象")}, ok
	}
	d.i++
	if d.take('}') {
		return []engine.Problem{envelopeProblem("/events", "required", "events is missing", "缺少 events")}, true
	}
	times := 0
	for {
		name, ok := d.key()
		if !ok {
			return nil, false
		}
		if string(name) != "events" {
			n := clip(string(name))
			problems = append(problems, envelopeProblem("/"+pointer(n), "unknown_field",
				fmt.Sprintf("there is no field %q", n), fmt.Sprintf("没有字段 %q", n)))
			_, ok = d.skip()
		} else if times++; times > 1 {
			problems = append(problems, envelopeProblem("/events", "duplicate_name", "events is given twice", "events 重复出现"))
			_, ok = d.skip()
		} else {
			var p []engine.Problem
			p, ok = d.list()
			problems = append(problems, p...)
		}
		if !ok {
			return nil, false
		}
		again, ok := d.more('}')
		if !ok {
			return nil, false
		}
		if !again {
			break
		}
	}
	if times == 0 {
		problems = append(problems, envelopeProblem("/events", "required", "events is missing", "缺少 events"))
	}
	return problems, true
}

// list reads the array of events; those past the limit are only counted.
func (d *decoder) list() (problems []engine.Problem, ok bool) {
	if d.next() != '[' {
		_, ok := d.skip()
		return []engine.Problem{envelopeProblem("/events", "wrong_type", "events must be a list", "events 必须是列表")}, ok
	}
	d.i++
	if d.take(']') {
		return []engine.Problem{envelopeProblem("/events", "empty", "the list is empty", "列表为空")}, true
	}
	for {
		if d.index < engine.MaxBatch {
			ok = d.event()
		} else {
			_, ok = d.skip()
		}
		if !ok {
			return nil, false
		}
		d.index++
		again, ok := d.more(']')
		if !ok {
			return nil, false
		}
		if !again {
			return tooMany(d.index), true
		}
	}
}

func tooMany(n int) []engine.Problem {
	if n <= engine.MaxBatch {
		return nil
	}
	return []engine.Problem{{Code: "too_many", Path: "/events",
		Message: engine.Text{En: fmt.Sprintf("%d events; at most %d are taken at once", n, engine.MaxBatch), Zh: fmt.Sprintf("有 %d 个事件，一次最多 %d 个", n, engine.MaxBatch)},
		Hint:    engine.Text{En: "send them in several calls", Zh: "请分几次发送"}}}
}

// Lines reads NDJSON: one event a line, blank lines aside. A line that is not
// JSON is a problem of that event alone.
func Lines(body []byte, received engine.Time) (Decoded, error) {
	d := newDecoder(body, received)
	for number := 1; len(body) > 0; number++ {
		line, rest, _ := bytes.Cut(body, []byte{'\n'})
		body = rest
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if d.index < engine.MaxBatch {
			d.oneLine(line, number)
		}
		d.index++
	}
	problems := tooMany(d.index)
	if d.index == 0 {
		problems = append(problems, engine.Problem{Code: "empty", Path: "/events", Message: engine.Text{En: "the body holds no event", Zh: "请求体中没有事件"}})
	}
	if err := engine.Invalid(envelopeMessage, problems...); err != nil {
		return Decoded{}, err
	}
	return d.out, nil
}

func (d *decoder) oneLine(line []byte, number int) {
	d.b, d.i, d.fault, d.line = line, 0, nil, number
	if d.event() && d.end() {
		return
	}
	_, column := place(line, d.fault.offset)
	d.out.Events = append(d.out.Events[:d.index], engine.Event{})
	delete(d.out.Problems, d.index)
	d.report("", Malformed, d.fault.what, engine.Text{})
	list := d.out.Problems[d.index]
	list[len(list)-1].Column = column
}

// Valid is nil when a body is JSON; otherwise the error that JSON gives, naming
// line and column.
func Valid(body []byte) error {
	d := newDecoder(body, 0)
	if _, ok := d.skip(); !ok || !d.end() {
		return malformed(body, d.fault)
	}
	return nil
}
