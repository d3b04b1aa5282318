package demo

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/engine/scratch"
	"github.com/bylaw-dev/bylaw/rules"
)

// Life goes on after the story, at the demo's own time and at a bearable pace.
func TestLifeGoesOn(t *testing.T) {
	size := Size{Members: 160, Days: 34}
	l := load(t, scratch.New(), size)
	before := len(l.events(t))
	complaints := &counting{}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		clock := func() engine.Time { return Now.Add(time.Since(began)) }
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		m := machine.New(machine.Options{Store: l.store, Books: &rules.Books{}}) // the other's goroutine belongs to the world outside
		Trickle{Workspace: workspace, Events: m, Reader: l.reader, Clock: clock, Log: slog.New(complaints), Size: size}.Run(ctx)
	})
	all := l.events(t)[before:]
	kinds := map[string]int{}
	last := Now
	for _, e := range all {
		kinds[e.Type]++
		if e.At < last && e.Type != "bylaw.timer" && e.At < last-2 {
			t.Errorf("%s at %s, after %s", e.Type, e.At, last)
		}
		last = max(last, e.At)
	}
	if n := len(all); n < 400 || n > 1800 {
		t.Errorf("%d events in five minutes: %v", n, kinds)
	}
	for _, typ := range []string{"message.sent", "content.liked", "content.viewed", "checkin.done", "content.posted", "order.paid", "member.joined"} {
		if kinds[typ] == 0 {
			t.Errorf("nothing of type %s: %v", typ, kinds)
		}
	}
	if complaints.n > 0 {
		t.Errorf("%d complaints, such as %s", complaints.n, complaints.last)
	}
}

// counting is a log that counts.
type counting struct {
	slog.Handler
	n    int
	last string
}

func (c *counting) Enabled(context.Context, slog.Level) bool { return true }

func (c *counting) Handle(_ context.Context, r slog.Record) error {
	c.n++
	r.Attrs(func(a slog.Attr) bool { c.last = r.Message + " " + a.String(); return true })
	return nil
}
