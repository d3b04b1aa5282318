package store

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// TestLoggedIsAMap: what is known of the log's records is what a plain map knows,
// however they were cut into parts, and it lists them in order.
func TestLoggedIsAMap(t *testing.T) {
	r := rand.New(rand.NewSource(7))
	kinds := []engine.RecordKind{engine.MemberRecord, engine.MarkRecord, engine.CellRecord, ""}
	for range 20 {
		l, model := &logged{}, map[engine.RecordKey][]byte{}
		keys := 1 + r.Intn(3000)
		for range r.Intn(60) {
			var part []byte
			for range r.Intn(400) {
				rec := engine.Record{Kind: kinds[r.Intn(len(kinds))], Key: randomKey(r, keys)}
				if r.Intn(5) > 0 {
					rec.Body = bytes.Repeat([]byte{byte(r.Intn(256))}, r.Intn(400))
				}
				part = appendRecord(part, &rec)
				model[engine.RecordKey{Kind: rec.Kind, Key: rec.Key}] = rec.Body
			}
			must(t, l.add(part))
		}
		sameLogged(t, l, model)
		for range 20 {
			k := engine.RecordKey{Kind: kinds[r.Intn(len(kinds))], Key: randomKey(r, keys)}
			sameKeys(t, l, model, k, k.Key[:r.Intn(len(k.Key)+1)], 1+r.Intn(40))
		}
	}
}

// randomKey is often a key of which another one is the beginning.
func randomKey(r *rand.Rand, keys int) string {
	n := r.Intn(keys)
	return strings.Repeat("k", n%19) + fmt.Sprint(n) + strings.Repeat("\x00", n%3)
}

func sameLogged(t *testing.T, l *logged, model map[engine.RecordKey][]byte) {
	t.Helper()
	equal(t, "records", l.taken, len(model))
	for k, want := range model {
		got, known := l.get(appendKey(nil, k))
		if !known || !bytes.Equal(got, want) || (got == nil) != (want == nil) {
			t.Fatalf("%q: %q %v, want %q", k, got, known, want)
		}
	}
	if _, known := l.get(appendKey(nil, engine.RecordKey{Kind: "none", Key: "k"})); known {
		t.Fatal("a record is known that was never written")
	}
	var order []engine.RecordKey
	for _, p := range l.inOrder() {
		order = append(order, l.record(p).name())
	}
	want := slices.SortedFunc(maps.Keys(model), byKindAndKey)
	if !slices.Equal(order, want) {
		t.Fatalf("%d keys are not in order", len(want))
	}
}

func sameKeys(t *testing.T, l *logged, model map[engine.RecordKey][]byte, from engine.RecordKey, prefix string, limit int) {
	t.Helper()
	var want []string
	for k := range model {
		if k.Kind == from.Kind && k.Key >= from.Key && strings.HasPrefix(k.Key, prefix) {
			want = append(want, k.Key)
		}
	}
	slices.Sort(want)
	want = want[:min(len(want), limit)]
	if got := l.from(from.Kind, prefix, from.Key, limit); !slices.Equal(got, want) {
		t.Fatalf("from %q with %q: %q, want %q", from, prefix, got, want)
	}
}

// TestLoggedGivesValuesAway: a value that was given stays what it was.
func TestLoggedGivesValuesAway(t *testing.T) {
	l, key := &logged{}, engine.RecordKey{Kind: engine.MarkRecord, Key: "k"}
	var given [][]byte
	for n := range 3000 {
		must(t, l.add(appendRecord(nil, &engine.Record{Kind: key.Kind, Key: key.Key, Body: fmt.Append(nil, n)})))
		body, _ := l.get(appendKey(nil, key))
		given = append(given, body)
	}
	for n, body := range given {
		equal(t, "a value", string(body), fmt.Sprint(n))
	}
	if l.held > 2*slabBytes {
		t.Fatalf("small rows hold %d bytes", l.held)
	}
}
