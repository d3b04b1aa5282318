package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"sync"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/store/dbtest"
)

// model is what the workspaces of TestReplicas should hold.
type model struct {
	ids     map[string]int64 // event id -> position
	records map[engine.RecordKey]string
	lane    engine.LaneState
}

// TestReplicas lets several processes work on the same workspaces in a random
// order, each with its own memory of event ids and records, some of them
// forgetful, some restarted, and compares every answer with a model.
func TestReplicas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		forgetful := func(o *Options) { small(o); o.Memory = 1 }
		replicas := []*Store{openStore(t, db, small), openStore(t, db, small), openStore(t, db, forgetful)}
		models := map[string]*model{"a": newModel(), "b": newModel()}
		r := rand.New(rand.NewSource(5))
		for step := range 400 {
			if r.Intn(60) == 0 {
				replicas[r.Intn(2)] = openStore(t, db, small)
			}
			s := replicas[r.Intn(len(replicas))]
			workspace := []string{"a", "b"}[r.Intn(2)]
			if err := models[workspace].step(s, workspace, r, step); err != nil {
				t.Fatalf("step %d: %v", step, err)
			}
		}
		for workspace, m := range models {
			for i, s := range replicas {
				if err := m.compareAll(s.Reader(workspace)); err != nil {
					t.Fatalf("replica %d, workspace %s: %v", i, workspace, err)
				}
			}
		}
	})
}

func newModel() *model {
	return &model{ids: map[string]int64{}, records: map[engine.RecordKey]string{}}
}

var errChangedMind = errors.New("changed my mind")

// attempt is one transaction of TestReplicas.
type attempt struct {
	names []string // event ids, new and old ones
	saved *engine.Changes
	fresh map[string]int64 // those that were new
	fails bool             // on purpose
}

// step claims some ids and writes some records, or reads some.
func (m *model) step(s *Store, workspace string, r *rand.Rand, step int) error {
	if r.Intn(4) == 0 {
		return m.compareSome(s.Reader(workspace), r)
	}
	a := attempt{fails: r.Intn(5) == 0}
	for range 1 + r.Intn(12) {
		a.names = append(a.names, fmt.Sprint("id", r.Intn(step*8+20)))
	}
	records := randomRecords(r, step)
	err := s.Within(context.Background(), workspace, func(tx engine.Tx) error { return m.write(tx, &a, records) })
	if a.fails && errors.Is(err, errChangedMind) {
		return nil
	}
	if err == nil {
		m.committed(&a)
	}
	return err
}

func randomRecords(r *rand.Rand, step int) (records []engine.Record) {
	for range r.Intn(30) {
		record := engine.Record{Kind: []engine.RecordKind{engine.MemberRecord, engine.CellRecord, engine.MarkRecord}[r.Intn(3)], Key: fmt.Sprint("k", r.Intn(150))}
		if r.Intn(6) > 0 {
			record.Body = fmt.Appendf(nil, "%d of %s in step %d", r.Intn(1000), record.Key, step)
		}
		records = append(records, record)
	}
	return records
}

// write is what runs in the transaction; it compares what it sees with the model.
func (m *model) write(tx engine.Tx, a *attempt, records []engine.Record) error {
	ctx := context.Background()
	if tx.Lane() != m.lane {
		return fmt.Errorf("the lane is %v, want %v", tx.Lane(), m.lane)
	}
	a.fresh = map[string]int64{}
	claims := make([]engine.EventClaim, len(a.names))
	for i, name := range a.names {
		copy(claims[i].ID[:], fmt.Sprintf("%016x", hashOf(name)))
		claims[i].Position = m.lane.Position + 1 + int64(i)
	}
	seen, err := tx.Claim(ctx, claims)
	if err != nil {
		return err
	}
	for i, name := range a.names {
		want, known := m.ids[name]
		if !known {
			want, known = a.fresh[name], a.fresh[name] != 0
		}
		if got, dup := seen[i]; dup != known || dup && got.Position != want {
			return fmt.Errorf("id %s is seen %v at %v, want %v at %d", name, dup, got, known, want)
		}
		if !known {
			a.fresh[name] = claims[i].Position
		}
	}
	if err := m.compareMarks(ctx, tx); err != nil {
		return err
	}
	a.saved = &engine.Changes{Position: m.lane.Position + int64(len(a.names)), Revision: m.lane.Revision, Records: records}
	if err := tx.Save(ctx, a.saved); err != nil || !a.fails {
		return err
	}
	return errChangedMind
}

// compareMarks asks for every mark, most of which are not there: the answer must
// not come from filters that lack what another process folded.
func (m *model) compareMarks(ctx context.Context, tx engine.Tx) error {
	keys := make([]engine.RecordKey, 150)
	for i := range keys {
		keys[i] = engine.RecordKey{Kind: engine.MarkRecord, Key: fmt.Sprint("k", i)}
	}
	found, err := tx.Load(ctx, keys)
	if err != nil {
		return err
	}
	for _, k := range keys {
		want, known := m.records[k]
		if got, there := found[k]; there != known || string(got) != want {
			return fmt.Errorf("mark %s is %q (%v), want %q (%v)", k.Key, got, there, want, known)
		}
	}
	return nil
}

