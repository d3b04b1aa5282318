//go:build linux

package host

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
)

// BenchmarkBoundary sends batches of 1,000 through a plugin process that does
// nothing with them: what a delivery costs before any remote is asked.
func BenchmarkBoundary(b *testing.B) {
	h, err := newHost(Options{DataDir: b.TempDir(), Bundled: testPlugins, Log: slog.New(slog.DiscardHandler)}, patient())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = h.Close(context.Background()) }()
	batch := make([]engine.Message, 1000)
	for i := range batch {
		batch[i] = engine.Message{
			Key: fmt.Sprintf("01JCBENCH%017d", i), Attempt: 1, NotAfter: time.Unix(1800000000, 0),
			Target: engine.Target{Kind: engine.ToMember, Address: "wecom:user-1234567890"},
			Title:  "A badge for you", Text: "Congratulations, your answer was found helpful by ten members of the community.",
		}
	}
	c := channelOf("noop")
	if r := h.Send(b.Context(), c, batch); r[999].Outcome != engine.Delivered {
		b.Fatalf("%+v", r[999])
	}
	for _, callers := range []int{1, 2} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			b.ReportAllocs()
			var wg sync.WaitGroup
			for w := range callers {
				wg.Go(func() {
					for i := w; i < b.N; i += callers {
						if r := h.Send(b.Context(), c, batch); r[0].Outcome != engine.Delivered {
							b.Errorf("%+v", r[0])
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N*len(batch))/b.Elapsed().Seconds(), "messages/s")
		})
	}
	b.Logf("resident set of the plugin: %.1f MB", float64(stateOf(h, "noop").RSS)/1e6)
}
