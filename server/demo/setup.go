package demo

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/rules/packs"
)

// author is who wrote the demo's definitions, as shown beside them.
const author = "demo"

// ownPack are the rules that this community wrote for itself.
//
//go:embed greenfield/*.yaml
var ownPack embed.FS

// rollouts are rules that are not live for all: a new one is tried in the shadow.
var rollouts = map[string]rules.Rollout{"regular-guest": {Shadow: true}, "first-order": {Percent: 80}}

// drafts are rules that nobody published yet.
var drafts = map[string]bool{"evening-packet": true}

// installed are the packs whose rules are live, in the order of installing; the
// own one last.
var installed = []string{"six-tiers", "half-month-review", "checkin-streak", "valid-invitations", "praise",
	"silent-care", "greetings", "entry", "stackexchange-badges", "greenfield"}

// titled is a Text.
func titled(en, zh string) engine.Text { return engine.Text{En: en, Zh: zh} }

// own are the demo's own definitions. Packs leave alone what is there.
func own(size Size) map[machine.Named]any {
	all := map[machine.Named]any{
		{Kind: engine.DefineSettings, Key: "workspace"}: engine.Settings{Zone: "Asia/Shanghai", Currency: "CNY", Lang: "zh",
			QuietFrom: "22:00", QuietTo: "08:00", CapDay: 1, CapWeek: 3, PromoShare: 30},
		{Kind: engine.DefineAttribute, Key: "city"}:  engine.Attribute{Key: "city", Field: engine.Field{Name: "city", Type: "string", Title: titled("City", "城市")}},
		{Kind: engine.DefineAttribute, Key: "craft"}: engine.Attribute{Key: "craft", Field: engine.Field{Name: "craft", Type: "string", Title: titled("Craft", "手艺"), Values: crafts}},
		{Kind: engine.DefineSegment, Key: "weavers"}: engine.Segment{Key: "weavers", Title: titled("Weavers in Shanghai", "上海编织爱好者"),
			Where: `member.attrs.craft == "编织" and member.attrs.city == "上海"`},
		{Kind: engine.DefineSegment, Key: "buyers"}:     engine.Segment{Key: "buyers", Title: titled("Bought in 30 days", "近 30 天购买"), Where: `purchased("30d")`},
		{Kind: engine.DefineChannel, Key: "group-chat"}: engine.ChannelDef{Key: "group-chat", Plugin: "logfile", Title: titled("Group chat", "社群")},
	}
	for _, g := range ownGroups(size) {
		all[machine.Named{Kind: engine.DefineGroup, Key: g.Key}] = g
	}
	return all
}

func ownGroups(size Size) []engine.GroupDef {
	seats := func(n int) int64 { return int64(size.scaled(n)) }
	kind := []engine.Text{titled("Be kind and say who you are", "友善待人，先自我介绍"), titled("No advertising without asking", "未经同意不发广告")}
	return []engine.GroupDef{
		{Key: groupMain, Title: titled("The square", "青禾大群"), Type: "interest", Aim: "auxiliary", Stage: 5, Phase: "growth", Intake: "open",
			Purpose: titled("Everybody who makes things by hand", "所有喜欢手作的人"), Capacity: seats(seatsMain), Rules: kind, Channel: "group-chat", Address: groupMain},
		{Key: groupCore, Title: titled("Group one", "一群"), Type: "value", Aim: "commercial", Stage: 6, Phase: "mature", Intake: "invite",
			Purpose: titled("Those who make this community", "一起把社群做起来的人"), Capacity: seats(seatsCore), Rules: kind, Channel: "group-chat", Address: groupCore},
		{Key: groupSecond, Title: titled("Group two", "二群"), Type: "learning", Aim: "auxiliary", Stage: 4, Phase: "growth", Intake: "open",
			Purpose: titled("Learn with each other", "互相学手艺"), Capacity: seats(seatsSecond) + 40, Rules: kind, Channel: "group-chat", Address: groupSecond},
		{Key: groupHeld, Title: titled("Group three", "留级群"), Type: "learning", Aim: "auxiliary", Stage: 2, Phase: "growth", Intake: "closed",
			Purpose: titled("Warm up and come back", "热热身再回来"), Capacity: seats(seatsHeld), Rules: kind, Channel: "group-chat", Address: groupHeld},
		{Key: groupClub, Title: titled("Members' club", "会员群"), Type: "service", Aim: "commercial", Stage: 6, Phase: "growth", Intake: "open",
			Purpose: titled("New things first, and a table in the workshop", "优先试新品、用工坊"), Capacity: seats(seatsClub), Fee: 36500, Rules: kind,
			Channel: "group-chat", Address: groupClub},
	}
}

