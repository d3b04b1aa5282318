package backtesting_test

import (
	"context"
	"fmt"
	"sort"
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/backtesting"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
)

// made is a log that is only read.
type made struct {
	backtesting.Log
	events []engine.StoredEvent
}

func (m *made) Events(_ context.Context, q engine.EventQuery) ([]engine.StoredEvent, error) {
	if q.Type != "" || len(q.Types) > 0 {
		return nil, nil
	}
	from := sort.Search(len(m.events), func(i int) bool { return m.events[i].Position > q.After })
	return m.events[from:min(from+q.Limit, len(m.events))], nil
}

func makeLog(events, members int, many bool) *made {
	m := &made{}
	start := at("2025-01-01T00:00:00Z")
	step := engine.Time((365 * 24 * time.Hour).Microseconds() / int64(events))
	for i := range events {
		who := fmt.Sprint("m", (i*7919)%members)
		e := &engine.Event{Source: "s", ID: fmt.Sprint("event-", i), Type: "message.sent", At: start + engine.Time(i)*step, Group: "g1",
			Member: engine.MemberRef{Identity: engine.Identity{Channel: "wecom", ExternalID: who}},
			Props:  []engine.Prop{{Name: "kind", Value: engine.StringValue("text")}, {Name: "length", Value: engine.IntValue(int64(i % 100))}}}
		if many {
			e.Type = fmt.Sprint("act.", i/7%10)
			e.Props = []engine.Prop{{Name: "amount", Value: engine.IntValue(int64(i * 31 % 200))}, {Name: "note", Value: engine.StringValue("thanks for the lovely evening")}, {Name: "outlet", Value: engine.StringValue(fmt.Sprint("outlet-", i%200))}}
			e.Group = ""
		}
		m.events = append(m.events, engine.StoredEvent{Position: int64(i+1) * engine.PositionStride, Revision: 1, At: e.At, Type: e.Type, Member: who, Body: engine.EncodeEvent(e)})
	}
	return m
}

const active = `key: active
kind: reward
title: {en: Active}
on: message.sent
when: 'events("message.sent", "7d").count() >= %d'
once: day
then: [{grant_points: {amount: 5}}]
`

// often is what bylaw bench tries on its log: every event is decided, by two
// windows and a field.
const often = `key: active
kind: reward
title: {en: Often}
on: [act.0, act.1, act.2, act.3, act.4, act.5, act.6, act.7, act.8, act.9]
when: 'event.props.amount > 20 and (events("act.1", "30d").count() >= %[1]d or events("act.2", "30d").count() >= %[1]d)'
once: day
then: [{grant_points: {amount: 5}}]
`

func BenchmarkBacktest(b *testing.B) {
	for name, document := range map[string]string{"one type": active, "ten types": often} {
		b.Run(name, func(b *testing.B) { benchmark(b, document) })
	}
}

func benchmark(b *testing.B, document string) {
	const n = 200_000
	log := makeLog(n, 10_000, document == often)
	defs, err := machine.ParseDefinitions(1, nil)
	if err != nil {
		b.Fatal(err)
	}
	old := rules.Source{Key: "active", Version: 1, Document: fmt.Appendf(nil, document, 3)}
	c := rules.Contrast{Old: &old, New: rules.Source{Key: "active", Version: 2, Document: fmt.Appendf(nil, document, 2)}}
	pair, problems := c.Compile(rules.Scope{Defs: defs})
	if pair == nil {
		b.Fatal(problems)
	}
	for b.Loop() {
		r, err := backtesting.Run(context.Background(), backtesting.Plan{Workspace: "w", Log: log, Position: n * engine.PositionStride, Revision: 1,
			From: at("2025-01-01T00:00:00Z"), To: at("2026-01-01T00:00:00Z"), Rule: "active", Old: pair.Old, New: pair.New})
		if err != nil {
			b.Fatal(err)
		}
		b.Logf("%d and %d matches, %d gained, %s", r.Before.Matches, r.After.Matches, r.Gained, r.Hash)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1000/float64(b.N*n), "us/event")
}
