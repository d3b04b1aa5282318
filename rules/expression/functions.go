package expression

import (
	"github.com/expr-lang/expr/ast"

	"github.com/bylaw-dev/bylaw/engine"
)

// functionSpec is one function of the language.
type functionSpec struct {
	name    string
	usage   string // how it is called, for people and editors
	least   int    // arguments
	most    int
	check   func(*checker, *functionSpec, ast.Node, []ast.Node) *node
	doc     engine.Text
	example string
}

var functionByName map[string]*functionSpec

// Filled in init because the checks refer back to the table.
func init() {
	functionByName = map[string]*functionSpec{}
	for _, list := range [][]functionSpec{metricFunctions, wordFunctions, plainFunctions, listFunctions} {
		for i := range list {
			functionByName[list[i].name] = &list[i]
		}
	}
}

func functionNamed(name string) bool { return functionByName[name] != nil }

var metricFunctions = []functionSpec{
	{name: "events", usage: `events(type, window, {field: value})`, least: 2, most: 3, check: checkBareSource,
		doc: engine.Text{En: "The member's events of a type in a window, to be counted, summed ...; a filter keeps those whose fields have a value.",
			Zh: "成员在时间窗内某类型的事件，可计数、求和等；可用过滤条件只保留字段为某值的事件。"},
		example: `events("message.sent", "7d").count() >= 3`},
	{name: "group_events", usage: `group_events(type, window, {field: value})`, least: 2, most: 3, check: checkBareSource,
		doc:     engine.Text{En: "The same for all members of the group in question.", Zh: "同上，统计相关的群里所有成员的事件。"},
		example: `group_events("message.sent", "24h").count() >= 10`},
	{name: "content_events", usage: `content_events(type, window, {field: value})`, least: 2, most: 3, check: checkBareSource,
		doc:     engine.Text{En: "The same for everybody's events about the content in question.", Zh: "同上，统计所有人关于相关内容的事件。"},
		example: `content_events("vote.received", "all").count() >= 10`},
	{name: "growth", usage: `growth(type, window)`, least: 2, most: 2, check: checkGrowth,
		doc: engine.Text{En: "(n1 + 10) / (n0 + 10): the events of this window against those of the window before.",
			Zh: "(n1 + 10) / (n0 + 10)：本时间窗的事件数与前一个时间窗相比。"},
		example: `growth("message.sent", "7d") >= 1.5`},
	{name: "previous", usage: `previous(type)`, least: 1, most: 1, check: checkPrevious,
		doc:     engine.Text{En: "Time of the member's latest event of a type before this one; unknown when there is none.", Zh: "成员此前最近一次该类型事件的时间；没有时为未知。"},
		example: `now - previous("order.paid") > duration("720h")`},
	{name: "invited", usage: `invited(window)`, least: 1, most: 1, check: checkInvited,
		doc:     engine.Text{En: "How many members joined by the member's invitation in a window; without the current event.", Zh: "时间窗内经该成员邀请加入的人数；不含当前事件。"},
		example: `invited("30d") >= 3`},
	{name: "purchased", usage: `purchased(window)`, least: 1, most: 1, check: checkPurchased,
		doc:     engine.Text{En: "Whether the member paid an order in a window.", Zh: "成员在时间窗内是否付过款。"},
		example: `purchased("30d")`},
	{name: "silent_for", usage: `silent_for(window)`, least: 1, most: 1, check: checkSilent,
		doc:     engine.Text{En: "Whether the member did nothing at all in a window; without the current event.", Zh: "成员在时间窗内是否没有任何事件；不含当前事件。"},
		example: `silent_for("14d")`},
}

var wordFunctions = []functionSpec{
	{name: "tier", usage: `tier(key)`, least: 1, most: 1, check: checkTier,
		doc:     engine.Text{En: "A tier's rank in the rule's ladder, to compare with member.rank.", Zh: "层级在本规则阶梯上的名次，用来与 member.rank 比较。"},
		example: `member.rank >= tier("active")`},
	{name: "has_badge", usage: `has_badge(key)`, least: 1, most: 1, check: checkBadge,
		doc:     engine.Text{En: "Whether the member holds a badge.", Zh: "成员是否拥有某徽章。"},
		example: `not has_badge("nice-answer")`},
	{name: "in_group", usage: `in_group(key)`, least: 1, most: 1, check: checkGroup,
		doc:     engine.Text{En: "Whether the member is in a group.", Zh: "成员是否在某个群里。"},
		example: `in_group("core")`},
	{name: "holiday", usage: `holiday(name)`, least: 1, most: 1, check: checkHoliday,
		doc:     engine.Text{En: "Whether today is a festival, in the workspace's zone.", Zh: "今天（按空间时区）是否为某节日。"},
		example: `holiday("mid-autumn")`},
	{name: "workday", usage: `workday()`, least: 0, most: 0, check: checkWorkday,
		doc:     engine.Text{En: "Whether today is worked: Chinese holidays, make-up workdays and the workspace's own days.", Zh: "今天是否为工作日：含中国法定节假日、调休和空间自定的日子。"},
		example: `workday() and local(now).hour < 18`},
	{name: "today", usage: `today()`, least: 0, most: 0, check: checkToday,
		doc:     engine.Text{En: "When the local day began.", Zh: "当地今天开始的时间。"},
		example: `member.joined_at >= today()`},
	{name: "local", usage: `local(time).hour`, least: 1, most: 1, check: checkLocal,
		doc:     engine.Text{En: "A time on the workspace's clock: .year .month .day .hour .minute .weekday (Monday is 1).", Zh: "某时间在空间时区的钟面：.year .month .day .hour .minute .weekday（周一为 1）。"},
		example: `local(now).weekday == 5`},
	{name: "date", usage: `date("2026-03-01")`, least: 1, most: 1, check: checkDate,
		doc:     engine.Text{En: "A time written out, in the workspace's zone unless it names one.", Zh: "写明的时间；未写时区时按空间时区。"},
		example: `member.joined_at < date("2026-03-01")`},
	{name: "duration", usage: `duration("168h")`, least: 1, most: 1, check: checkDuration,
		doc:     engine.Text{En: "A length of time in h, m and s; a day is 24h.", Zh: "一段时长，单位 h、m、s；一天写 24h。"},
		example: `now - member.joined_at > duration("168h")`},
}

