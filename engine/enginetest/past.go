package enginetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bylaw-dev/bylaw/engine"
)

// remembered is what the past should say, kept the slow way.
type remembered struct {
	events []*engine.Event
	past   []engine.PastRecord
	end    int64
}

// pastKept writes events about groups and contents and what records became,
// files some of it, and asks for every moment.
func pastKept(t *testing.T, s engine.Store) {
	if k, ok := s.(engine.PastKeeper); !ok || !k.KeepsPast() {
		t.Log("this store does not keep the past") // nothing is promised
		return
	}
	m := &remembered{}
	for batch := range 50 {
		m.batch(t, s, batch)
		if b, builds := s.(HistoryBuilder); builds && batch%13 == 5 {
			ok(t, b.BuildHistory(context.Background(), space))
		}
	}
	r := s.Reader(space)
	m.records(t, r)
	m.lists(t, r)
	m.places(t, r)
	m.times(t, r)
}

func (m *remembered) batch(t *testing.T, s engine.Store, batch int) {
	write(t, s, space, func(c *engine.Changes) {
		for i := range batch%5 + 1 {
			m.end += int64(i%2 + 1)
			e := &engine.Event{Type: []string{"message.sent", "签到"}[m.end%2], At: at(int(m.end)*10 - 25*(batch%3)), Position: m.end, MemberID: fmt.Sprintf("m%d", m.end%3),
				Group: []string{"", "hall", `a "quoted" <room>`}[m.end%3], Content: []string{"", "c1"}[m.end%2], History: batch%7 == 3}
			c.Events = append(c.Events, engine.StoredEvent{Position: e.Position, At: e.At, Type: e.Type, Member: e.MemberID, Body: engine.EncodeEvent(e)})
			m.events = append(m.events, e)
			c.Past = append(c.Past, m.versions(batch)...)
		}
		c.Position = m.end
	})
}

func (m *remembered) versions(batch int) (list []engine.PastRecord) {
	for _, k := range []engine.RecordKey{{Kind: engine.MemberRecord, Key: fmt.Sprintf("m%d", m.end%3)}, {Kind: engine.MarkRecord, Key: fmt.Sprintf("in|hall|m%d", m.end%4)},
		{Kind: engine.GroupRecord, Key: strings.Repeat("群", 60) + "1234567890"}, {Kind: engine.MarkRecord, Key: "in|hall"}} {
		body := []byte(strings.Repeat(fmt.Sprintf(`{"n":%d}`, m.end), 40))
		if (m.end+int64(batch))%5 == 0 {
			body = nil
		}
		list = append(list, engine.PastRecord{Position: m.end, Record: engine.Record{Kind: k.Kind, Key: k.Key, Body: body}})
	}
	m.past = append(m.past, list...)
	return list
}

func (m *remembered) at(position int64) map[engine.RecordKey]string {
	now := map[engine.RecordKey]string{}
	for _, p := range m.past {
		if p.Position > position {
			break
		}
		k := engine.RecordKey{Kind: p.Kind, Key: p.Key}
		if delete(now, k); p.Body != nil {
			now[k] = string(p.Body)
		}
	}
	return now
}

func (m *remembered) records(t *testing.T, r engine.Reader) {
	var keys []engine.RecordKey
	for _, p := range m.past {
		keys = append(keys, engine.RecordKey{Kind: p.Kind, Key: p.Key})
	}
	slices.SortFunc(keys, func(a, b engine.RecordKey) int { return strings.Compare(a.Key, b.Key) })
	keys = append(slices.Compact(keys), engine.RecordKey{Kind: engine.MemberRecord, Key: "nobody"})
	for position := int64(0); position <= m.end+2; position += 3 {
		got, err := r.RecordsAt(context.Background(), position, keys)
		ok(t, err)
		want := m.at(position)
		equal(t, fmt.Sprintf("records at %d", position), len(got), len(want))
		for k, body := range want {
			equal(t, fmt.Sprintf("%s at %d", k.Key, position), string(got[k]), body)
		}
	}
}

func (m *remembered) lists(t *testing.T, r engine.Reader) {
	for position := int64(0); position <= m.end; position += 7 {
		got, err := r.ListRecordsAt(context.Background(), position, engine.RecordList{Kind: engine.MarkRecord, Prefix: "in|hall|"})
		ok(t, err)
		var keys, want []string
		for _, x := range got {
			keys = append(keys, x.Key)
		}
		for k := range m.at(position) {
			if k.Kind == engine.MarkRecord && strings.HasPrefix(k.Key, "in|hall|") {
				want = append(want, k.Key)
			}
		}
		slices.Sort(want)
		equal(t, fmt.Sprintf("list at %d", position), strings.Join(keys, " "), strings.Join(want, " "))
	}
}

// places asks for events by group, content and member, with and without bodies.
func (m *remembered) places(t *testing.T, r engine.Reader) {
	for _, q := range []engine.EventQuery{{Group: "hall"}, {Group: `a "quoted" <room>`}, {Content: "c1"}, {Member: "m1"}, {Group: "none"},
		{Group: "hall", Types: []string{"签到", "other"}}, {Content: "c1", After: 11, UpTo: 60, Limit: 7}, {Member: "m2", From: at(200), To: at(900)}} {
		for _, q.Backward = range []bool{false, true} {
			want := m.selects(q)
			for _, q.Bare = range []bool{false, true} {
				found, err := r.Events(context.Background(), q)
				ok(t, err)
				var got []string
				for _, e := range found {
					got = append(got, fmt.Sprint(e.Position, e.At, e.Type))
				}
				equal(t, fmt.Sprintf("%+v", q), strings.Join(got, ", "), strings.Join(want, ", "))
			}
		}
	}
}

func (m *remembered) selects(q engine.EventQuery) (want []string) {
	for _, e := range m.events {
		if q.Group != "" && e.Group != q.Group || q.Content != "" && e.Content != q.Content || q.Member != "" && e.MemberID != q.Member ||
			len(q.Types) > 0 && !slices.Contains(q.Types, e.Type) || e.Position <= q.After || q.UpTo != 0 && e.Position > q.UpTo ||
			q.From != 0 && e.At < q.From || q.To != 0 && e.At >= q.To {
			continue
		}
		want = append(want, fmt.Sprint(e.Position, e.At, e.Type))
	}
	if q.Backward {
		slices.Reverse(want)
	}
	if q.Limit > 0 && len(want) > q.Limit {
		want = want[:q.Limit]
	}
	return want
}

func (m *remembered) times(t *testing.T, r engine.Reader) {
	for n := -5; n < int(m.end)*10+20; n += 4 {
		want := m.end
		for _, e := range m.events {
			if e.At > at(n) && !e.History {
				want = e.Position - 1
				break
			}
		}
		got, err := r.PositionAt(context.Background(), at(n))
		ok(t, err)
		equal(t, fmt.Sprintf("position at %d", n), got, want)
	}
}
