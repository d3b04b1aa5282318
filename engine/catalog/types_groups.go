package catalog

// groups: a room's life, its order, its goals.
var groups = []row{
	{"group.checked", group, "An item of the launch checklist was checked", "核对开群清单", "item passed by", "35 83"},
	{"group.opened", group, "A group was opened", "开群", "kind by", "69 79"},
	{"group.changed", group, "A group changed its kind, aim, stage or phase", "群的定位、目的、阶段、时期变更",
		"change=type|aim|stage|phase|intake|purpose|capacity|title from into by", "16 17 22 23 63 90 170"},
	{"group.full", group, "A group became full", "满群", "count", "79 158"},
	{"group.dissolved", group, "A group was dissolved", "解散群", "reason into count", "174"},
	{"rules.changed", group, "A group's conduct rules were changed", "修订群规", "reason by", "88 112"},
	{"incident.reported", group, "An incident was reported", "事件记录", "kind=advertising|quarrel|fraud|harassment|leak|other by reason", "88 111"},
	{"incident.decided", group, "An incident was decided on", "事件处理", "kind decision by minutes", "88"},
	{"goal.set", group, "A goal was set", "设定目标", "goal target due by", "68 80 113"},
	{"goal.progressed", group, "Progress of a goal was reported", "汇报目标进度", "goal actual target", "113"},
	{"goal.reached", group, "A goal was reached", "达成目标", "goal actual", "80 113"},
	{"goal.missed", group, "A goal was missed", "目标未达成", "goal actual target reason", "114"},
}
