package machine_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/simulate"
	"github.com/bylaw-dev/bylaw/rules"
	"pgregory.net/rapid"
)

// TestThePastDecidesAsItDid replays every event of random communities at its
// own place: it decides what was decided then, effects, reasons and ids alike,
// and stays silent where nothing was.
func TestThePastDecidesAsItDid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := fullWorld(t)
		w.asked = map[int64][]engine.Decision{}
		var merges []int64
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			stir(t, w, &merges)
			w.now += engine.Time(rapid.Int64Range(0, int64(6*hour)).Draw(t, "gap"))
		}
		agrees(t, w)
	})
}

// agrees replays a world's whole log.
func agrees(t fataler, w *world) {
	t.Helper()
	ctx := context.Background()
	past := simulate.New(w.store, &rules.Books{})
	stored := map[int64][]engine.Decision{}
	rows, err := w.store.Reader("w").ListDecisions(ctx, engine.DecisionQuery{Page: engine.Page{Limit: 1000}})
	if err != nil || rows.Next != "" {
		t.Fatalf("list decisions: %v %q", err, rows.Next)
	}
	for i := len(rows.Items) - 1; i >= 0; i-- {
		outer := rows.Items[i].Position - rows.Items[i].Position%engine.PositionStride
		stored[outer] = append(stored[outer], rows.Items[i])
	}
	for _, e := range w.log() {
		if e.Position%engine.PositionStride != 0 {
			continue
		}
		again, err := past.Replay(ctx, "w", e.Position)
		if err != nil {
			t.Fatalf("replay %s at %d: %v", e.Type, e.Position, err)
		}
		sameDecisions(t, e, "stored", again.Stored, stored[e.Position])
		if asked, ok := w.asked[e.Position]; ok {
			sameDecisions(t, e, "answered", again.All, asked)
		}
	}
}

func sameDecisions(t fataler, e engine.StoredEvent, what string, got, want []engine.Decision) {
	t.Helper()
	a, b := mustJSON(got), mustJSON(want)
	if len(got)+len(want) > 0 && string(a) != string(b) {
		t.Fatalf("%s at %d of %s: %s decisions differ\nlive:    %s\nreplay: %s", e.Type, e.Position, e.Member, what, b, a)
	}
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
