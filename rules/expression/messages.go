package expression

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// message is what a problem says and advises, in both languages. {1} is the
// first argument.
type message struct {
	en, zh         string
	hintEn, hintZh string
	warning        bool
}

func (m message) say(args []any) engine.Text {
	return engine.Text{En: fill(m.en, "en", args), Zh: fill(m.zh, "zh", args)}
}

func (m message) advise(args []any) engine.Text {
	return engine.Text{En: fill(m.hintEn, "en", args), Zh: fill(m.hintZh, "zh", args)}
}

// fill puts in the arguments, in a language where they have two.
func fill(form, lang string, args []any) string {
	if !strings.Contains(form, "{") {
		return form
	}
	pairs := make([]string, 0, 2*len(args))
	for i, a := range args {
		if t, ok := a.(engine.Text); ok {
			a = t.In(lang)
		}
		pairs = append(pairs, "{"+strconv.Itoa(i+1)+"}", fmt.Sprint(a))
	}
	return strings.NewReplacer(pairs...).Replace(form)
}

// messages are all that can be wrong with an expression.
var messages = merged(textMessages, outsideMessages, kindMessages, compareMessages, nameMessages, callMessages, metricMessages, findingMessages)

func merged(tables ...map[string]message) map[string]message {
	all := map[string]message{}
	for _, t := range tables {
		for code, m := range t {
			all[code] = m
		}
	}
	return all
}

// textMessages speak of the text itself: its size and its syntax.
var textMessages = map[string]message{
	"too_long":        {en: "this has {1} bytes; {2} are allowed", zh: "这里有 {1} 字节，最多 {2}", hintEn: "split it into several", hintZh: "请拆成几条"},
	"not_text":        {en: "the expression is not valid UTF-8 text", zh: "表达式不是有效的 UTF-8 文字"},
	"empty":           {en: "the expression is empty", zh: "表达式是空的", hintEn: "write a condition such as member.points >= 10", hintZh: "请写条件，例如 member.points >= 10"},
	"too_deep":        {en: "brackets are nested more than {1} deep", zh: "括号嵌套超过 {1} 层", hintEn: "take out brackets that are not needed", hintZh: "请去掉不必要的括号"},
	"too_many_signs":  {en: "more than {1} signs or nots in a row", zh: "连续的正负号或 not 超过 {1} 个"},
	"too_many_nodes":  {en: "the expression has more than {1} parts", zh: "表达式超过 {1} 个部分", hintEn: "split the rule, or write x in [...] instead of many ors", hintZh: "请拆分规则，或用 x in [...] 代替许多 or"},
	"operator_symbol": {en: "{1} is not an operator", zh: "{1} 不是运算符", hintEn: "write {2}", hintZh: "请写 {2}"},
	"operator_word":   {en: "{1} is not an operator", zh: "{1} 不是运算符", hintEn: "write {2}, with spaces around it", hintZh: "请写 {2}，两边留空格"},
	"operator_case":   {en: "{1} is not an operator", zh: "{1} 不是运算符", hintEn: "write {2}", hintZh: "请写 {2}"},
	"curly_quote":     {en: "{1} does not begin or end a text", zh: "{1} 不能作为文字的引号", hintEn: `write straight quotes: "`, hintZh: `请用英文直引号："`},
	"comment":         {en: "// begins a comment, which expressions do not have", zh: "// 是注释的开头，表达式里不能写注释", hintEn: "to divide write one /; for a whole number floor(a / b)", hintZh: "除法请写一个 /；要整数请写 floor(a / b)"},
	"block_comment":   {en: "expressions do not have comments", zh: "表达式里不能写注释", hintEn: "write it into the rule's title or a case's name", hintZh: "请写到规则标题或用例名称里"},
	"stray_hash":      {en: "# stands only for the item inside any(), all() and the like", zh: "# 只能在 any()、all() 等函数里代表列表的一项", hintEn: "expressions have no comments; to go through a list write any(list, # == x)", hintZh: "表达式里没有注释；遍历列表请写 any(list, # == x)"},
	"single_equals":   {en: "= does not compare", zh: "= 不能用来比较", hintEn: "write ==", hintZh: "请写 =="},
	"ends_early":      {en: "the expression ends too early", zh: "表达式没有写完", hintEn: "something is missing after the last word, or a bracket is not closed", hintZh: "最后缺少内容，或有括号没有闭合"},
	"unexpected":      {en: "{1} does not fit here", zh: "{1} 不能出现在这里", hintEn: "an operator, comma or bracket may be missing before it", hintZh: "它前面可能缺少运算符、逗号或括号"},
	"open_string":     {en: "a text is not closed on its line", zh: "文字没有在本行结束", hintEn: "add the closing quote", hintZh: "请补上结尾的引号"},
	"odd_character":   {en: "the character {1} has no meaning here", zh: "字符 {1} 在这里没有意义", hintEn: "texts stand between quotes", hintZh: "文字要放在引号里"},
	"bad_number":      {en: "{1} is not a number", zh: "{1} 不是数字", hintEn: `write 3.5, or duration("72h") for a length of time`, hintZh: `数字写成 3.5；时长写成 duration("72h")`},
	"number_range":    {en: "the number is too large", zh: "数字太大", hintEn: "integers have 64 bits; decimals go to about 9,000,000,000,000", hintZh: "整数为 64 位；小数最大约 9,000,000,000,000"},
	"decimal_places":  {en: "decimals have at most six places", zh: "小数最多六位", hintEn: "round the number", hintZh: "请四舍五入"},
	"mixed_coalesce":  {en: "{1} after ?? needs brackets", zh: "?? 后面跟 {1} 时要加括号", hintEn: "write (a ?? b) {1} c", hintZh: "请写 (a ?? b) {1} c"},
	"name_after_dot":  {en: "a name is missing after the dot", zh: "点后面缺少名称"},
	"few_arguments":   {en: "the function needs {1} arguments", zh: "函数需要 {1} 个参数"},
	"bad_filter_key":  {en: "a filter's field is a plain name", zh: "过滤条件的字段要直接写名称", hintEn: `write {kind: "answer"}`, hintZh: `请写 {kind: "answer"}`},
	"bad_escape":      {en: `unknown escape in a text`, zh: `文字里有未知的转义`, hintEn: `write \\ for a backslash`, hintZh: `反斜杠要写成 \\`},
	"open_hole":       {en: "{{ is not closed", zh: "{{ 没有闭合", hintEn: "write }} after the expression", hintZh: "请在表达式后写 }}"},
	"too_many_holes":  {en: "the text has more than {1} holes", zh: "文案里的 {{ }} 超过 {1} 处"},
	"syntax":          {en: "this cannot be read as an expression", zh: "无法读作表达式", hintEn: "compare with an example such as member.points >= 10 and has_badge(\"helper\")", hintZh: "可参照例子：member.points >= 10 and has_badge(\"helper\")"},
}

