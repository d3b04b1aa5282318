package expression

import (
	"testing"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// vocabulary is what most tests speak of.
func vocabulary() *Vocabulary {
	return &Vocabulary{
		Types: map[string]*engine.EventType{
			"vote.received": {Key: "vote.received", Title: engine.Text{En: "vote received", Zh: "收到投票"}, Fields: []engine.Field{
				{Name: "kind", Kind: engine.String, Values: []string{"answer", "question"}},
				{Name: "content_id", Kind: engine.String}, {Name: "value", Kind: engine.Int},
				{Name: "ratio", Kind: engine.Decimal, Title: engine.Text{En: "ratio", Zh: "比例"}},
				{Name: "paid", Kind: engine.Bool}, {Name: "due", Kind: engine.Instant}, {Name: "marks", Kind: engine.List},
				{Name: "phone", Kind: engine.String, Personal: true},
			}},
			"order.paid": {Key: "order.paid", Title: engine.Text{En: "order paid", Zh: "付款"}, Fields: []engine.Field{
				{Name: "amount", Kind: engine.Decimal, NonNegative: true}, {Name: "content_id", Kind: engine.Int}, {Name: "items", Kind: engine.Int},
			}},
			"message.sent":  {Key: "message.sent", Title: engine.Text{En: "message sent", Zh: "发言"}, Fields: []engine.Field{{Name: "length", Kind: engine.Int}}},
			"invite.joined": {Key: "invite.joined", Title: engine.Text{En: "invited member joined", Zh: "邀请入群"}},
		},
		Seen: map[string][]string{"vote.received": {"kind", "channel"}, "own.thing": {"size"}},
		Ladders: map[string]*engine.Ladder{
			"default": {Key: "default", Tiers: []engine.Tier{{Key: "onlooker"}, {Key: "participant"}, {Key: "active"}, {Key: "leader"}}},
			"vip":     {Key: "vip", Tiers: []engine.Tier{{Key: "silver"}, {Key: "gold"}}},
		},
		Attributes: map[string]*engine.Attribute{
			"city":   {Key: "city", Field: engine.Field{Name: "city", Kind: engine.String, Title: engine.Text{En: "city", Zh: "城市"}}},
			"age":    {Key: "age", Field: engine.Field{Name: "age", Kind: engine.Int}},
			"rate":   {Key: "rate", Field: engine.Field{Name: "rate", Kind: engine.Decimal}},
			"vip":    {Key: "vip", Field: engine.Field{Name: "vip", Kind: engine.Bool}},
			"born":   {Key: "born", Field: engine.Field{Name: "born", Kind: engine.Instant}},
			"skills": {Key: "skills", Field: engine.Field{Name: "skills", Kind: engine.List}},
			"mobile": {Key: "mobile", Field: engine.Field{Name: "mobile", Kind: engine.String, Personal: true}},
		},
		Tags: []string{"new", "vip"}, Groups: []string{"core", "second"}, Badges: []string{"helper"},
		Event: true, On: []string{"vote.received"},
	}
}

// review is the vocabulary of a review's conditions.
func review() *Vocabulary {
	v := vocabulary()
	v.Event, v.On, v.Period, v.Score = false, nil, true, engine.Int
	return v
}

var shanghai = func() *time.Location {
	l, err := calendar.LoadZone("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return l
}()

func at(s string) engine.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", s, shanghai)
	if err != nil {
		panic(err)
	}
	return engine.TimeOf(t)
}

// metricValues answers metrics by number; the rest is 0.
type metricValues map[int]engine.Value

func (m metricValues) Metric(id int, _ *engine.Facts) engine.Value {
	if v, ok := m[id]; ok {
		return v
	}
	return engine.IntValue(0)
}

// facts are those of an event on Wednesday, 4 November 2026, in Shanghai.
func facts() *engine.Facts {
	return &engine.Facts{
		Event: &engine.Event{ID: "e1", Type: "vote.received", At: at("2026-11-04 10:30:00"), Group: "core", Content: "c1", Props: []engine.Prop{
			{Name: "content_id", Value: engine.StringValue("c1")},
			{Name: "kind", Value: engine.StringValue("answer")},
			{Name: "marks", Value: engine.ListValue(engine.IntValue(3), engine.IntValue(5))},
			{Name: "ratio", Value: engine.DecimalValue(2_500_000)},
			{Name: "value", Value: engine.IntValue(7)},
		}},
		Member: &engine.Member{
			ID: "m1", Tags: []string{"new", "vip"}, JoinedAt: at("2026-10-01 00:30:00"), Inviter: "m0",
			Attrs:    map[string]engine.Value{"city": engine.StringValue("杭州"), "age": engine.IntValue(30)},
			Tiers:    map[string]engine.TierState{"default": {Tier: "participant"}},
			Groups:   map[string]engine.Membership{"core": {Since: at("2026-10-30 23:00:00"), Roles: []string{"assistant"}}},
			Accounts: map[string]engine.Account{engine.DefaultAccount: {Balance: 120}},
			Badges:   map[string]engine.Time{"helper": 1},
		},
		Group:    &engine.Group{Key: "core", Size: 42, Phase: "growth", Stage: 3},
		GroupDef: &engine.GroupDef{Key: "core", Type: "learning", Capacity: 200},
		Defs:     &engine.Definitions{Settings: engine.Settings{Workdays: map[string]bool{"2026-11-05": false}}},
		Now:      at("2026-11-04 10:30:00"),
		Zone:     calendar.NewZone(shanghai),
		Metrics:  metricValues{},
		Personal: map[string]string{"name": "小林", "mobile": "138"},
		Steps:    engine.MaxSteps,
	}
}

func mustCompile(t testing.TB, src string, want Kinds, v *Vocabulary) *Program {
	t.Helper()
	p, problems := Compile(src, want, v, engine.NewMetricTable())
	if p == nil {
		t.Fatalf("%s: %+v", src, problems)
	}
	return p
}
