package service

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// A page in bounded memory holds what sorting everything would hold.
func TestPageKeepsTheFirst(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var all []sortable
		p := page{limit: 1 + r.IntN(20)}
		for i := range r.IntN(1000) {
			x := sortable{key: int64(r.IntN(50)), member: &engine.Member{ID: fmt.Sprint("m", i)}}
			all = append(all, x)
			p.offer(x)
		}
		slices.SortFunc(all, sortable.compare)
		got, more := p.finish()
		if more != (len(all) > p.limit) || !slices.Equal(got, all[:min(len(all), p.limit)]) {
			t.Fatalf("limit %d of %d: got %d, more %v", p.limit, len(all), len(got), more)
		}
		if len(p.list) > p.limit {
			t.Fatal("more is kept than the page holds")
		}
	}
}

func FuzzSortCursor(f *testing.F) {
	f.Add("zz m1")
	f.Add("-1y2p0ij32e8e7 a b")
	f.Fuzz(func(t *testing.T, cursor string) {
		at, err := readSortCursor(cursor)
		if err != nil {
			if engine.CodeOf(err) != engine.CodeInvalid {
				t.Fatal(err)
			}
			return
		}
		if cursor != "" && at.member.ID != cursor[strings.Index(cursor, " ")+1:] {
			t.Fatalf("%q names %q", cursor, at.member.ID)
		}
	})
}

func TestRef(t *testing.T) {
	for name, want := range map[string]engine.MemberRef{
		"mem_1":       {ID: "mem_1"},
		"email:a@b.c": {Identity: engine.Identity{Channel: "email", ExternalID: "a@b.c"}},
		"sms:+86:1":   {Identity: engine.Identity{Channel: "sms", ExternalID: "+86:1"}},
		"":            {},
	} {
		if got := Ref(name); got != want {
			t.Errorf("%q: %+v", name, got)
		}
	}
}

func TestMatch(t *testing.T) {
	tests := []struct {
		m    Match
		now  int64
		want bool
	}{
		{Match{}, 0, true}, {Match{}, 5, true}, {Match{Given: true, Revision: 5}, 5, true}, {Match{Given: true, Revision: 5}, 6, false},
		{Match{Given: true}, 0, true}, {Match{Given: true}, 1, false}, {Match{Exists: true}, 0, false}, {Match{Exists: true}, 3, true},
	}
	for _, test := range tests {
		if err := test.m.check(test.now); (err == nil) != test.want {
			t.Errorf("%+v at %d: %v", test.m, test.now, err)
		}
	}
}

// A repeated key makes the same id for the same caller and call, and no other.
func TestActID(t *testing.T) {
	n := 0
	c := &core{Options{NewID: func() string { n++; return fmt.Sprint("new", n) }}}
	a, b := Caller{By: "t1", Once: "call k"}, Caller{By: "t2", Once: "call k"}
	again := a
	if c.actID(a) != c.actID(again) || c.actID(a) == c.actID(b) || c.actID(Caller{By: "t1"}) == c.actID(Caller{By: "t1"}) { //nolint:staticcheck // every call without a key is a new one
		t.Error("ids collide or differ")
	}
	if len(c.actID(a)) > engine.MaxIDLength-8 {
		t.Error("the id is too long for an event")
	}
}