func (m *model) committed(a *attempt) {
	m.lane = engine.LaneState{Position: a.saved.Position, Revision: a.saved.Revision}
	for name, position := range a.fresh {
		m.ids[name] = position
	}
	for _, record := range a.saved.Records {
		k := engine.RecordKey{Kind: record.Kind, Key: record.Key}
		if record.Body == nil {
			delete(m.records, k)
		} else {
			m.records[k] = string(record.Body)
		}
	}
}

func hashOf(name string) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range []byte(name) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h * 0x9E3779B97F4A7C15
}

func (m *model) compareSome(r engine.Reader, random *rand.Rand) error {
	var keys []engine.RecordKey
	for range 20 {
		keys = append(keys, engine.RecordKey{Kind: engine.CellRecord, Key: fmt.Sprint("k", random.Intn(150))})
	}
	found, err := r.Records(context.Background(), keys)
	if err != nil {
		return err
	}
	for _, k := range keys {
		want, known := m.records[k]
		if got, there := found[k]; there != known || string(got) != want {
			return fmt.Errorf("record %v is %q (%v), want %q (%v)", k, got, there, want, known)
		}
	}
	return nil
}

func (m *model) compareAll(r engine.Reader) error {
	ctx, listed := context.Background(), 0
	for _, kind := range []engine.RecordKind{engine.MemberRecord, engine.CellRecord, engine.MarkRecord} {
		for p := (engine.Page{Limit: 7}); ; {
			rows, err := r.ListRecords(ctx, kind, "k", p)
			if err != nil {
				return err
			}
			for _, record := range rows.Items {
				listed++
				if want := m.records[engine.RecordKey{Kind: kind, Key: record.Key}]; string(record.Body) != want {
					return fmt.Errorf("listed record %s %s is %q, want %q", kind, record.Key, record.Body, want)
				}
			}
			if p.Cursor = rows.Next; p.Cursor == "" {
				break
			}
		}
	}
	if listed != len(m.records) {
		return fmt.Errorf("%d records are listed, want %d", listed, len(m.records))
	}
	lane, err := r.Lane(ctx)
	if err == nil && lane != m.lane {
		err = fmt.Errorf("the lane is %v, want %v", lane, m.lane)
	}
	return err
}

// TestReplicasRace lets processes race on one workspace, readers among them: a
// counter in a record loses nothing, and each event id is taken once.
func TestReplicasRace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db dbtest.Database) {
		replicas := []*Store{openStore(t, db, small), openStore(t, db, small), openStore(t, db, small)}
		const each = 60
		var wg sync.WaitGroup
		var mu sync.Mutex
		taken := map[int]int{}
		for n, s := range replicas {
			wg.Go(func() {
				r := rand.New(rand.NewSource(int64(n)))
				for range each {
					id := r.Intn(80)
					isNew, err := countUp(s, id)
					if err != nil {
						t.Error(err)
						return
					}
					if isNew {
						mu.Lock()
						taken[id]++
						mu.Unlock()
					}
					if _, err := s.Reader("w").ListRecords(context.Background(), engine.MarkRecord, "", engine.Page{}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for id, n := range taken {
			equal(t, fmt.Sprintf("id %d was new", id), n, 1)
		}
		found, err := replicas[0].Reader("w").Records(context.Background(), []engine.RecordKey{{Kind: engine.MarkRecord, Key: "n"}})
		must(t, err)
		equal(t, "the counter", string(found[engine.RecordKey{Kind: engine.MarkRecord, Key: "n"}]), fmt.Sprint(len(replicas)*each))
	})
}

func countUp(s *Store, id int) (isNew bool, err error) { return countUpIn(s, "w", id) }

func countUpIn(s *Store, workspace string, id int) (isNew bool, err error) {
	ctx, k := context.Background(), engine.RecordKey{Kind: engine.MarkRecord, Key: "n"}
	err = s.Within(ctx, workspace, func(tx engine.Tx) error {
		p := tx.Lane().Position + 1
		seen, err := tx.Claim(ctx, []engine.EventClaim{{ID: [16]byte{byte(id), byte(id >> 8)}, Position: p}})
		if err != nil {
			return err
		}
		isNew = len(seen) == 0
		found, err := tx.Load(ctx, []engine.RecordKey{k})
		if err != nil {
			return err
		}
		n := 0
		fmt.Sscan(string(found[k]), &n) //nolint:errcheck // 0 when there is none
		return tx.Save(ctx, &engine.Changes{Position: p, Records: []engine.Record{{Kind: k.Kind, Key: k.Key, Body: fmt.Append(nil, n+1)}}})
	})
	return isNew, err
}