// outsideMessages speak of what expr knows and the language does not have.
var outsideMessages = map[string]message{
	"outside":          {en: "this is not part of the language", zh: "语言里没有这种写法"},
	"outside_word":     {en: "{1} is not part of the language", zh: "语言里没有 {1}", hintEn: "write c ? a : b to choose", hintZh: "选择请写 c ? a : b"},
	"outside_nil":      {en: "there is no nil", zh: "语言里没有 nil", hintEn: "write known(x), or x ?? 0", hintZh: "请写 known(x)，或 x ?? 0"},
	"outside_map":      {en: "{ } stands only as the filter of events()", zh: "{ } 只能作为 events() 的过滤条件"},
	"outside_chain":    {en: "?. is not part of the language", zh: "语言里没有 ?.", hintEn: "write a dot; what is missing is unknown", hintZh: "请写点；缺失的值就是未知"},
	"outside_index":    {en: "lists have no index", zh: "列表不能用下标", hintEn: "write any(list, # == x) or x in list", hintZh: "请写 any(list, # == x) 或 x in list"},
	"outside_steps":    {en: "an expression is one step, without let and ;", zh: "表达式只有一步，没有 let 和 ;"},
	"outside_pipe":     {en: "| is not part of the language", zh: "语言里没有 |", hintEn: "write or for a choice, f(x) for a call", hintZh: "“或”请写 or，调用请写 f(x)"},
	"outside_colons":   {en: ":: is not part of the language", zh: "语言里没有 ::"},
	"outside_if":       {en: "if is not part of the language", zh: "语言里没有 if", hintEn: "write c ? a : b", hintZh: "请写 c ? a : b"},
	"outside_elvis":    {en: "?: is not part of the language", zh: "语言里没有 ?:", hintEn: "write a or b for conditions, a ?? b for what may be missing", hintZh: "条件请写 a or b，可能缺失的值请写 a ?? b"},
	"outside_operator": {en: "{1} is not part of the language", zh: "语言里没有 {1}"},
	"outside_function": {en: "{1}() is not part of the language", zh: "语言里没有 {1}()", hintEn: "{2}", hintZh: "{2}"},
	"outside_pointer":  {en: "#{1} is not part of the language", zh: "语言里没有 #{1}", hintEn: "# alone is the item", hintZh: "单独的 # 代表该项"},
}

