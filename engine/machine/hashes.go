package machine

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/bylaw-dev/bylaw/engine"
)

// hashes computes what duplicates are recognised by. It keeps its room.
type hashes struct{ room []byte }

// id is a hash of an event's namespace and id.
func (h *hashes) id(e *engine.Event) (out [16]byte) {
	h.room = append(append(append(h.room[:0], e.Source...), 0), e.ID...)
	sum := sha256.Sum256(h.room)
	copy(out[:], sum[:])
	return out
}

// body is a hash of what was sent, so that "at" left out stays equal on a retry,
// and so do values whose declared kind changed meanwhile.
func (h *hashes) body(e *engine.Event) (out [8]byte) {
	h.room = binary.AppendVarint(h.room[:0], int64(e.At))
	for _, s := range [...]string{e.Type, e.Member.ID, e.Member.Channel, e.Member.ExternalID,
		e.To.ID, e.To.Channel, e.To.ExternalID, e.Group, e.Content, e.Origin} {
		h.text(s)
	}
	mode := byte('l')
	if e.History {
		mode = 'h'
	}
	h.room = append(h.room, mode)
	for i := range e.Props {
		h.text(e.Props[i].Name)
		h.value(&e.Props[i].Value)
	}
	sum := sha256.Sum256(h.room)
	copy(out[:], sum[:])
	return out
}

func (h *hashes) text(s string) {
	h.room = append(binary.AppendUvarint(h.room, uint64(len(s))), s...)
}

func (h *hashes) value(v *engine.Value) {
	h.room = binary.AppendVarint(append(h.room, byte(v.Kind)), v.Num)
	h.text(v.Str)
	h.room = binary.AppendUvarint(h.room, uint64(len(v.List)))
	for i := range v.List {
		h.value(&v.List[i])
	}
}
