package demo

import "strings"

// Common surnames, the commonest more often, and characters of given names. The
// people are made up.
var (
	surnames = strings.Fields(`王 王 王 李 李 李 张 张 张 刘 刘 陈 陈 杨 杨 黄 赵 周 吴 徐 孙 马 朱 胡 郭 何 林 高 罗 郑 梁 谢 宋 唐 许 韩 冯 邓 曹 彭
		曾 肖 田 董 袁 潘 于 蒋 蔡 余 杜 叶 程 苏 魏 吕 丁 任 沈 姚 卢 姜 崔 钟 谭 陆 汪 范 金 石 廖 贾 夏 韦 方 白 邹 孟 熊 秦 邱 江 尹 薛 闫 段 雷 侯 龙 史
		陶 黎 贺 顾 毛 郝 龚 邵 万 钱 严 武 戴 莫 孔 向 汤 欧阳 上官 司徒 诸葛`)
	first    = strings.Fields(`子 思 雨 欣 梓 一 诗 若 语 佳 晓 文 明 志 建 嘉 俊 浩 宇 泽 景 静 雅 婉 清 云 书 安 予 知 沐 星 可 亦 小 玉 春 秋 海 永`)
	last     = strings.Fields(`涵 怡 萱 琪 彤 悦 妍 婷 娜 敏 丽 芳 燕 玲 洁 雪 梅 兰 琳 慧 轩 睿 然 辰 阳 航 鹏 杰 涛 磊 强 军 勇 峰 斌 宁 远 舟 禾 川`)
	cities   = strings.Fields(`上海 上海 上海 北京 北京 杭州 杭州 成都 成都 广州 深圳 南京 苏州 武汉 西安 长沙 重庆 厦门 青岛 昆明`)
	crafts   = []string{"插画", "陶艺", "编织", "木作", "皮具", "花艺"}
	products = []product{
		{"kit-weave", "编织材料包", 89}, {"kit-clay", "陶艺材料包", 139}, {"kit-leather", "皮具材料包", 168},
		{"course-sketch", "速写入门课", 199}, {"course-glaze", "釉色进阶课", 399}, {"tool-set", "手作工具套装", 259},
	}
)

// product is something that is sold, with its price in yuan.
type product struct {
	key, title string
	price      float64
}

// membership is the product that opens the members' club.
var membership = product{"membership", "年度会员", 365}

func (d dice) name() string {
	given := one(d, last)
	if d.chance(0.72) {
		given = one(d, first) + given
	}
	return one(d, surnames) + given
}
