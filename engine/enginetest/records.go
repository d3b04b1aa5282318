package enginetest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

var recordKinds = []engine.RecordKind{engine.MemberRecord, engine.IdentityRecord, engine.GroupRecord,
	engine.ContentRecord, engine.CellRecord, engine.MarkRecord}

func load(t *testing.T, s engine.Store, workspace string, keys ...engine.RecordKey) (found map[engine.RecordKey][]byte) {
	t.Helper()
	ctx := context.Background()
	ok(t, s.Within(ctx, workspace, func(tx engine.Tx) (err error) {
		found, err = tx.Load(ctx, keys)
		return err
	}))
	outside, err := s.Reader(workspace).Records(ctx, keys)
	ok(t, err)
	equal(t, "records outside the lane", len(outside), len(found))
	for k, body := range found {
		if !bytes.Equal(body, outside[k]) {
			t.Fatalf("%v: within the lane %q, outside %q", k, body, outside[k])
		}
	}
	return found
}

func recordsRoundTrip(t *testing.T, s engine.Store) {
	binary := make([]byte, 256)
	for i := range binary {
		binary[i] = byte(i)
	}
	var records []engine.Record
	var keys []engine.RecordKey
	for _, kind := range recordKinds {
		records = append(records, engine.Record{Kind: kind, Key: "same", Body: append([]byte(kind), binary...)},
			engine.Record{Kind: kind, Key: "empty", Body: []byte{}})
		keys = append(keys, engine.RecordKey{Kind: kind, Key: "same"}, engine.RecordKey{Kind: kind, Key: "empty"}, engine.RecordKey{Kind: kind, Key: "absent"})
	}
	write(t, s, space, func(c *engine.Changes) { c.Records = records })
	for i := range records {
		if len(records[i].Body) > 0 {
			records[i].Body[0] = '!' // the buffers are the caller's again
		}
	}
	found := load(t, s, space, append(keys, keys...)...)
	equal(t, "records found", len(found), 2*len(recordKinds))
	for _, kind := range recordKinds {
		body := found[engine.RecordKey{Kind: kind, Key: "same"}]
		if !bytes.Equal(body, append([]byte(kind), binary...)) {
			t.Fatalf("%s came back as %q", kind, body)
		}
		if body, there := found[engine.RecordKey{Kind: kind, Key: "empty"}]; !there || len(body) != 0 {
			t.Fatalf("an empty body came back as %q (there: %v)", body, there)
		}
	}
	write(t, s, space, func(c *engine.Changes) {
		c.Records = []engine.Record{{Kind: "member", Key: "same"}, {Kind: "mark", Key: "absent"}, {Kind: "cell", Key: "same", Body: []byte("new")}}
	})
	found = load(t, s, space, keys...)
	equal(t, "records found after a delete", len(found), 2*len(recordKinds)-1)
	equal(t, "an overwritten one", string(found[engine.RecordKey{Kind: "cell", Key: "same"}]), "new")
}

// recordsModel compares a store with a map over random saves and deletes,
// several of one key in one transaction included.
func recordsModel(t *testing.T, s engine.Store) {
	r := rand.New(rand.NewSource(7))
	model := map[engine.RecordKey]string{}
	var keys []engine.RecordKey
	for i := range 300 {
		keys = append(keys, engine.RecordKey{Kind: recordKinds[i%2*4], Key: fmt.Sprintf("k%03d", i)})
	}
	for round := range 60 {
		write(t, s, space, func(c *engine.Changes) {
			c.Position++
			for range r.Intn(120) {
				k := keys[r.Intn(len(keys))]
				if r.Intn(5) == 0 {
					delete(model, k)
					c.Records = append(c.Records, engine.Record{Kind: k.Kind, Key: k.Key})
					continue
				}
				body := strings.Repeat(fmt.Sprintf("%d.", round), r.Intn(60)+1)
				model[k] = body
				c.Records = append(c.Records, engine.Record{Kind: k.Kind, Key: k.Key, Body: []byte(body)})
			}
		})
		if round%5 != 0 {
			continue
		}
		found := load(t, s, space, keys...)
		equal(t, "records found", len(found), len(model))
		for k, body := range found {
			equal(t, k.Key, string(body), model[k])
		}
		sameList(t, s, engine.CellRecord, model)
	}
}

