package ingest

import (
	"fmt"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bylaw-dev/bylaw/engine"
)

// MaxChannel is how many bytes a channel's name may have: with the longest
// external id it makes a key of 190 bytes.
const MaxChannel = 190 - 1 - engine.MaxIDLength

var eventFields = []string{"id", "type", "at", "member", "to", "group", "content", "origin", "props"}

// The fields of an event, as bits of what was seen.
const (
	sawID = 1 << iota
	sawType
	sawAt
	sawMember
	sawTo
	sawGroup
	sawContent
	sawOrigin
	sawProps
)

// decoder reads the events of one request.
type decoder struct {
	scanner
	received engine.Time
	out      Decoded
	index    int // of the event that is being read
	line     int // of NDJSON
	props    []engine.Prop
	slab     []engine.Prop
}

// event reads one element of the list.
func (d *decoder) event() bool {
	if d.next() != '{' {
		d.wrongType("", "an event: an object", "一个事件（对象）")
		d.out.Events = append(d.out.Events, engine.Event{})
		_, ok := d.skip()
		return ok
	}
	start := d.i
	d.out.Events = append(d.out.Events, engine.Event{})
	e := &d.out.Events[len(d.out.Events)-1]
	seen, ok := d.fields(e)
	if !ok {
		return false
	}
	if size := d.i - start; size > engine.MaxEventBytes {
		d.report("", "too_large", engine.Text{
			En: fmt.Sprintf("the event has %d bytes; at most %d are taken", size, engine.MaxEventBytes),
			Zh: fmt.Sprintf("事件有 %d 字节，最多 %d 字节", size, engine.MaxEventBytes),
		}, engine.Text{En: "keep large content elsewhere and send a reference", Zh: "大段内容请另存，事件中只放引用"})
	}
	if seen&sawID == 0 {
		d.required("", "id")
	}
	if seen&sawType == 0 {
		d.required("", "type")
	}
	return true // a time that was left out stays so: the machine fills it in, and knows a retry by it
}

// fields reads an event's object and tells which fields had a value.
func (d *decoder) fields(e *engine.Event) (seen int, ok bool) {
	d.i++
	if d.take('}') {
		return 0, true
	}
	named := 0
	for {
		name, ok := d.key()
		if !ok {
			return 0, false
		}
		bit := fieldBit(name)
		if bit&named != 0 {
			d.duplicateName("", name)
		}
		named |= bit
		switch {
		case bit == 0:
			d.unknownField("", name, eventFields)
			_, ok = d.skip()
		case d.next() == 'n':
			ok = d.word("null")
		default:
			seen |= bit
			ok = d.field(e, bit)
		}
		if !ok {
			return 0, false
		}
		if again, ok := d.more('}'); !ok || !again {
			return seen, ok
		}
	}
}

func fieldBit(name []byte) int {
	switch string(name) {
	case "id":
		return sawID
	case "type":
		return sawType
	case "at":
		return sawAt
	case "member":
		return sawMember
	case "to":
		return sawTo
	case "group":
		return sawGroup
	case "content":
		return sawContent
	case "origin":
		return sawOrigin
	case "props":
		return sawProps
	}
	return 0
}

func (d *decoder) field(e *engine.Event, bit int) (ok bool) {
	switch bit {
	case sawID:
		e.ID, ok = d.ident("/id", false)
	case sawType:
		e.Type, ok = d.ident("/type", true)
	case sawAt:
		e.At, ok = d.at()
	case sawMember:
		e.Member, ok = d.member("/member")
	case sawTo:
		e.To, ok = d.member("/to")
	case sawGroup:
		e.Group, ok = d.ident("/group", true)
	case sawContent:
		e.Content, ok = d.ident("/content", true)
	case sawOrigin:
		e.Origin, ok = d.ident("/origin", true)
	case sawProps:
		e.Props, ok = d.properties()
	}
	return ok
}

// ident reads a string that names something: not empty, at most 128 bytes, no
// control characters, no space at its ends.
func (d *decoder) ident(path string, repeats bool) (string, bool) {
	if d.next() != '"' {
		d.wrongType(path, "a string", "字符串")
		_, ok := d.skip()
		return "", ok
	}
	var v string
	var ok bool
	if repeats {
		v, ok = d.shared()
	} else {
		v, ok = d.str()
	}
	if ok {
		d.checkIdent(path, v, engine.MaxIDLength)
	}
	return v, ok
}

func (d *decoder) checkIdent(path, v string, longest int) {
	switch {
	case v == "":
		d.report(path, "empty", engine.Text{En: "this must not be empty", Zh: "不能为空"}, engine.Text{})
	case len(v) > longest:
		d.report(path, "too_long", engine.Text{
			En: fmt.Sprintf("this has %d bytes; at most %d are taken", len(v), longest),
			Zh: fmt.Sprintf("有 %d 字节，最多 %d 字节", len(v), longest)}, engine.Text{})
	case !tidy(v):
		d.report(path, "bad_character", engine.Text{
			En: "control characters, and spaces at the ends, are not allowed here",
			Zh: "不能含控制字符，首尾不能有空格"}, engine.Text{})
	}
}

func tidy(v string) bool {
	ascii := true
	for i := 0; i < len(v); i++ {
		if v[i] < 0x20 || v[i] == 0x7f {
			return false
		}
		ascii = ascii && v[i] < utf8.RuneSelf
	}
	if ascii {
		return v[0] != ' ' && v[len(v)-1] != ' '
	}
	first, _ := utf8.DecodeRuneInString(v)
	last, _ := utf8.DecodeLastRuneInString(v)
	if unicode.IsSpace(first) || unicode.IsSpace(last) {
		return false
	}
	for _, r := range v {
		if unicode.IsControl(r) {
			return false
		}
	}
	return true
}

var atHint = engine.Text{
	En: `write RFC 3339 with a zone, e.g. "2026-03-01T08:00:00+08:00"`,
	Zh: `请写带时区的 RFC 3339，如 "2026-03-01T08:00:00+08:00"`,
}

func (d *decoder) at() (engine.Time, bool) {
	if d.next() != '"' {
		d.report("/at", "wrong_type", engine.Text{En: "a time is a string", Zh: "时间是字符串"}, atHint)
		_, ok := d.skip()
		return 0, ok
	}
	raw, _, ok := d.text()
	if !ok {
		return 0, false
	}
	t, err := time.Parse(time.RFC3339Nano, string(raw))
	if err != nil || raw[10] != 'T' {
		d.report("/at", "bad_time", engine.Text{
			En: fmt.Sprintf("%q is not a time", clip(string(raw))), Zh: fmt.Sprintf("%q 不是时间", clip(string(raw)))}, atHint)
		return 0, true
	}
	d.checkAt(engine.TimeOf(t), t)
	return engine.TimeOf(t), true
}

func (d *decoder) checkAt(at engine.Time, t time.Time) {
	switch {
	case at <= 0:
		d.report("/at", "out_of_range", engine.Text{
			En: "a time before 1970 is not taken", Zh: "不接受 1970 年以前的时间"}, engine.Text{})
	case at > d.received.Add(engine.MaxAhead):
		d.report("/at", "out_of_range", engine.Text{
			En: fmt.Sprintf("%s is more than 5 minutes ahead of now", t.UTC().Format(time.RFC3339)),
			Zh: fmt.Sprintf("%s 比现在晚 5 分钟以上", t.UTC().Format(time.RFC3339))},
			engine.Text{En: "check the sender's clock and zone", Zh: "请检查发送方的时钟与时区"})
	}
}
