package engine

// nouns are the Chinese words of what NotFound speaks of, by its English ones.
var nouns = map[string]string{
	"appeal": "申诉", "application": "申请", "attribute": "属性", "badge": "徽章", "case": "用例",
	"channel": "渠道", "channel plugin": "渠道插件", "decision": "判定", "delivery": "投递",
	"event": "事件", "event type": "事件类型", "event-type": "事件类型", "field": "字段", "file of job": "作业文件",
	"group": "群", "identity": "身份", "ingress": "接收地址", "invitation": "邀请", "job": "作业", "ladder": "阶梯",
	"lead": "线索", "member": "成员", "pack": "规则包", "position": "位置", "privilege": "特权", "report": "报表",
	"review": "评审", "reward": "奖励", "role": "角色", "rule": "规则", "second factor": "两步验证", "segment": "人群",
	"session": "登录会话", "settings": "设置", "tag": "标签", "task": "任务", "template": "文案", "token": "令牌",
	"user": "用户", "version": "版本", "workspace": "空间",
}