// kindMessages speak of values of a wrong kind.
var kindMessages = map[string]message{
	"wrong_result":           {en: "{1} is needed here; this is {2}", zh: "这里需要{1}，而这是{2}"},
	"integer_needed":         {en: "an integer is needed here; this is a decimal", zh: "这里需要整数，而这是小数", hintEn: "write floor(...), ceil(...) or round(...) around it", hintZh: "请在外面加 floor(...)、ceil(...) 或 round(...)"},
	"condition_needed":       {en: "a condition is needed here; this is {2}", zh: "这里需要条件，而这是{2}", hintEn: "compare it, for example with == or >=", hintZh: "请写成比较，例如 == 或 >="},
	"list_too_long":          {en: "the list has {1} items; {2} are allowed", zh: "列表有 {1} 项，最多 {2}", hintEn: "keep it as a tag or an attribute of members", hintZh: "请改用成员的标签或属性"},
	"list_constant":          {en: "lists are made of constants", zh: "列表只能由常量组成", hintEn: "write a == x or a == y instead", hintZh: "请改写为 a == x or a == y"},
	"list_mixed":             {en: "the list begins with {1}; this is {2}", zh: "列表以{1}开头，而这是{2}"},
	"not_needs_condition":    {en: "not needs a condition; this is {1}", zh: "not 后面需要条件，而这是{1}"},
	"not_binds":              {en: "not binds tighter than {2}", zh: "not 比 {2} 结合得更紧", hintEn: "write not ({1})", hintZh: "请写 not ({1})"},
	"sign_needs_number":      {en: "{1} needs a number; this is {2}", zh: "{1} 后面需要数字，而这是{2}"},
	"logic_needs_condition":  {en: "{1} joins conditions; this is {2}", zh: "{1} 连接的是条件，而这是{2}", hintEn: "compare it, for example with == or >=", hintZh: "请写成比较，例如 == 或 >="},
	"choice_needs_condition": {en: "before ? stands a condition; this is {1}", zh: "? 前面需要条件，而这是{1}"},
	"branches_differ":        {en: "both values must be of one kind; these are {1} and {2}", zh: "两个值要属于同一种类型，而这里是{1}和{2}"},
	"never_unknown":          {en: "a constant is always known", zh: "常量总是已知的", hintEn: "leave it out", hintZh: "请去掉", warning: true},
	"text_needed":            {en: "{1} needs a text; this is {2}", zh: "{1} 需要文字，而这是{2}"},
	"contains_list":          {en: "contains looks into a text, not into a list", zh: "contains 用于文字，不用于列表", hintEn: `write "x" in list`, hintZh: `请写 "x" in list`},
	"len_needs":              {en: "len() needs a text or a list; this is {1}", zh: "len() 需要文字或列表，而这是{1}"},
	"number_needed":          {en: "{1} needs numbers; this is {2}", zh: "{1} 需要数字，而这是{2}"},
	"time_needed":            {en: "{1} needs a time; this is {2}", zh: "{1} 需要时间，而这是{2}"},
	"list_needed":            {en: "{1} needs a list; this is {2}", zh: "{1} 需要列表，而这是{2}"},
	"loop_body":              {en: "{1} needs {2} for every item; this is {3}", zh: "{1} 对每一项需要{2}，而这是{3}"},
	"nested_list_function":   {en: "{1}() stands inside another list function", zh: "{1}() 写在了另一个列表函数里面", hintEn: "go through one list at a time", hintZh: "一次只能遍历一个列表"},
	"remainder_integers":     {en: "% needs integers; these are {2} and {3}", zh: "% 需要整数，而这里是{2}和{3}"},
	"join_text":              {en: "+ joins a text only with a text; these are {2} and {3}", zh: "+ 只能连接两段文字，而这里是{2}和{3}", hintEn: "in a message write {{ value }} inside the text", hintZh: "文案里请直接写 {{ 值 }}"},
	"time_number":            {en: "a time and a number do not go together", zh: "时间和数字不能一起计算", hintEn: `write a duration, such as now - duration("72h")`, hintZh: `请用时长，例如 now - duration("72h")`},
	"span_division":          {en: "a duration cannot be divided", zh: "时长不能做除法", hintEn: `compare it: now - member.joined_at >= duration("72h")`, hintZh: `请直接比较：now - member.joined_at >= duration("72h")`},
	"arith_kinds":            {en: "{1} does not go with {2} and {3}", zh: "{1} 不能用于{2}和{3}"},
	"divides_by_zero":        {en: "this divides by zero and is never known", zh: "除数为零，结果永远未知"},
	"may_divide_by_zero":     {en: "where this is 0 the result is unknown", zh: "这里为 0 时结果为未知", hintEn: "write max(x, 1), or x > 0 and ... before it", hintZh: "可写 max(x, 1)，或在前面加 x > 0 and ...", warning: true},
}

