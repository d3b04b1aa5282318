package service

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

func (v *vetting) group(g *engine.GroupDef) error {
	v.text(g.Title, "/title")
	v.otherGroup(g.Parent, "/parent")
	v.otherGroup(g.OverflowOf, "/overflow_of")
	if g.Channel != "" && v.defs.Channels[g.Channel] == nil {
		v.add("unknown_channel", "/channel", fmt.Sprintf("there is no channel %q", g.Channel), fmt.Sprintf("没有渠道 %q", g.Channel))
	}
	seen := map[string]bool{v.key: true}
	for at := g.Parent; at != "" && v.defs.Groups[at] != nil; at = v.defs.Groups[at].Parent {
		if seen[at] {
			v.add("cycle", "/parent", "the group would be above itself", "群会成为自己的上级")
			break
		}
		seen[at] = true
	}
	for i, r := range g.Rules {
		v.text(r, "/rules/"+strconv.Itoa(i))
	}
	return nil
}

func (v *vetting) otherGroup(key, path string) {
	switch {
	case key == "":
	case key == v.key:
		v.add("itself", path, "a group cannot stand here for itself", "不能填本群")
	case v.defs.Groups[key] == nil:
		v.add("unknown_group", path, fmt.Sprintf("there is no group %q", key), fmt.Sprintf("没有群 %q", key))
	}
}

func (v *vetting) ladder(l *engine.Ladder) error {
	v.text(l.Title, "/title")
	seen := map[string]bool{}
	for i, t := range l.Tiers {
		path := "/tiers/" + strconv.Itoa(i)
		v.text(t.Title, path+"/title")
		if seen[t.Key] {
			v.add("duplicate_key", path+"/key", fmt.Sprintf("the tier %q stands here twice", t.Key), fmt.Sprintf("层级 %q 重复", t.Key))
		}
		seen[t.Key] = true
	}
	return nil
}

func (v *vetting) reward(r *engine.Reward) error {
	v.text(r.Title, "/title")
	only := func(given bool, field, kind, zh string) {
		if given && r.Kind != kind {
			v.add("not_for_kind", "/"+field, fmt.Sprintf("%s is only for rewards of kind %s", field, kind), field+" 仅用于"+zh)
		}
	}
	only(len(r.Codes) > 0, "codes", "coupon", "券")
	only(r.Stock > 0, "stock", "coupon", "券")
	only(r.Lasts != "", "lasts", "privilege", "特权")
	only(r.Floor != nil, "floor", "points", "积分账户")
	if len(r.Codes) > 0 && r.Stock > 0 {
		v.add("both_given", "/stock", "a pool with codes has as many as it has codes", "有券码的券池，数量即券码数")
	}
	seen := map[string]bool{}
	for i, c := range r.Codes {
		if seen[c] {
			v.add("duplicate_key", "/codes/"+strconv.Itoa(i), "the code stands here twice", "券码重复")
		}
		seen[c] = true
	}
	if r.Lasts != "" {
		if _, err := calendar.ParseDuration(r.Lasts); err != nil {
			v.add("bad_duration", "/lasts", "write a duration such as 30d", "请写时长，如 30d")
		}
	}
	return nil
}

func (v *vetting) template(t *engine.Template) error {
	v.text(t.Body, "/body")
	for _, part := range []struct{ path, text string }{
		{"/title/en", t.Title.En}, {"/title/zh", t.Title.Zh}, {"/body/en", t.Body.En}, {"/body/zh", t.Body.Zh},
	} {
		if part.text == "" {
			continue
		}
		_, problems := v.Language.Text(part.text, v.defs)
		for _, p := range problems {
			p.Path = part.path
			v.problems = append(v.problems, p)
		}
	}
	return nil
}

func (v *vetting) channel(ctx context.Context, c *engine.ChannelDef) error {
	problems, err := v.Plugins.CheckConfig(ctx, c.Plugin, c.Config)
	v.problems = append(v.problems, problems...)
	return err
}

func (v *vetting) eventType(t *engine.EventType) error {
	v.text(t.Title, "/title")
	if strings.HasPrefix(v.key, engine.ReservedPrefix) {
		v.add("reserved_type", "/key", "types that begin with bylaw. are Bylaw's own", "bylaw. 开头的类型由系统保留")
	}
	if b := v.defs.EventTypes[v.key]; b != nil && b.Builtin {
		v.add("builtin", "/key", fmt.Sprintf("%s is built in and cannot be changed", v.key), fmt.Sprintf("%s 为内置类型，不能修改", v.key))
	}
	seen := map[string]bool{}
	for i, f := range t.Fields {
		path := "/fields/" + strconv.Itoa(i)
		if seen[f.Name] {
			v.add("duplicate_key", path+"/name", fmt.Sprintf("the field %q stands here twice", f.Name), fmt.Sprintf("字段 %q 重复", f.Name))
		}
		seen[f.Name] = true
		v.field(f, path)
	}
	return nil
}

// field checks what a field promises against its type.
func (v *vetting) field(f engine.Field, path string) {
	kind, _ := engine.KindNamed(f.Type)
	if f.NonNegative && kind != engine.Int && kind != engine.Decimal {
		v.add("not_for_type", path+"/non_negative", "only a number can be non-negative", "只有数字可以声明为非负")
	}
	if len(f.Values) > 0 && kind != engine.String {
		v.add("not_for_type", path+"/values", "only a string can have a list of values", "只有字符串可以列出可选值")
	}
}

func (v *vetting) segment(s *engine.Segment) error {
	v.text(s.Title, "/title")
	_, problems := v.Language.Filter(s.Where, v.defs)
	for _, p := range problems {
		p.Path = "/where"
		v.problems = append(v.problems, p)
	}
	return nil
}

func (v *vetting) attribute(a *engine.Attribute) error {
	f := a.Field
	f.Name = v.key
	v.field(f, "")
	return nil
}

func (v *vetting) settings(s *engine.Settings) error {
	if _, err := calendar.LoadZone(s.Zone); err != nil {
		v.add("unknown_zone", "/zone", fmt.Sprintf("%q is no time zone; write an IANA name such as Asia/Shanghai", s.Zone), fmt.Sprintf("没有时区 %q，请写 IANA 名称，如 Asia/Shanghai", s.Zone))
	}
	if (s.QuietFrom == "") != (s.QuietTo == "") {
		v.add("both_needed", "/quiet_to", "quiet hours need both ends", "免打扰需要起止时间")
	}
	for _, day := range slices.Sorted(maps.Keys(s.Workdays)) {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			v.add("bad_date", "/workdays/"+day, fmt.Sprintf("%q is no date; write 2026-10-01", day), fmt.Sprintf("%q 不是日期，请写 2026-10-01", day))
		}
	}
	return nil
}
