package api

import (
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
)

// appendResult writes what became of one event. Written by hand: a batch has a
// thousand of them.
func appendResult(b []byte, r *machine.Result) []byte {
	b = appendString(append(b, `{"id":`...), r.ID)
	b = append(append(append(b, `,"status":"`...), r.Status...), '"')
	if r.Position > 0 {
		b = strconv.AppendInt(append(b, `,"position":`...), r.Position, 10)
	}
	if len(r.Decisions) > 0 {
		b = append(b, `,"decisions":[`...)
		for i := range r.Decisions {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendDecision(b, &r.Decisions[i])
		}
		b = append(b, ']')
	}
	if len(r.Problems) > 0 {
		b = append(append(b, `,"error":`...), marshal(eventError{Code: engine.CodeInvalid, Message: badEvent, Problems: r.Problems})...)
	}
	return append(b, '}')
}

// eventError is the error of one event among others.
type eventError struct {
	Code     engine.Code      `json:"code"`
	Message  engine.Text      `json:"message"`
	Problems []engine.Problem `json:"problems"`
}

var badEvent = engine.Text{En: "the event has problems and was not stored", Zh: "事件有误，未存储"}

// appendDecision writes a decision as encoding/json would.
func appendDecision(b []byte, d *engine.Decision) []byte {
	b = strconv.AppendInt(append(b, `{"position":`...), d.Position, 10)
	b = strconv.AppendInt(append(b, `,"number":`...), int64(d.Number), 10)
	b = appendString(append(b, `,"rule":`...), d.Rule)
	b = strconv.AppendInt(append(b, `,"version":`...), int64(d.Version), 10)
	b = appendString(append(b, `,"subject":`...), d.Subject)
	b = appendField(b, `,"occurrence":`, d.Occurrence)
	b = appendString(append(b, `,"outcome":`...), string(d.Outcome))
	b = appendField(b, `,"reason":`, string(d.Reason))
	b = appendField(b, `,"detail":`, d.Detail)
	b = append(append(b, `,"at":`...), marshal(d.At)...)
	if d.Shadow {
		b = append(b, `,"shadow":true`...)
	}
	b = appendField(b, `,"answer":`, d.Answer)
	if len(d.Reasons) > 0 {
		b = append(append(b, `,"reasons":`...), marshal(d.Reasons)...)
	}
	if len(d.Effects) > 0 {
		b = append(b, `,"effects":[`...)
		for i := range d.Effects {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendEffect(b, &d.Effects[i])
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

func appendEffect(b []byte, e *engine.Effect) []byte {
	b = appendString(append(b, `{"kind":`...), string(e.Kind))
	b = strconv.AppendInt(append(b, `,"number":`...), int64(e.Number), 10)
	if len(e.Fields) > 0 {
		names := make([]string, 0, 8)
		for name := range e.Fields {
			names = append(names, name)
		}
		slices.Sort(names)
		b = append(b, `,"fields":{`...)
		for i, name := range names {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(append(appendString(b, name), ':'), marshal(e.Fields[name])...)
		}
		b = append(b, '}')
	}
	b = appendField(b, `,"ref":`, e.Ref)
	b = appendField(b, `,"reason":`, string(e.Reason))
	return append(b, '}')
}

func appendField(b []byte, name, v string) []byte {
	if v == "" {
		return b
	}
	return appendString(append(b, name...), v)
}

// appendString writes a JSON string; the common case, plain ASCII, without a detour.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf || c == '<' || c == '>' || c == '&' {
			return append(b, marshal(s)...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// marshal writes a value that is always JSON.
func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return b
}
