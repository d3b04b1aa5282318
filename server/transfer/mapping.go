package transfer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// words are what people call a field in headings, beside its own name.
var words = map[string]map[string]string{
	"members": {
		"成员": "id", "成员id": "id", "memberid": "id", "member": "identity",
		"身份": "identity", "identities": "identity", "外部id": "identity", "externalid": "identity",
		"姓名": "name", "名字": "name", "昵称": "name", "名称": "name", "nickname": "name", "fullname": "name", "displayname": "name",
		"标签": "tags", "tag": "tags", "labels": "tags",
		"层级": "tier", "等级": "tier", "级别": "tier", "level": "tier",
		"加入时间": "joined_at", "入群时间": "joined_at", "注册时间": "joined_at", "加入日期": "joined_at", "joined": "joined_at", "joindate": "joined_at", "registeredat": "joined_at",
		"来源": "origin", "渠道来源": "origin", "source": "origin",
		"邀请人": "inviter", "推荐人": "inviter", "invitedby": "inviter", "referrer": "inviter",
		"同意": "consent", "是否同意": "consent", "同意接收消息": "consent", "optin": "consent",
		"时区": "zone", "timezone": "zone", "语言": "lang", "language": "lang",
		"邮箱": "identity.email", "email": "identity.email", "电子邮箱": "identity.email",
		"openid": "identity.wechat", "微信openid": "identity.wechat", "企业微信id": "identity.wecom", "externaluserid": "identity.wecom",
	},
	"events": {
		"事件": "type", "类型": "type", "事件类型": "type", "event": "type", "eventtype": "type",
		"时间": "at", "发生时间": "at", "time": "at", "timestamp": "at", "date": "at", "日期": "at",
		"事件id": "id", "事件标识": "id", "eventid": "id", "编号": "id", "订单号": "id",
		"成员": "member.id", "身份": "member", "memberid": "member.id", "用户": "member", "user": "member", "identity": "member",
		"渠道": "member.channel", "channel": "member.channel", "外部id": "member.external_id", "externalid": "member.external_id",
		"群": "group", "群组": "group", "内容": "content", "作品": "content", "来源": "origin",
		"属性": "props", "properties": "props", "对方成员": "to.id", "对方身份": "to",
	},
}

// plainFields are the fields that every workspace has; those that end in a dot
// take a name of your own.
var plainFields = map[string][]string{
	"members": {"id", "identity", "identity.", "name", "zone", "lang", "tags", "tier", "tiers.", "attrs.", "joined_at", "origin", "inviter", "consent", "consent."},
	"events": {"id", "type", "at", "member", "member.id", "member.channel", "member.external_id", "to", "to.id", "to.channel", "to.external_id",
		"group", "content", "origin", "props", "props."},
}

// derived are columns of our exports that say what something else decides.
var derived = []string{"points", "积分", "groups", "群", "badges", "徽章", "attrs", "其他属性", "left_at", "离开时间", "newest_at", "最近事件", "mentor", "帮带人",
	"position", "位置", "source", "来路", "history", "历史导入", "late", "迟到", "parent", "由何事件产生"}

// fields lists what a column may be read as, the workspace's attributes among it.
func (r *reading) fields() []string {
	list := slices.Clone(plainFields[r.bring.Noun])
	if r.bring.Noun == "members" {
		for _, key := range slices.Sorted(maps.Keys(r.defs.Attributes)) {
			list = append(list, "attrs."+key)
		}
		for _, key := range slices.Sorted(maps.Keys(r.defs.Ladders)) {
			list = append(list, "tiers."+key)
		}
	}
	return list
}

// isField is whether a name is that of a field.
func (r *reading) isField(name string) bool {
	return slices.ContainsFunc(plainFields[r.bring.Noun], func(f string) bool {
		return f == name && !strings.HasSuffix(f, ".") || strings.HasSuffix(f, ".") && len(name) > len(f) && strings.HasPrefix(name, f)
	})
}

