package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// What rules decided and what points they moved is found by subject, rule and
// member as events are (history.go): of each of them a segment has a row of past,
// which lists where in decisions or in ledger its rows are.
//
// A row is written by the commit whose events it belongs to. One that comes later,
// such as a decision that waited, may find its segment filed. So a commit notes
// what it writes at positions that the lane had before in made_late, by the same
// items: lists read both.

var madePile = pile{
	through: "SELECT through FROM made_lanes WHERE workspace = ? AND lane = 0",
	begin:   bulk{table: "made_lanes", columns: []string{"lane"}, keys: 2, keep: true},
	move:    "UPDATE made_lanes SET through = ? WHERE workspace = ? AND lane = 0 AND through = ?",
	sort:    sortMade,
}

// Keys of rows: of the decisions about a subject, of those of a rule, and of the
// entries on a member's accounts.
const (
	subjectDecisions = "d"
	ruleDecisions    = "r"
	memberEntries    = "l"
)

// place is where in its table a decision (by number) or an entry is.
type place struct {
	position, number int64
	entry            string
}

// made is a place with what lists select by: when, and a kind of two texts with a
// zero between them: outcome and rule of a decision, account and rule of an entry.
type made struct {
	place
	at   engine.Time
	kind string
}

// madeList is the row of an item: differences of position and time, number and
// entry, and the number of the kind, whose text follows when it is new.
type madeList struct {
	body     []byte
	kinds    []string
	position int64
	at       engine.Time
}

func (l *madeList) add(m *made) {
	l.body = binary.AppendUvarint(l.body, uint64(m.position-l.position))
	l.body = binary.AppendVarint(l.body, int64(m.at-l.at))
	l.body = binary.AppendUvarint(l.body, uint64(m.number))
	l.body = appendText(l.body, m.entry)
	n := slices.Index(l.kinds, m.kind)
	if n >= 0 {
		l.body = binary.AppendUvarint(l.body, uint64(n))
	} else {
		l.body = appendText(binary.AppendUvarint(l.body, uint64(len(l.kinds))), m.kind)
		l.kinds = append(l.kinds, m.kind)
	}
	l.position, l.at = m.position, m.at
}

// readMadeList visits what a row lists, oldest first.
func readMadeList(body []byte, visit func(*made)) error {
	var kinds []string
	var m made
	for d := (pageReader{rest: body}); len(d.rest) > 0; {
		m.position += d.uvarint()
		m.at += engine.Time(d.varint())
		m.number, m.entry = d.uvarint(), string(d.text())
		n := d.uvarint()
		if n == int64(len(kinds)) {
			kinds = append(kinds, string(d.text()))
		}
		if d.bad || n < 0 || n >= int64(len(kinds)) {
			return errHistory
		}
		m.kind = kinds[n]
		visit(&m)
	}
	return nil
}

// madeFiler gathers a segment's lists.
type madeFiler struct {
	lists map[string]*madeList
	kinds map[string]string
	room  []byte
}

// sortMade files the decisions and entries of a segment.
func sortMade(ctx context.Context, c scope, s stretch) (*rows, error) {
	f := &madeFiler{lists: map[string]*madeList{}, kinds: map[string]string{}}
	if err := f.decisions(ctx, c, s); err != nil {
		return nil, err
	}
	if err := f.entries(ctx, c, s); err != nil {
		return nil, err
	}
	all := historyBulk.rows(len(f.lists))
	for _, key := range slices.Sorted(maps.Keys(f.lists)) {
		body := f.lists[key].body
		all.add(c.workspace, len(body), 0, s.upTo/c.store.options.segment, key, body)
	}
	return all, nil
}

func (f *madeFiler) decisions(ctx context.Context, c scope, s stretch) error {
	rows, err := c.query(ctx, "SELECT position, place, decided_at, outcome, rule_key, subject FROM decisions WHERE workspace = ? AND position > ? AND position <= ? ORDER BY position, place", s.after, s.upTo)
	return each(rows, err, func(r *sql.Rows) error {
		var m made
		var at int64
		var outcome, rule, subject sql.RawBytes
		if err := r.Scan(&m.position, &m.number, &at, &outcome, &rule, &subject); err != nil {
			return err
		}
		m.at, m.kind = engine.Time(at), f.kind(outcome, rule)
		f.add(subjectDecisions, subject, &m)
		m.kind = f.kind(outcome, nil)
		f.add(ruleDecisions, rule, &m)
		return nil
	})
}

func (f *madeFiler) entries(ctx context.Context, c scope, s stretch) error {
	rows, err := c.query(ctx, "SELECT position, entry, account, rule_key, member FROM ledger WHERE workspace = ? AND position > ? AND position <= ? ORDER BY position, entry", s.after, s.upTo)
	return each(rows, err, func(r *sql.Rows) error {
		var m made
		var account, rule, member sql.RawBytes
		if err := r.Scan(&m.position, &m.entry, &account, &rule, &member); err != nil {
			return err
		}
		m.kind = f.kind(account, rule)
		f.add(memberEntries, member, &m)
		return nil
	})
}

// kind is a kind's text, which many rows share.
func (f *madeFiler) kind(first, second []byte) string {
	f.room = append(append(append(f.room[:0], first...), 0), second...)
	kind, known := f.kinds[string(f.room)]
	if !known {
		kind = string(f.room)
		f.kinds[kind] = kind
	}
	return kind
}

func (f *madeFiler) add(tag string, key []byte, m *made) {
	if len(key) == 0 {
		return // nobody asks for these by it
	}
	f.room = append(append(f.room[:0], tag...), key...)
	l := f.lists[string(f.room)]
	if l == nil || len(f.room) > engine.MaxKeyBytes {
		item := filedKey(tag, string(key))
		if l = f.lists[item]; l == nil {
			l = &madeList{}
			f.lists[item] = l
		}
	}
	l.add(m)
}

var lateBulk = bulk{table: "made_late", columns: []string{"lane", "item", "position", "number", "entry"}, keys: 6, keep: true}

// addLate notes a row of this commit if the lane has passed its position.
func (t *tx) addLate(all *rows, tag, key string, p place) {
	if key != "" && p.position <= t.row.Position {
		all.add(t.workspace, len(key), 0, filedKey(tag, key), p.position, p.number, p.entry)
	}
}
