package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"maps"
	"math"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// filer gathers what one segment's rows say.
type filer struct {
	scope
	through, upTo int64
	events        map[string]*eventList
	records       map[string]*recordVersions
	latest        engine.Time // of all events before, imported history aside
}

// sortLog files the events of a segment, and what records became in it.
func sortLog(ctx context.Context, c scope, s stretch) (*rows, error) {
	f := &filer{scope: c, through: s.after, upTo: s.upTo, events: map[string]*eventList{}, records: map[string]*recordVersions{}}
	if err := f.gather(ctx); err != nil {
		return nil, err
	}
	return f.rows(), nil
}

// Keys of rows: of a subject's events, of a record's past, and of the time that
// the segment's events have reached.
const (
	memberEvents  = "m"
	groupEvents   = "g"
	contentEvents = "c"
	reachedTime   = "t"
)

// filedKey is a key of history's rows: as it is, or hashed where it is too long.
func filedKey(tag, key string) string {
	if len(tag)+len(key) <= engine.MaxKeyBytes {
		return tag + key
	}
	return tag + "~" + hashKey(key)
}

func subjectKey(q *engine.EventQuery) string {
	switch {
	case q.Member != "":
		return filedKey(memberEvents, q.Member)
	case q.Group != "":
		return filedKey(groupEvents, q.Group)
	}
	return filedKey(contentEvents, q.Content)
}

// gather reads the segment's events and what records became in it.
func (f *filer) gather(ctx context.Context) error {
	before, err := f.reached(ctx, f.through/f.store.options.segment)
	if err != nil {
		return err
	}
	f.latest = before
	q := engine.EventQuery{After: f.through, UpTo: f.upTo}
	err = f.eachPage(ctx, &q, func(body []byte) (bool, error) {
		events, err := decodePage(body, q.Member, func(e *engine.StoredEvent) bool { return matches(&q, e) })
		for i := range events {
			f.add(&events[i])
		}
		return true, err
	})
	if err != nil {
		return err
	}
	return f.eachPast(ctx, f.through, f.upTo, func(r *engine.PastRecord) {
		key := recordKey(r.Kind, r.Key)
		v := f.records[key]
		if v == nil {
			v = &recordVersions{}
			f.records[key] = v
		}
		v.add(r.Position, r.Body)
	})
}

func (f *filer) add(e *engine.StoredEvent) {
	in := engine.PeekEvent(e.Body)
	if !in.History {
		f.latest = max(f.latest, e.At)
	}
	for _, k := range [...][2]string{{memberEvents, e.Member}, {groupEvents, in.Group}, {contentEvents, in.Content}} {
		if k[1] == "" {
			continue
		}
		key := filedKey(k[0], k[1])
		l := f.events[key]
		if l == nil {
			l = &eventList{}
			f.events[key] = l
		}
		l.add(e)
	}
}

// rows are the segment's rows, sorted.
func (f *filer) rows() *rows {
	all := historyBulk.rows(len(f.events) + len(f.records) + 1)
	bodies := make(map[string][]byte, len(f.events)+len(f.records)+1)
	for key, l := range f.events {
		bodies[key] = l.body
	}
	for key, v := range f.records {
		bodies[key] = v.packed()
	}
	bodies[reachedTime] = binary.AppendVarint(nil, int64(f.latest))
	for _, key := range slices.Sorted(maps.Keys(bodies)) {
		all.add(f.workspace, len(bodies[key]), 0, f.upTo/f.store.options.segment, key, bodies[key])
	}
	return all
}

// reached is the newest time of all events up to the end of a segment.
func (c scope) reached(ctx context.Context, segment int64) (engine.Time, error) {
	at := int64(math.MinInt64)
	rows, err := c.query(ctx, "SELECT body FROM past WHERE workspace = ? AND lane = 0 AND segment = ? AND item = ?", segment, reachedTime)
	err = each(rows, err, func(r *sql.Rows) error {
		var body []byte
		if err := r.Scan(&body); err != nil {
			return err
		}
		at, _ = binary.Varint(body)
		return nil
	})
	return engine.Time(at), err
}

// eventList is a subject's events of a segment: differences of position and
// time as varints, and the number of the type, whose text follows when it is new.
type eventList struct {
	body     []byte
	types    []string
	position int64
	at       engine.Time
}

func (l *eventList) add(e *engine.StoredEvent) {
	l.body = binary.AppendUvarint(l.body, uint64(e.Position-l.position))
	l.body = binary.AppendVarint(l.body, int64(e.At-l.at))
	n := slices.Index(l.types, e.Type)
	if n >= 0 {
		l.body = binary.AppendUvarint(l.body, uint64(n))
	} else {
		l.body = appendText(binary.AppendUvarint(l.body, uint64(len(l.types))), e.Type)
		l.types = append(l.types, e.Type)
	}
	l.position, l.at = e.Position, e.At
}

var errHistory = errors.New("a row of history is damaged")

// readEventList visits the events of a row. Types that were met before are
// given as the same text.
func readEventList(body []byte, known map[string]string, visit func(engine.StoredEvent)) error {
	var types []string
	var e engine.StoredEvent
	for d := (pageReader{rest: body}); len(d.rest) > 0; {
		e.Position += d.uvarint()
		e.At += engine.Time(d.varint())
		n := d.uvarint()
		if n == int64(len(types)) {
			b := d.text()
			t, ok := known[string(b)]
			if !ok {
				t = string(b)
				known[t] = t
			}
			types = append(types, t)
		}
		if d.bad || n < 0 || n >= int64(len(types)) {
			return errHistory
		}
		e.Type = types[n]
		visit(e)
	}
	return nil
}

func (d *pageReader) uvarint() int64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 || v > math.MaxInt64 {
		d.bad, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[n:]
	return int64(v)
}