// sameList compares the list of one kind with the model.
func sameList(t *testing.T, s engine.Store, kind engine.RecordKind, model map[engine.RecordKey]string) {
	t.Helper()
	var want, got []string
	for k, body := range model {
		if k.Kind == kind {
			want = append(want, k.Key+"="+body)
		}
	}
	slices.Sort(want)
	for _, r := range listRecords(t, s, kind, "", 17) {
		got = append(got, r.Key+"="+string(r.Body))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("listed\n%v\nwant\n%v", got, want)
	}
}

// listRecords walks every page.
func listRecords(t *testing.T, s engine.Store, kind engine.RecordKind, prefix string, limit int) (all []engine.Record) {
	t.Helper()
	p := engine.Page{Limit: limit}
	for {
		rows, err := s.Reader(space).ListRecords(context.Background(), kind, prefix, p)
		ok(t, err)
		if len(rows.Items) > limit {
			t.Fatalf("a page of %d has %d rows", limit, len(rows.Items))
		}
		all = append(all, rows.Items...)
		if rows.Next == "" {
			return all
		}
		p.Cursor = rows.Next
	}
}

func recordsListed(t *testing.T, s engine.Store) {
	names := []string{"a", "a%", "a_b", "aZ", "ab", "ab\x1fc", "b", "b.c:d", "字", "字😀", "字😁", "\x7f"}
	write(t, s, space, func(c *engine.Changes) {
		for _, n := range names {
			c.Records = append(c.Records, engine.Record{Kind: "mark", Key: n, Body: []byte(n)})
		}
	})
	slices.Sort(names)
	for _, prefix := range []string{"", "a", "a%", "a_", "ab", "字", "字😀", "none", "\x7f"} {
		var want []string
		for _, n := range names {
			if strings.HasPrefix(n, prefix) {
				want = append(want, n)
			}
		}
		for _, limit := range []int{1, 3, 100} {
			var got []string
			for _, r := range listRecords(t, s, "mark", prefix, limit) {
				got = append(got, string(r.Body))
			}
			if !slices.Equal(got, want) {
				t.Fatalf("prefix %q by %d: got %q, want %q", prefix, limit, got, want)
			}
		}
	}
}

func keysAtLimits(t *testing.T, s engine.Store) {
	long := strings.Repeat("x", engine.MaxKeyBytes)
	wide := strings.Repeat("😀", 47) // 188 bytes
	keys := []string{long, wide, long[1:] + "y", "a", "A", "á", "a ", " a", "a\t", "😀", "😁", "a'b", `a\b`, `a"b`, "a?b", "\x00", "a\x1fb"}
	var all []engine.RecordKey
	write(t, s, space, func(c *engine.Changes) {
		for i, k := range keys {
			c.Records = append(c.Records, engine.Record{Kind: "content", Key: k, Body: []byte{byte(i)}})
			all = append(all, engine.RecordKey{Kind: "content", Key: k})
			c.Items = append(c.Items, engine.Item{Kind: "note", ID: k, Member: k, State: "open", At: at(i)})
		}
	})
	found := load(t, s, space, all...)
	for i, k := range all {
		if got := found[k]; len(got) != 1 || got[0] != byte(i) {
			t.Fatalf("key %q gives %v, want %d: it fell together with another", k.Key, got, i)
		}
		rows, err := s.Reader(space).ListItems(context.Background(), engine.ItemQuery{Kind: "note", Member: k.Key})
		ok(t, err)
		if len(rows.Items) != 1 || rows.Items[0].ID != k.Key {
			t.Fatalf("member %q has items %v", k.Key, rows.Items)
		}
	}
}

func largeBodies(t *testing.T, s engine.Store) {
	r := rand.New(rand.NewSource(3))
	body := func() []byte {
		b := make([]byte, engine.MaxEventBytes+4096)
		r.Read(b)
		return b
	}
	c := &engine.Changes{Position: 40}
	for i := range int64(40) {
		e := event(i + 1)
		e.Body = body()
		c.Events = append(c.Events, e)
		c.Records = append(c.Records, engine.Record{Kind: "member", Key: fmt.Sprint("m", i), Body: body()})
	}
	write(t, s, space, func(into *engine.Changes) { *into = *c })
	got, err := s.Reader(space).Events(context.Background(), engine.EventQuery{})
	ok(t, err)
	equal(t, "events", len(got), len(c.Events))
	for i := range got {
		if !bytes.Equal(got[i].Body, c.Events[i].Body) {
			t.Fatalf("event %d came back changed", i+1)
		}
		k := engine.RecordKey{Kind: "member", Key: fmt.Sprint("m", i)}
		if found := load(t, s, space, k); !bytes.Equal(found[k], c.Records[i].Body) {
			t.Fatalf("record %d came back changed", i)
		}
	}
}
