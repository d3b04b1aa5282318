package machine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/window"
)

// turn is one transaction on one workspace, from the lane to the save. When it
// fails, everything it touched in the cache is dropped with the cache.
type turn struct {
	ctx   context.Context
	m     *Machine
	tx    engine.Tx
	ws    string
	view  *View
	cache *cache

	changes  engine.Changes
	received engine.Time
	next     int64             // position of the next event from outside
	outer    int64             // position of the event from outside that is being worked
	made     int               // rows made for it so far, see serial
	show     Show              // which decisions the answer lists
	answers  []engine.Decision // of the event being worked
	replay   bool              // verify feeds the log, which holds no personal fields

	dirty     map[engine.RecordKey]bool
	dirtyKeys []engine.RecordKey // in order of first change

	facts  engine.Facts
	reader metricReader
	cands  []int
	cells  []window.CellRef
}

// begin opens a turn under the lane's lock.
func (l *lane) begin(ctx context.Context, tx engine.Tx) (*turn, error) {
	state := tx.Lane()
	t := &turn{ctx: ctx, m: l.machine, tx: tx, ws: l.workspace, dirty: map[engine.RecordKey]bool{}}
	t.changes.Position, t.changes.Revision = state.Position, state.Revision
	t.next = (state.Position/engine.PositionStride + 1) * engine.PositionStride
	t.cache, l.cache = l.cache, nil
	if t.cache == nil || t.cache.position != state.Position {
		t.cache = newCache(state.Position, l.machine.opt.CacheMembers)
	}
	if l.view == nil || l.view.Lane.Revision != state.Revision {
		list, err := tx.Definitions(ctx, state.Revision)
		if err != nil {
			return nil, fmt.Errorf("read definitions: %w", err)
		}
		if l.view, err = l.machine.newView(state, list); err != nil {
			return nil, err
		}
		t.cache.cells = newShelf[*slot](t.cache.cells.max) // cells keep what the plan asks for
		t.cache.failing = nil
	}
	t.view = l.view
	t.view.Lane = state
	t.reader.turn = t
	return t, t.loadFailures()
}

// loadFailures reads how often each rule failed in a row, which is asked at
// every decision.
func (t *turn) loadFailures() error {
	if t.cache.failing != nil {
		return nil
	}
	keys := make([]engine.RecordKey, len(t.view.rules))
	for i, r := range t.view.rules {
		keys[i] = engine.RecordKey{Kind: engine.MarkRecord, Key: failKey(r)}
	}
	if err := t.ensure(keys); err != nil {
		return err
	}
	t.cache.failing = map[string]int64{}
	for _, k := range keys {
		n, err := t.counter(k.Key)
		if err != nil {
			return err
		}
		if n > 0 {
			t.cache.failing[k.Key] = n
		}
	}
	return nil
}

// all works through a group of submissions in order.
func (t *turn) all(group []*submission) error {
	for _, s := range group {
		t.received = s.batch.Received
		if s.work != nil {
			if err := s.work(t); err != nil {
				return err
			}
		}
	}
	return t.accept(group)
}

// touch marks a record as changed.
func (t *turn) touch(kind engine.RecordKind, key string) {
	k := engine.RecordKey{Kind: kind, Key: key}
	if !t.dirty[k] {
		t.dirty[k] = true
		t.dirtyKeys = append(t.dirtyKeys, k)
	}
}

// save writes the turn's changes. A turn that changed nothing writes nothing.
func (t *turn) save() error {
	for _, k := range t.dirtyKeys {
		if k.Kind == engine.CellRecord {
			c, _ := t.cache.cells.get(k.Key)
			t.changes.Records = c.cell.Records(t.changes.Records, k.Key)
			t.view.plan.Trim(c.shape, c.cell, t.view.Zone)
			continue
		}
		body, err := t.encode(k)
		if err != nil {
			return err
		}
		t.changes.Records = append(t.changes.Records, engine.Record{Kind: k.Kind, Key: k.Key, Body: body})
	}
	if t.changes.Position == t.view.Lane.Position && t.changed() {
		t.changes.Position = t.next // other replicas see by the position that something changed
	}
	if err := t.tx.Save(t.ctx, &t.changes); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	return nil
}

func (t *turn) changed() bool {
	c := &t.changes
	return len(c.Records)+len(c.Timers)+len(c.TimersDone)+len(c.Items)+len(c.Definitions)+len(c.Deliveries)+len(c.Personal) > 0
}

func (t *turn) encode(k engine.RecordKey) ([]byte, error) {
	switch k.Kind {
	case engine.MemberRecord:
		m, _ := t.cache.members.get(k.Key)
		m.Version = t.changes.Position
		return json.Marshal(m)
	case engine.GroupRecord:
		g, _ := t.cache.groups.get(k.Key)
		g.Version = t.changes.Position
		return json.Marshal(g)
	case engine.ContentRecord:
		c, _ := t.cache.contents.get(k.Key)
		c.Version = t.changes.Position
		return json.Marshal(c)
	case engine.IdentityRecord:
		id, _ := t.cache.identities.get(k.Key)
		if id == "" {
			return nil, nil
		}
		return []byte(id), nil
	case engine.MarkRecord:
		b, _ := t.cache.marks.get(k.Key)
		return b, nil
	}
	return nil, fmt.Errorf("record of unknown kind %s", k.Kind)
}