// compareMessages speak of comparisons.
var compareMessages = map[string]message{
	"compare_kinds":    {en: "{1} and {2} cannot be compared", zh: "{1}和{2}不能比较"},
	"compare_list":     {en: "{1} cannot be compared", zh: "{1}不能比较", hintEn: "write x in list, len(list) or any(list, # == x)", hintZh: "请写 x in list、len(list) 或 any(list, # == x)"},
	"compare_time":     {en: "{1} and {2} cannot be compared", zh: "{1}和{2}不能比较", hintEn: `write date("2026-03-01"), or local(t).hour for parts of a time`, hintZh: `请写 date("2026-03-01")，或用 local(t).hour 取时间的一部分`},
	"compare_span":     {en: "{1} and {2} cannot be compared", zh: "{1}和{2}不能比较", hintEn: `write duration("72h")`, hintZh: `请写 duration("72h")`},
	"tier_compare":     {en: "tier() is a rank, not a text", zh: "tier() 是名次，不是文字", hintEn: `write member.rank >= tier("active"), or member.tier == "active"`, hintZh: `请写 member.rank >= tier("active")，或 member.tier == "active"`},
	"order_text":       {en: "texts have no order: {1} does not fit", zh: "文字没有大小之分，不能用 {1}", hintEn: `write == or in; for tiers member.rank {1} tier("...")`, hintZh: `请用 == 或 in；层级请写 member.rank {1} tier("...")`},
	"order_bool":       {en: "conditions have no order: {1} does not fit", zh: "条件没有大小之分，不能用 {1}"},
	"decimal_equality": {en: "the result of a division is rarely equal to anything", zh: "除法的结果很少恰好相等", hintEn: "write >= or <=, or round(...)", hintZh: "请用 >= 或 <=，或 round(...)", warning: true},
	"unknown_word":     {en: "\"{1}\" is not {2}", zh: "\"{1}\" 不是{2}", warning: true},
	"in_needs_list":    {en: "after in stands a list; this is {1}", zh: "in 后面需要列表，而这是{1}", hintEn: `write x in ["a", "b"]; to look into a text write text contains "a"`, hintZh: `请写 x in ["a", "b"]；在文字里查找请写 text contains "a"`},
	"in_kinds":         {en: "the list holds {1}; this is {2}", zh: "列表里是{1}，而这是{2}"},
	"pattern_constant": {en: "the pattern must be written out", zh: "匹配模式要直接写出", hintEn: `write text matches "^vip-"`, hintZh: `请写 text matches "^vip-"`},
	"pattern_too_long": {en: "the pattern has {1} characters; {2} are allowed", zh: "匹配模式有 {1} 个字符，最多 {2}"},
	"pattern_too_big":  {en: "the pattern compiles to {1} instructions; {2} are allowed", zh: "匹配模式编译后有 {1} 条指令，最多 {2}", hintEn: "take out repetitions such as {0,500}", hintZh: "请去掉 {0,500} 这样的重复"},
	"pattern_syntax":   {en: "the pattern cannot be read: {1}", zh: "匹配模式有误：{1}"},
}

