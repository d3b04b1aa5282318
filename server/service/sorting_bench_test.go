package service

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// BenchmarkReadingAMember compares what a page by joining reads of everybody with
// reading them whole.
func BenchmarkReadingAMember(b *testing.B) {
	m := engine.Member{ID: "m1", JoinedAt: 1_700_000_000_000_000, Tags: []string{"a", "b"}, Attrs: map[string]engine.Value{},
		Identities: []engine.Identity{{Channel: "app", ExternalID: "wx-1"}}, Badges: map[string]engine.Time{}, Groups: map[string]engine.Membership{"main": {}}}
	for i := range 10 {
		m.Badges[fmt.Sprint("badge", i)] = engine.Time(i)
	}
	body, err := json.Marshal(&m)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("whole", func(b *testing.B) {
		for b.Loop() {
			if _, err := readMember(body); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("joining", func(b *testing.B) {
		for b.Loop() {
			var j joining
			if err := json.Unmarshal(body, &j); err != nil || j.JoinedAt != m.JoinedAt {
				b.Fatal(err, j)
			}
		}
	})
}
