package machine

import "github.com/bylaw-dev/bylaw/engine"

// The segments every workspace has: the four numbers by which a community is
// judged rather than by its head-count (requirements 185 to 188), and those whom a
// person should look at today. A workspace writes its own over them.
const (
	SegmentEffective   = "effective"
	SegmentPromoting   = "promoting"
	SegmentConverted   = "converted"
	SegmentMobilisable = "mobilisable"
	SegmentSilent      = "silent"
	SegmentRising      = "rising"
)

// DefaultSegments are what they mean until a workspace says otherwise. They name
// no tier, tag or group, so that they mean something everywhere.
var DefaultSegments = []engine.Segment{
	{Key: SegmentEffective, Title: engine.Text{En: "Effective members", Zh: "有效成员"},
		Where: `not member.left and not silent_for("30d")`},
	{Key: SegmentPromoting, Title: engine.Text{En: "Promoting members", Zh: "推广成员"},
		Where: `not member.left and (invited("30d") > 0 or events("content.shared", "30d").count() > 0)`},
	{Key: SegmentConverted, Title: engine.Text{En: "Converted members", Zh: "转化成员"},
		Where: `not member.left and purchased("12mo")`},
	{Key: SegmentMobilisable, Title: engine.Text{En: "Mobilisable members", Zh: "可动员成员"},
		Where: `not member.left and not silent_for("14d") and events("*", "30d").days() >= 4`},
	{Key: SegmentSilent, Title: engine.Text{En: "Going silent", Zh: "转为沉默"},
		Where: `not member.left and silent_for("14d") and events("*", "60d").days() >= 2`},
	{Key: SegmentRising, Title: engine.Text{En: "Rising", Zh: "正在上升"},
		Where: `not member.left and not silent_for("3d") and events("*", "7d").days() >= 3 and growth("*", "7d") >= 1.5`},
}

func builtinSegments() map[string]*engine.Segment {
	all := make(map[string]*engine.Segment, len(DefaultSegments))
	for _, s := range DefaultSegments {
		s.Builtin = true
		all[s.Key] = &s
	}
	return all
}