// nameMessages speak of names.
var nameMessages = map[string]message{
	"unknown_name":         {en: "there is no {1}", zh: "没有 {1}", hintEn: "names begin with event., member., group. or are now; texts stand in quotes", hintZh: "名称以 event.、member.、group. 开头，或是 now；文字要加引号"},
	"not_a_value":          {en: "{1} alone is not a value", zh: "{1} 本身不是值", hintEn: "write one of its fields, such as {2}", hintZh: "请写它的字段，例如 {2}"},
	"no_event":             {en: "{1}: there is no event here", zh: "{1}：这里没有事件", hintEn: "schedules, reviews and segments decide without an event; use member. or events()", hintZh: "定时规则、评审和人群没有事件；请用 member. 或 events()"},
	"no_group":             {en: "{1}: no group is in question here", zh: "{1}：这里没有相关的群", hintEn: `write in_group("key")`, hintZh: `请写 in_group("群的键")`},
	"only_in_reviews":      {en: "{1} exists only in reviews", zh: "{1} 只能用在周期评审里", hintEn: `elsewhere write a window such as "7d"`, hintZh: `别处请写时间窗，例如 "7d"`},
	"personal_field":       {en: "{1} is personal and may not be used here", zh: "{1} 属于个人信息，不能用在这里", hintEn: "personal fields may stand only in texts to people", hintZh: "个人信息只能用在发给人的文案里"},
	"period_is_window":     {en: "period is a window, not a value", zh: "period 是时间窗，不是值", hintEn: `write events("message.sent", period).count()`, hintZh: `请写 events("message.sent", period).count()`},
	"function_needs_call":  {en: "{1} is a function", zh: "{1} 是函数", hintEn: "write {1}(...)", hintZh: "请写 {1}(...)"},
	"no_members":           {en: "there is nothing called {1} in it", zh: "它没有 {1}"},
	"unknown_ladder":       {en: "there is no ladder \"{1}\"", zh: "没有阶梯 \"{1}\""},
	"undeclared_attribute": {en: "no attribute \"{1}\" is declared; its values are looked at when the rule runs", zh: "没有声明属性 \"{1}\"；运行时才会确定它的类型", warning: true},
	"unknown_prop":         {en: "{2} has no field \"{1}\"", zh: "{2} 没有字段 \"{1}\""},
	"undeclared_prop":      {en: "nobody declared or sent a field \"{1}\" yet; its values are looked at when the rule runs", zh: "还没有人声明或发送过字段 \"{1}\"；运行时才会确定它的类型", hintEn: "declare it in the event type", hintZh: "请在事件类型里声明它", warning: true},
	"prop_clash":           {en: "\"{1}\" is of one kind in {2} and of another in {3}", zh: "\"{1}\" 在 {2} 和 {3} 里类型不同", hintEn: "write a rule for each type", hintZh: "请为每种事件类型各写一条规则"},
	"prop_sometimes":       {en: "{2} has no field \"{1}\"; there the value is unknown", zh: "{2} 没有字段 \"{1}\"，那时值为未知", hintEn: "write a rule for each type, or what it is then: event.props.{1} ?? 0", hintZh: "请为每种事件类型各写一条规则，或写明那时的值：event.props.{1} ?? 0", warning: true},
}

// callMessages speak of functions.
var callMessages = map[string]message{
	"unknown_function":    {en: "there is no function {1}()", zh: "没有函数 {1}()"},
	"argument_count":      {en: "it is called as {1}; here are {2} arguments", zh: "用法是 {1}，这里有 {2} 个参数"},
	"literal_needed":      {en: "the text must be written out: {1}", zh: "文字要直接写出：{1}"},
	"unknown_tier":        {en: "ladder \"{2}\" has no tier \"{1}\"", zh: "阶梯 \"{2}\" 没有层级 \"{1}\""},
	"unknown_badge":       {en: "there is no badge \"{1}\" yet", zh: "还没有徽章 \"{1}\"", warning: true},
	"unknown_group":       {en: "there is no group \"{1}\" yet", zh: "还没有群 \"{1}\"", warning: true},
	"holiday_unknown":     {en: "{1}", zh: "{1}"},
	"local_alone":         {en: "local() alone is not a value", zh: "local() 本身不是值", hintEn: "write local(t).hour, .minute, .day, .month, .year or .weekday", hintZh: "请写 local(t).hour、.minute、.day、.month、.year 或 .weekday"},
	"today_field":         {en: "today() is a time", zh: "today() 是时间", hintEn: "write local(now).{1}", hintZh: "请写 local(now).{1}"},
	"unknown_clock_field": {en: "local() has no {1}", zh: "local() 没有 {1}", hintEn: "it has year, month, day, hour, minute and weekday", hintZh: "可用 year、month、day、hour、minute、weekday"},
	"duration_days":       {en: "duration() does not know days and weeks", zh: "duration() 不认识天和周", hintEn: `write duration("{2}") for {1}`, hintZh: `{1} 请写 duration("{2}")`},
	"duration_syntax":     {en: "\"{1}\" is not a duration", zh: "\"{1}\" 不是时长", hintEn: `write hours, minutes and seconds, such as "168h" or "1h30m"`, hintZh: `请用时、分、秒，例如 "168h" 或 "1h30m"`},
	"date_syntax":         {en: "\"{1}\" is not a date", zh: "\"{1}\" 不是日期", hintEn: `write "2026-03-01", "2026-03-01 18:00:00" or "2026-03-01T18:00:00+08:00"`, hintZh: `请写 "2026-03-01"、"2026-03-01 18:00:00" 或 "2026-03-01T18:00:00+08:00"`},
}

