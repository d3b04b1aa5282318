package scratch_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
)

// TestListsFollowWhatIsWritten puts, removes and lists at random, in a store and
// in forks of it, against a map that is looked through.
func TestListsFollowWhatIsWritten(t *testing.T) {
	type model struct {
		store *scratch.Store
		there map[string]string
	}
	dice := rand.New(rand.NewPCG(11, 28))
	all := []*model{{scratch.New(), map[string]string{}}}
	for step := range 3000 {
		m := all[dice.IntN(len(all))]
		key := fmt.Sprintf("%c|%02d", 'a'+dice.IntN(3), dice.IntN(40))
		switch what := dice.IntN(10); {
		case what < 5:
			m.there[key] = fmt.Sprint(step)
			put(t, m.store, key, m.there[key])
		case what < 7:
			delete(m.there, key)
			put(t, m.store, key, "")
		case what == 7 && len(all) < 12:
			f := &model{m.store.Fork(), map[string]string{}}
			for k, v := range m.there {
				f.there[k] = v
			}
			all = append(all, f)
		default:
			prefix := key[:dice.IntN(4)]
			if got, want := listedBy(t, m.store, prefix, 1+dice.IntN(9)), lookedThrough(m.there, prefix); got != want {
				t.Fatalf("step %d: under %q are %s, want %s", step, prefix, got, want)
			}
		}
	}
}

// listedBy lists in pages of some size.
func listedBy(t *testing.T, s *scratch.Store, prefix string, size int) (out string) {
	t.Helper()
	for p := (engine.Page{Limit: size}); ; {
		rows, err := s.Reader("w").ListRecords(context.Background(), engine.MarkRecord, prefix, p)
		if err != nil || len(rows.Items) > size {
			t.Fatalf("%d records in a page of %d: %v", len(rows.Items), size, err)
		}
		for _, r := range rows.Items {
			out += r.Key + "=" + string(r.Body) + " "
		}
		if p.Cursor = rows.Next; p.Cursor == "" {
			return out
		}
	}
}

func lookedThrough(there map[string]string, prefix string) (out string) {
	var keys []string
	for k := range there {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		out += k + "=" + there[k] + " "
	}
	return out
}
