package machine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// mark reads a small value; nil when it is not set.
func (t *turn) mark(key string) ([]byte, error) {
	if e := t.cache.marks.find(key); e != nil {
		return e.value, nil
	}
	err := t.ensureOne(engine.MarkRecord, key)
	b, _ := t.cache.marks.get(key)
	return b, err
}

// setMark writes a small value, which is the mark's from then on; nil removes it.
func (t *turn) setMark(key string, body []byte) {
	t.cache.marks.touch(t.cache.marks.put(key, body))
}

// counter reads a number kept under a mark; an absent one is 0.
func (t *turn) counter(key string) (int64, error) {
	b, err := t.mark(key)
	if err != nil || b == nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("mark %s: %w", key, err)
	}
	return n, nil
}

func (t *turn) setCounter(key string, n int64) { t.setMark(key, strconv.AppendInt(nil, n, 10)) }

// recallMark reads a JSON value kept under a mark; not ok when it is not set.
func (t *turn) recallMark(key string, into any) (ok bool, err error) {
	b, err := t.mark(key)
	if err != nil || b == nil {
		return false, err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return false, fmt.Errorf("mark %s: %w", key, err)
	}
	return true, nil
}

// list reads a list of ids kept under a mark.
func (t *turn) list(key string) (list []string, err error) {
	_, err = t.recallMark(key, &list)
	return list, err
}

// setList writes a list of ids; an empty one removes the mark.
func (t *turn) setList(key string, list []string) {
	if len(list) == 0 {
		t.setMark(key, nil)
		return
	}
	t.setMark(key, mustJSON(list))
}

// marksUnder lists in order what follows a prefix in the marks, as stored with
// what this turn changed on top.
func (t *turn) marksUnder(prefix string) ([]string, error) { return t.marksUpTo(prefix, 0) }

// marksUpTo lists about the first so many; 0 is all.
func (t *turn) marksUpTo(prefix string, limit int) ([]string, error) {
	stored, err := t.stored()
	if err != nil {
		return nil, err
	}
	var ids []string
	for cursor := ""; ; {
		rows, err := stored.ListRecords(t.ctx, engine.MarkRecord, prefix, engine.Page{Cursor: cursor, Limit: chunkSize})
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", prefix, err)
		}
		for _, r := range rows.Items {
			id := strings.TrimPrefix(r.Key, prefix)
			if prefix == everybody && t.cache.newest.touched(id) || prefix != everybody && t.cache.marks.touched(r.Key) {
				continue
			}
			ids = append(ids, id)
		}
		if cursor = rows.Next; cursor == "" || limit > 0 && len(ids) >= limit {
			break
		}
	}
	for _, e := range t.cache.marks.changed {
		if e.value != nil && strings.HasPrefix(e.key, prefix) {
			ids = append(ids, strings.TrimPrefix(e.key, prefix))
		}
	}
	if prefix == everybody {
		for _, e := range t.cache.newest.changed {
			ids = append(ids, e.key)
		}
	}
	slices.Sort(ids)
	if limit > 0 && len(ids) > limit {
		ids = ids[:limit]
	}
	return ids, nil
}

// freeze cuts what follows a prefix in the marks into chunks.
func (t *turn) freeze(prefix string, size int, chunk func(number int, ids []string)) error {
	ids, err := t.marksUnder(prefix)
	if err != nil {
		return err
	}
	n := 0
	for part := range slices.Chunk(ids, size) {
		chunk(n, slices.Clone(part))
		n++
	}
	return nil
}

// chunkName numbers a chunk in a key.
func chunkName(n int) string { return strconv.Itoa(n) }

// mustJSON writes a value whose encoding cannot fail.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return b
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
