package transfer

import (
	"maps"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/service"
)

type person = *service.Member

// memberColumns are the columns of members in a workspace: its ladders and its
// declared attributes have one each.
func memberColumns(defs *engine.Definitions, at clock) []column {
	list := []column{
		col("id", "Member", "成员", func(m person) any { return m.ID }),
		col("identities", "Identities", "身份", func(m person) any {
			var keys []string
			for _, id := range m.Identities {
				keys = append(keys, id.Key())
			}
			return joined(keys)
		}),
		private(col("name", "Name", "姓名", func(m person) any { return m.Name })),
	}
	for _, key := range slices.Sorted(maps.Keys(defs.Ladders)) {
		list = append(list, ladderColumn(key))
	}
	list = append(list,
		col("points", "Points", "积分", func(m person) any { return m.Accounts[engine.DefaultAccount].Balance }),
		col("tags", "Tags", "标签", func(m person) any { return joined(m.Tags) }),
		col("groups", "Groups", "群", func(m person) any { return joined(slices.Sorted(maps.Keys(m.Groups))) }),
		col("badges", "Badges", "徽章", func(m person) any { return joined(slices.Sorted(maps.Keys(m.Badges))) }),
	)
	for _, key := range slices.Sorted(maps.Keys(defs.Attributes)) {
		list = append(list, attributeColumn(defs.Attributes[key]))
	}
	return append(list,
		col("attrs", "Other attributes", "其他属性", func(m person) any {
			rest := maps.Clone(m.Attrs)
			maps.DeleteFunc(rest, func(key string, _ engine.Value) bool { return defs.Attributes[key] != nil })
			return jsonOf(rest)
		}),
		col("joined_at", "Joined", "加入时间", func(m person) any { return at.of(m.JoinedAt) }),
		col("left_at", "Left", "离开时间", func(m person) any { return at.of(m.LeftAt) }),
		col("newest_at", "Newest event", "最近事件", func(m person) any { return at.of(m.NewestAt) }),
		col("origin", "Origin", "来源", func(m person) any { return m.Origin }),
		col("inviter", "Inviter", "邀请人", func(m person) any { return m.Inviter }),
		col("mentor", "Mentor", "帮带人", func(m person) any { return m.Mentor }),
		col("consent", "Consent", "同意", func(m person) any {
			given := map[string]bool{}
			for channel, c := range m.Consent {
				given[channel] = c.Given
			}
			if all, is := given[""]; is && len(given) == 1 {
				return all
			}
			return jsonOf(given)
		}),
		col("zone", "Time zone", "时区", func(m person) any { return m.Zone }),
		col("lang", "Language", "语言", func(m person) any { return m.Lang }),
	)
}

func ladderColumn(key string) column {
	c := col("tiers."+key, "Tier ("+key+")", "层级（"+key+"）", func(m person) any { return m.Tiers[key].Tier })
	if key == engine.DefaultLadder {
		c.key, c.title = "tier", engine.Text{En: "Tier", Zh: "层级"}
	}
	return c
}

func attributeColumn(a *engine.Attribute) column {
	title := a.Title
	if title == (engine.Text{}) {
		title = engine.Text{En: a.Key, Zh: a.Key}
	}
	if a.Personal {
		return column{key: "attrs." + a.Key, title: title, personal: true, value: func(row any) any { return row.(person).Personal[a.Key] }}
	}
	return column{key: "attrs." + a.Key, title: title, value: func(row any) any { return plainValue(row.(person).Attrs[a.Key]) }}
}
