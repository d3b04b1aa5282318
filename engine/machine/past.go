package machine

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// forgotten begin the marks whose past nobody asks for: lists that are written
// whole with each change, and what an erasure must be able to destroy.
var forgotten = [...]string{"merge|", "merges|", "waiting|", "review|"}

// keepPast writes down what the records became that changed since the last time:
// they are so from a position on. Windows are not noted, because they follow
// from the log, nor are members' newest times.
func (t *turn) keepPast(position int64) error {
	if !t.m.past {
		return nil
	}
	failed := t.since()
	t.cache.members.drain(func(e *entry[*engine.Member]) {
		e.value.Version = position
		body, err := noteJSON(t, engine.MemberRecord, e.key, e.value, position)
		if failed == nil {
			failed = err
		}
		t.noted[e.key] = body
	})
	t.cache.identities.drain(func(e *entry[string]) {
		var body []byte
		if e.value != "" {
			body = []byte(e.value)
		}
		t.remark(engine.IdentityRecord, e.key, body, position)
	})
	t.cache.groups.drain(func(e *entry[*engine.Group]) {
		e.value.Version = position
		if _, err := noteJSON(t, engine.GroupRecord, e.key, e.value, position); err != nil && failed == nil {
			failed = err
		}
	})
	t.cache.contents.drain(func(e *entry[*engine.Content]) {
		e.value.Version = position
		if _, err := noteJSON(t, engine.ContentRecord, e.key, e.value, position); err != nil && failed == nil {
			failed = err
		}
	})
	t.cache.marks.drain(func(e *entry[[]byte]) {
		for _, prefix := range forgotten {
			if strings.HasPrefix(e.key, prefix) {
				return
			}
		}
		t.remark(engine.MarkRecord, e.key, e.value, position)
	})
	if len(t.changes.Definitions) > 0 && position == t.changes.Position && t.changes.Revision != t.view.Lane.Revision {
		t.remark(engine.MarkRecord, RevisionMark, strconv.AppendInt(nil, t.changes.Revision, 10), position)
	}
	return failed
}

// SinceMark is the key of the mark from which position on the past is kept: 0,
// unless the workspace is older than that.
const SinceMark = "past"

// since notes where the past begins, once.
func (t *turn) since() error {
	if t.changes.Position == t.view.Lane.Position {
		return nil
	}
	had, err := t.mark(SinceMark)
	if err == nil && had == nil {
		t.setCounter(SinceMark, t.view.Lane.Position)
	}
	return err
}

// RevisionMark is the key of the mark that the past alone has: which revision
// was in force.
const RevisionMark = "revision"

func noteJSON(t *turn, kind engine.RecordKind, key string, v any, position int64) ([]byte, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("note %s %s: %w", kind, key, err)
	}
	t.remark(kind, key, body, position)
	return body, nil
}

// remark adds one record to the past.
func (t *turn) remark(kind engine.RecordKind, key string, body []byte, position int64) {
	t.changes.Past = append(t.changes.Past, engine.PastRecord{Position: position, Record: engine.Record{Kind: kind, Key: key, Body: body}})
}

// reuse gives the bytes of a member that were noted at a position, with the
// version that is saved; nil where the member was not noted.
func (t *turn) reuse(member string, version int64) []byte {
	body := t.noted[member]
	if body == nil {
		return nil
	}
	cut := withoutVersion(body)
	if len(cut) == len(body) {
		return nil
	}
	return fmt.Appendf(append(make([]byte, 0, len(body)+4), cut...), "%s%d}", versionField, version)
}