// writes are all definitions of the demo: its own, what the packs need, and the
// packs' rules, published.
func writes(size Size) ([]machine.Write, error) {
	bodies, err := encoded(own(size))
	if err != nil {
		return nil, err
	}
	var list []engine.Definition
	for name, body := range bodies {
		list = append(list, engine.Definition{Kind: name.Kind, Key: name.Key, Body: body})
	}
	defs, err := machine.ParseDefinitions(0, list)
	if err != nil {
		return nil, err
	}
	for _, key := range installed {
		if defs, err = install(key, defs, bodies); err != nil {
			return nil, fmt.Errorf("install pack %s: %w", key, err)
		}
	}
	out := make([]machine.Write, 0, len(bodies))
	for name, body := range bodies {
		out = append(out, machine.Write{Kind: name.Kind, Key: name.Key, Body: body})
	}
	slices.SortFunc(out, func(a, b machine.Write) int {
		return slices.Compare([]string{string(a.Kind), a.Key}, []string{string(b.Kind), b.Key})
	})
	return out, nil
}

// install adds a pack's definitions and rules to bodies.
func install(key string, defs *engine.Definitions, bodies map[machine.Named][]byte) (*engine.Definitions, error) {
	var from fs.FS = packs.FS
	if key == "greenfield" {
		from = ownPack
	}
	folder, err := fs.Sub(from, key)
	if err != nil {
		return nil, err
	}
	pack, problems := rules.LoadPack(folder)
	if len(problems) > 0 {
		return nil, fmt.Errorf("%s: %s", problems[0].Path, problems[0].Message.En)
	}
	if defs, err = pack.Definitions(defs); err != nil {
		return nil, err
	}
	for _, need := range pack.Requires {
		v := defs.Find(need.Kind, need.Key)
		if v == nil {
			return nil, errors.New("it needs a definition of kind " + string(need.Kind))
		}
		if bodies[machine.Named{Kind: need.Kind, Key: need.Key}], err = json.Marshal(v); err != nil {
			return nil, err
		}
	}
	for _, r := range pack.Rules {
		s := &rules.Stored{Draft: string(r.Document.Source)}
		if !drafts[r.Document.Key] {
			if err := s.Publish(rollouts[r.Document.Key], 0); err != nil {
				return nil, err
			}
		}
		if bodies[machine.Named{Kind: engine.DefineRule, Key: r.Document.Key}], err = s.Body(); err != nil {
			return nil, err
		}
	}
	return defs, nil
}

func encoded(all map[machine.Named]any) (map[machine.Named][]byte, error) {
	out := make(map[machine.Named][]byte, len(all)+128)
	for name, v := range all {
		body, err := json.Marshal(v)
		if err != nil {
			return nil, fmt.Errorf("definition %s %s: %w", name.Kind, name.Key, err)
		}
		out[name] = body
	}
	return out, nil
}

// define puts the definitions in force and makes sure that every rule works.
func (l *loader) define(ctx context.Context, at engine.Time) error {
	list, err := writes(l.o.Size)
	if err != nil {
		return err
	}
	if _, err := l.o.Machine.Define(ctx, l.o.Workspace, author, at, list, nil); err != nil {
		return fmt.Errorf("define: %w", err)
	}
	view, err := l.o.Machine.State(ctx, l.o.Workspace)
	if err != nil {
		return err
	}
	for key, broken := range view.Book.Broken {
		return fmt.Errorf("rule %s: %w", key, broken)
	}
	l.view = view
	return nil
}