// mapColumns decides what each column is; everything wrong with that is an error.
func (r *reading) mapColumns() error {
	r.mapping = make([]string, len(r.table.Columns))
	used := map[string]string{}
	var problems []engine.Problem
	for _, heading := range slices.Sorted(maps.Keys(r.bring.Columns)) {
		if !slices.Contains(r.table.Columns, heading) {
			problems = append(problems, unknown("/columns/"+heading, heading, r.table.Columns))
		}
	}
	for field := range r.bring.Set {
		used[field] = ""
		if !r.isField(field) {
			problems = append(problems, unknown("/set/"+field, field, r.fields()))
		}
	}
	for i, heading := range r.table.Columns {
		field, said := r.bring.Columns[heading]
		if !said {
			if field = r.propose(heading); used[field] != "" {
				field = "" // a guess gives way
			}
		}
		if field == "" {
			continue
		}
		if !r.isField(field) {
			problems = append(problems, unknown("/columns/"+heading, field, r.fields()))
		} else if other, twice := used[field]; twice && said {
			problems = append(problems, engine.Problem{Code: "duplicate_name", Path: "/columns/" + heading, Message: engine.Text{
				En: fmt.Sprintf("%s is read from %q already", field, other), Zh: fmt.Sprintf("%s 已由 %q 读取", field, other)}})
		} else if twice {
			continue
		}
		used[field], r.mapping[i] = heading, field
	}
	problems = append(problems, r.missing(used)...)
	return engine.Invalid(wrongImport, problems...)
}

// missing says what a file of this noun cannot do without.
func (r *reading) missing(used map[string]string) (problems []engine.Problem) {
	has := func(fields ...string) bool {
		return slices.ContainsFunc(fields, func(f string) bool { _, is := used[f]; return is })
	}
	need := func(field, en, zh string) {
		problems = append(problems, engine.Problem{Code: "required", Path: "/columns", Message: engine.Text{En: en, Zh: zh},
			Hint: engine.Text{En: fmt.Sprintf("name the column that is %s, or set it for every row", field), Zh: fmt.Sprintf("请指定哪一列是 %s，或为每行统一设置", field)}})
	}
	if r.bring.Noun == "events" {
		if !has("type") {
			need("type", "no column says the type of the event", "没有一列是事件类型")
		}
		if !has("at") {
			need("at", "no column says when it happened", "没有一列是发生时间")
		}
		return problems
	}
	identity := slices.ContainsFunc(slices.Collect(maps.Keys(used)), func(f string) bool { return strings.HasPrefix(f, "identity.") })
	if !has("id", "identity") && !identity {
		need("identity", "no column says who the member is", "没有一列能说明成员是谁")
	}
	return problems
}

// normal is a heading without what does not matter.
func normal(heading string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" _-　()（）*：:", r) {
			return -1
		}
		return r
	}, heading))
}

// propose guesses what a column is by its heading.
func (r *reading) propose(heading string) string {
	if slices.Contains(derived, heading) {
		return ""
	}
	if r.isField(heading) && (!strings.Contains(heading, ".") || r.table.Format == "jsonl" || strings.HasPrefix(heading, "member.") || strings.HasPrefix(heading, "to.") ||
		strings.HasPrefix(heading, "props.") || strings.HasPrefix(heading, "attrs.") || strings.HasPrefix(heading, "tiers.") || strings.HasPrefix(heading, "identity.") || strings.HasPrefix(heading, "consent.")) {
		return heading
	}
	n := normal(heading)
	if r.bring.Noun == "members" {
		for key, a := range r.defs.Attributes {
			if n == normal(key) || a.Title.En != "" && n == normal(a.Title.En) || a.Title.Zh != "" && n == normal(a.Title.Zh) {
				return "attrs." + key
			}
		}
	}
	for _, f := range plainFields[r.bring.Noun] {
		if n == normal(f) {
			return f
		}
	}
	return words[r.bring.Noun][n]
}