// metricMessages speak of events(...).
var metricMessages = map[string]message{
	"source_alone":      {en: "{1}() alone is not a value", zh: "{1}() 本身不是值", hintEn: `write what to make of the events: {1}("message.sent", "7d").count()`, hintZh: `请写明如何计算：{1}("message.sent", "7d").count()`},
	"no_methods":        {en: "{1}() does not exist", zh: "没有 {1}()", hintEn: `only events(...) has methods: events("message.sent", "7d").count()`, hintZh: `只有 events(...) 有方法：events("message.sent", "7d").count()`},
	"unknown_method":    {en: "events() has no .{1}()", zh: "events() 没有 .{1}()"},
	"method_needs_call": {en: ".{1} needs parentheses", zh: ".{1} 后面要加括号", hintEn: "write .{1}()", hintZh: "请写 .{1}()"},
	"method_arguments":  {en: ".{1}() takes nothing in its parentheses", zh: ".{1}() 的括号里不写内容", hintEn: `filters stand in events(): events(type, window, {kind: "answer"}).{1}()`, hintZh: `过滤条件写在 events() 里：events(类型, 时间窗, {kind: "answer"}).{1}()`},
	"field_needed":      {en: ".{1}() needs a field", zh: ".{1}() 需要一个字段", hintEn: `write .{1}("amount")`, hintZh: `请写 .{1}("amount")`},
	"field_literal":     {en: "the field of .{1}() must be written out as a text", zh: ".{1}() 的字段要直接写成文字", hintEn: `write .{1}("amount")`, hintZh: `请写 .{1}("amount")`},
	"field_number":      {en: ".{1}() needs a field of numbers; \"{2}\" is {3}", zh: ".{1}() 需要数字字段，而 \"{2}\" 是{3}"},
	"unknown_field":     {en: "{1} has no field \"{2}\"", zh: "{1} 没有字段 \"{2}\""},
	"type_literal":      {en: "the event type must be written out as a text", zh: "事件类型要直接写成文字", hintEn: `write events("message.sent", "7d")`, hintZh: `请写 events("message.sent", "7d")`},
	"unknown_type":      {en: "nobody declared or sent an event type \"{1}\" yet", zh: "还没有人声明或发送过事件类型 \"{1}\"", warning: true},
	"window_literal":    {en: "the window must be written out as a text", zh: "时间窗要直接写成文字", hintEn: `write "7d", "today", "this_month", "12mo" or "all"`, hintZh: `请写 "7d"、"today"、"this_month"、"12mo" 或 "all"`},
	"window_syntax":     {en: "{1}", zh: "{1}"},
	"window_range":      {en: "{1}", zh: "{1}"},
	"period_quoted":     {en: "period is a name, not a text", zh: "period 是名称，不是文字", hintEn: "write period without quotes", hintZh: "请去掉 period 的引号"},
	"growth_window":     {en: "growth() compares a window with the one before; \"{1}\" has none", zh: "growth() 与前一个时间窗比较，而 \"{1}\" 没有前一个", hintEn: `write "7d" or "this_week"`, hintZh: `请写 "7d" 或 "this_week"`},
	"filter_shape":      {en: "the third part of events() is a filter", zh: "events() 的第三部分是过滤条件", hintEn: `write {kind: "answer"}`, hintZh: `请写 {kind: "answer"}`},
	"filter_twice":      {en: "\"{1}\" is filtered twice", zh: "\"{1}\" 重复了"},
	"filter_value":      {en: "a filter's value is a constant or a field of the event", zh: "过滤条件的值只能是常量或当前事件的字段", hintEn: `write {kind: "answer"} or {content_id: event.props.content_id}`, hintZh: `请写 {kind: "answer"} 或 {content_id: event.props.content_id}`},
	"filter_kind":       {en: "\"{1}\" is {2}; this is {3}", zh: "\"{1}\" 是{2}，而这是{3}"},
}