// ensure loads the records that the cache does not know yet, in one read.
func (t *turn) ensure(keys []engine.RecordKey) error {
	missing := keys[:0:0]
	asked := map[engine.RecordKey]bool{}
	for _, k := range keys {
		if !asked[k] && !t.known(k) {
			asked[k] = true
			missing = append(missing, k)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	found, err := t.tx.Load(t.ctx, missing)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	for _, k := range missing {
		if err := t.remember(k, found[k]); err != nil {
			return fmt.Errorf("record %s %s: %w", k.Kind, k.Key, err)
		}
	}
	return nil
}

func (t *turn) known(k engine.RecordKey) bool {
	ok := false
	switch k.Kind {
	case engine.MemberRecord:
		_, ok = t.cache.members.get(k.Key)
	case engine.IdentityRecord:
		_, ok = t.cache.identities.get(k.Key)
	case engine.GroupRecord:
		_, ok = t.cache.groups.get(k.Key)
	case engine.ContentRecord:
		_, ok = t.cache.contents.get(k.Key)
	case engine.CellRecord:
		_, ok = t.cache.cells.get(k.Key)
	case engine.MarkRecord:
		_, ok = t.cache.marks.get(k.Key)
	}
	return ok
}

// remember puts a loaded record, or its absence, into the cache.
func (t *turn) remember(k engine.RecordKey, body []byte) error {
	switch k.Kind {
	case engine.IdentityRecord:
		t.cache.identities.put(k.Key, string(body))
		return nil
	case engine.MarkRecord:
		t.cache.marks.put(k.Key, body)
		return nil
	case engine.MemberRecord:
		return recall(&t.cache.members, k.Key, body)
	case engine.GroupRecord:
		return recall(&t.cache.groups, k.Key, body)
	case engine.ContentRecord:
		return recall(&t.cache.contents, k.Key, body)
	}
	if body == nil {
		t.cache.cells.put(k.Key, nothingYet)
		return nil
	}
	t.cache.cells.put(k.Key, &slot{raw: body})
	return nil
}

func recall[T any](s *shelf[*T], key string, body []byte) error {
	if body == nil {
		s.put(key, nil)
		return nil
	}
	v := new(T)
	if err := json.Unmarshal(body, v); err != nil {
		return err
	}
	s.put(key, v)
	return nil
}

// member gives a member, nil when there is none of that id. A merged member is
// answered by the one it was merged into.
func (t *turn) member(id string) (*engine.Member, error) {
	for range 8 {
		if err := t.ensure([]engine.RecordKey{{Kind: engine.MemberRecord, Key: id}}); err != nil {
			return nil, err
		}
		m, _ := t.cache.members.get(id)
		if m == nil || m.MergedInto == "" {
			return m, nil
		}
		id = m.MergedInto
	}
	return nil, fmt.Errorf("member %s: merged in a circle", id)
}

// group gives a group's state, made from its definition when it has none yet.
func (t *turn) group(key string) (*engine.Group, error) {
	if key == "" {
		return nil, nil
	}
	if err := t.ensure([]engine.RecordKey{{Kind: engine.GroupRecord, Key: key}}); err != nil {
		return nil, err
	}
	if g, _ := t.cache.groups.get(key); g != nil {
		return g, nil
	}
	g := &engine.Group{Key: key}
	if def := t.view.Defs.Groups[key]; def != nil {
		g.Phase, g.Intake, g.Stage = def.Phase, def.Intake, def.Stage
	}
	t.cache.groups.put(key, g)
	return g, nil
}

// content gives a content's state, empty when events never told of it.
func (t *turn) content(key string) (*engine.Content, error) {
	if key == "" {
		return nil, nil
	}
	if err := t.ensure([]engine.RecordKey{{Kind: engine.ContentRecord, Key: key}}); err != nil {
		return nil, err
	}
	if c, _ := t.cache.contents.get(key); c != nil {
		return c, nil
	}
	c := &engine.Content{Key: key}
	t.cache.contents.put(key, c)
	return c, nil
}

// mark reads a small value; nil when it is not set.
func (t *turn) mark(key string) ([]byte, error) {
	if b, ok := t.cache.marks.get(key); ok {
		return b, nil
	}
	err := t.ensure([]engine.RecordKey{{Kind: engine.MarkRecord, Key: key}})
	b, _ := t.cache.marks.get(key)
	return b, err
}

// setMark writes a small value; nil removes it.
func (t *turn) setMark(key string, body []byte) {
	t.cache.marks.put(key, slices.Clone(body))
	t.touch(engine.MarkRecord, key)
}

// serial numbers what is made for one event from outside, so that ids come out
// the same however events are batched.
func (t *turn) serial() int {
	t.made++
	return t.made
}
