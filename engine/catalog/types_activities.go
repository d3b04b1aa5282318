package catalog

// activities: check-ins, surveys, games, draws and other things to join in.
var activities = []row{
	{"activity.planned", group, "An activity was planned", "排定活动", "activity kind=checkin|topic|packet|draw|game|live|other starts ends", "62 100 121 182"},
	{"checkin.done", member, "Checked in", "打卡", "activity text count", "78 121"},
	{"checkin.makeup", member, "Made up for a missed check-in", "补卡", "activity date", "121"},
	{"survey.answered", member, "Answered a survey", "回答问卷", "survey question answer score text", "7 25 99 116 188"},
	{"product.tested", member, "Tested a product", "参与测试", "product score", "24"},
	{"game.played", member, "Played a game", "玩群游戏", "game kind=idioms|riddle|quiz|dice|other result=won|lost|took_part score", "166"},
	{"draw.entered", member, "Entered a draw", "参与抽奖", "activity", "177"},
	{"prize.won", member, "Won a prize", "中奖", "activity prize worth", "109 177"},
	{"packet.dropped", group, "A red packet was put up", "发红包", "packet amount count by", "29 109 177 182"},
	{"packet.opened", member, "Opened a red packet", "抢红包", "packet amount", "29 177"},
	{"course.enrolled", member, "Enrolled in a course", "报名课程", "course order_id", "81 91"},
	{"course.finished", member, "Finished a course", "学完课程", "course score", "81 91"},
	{"privilege.used", member, "Used a privilege", "使用特权", "privilege content_id", "43 73 94"},
	{"moment.planned", group, "A peak moment was planned", "策划峰值体验", "moment starts", "194"},
	{"moment.scored", member, "Scored a peak moment", "评价峰值体验", "moment score", "194"},
}
