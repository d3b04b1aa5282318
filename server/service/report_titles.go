package service

import (
	"cmp"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// figureWords are what the words of reports are called.
var figureWords = map[string]engine.Text{
	engine.FigureActed: {En: "matched and acted", Zh: "命中并执行"}, engine.FigureStopped: {En: "matched, stopped by a limit", Zh: "命中，被限制拦下"},
	engine.FigureShadow: {En: "matched in shadow", Zh: "影子命中"}, string(engine.OutcomeUnknown): {En: "unknown", Zh: "未知"}, string(engine.OutcomeError): {En: "error", Zh: "出错"},
	string(engine.OutcomeFalse): {En: "not matched", Zh: "未命中"},
	engine.FigureGranted:        {En: "granted", Zh: "发放"}, engine.FigureSpent: {En: "spent", Zh: "消耗"},
	engine.FigureExpired: {En: "expired", Zh: "过期"}, engine.FigureReversed: {En: "clawed back", Zh: "追回"},
	engine.FigureJoined: {En: "joined", Zh: "加入"}, engine.FigureLeft: {En: "left", Zh: "离开"},
	string(engine.DeliverySent): {En: "sent", Zh: "已送出"}, string(engine.DeliveryUncertain): {En: "uncertain", Zh: "结果不明"},
	string(engine.DeliveryDropped): {En: "dropped", Zh: "已丢弃"}, string(engine.DeliveryDead): {En: "failed", Zh: "失败"},
}

// defined are the dimensions whose keys are those of definitions.
var defined = map[string]engine.DefinitionKind{
	"type": engine.DefineEventType, "rule": engine.DefineRule, "account": engine.DefineReward, "ladder": engine.DefineLadder, "channel": engine.DefineChannel,
}

// title is what a key of a dimension is called; the key itself where nobody says.
func (p *reportPlan) title(dimension, key string) (engine.Text, error) {
	title := p.inForce(dimension, key)
	if kind, is := defined[dimension]; is && title == (engine.Text{}) {
		former, err := p.names.of(kind, key)
		if err != nil {
			return title, err
		}
		title = former.title
	}
	return engine.Text{En: cmp.Or(title.En, title.Zh, key), Zh: cmp.Or(title.Zh, title.En, key)}, nil
}

// inForce is what a key is called now; nothing where it is not, as a rule that is paused.
func (p *reportPlan) inForce(dimension, key string) engine.Text {
	defs := p.view.Defs
	switch dimension {
	case "type":
		if d := defs.EventTypes[key]; d != nil {
			return d.Title
		}
	case "rule":
		if rule := p.view.Rule(key); rule != nil {
			return rule.Title
		}
	case "kind":
		s, _ := engine.SchemaOf(engine.EffectKind(key))
		return s.Title
	case "account":
		if d := defs.Rewards[key]; d != nil {
			return d.Title
		}
	case "ladder":
		if d := defs.Ladders[key]; d != nil {
			return d.Title
		}
	case "channel":
		if d := defs.Channels[key]; d != nil {
			return d.Title
		}
	default:
		return figureWords[key]
	}
	return engine.Text{}
}

// tierTitle is a tier's name and rank; those of a ladder that has it no more come last.
func (p *reportPlan) tierTitle(ladder, tier string) (engine.Text, int64) {
	l := p.view.Defs.Ladders[ladder]
	if l != nil && l.Rank(tier) > 0 {
		t := l.Tiers[l.Rank(tier)-1].Title
		return engine.Text{En: cmp.Or(t.En, t.Zh, tier), Zh: cmp.Or(t.Zh, t.En, tier)}, l.Rank(tier)
	}
	return engine.Text{En: cmp.Or(tier, ladder), Zh: cmp.Or(tier, ladder)}, 0
}

// titles names the series. Tiers stand from the highest to the lowest, as a pyramid does.
func (r *Reports) titles(p *reportPlan, out *Report) error {
	ranks := map[string]int64{}
	for i := range out.Series {
		s := &out.Series[i]
		for _, d := range out.Dimensions {
			key, grouped := s.Of[d]
			if !grouped {
				continue
			}
			title, err := p.title(d, key)
			if err != nil {
				return err
			}
			if d == "tier" {
				ladder, named := s.Of["ladder"]
				if !named {
					ladder = p.only["ladder"][0]
				}
				title, ranks[key] = p.tierTitle(ladder, key)
			}
			s.Title.En, s.Title.Zh = joined(s.Title.En, title.En), joined(s.Title.Zh, title.Zh)
		}
	}
	slices.SortStableFunc(out.Series, func(a, b ReportSeries) int { return cmp.Compare(ranks[b.Of["tier"]], ranks[a.Of["tier"]]) })
	return nil
}

func joined(a, b string) string {
	if a == "" {
		return b
	}
	return a + " · " + b
}