var plainFunctions = []functionSpec{
	{name: "known", usage: `known(x)`, least: 1, most: 1, check: checkKnown,
		doc:     engine.Text{En: "Whether a value is known; never unknown itself.", Zh: "某个值是否已知；结果本身总是已知的。"},
		example: `known(member.inviter)`},
	{name: "len", usage: `len(text or list)`, least: 1, most: 1, check: checkLen,
		doc:     engine.Text{En: "How many characters a text or items a list has.", Zh: "文字的字数，或列表的项数。"},
		example: `len(member.tags) >= 2`},
	{name: "lower", usage: `lower(text)`, least: 1, most: 1, check: checkCase,
		doc:     engine.Text{En: "The text in lower case.", Zh: "转为小写。"},
		example: `lower(member.origin) == "wechat"`},
	{name: "upper", usage: `upper(text)`, least: 1, most: 1, check: checkCase,
		doc:     engine.Text{En: "The text in upper case.", Zh: "转为大写。"},
		example: `upper(member.origin) == "WECHAT"`},
	{name: "trim", usage: `trim(text)`, least: 1, most: 1, check: checkCase,
		doc:     engine.Text{En: "The text without white space around it.", Zh: "去掉首尾空白。"},
		example: `trim(member.origin) != ""`},
	{name: "abs", usage: `abs(number)`, least: 1, most: 1, check: checkAbs,
		doc:     engine.Text{En: "The number without its sign.", Zh: "绝对值。"},
		example: `abs(member.points) <= 100`},
	{name: "min", usage: `min(a, b, ...)`, least: 1, most: 20, check: checkMinMax,
		doc:     engine.Text{En: "The least of numbers, or of a list.", Zh: "若干数或一个列表中的最小值。"},
		example: `min(member.points, 100) >= 50`},
	{name: "max", usage: `max(a, b, ...)`, least: 1, most: 20, check: checkMinMax,
		doc:     engine.Text{En: "The greatest of numbers, or of a list.", Zh: "若干数或一个列表中的最大值。"},
		example: `group.size / max(group.stage, 1) > 20`},
	{name: "floor", usage: `floor(number)`, least: 1, most: 1, check: checkRound,
		doc:     engine.Text{En: "The integer at or below a number.", Zh: "向下取整。"},
		example: `floor(member.points / 10) >= 3`},
	{name: "ceil", usage: `ceil(number)`, least: 1, most: 1, check: checkRound,
		doc:     engine.Text{En: "The integer at or above a number.", Zh: "向上取整。"},
		example: `ceil(member.points / 10) >= 3`},
	{name: "round", usage: `round(number)`, least: 1, most: 1, check: checkRound,
		doc:     engine.Text{En: "The nearest integer; halves go away from zero.", Zh: "四舍五入取整。"},
		example: `round(member.points / 10) >= 3`},
}

var listFunctions = []functionSpec{
	{name: "any", usage: `any(list, # == x)`, least: 2, most: 2, check: checkLoop,
		doc:     engine.Text{En: "Whether some item fulfils a condition; # is the item.", Zh: "是否有某一项满足条件；# 代表该项。"},
		example: `any(member.tags, # startsWith "vip")`},
	{name: "all", usage: `all(list, # == x)`, least: 2, most: 2, check: checkLoop,
		doc:     engine.Text{En: "Whether every item fulfils a condition.", Zh: "是否每一项都满足条件。"},
		example: `all(member.groups, # != "held-back")`},
	{name: "none", usage: `none(list, # == x)`, least: 2, most: 2, check: checkLoop,
		doc:     engine.Text{En: "Whether no item fulfils a condition.", Zh: "是否没有任何一项满足条件。"},
		example: `none(member.tags, # contains "test")`},
	{name: "one", usage: `one(list, # == x)`, least: 2, most: 2, check: checkLoop,
		doc:     engine.Text{En: "Whether exactly one item fulfils a condition.", Zh: "是否恰好有一项满足条件。"},
		example: `one(member.tags, # startsWith "city-")`},
	{name: "count", usage: `count(list, # == x)`, least: 1, most: 2, check: checkLoop,
		doc:     engine.Text{En: "How many items fulfil a condition.", Zh: "满足条件的项数。"},
		example: `count(member.tags, # startsWith "skill-") >= 3`},
	{name: "filter", usage: `filter(list, # == x)`, least: 2, most: 2, check: checkLoop,
		doc:     engine.Text{En: "The items that fulfil a condition.", Zh: "满足条件的各项。"},
		example: `len(filter(member.tags, # startsWith "skill-")) >= 3`},
	{name: "map", usage: `map(list, upper(#))`, least: 2, most: 2, check: checkLoop,
		doc:     engine.Text{En: "What an expression makes of every item.", Zh: "对每一项计算得到的新列表。"},
		example: `"VIP" in map(member.tags, upper(#))`},
	{name: "sum", usage: `sum(list, #)`, least: 1, most: 2, check: checkLoop,
		doc:     engine.Text{En: "The sum of a list of numbers, or of what an expression makes of every item.", Zh: "数字列表之和，或对每一项计算后的和。"},
		example: `sum(member.tags, len(#)) < 500`},
}
