package machine

import (
	"bytes"
	"fmt"
	"math/rand"
	"testing"
)

// TestPackedIsTrueOrSilent: what packed gives was put last; what was put since the
// young half was begun is there, and what is put long ago goes.
func TestPackedIsTrueOrSilent(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	p, model := packed{max: 500}, map[string][]byte{}
	var recent []string
	for n := range 60_000 {
		key := fmt.Sprint("key", r.Intn(3000))
		switch r.Intn(8) {
		case 0:
			p.drop(key)
			delete(model, key)
			continue
		case 1:
			model[key] = nil
		default:
			model[key] = bytes.Repeat([]byte{byte(n)}, r.Intn(200))
		}
		p.put(key, model[key])
		recent = append(recent, key)
		for _, key := range recent[max(0, len(recent)-100):] {
			want, there := model[key]
			if got, ok := p.get(key); ok != there || !bytes.Equal(got, want) || (got == nil) != (want == nil) {
				t.Fatalf("%s is %q %v, want %q %v", key, got, ok, want, there)
			}
		}
	}
	known := 0
	for key, want := range model {
		if got, ok := p.get(key); ok {
			if known++; !bytes.Equal(got, want) {
				t.Fatalf("%s is %q, want %q", key, got, want)
			}
		}
	}
	if known == 0 || known > 2*p.max || len(p.young.piece) > 2*(p.max/64+16) {
		t.Errorf("%d values in %d pieces are held", known, len(p.young.piece))
	}
}

// TestShelfPacksWhatIsNotInUse: what a shelf was given comes back the same,
// whether it lies packed or not, and an entry that was replaced does not.
func TestShelfPacksWhatIsNotInUse(t *testing.T) {
	c := newCache(0, 1<<20)
	r := rand.New(rand.NewSource(6))
	model := map[string]string{}
	for range 100 {
		c.begin()
		for range 200 {
			key := fmt.Sprint("k", r.Intn(20_000))
			if e := c.marks.find(key); e != nil && string(e.value) != model[key] || e == nil && model[key] != "" {
				t.Fatalf("%s is %v, want %q", key, e, model[key])
			}
			model[key] = fmt.Sprint(r.Int())
			c.marks.touch(c.marks.put(key, []byte(model[key])))
		}
		c.settle()
	}
	if len(c.marks.packed.young.at) == 0 || len(c.marks.young) > looseEntries {
		t.Errorf("%d are packed, %d are not", len(c.marks.packed.young.at), len(c.marks.young))
	}
}
