package engine

// EffectKind is what a rule can ask for.
type EffectKind string

// The effects.
const (
	GrantPoints     EffectKind = "grant_points"
	AwardBadge      EffectKind = "award_badge"
	RevokeBadge     EffectKind = "revoke_badge"
	IssueCoupon     EffectKind = "issue_coupon"
	RevokeCoupon    EffectKind = "revoke_coupon"
	GrantPrivilege  EffectKind = "grant_privilege"
	RevokePrivilege EffectKind = "revoke_privilege"
	Reverse         EffectKind = "reverse"
	MoveTier        EffectKind = "move_tier"
	Admit           EffectKind = "admit"
	Deny            EffectKind = "deny"
	Wait            EffectKind = "wait"
	JoinGroup       EffectKind = "join_group"
	LeaveGroup      EffectKind = "leave_group"
	MoveGroup       EffectKind = "move_group"
	Appoint         EffectKind = "appoint"
	Dismiss         EffectKind = "dismiss"
	SetGroup        EffectKind = "set_group"
	OpenGroup       EffectKind = "open_group"
	DissolveGroup   EffectKind = "dissolve_group"
	AddTag          EffectKind = "add_tag"
	RemoveTag       EffectKind = "remove_tag"
	SetAttribute    EffectKind = "set_attribute"
	Send            EffectKind = "send"
	Praise          EffectKind = "praise"
	GiveLink        EffectKind = "give_link"
	Draw            EffectKind = "draw"
	Pay             EffectKind = "pay"
	CreateTask      EffectKind = "create_task"
	CreateLead      EffectKind = "create_lead"
	AssignMentor    EffectKind = "assign_mentor"
	EndMentor       EffectKind = "end_mentor"
	Emit            EffectKind = "emit"
)

// FieldSchema describes one field of an effect, for the checker and for forms.
type FieldSchema struct {
	Name     string         `json:"name"`
	Kind     FieldKind      `json:"kind"`
	Value    Kind           `json:"-"` // of number, time and expression fields: the kind the engine needs; Unknown: any
	Required bool           `json:"required,omitempty"`
	Of       DefinitionKind `json:"of,omitempty"`     // a key names a definition of this kind
	Reward   string         `json:"reward,omitempty"` // and, of rewards, of this reward kind
	Values   []string       `json:"values,omitempty"` // or one of these words
	OneOf    string         `json:"one_of,omitempty"` // exactly one field of the same OneOf name is given
	Title    Text           `json:"title"`
}

// EffectSchema describes one kind of effect.
type EffectSchema struct {
	Kind   EffectKind    `json:"kind"`
	Title  Text          `json:"title"`
	Needs  SubjectKind   `json:"needs,omitempty"` // the subject it works on; "" any
	Rules  []RuleKind    `json:"rules,omitempty"` // kinds of rule that may ask for it; empty: all
	Fields []FieldSchema `json:"fields"`
}

func key(name string, of DefinitionKind, title Text) FieldSchema {
	return FieldSchema{Name: name, Kind: KeyField, Of: of, Required: true, Title: title}
}

func reward(name, kind string, title Text) FieldSchema {
	return FieldSchema{Name: name, Kind: KeyField, Of: DefineReward, Reward: kind, Required: true, Title: title}
}

func (s FieldSchema) optional() FieldSchema { s.Required = false; return s }

func (s FieldSchema) oneOf(name string) FieldSchema {
	s.Required, s.OneOf = false, name
	return s
}

func words(name string, title Text, values ...string) FieldSchema {
	return FieldSchema{Name: name, Kind: KeyField, Values: values, Required: true, Title: title}
}

func field(name string, kind FieldKind, value Kind, title Text) FieldSchema {
	return FieldSchema{Name: name, Kind: kind, Value: value, Required: true, Title: title}
}

// OfficerRoles are the six roles of a group, keys.
var OfficerRoles = []string{"assistant", "activity", "recorder", "designer", "diplomat", "enforcer"}

// UserRoles are the roles of the console's users, highest first; each may all that
// the one after it may.
var UserRoles = []string{"owner", "admin", "operator", "analyst", "viewer"}

var (
	tUser   = Text{"a user's login", "用户的登录名"}
	tGroup  = Text{"group", "群"}
	tText   = Text{"text", "内容"}
	tReason = Text{"reason", "原因"}
	tLasts  = Text{"how long it lasts", "有效时长"}
	tTo     = Text{"to", "给谁"}
	tTempl  = Text{"template", "文案"}
)

var message = []FieldSchema{
	key("template", DefineTemplate, tTempl).oneOf("message"),
	field("text", TextField, Unknown, tText).oneOf("message"),
}

// EffectSchemas lists every effect in the order in which they are documented.
var EffectSchemas = []EffectSchema{
	{GrantPoints, Text{"grant points", "发积分"}, SubjectMember, nil, []FieldSchema{
		field("amount", NumberField, Int, Text{"amount (negative takes)", "数量（负数为扣）"}),
		reward("account", "points", Text{"account", "账户"}).optional(),
		field("expires", DurationField, Duration, Text{"expires after", "多久过期"}).optional(),
		field("reason", TextField, Unknown, tReason).optional()}},
	{AwardBadge, Text{"award a badge", "授予徽章"}, SubjectMember, nil, []FieldSchema{reward("badge", "badge", Text{"badge", "徽章"})}},
	{RevokeBadge, Text{"revoke a badge", "收回徽章"}, SubjectMember, nil, []FieldSchema{reward("badge", "badge", Text{"badge", "徽章"})}},
	{IssueCoupon, Text{"issue a coupon", "发券"}, SubjectMember, nil, []FieldSchema{reward("pool", "coupon", Text{"coupon pool", "券池"})}},
	{RevokeCoupon, Text{"revoke a coupon", "收回券"}, SubjectMember, nil, []FieldSchema{reward("pool", "coupon", Text{"coupon pool", "券池"})}},
	{GrantPrivilege, Text{"grant a privilege", "授予特权"}, SubjectMember, nil, []FieldSchema{
		reward("privilege", "privilege", Text{"privilege", "特权"}),
		field("lasts", DurationField, Duration, tLasts).optional()}},
	{RevokePrivilege, Text{"revoke a privilege", "收回特权"}, SubjectMember, nil, []FieldSchema{reward("privilege", "privilege", Text{"privilege", "特权"})}},
	{Reverse, Text{"claw back what a rule gave for this occurrence", "追回某规则就此发放的奖励"}, SubjectMember, nil, []FieldSchema{key("rule", DefineRule, Text{"rule", "规则"})}},
	{MoveTier, Text{"move to a tier", "调整层级"}, SubjectMember, nil, []FieldSchema{
		{Name: "to", Kind: KeyField, OneOf: "move", Title: Text{"to tier", "到层级"}},
		{Name: "up", Kind: KeyField, Values: []string{"1", "2", "3", "4", "5"}, OneOf: "move", Title: Text{"steps up", "升几级"}},
		{Name: "down", Kind: KeyField, Values: []string{"1", "2", "3", "4", "5"}, OneOf: "move", Title: Text{"steps down", "降几级"}},
		key("ladder", DefineLadder, Text{"ladder", "阶梯"}).optional()}},
	{Admit, Text{"admit", "准入"}, SubjectMember, []RuleKind{Threshold}, nil},
	{Wait, Text{"put on the waiting list", "候补"}, SubjectMember, []RuleKind{Threshold}, []FieldSchema{field("reason", TextField, Unknown, tReason).optional()}},
	{Deny, Text{"deny", "拒绝"}, SubjectMember, []RuleKind{Threshold}, []FieldSchema{
		field("reason", TextField, Unknown, tReason).optional(),
		field("next_step", TextField, Unknown, Text{"what to do next", "下一步"}).optional()}},
	{JoinGroup, Text{"add to a group", "加入群"}, SubjectMember, nil, []FieldSchema{key("group", DefineGroup, tGroup)}},
	{LeaveGroup, Text{"remove from a group", "移出群"}, SubjectMember, nil, []FieldSchema{key("group", DefineGroup, tGroup)}},
	{MoveGroup, Text{"move between groups", "换群"}, SubjectMember, nil, []FieldSchema{
		key("from", DefineGroup, Text{"from group", "原群"}), key("to", DefineGroup, Text{"to group", "新群"})}},
	{Appoint, Text{"appoint an officer", "任命管理岗"}, SubjectMember, nil, []FieldSchema{
		key("group", DefineGroup, tGroup), words("role", Text{"role", "岗位"}, OfficerRoles...)}},
	{Dismiss, Text{"dismiss an officer", "免去管理岗"}, SubjectMember, nil, []FieldSchema{
		key("group", DefineGroup, tGroup), words("role", Text{"role", "岗位"}, OfficerRoles...)}},
	{SetGroup, Text{"set a group's phase, intake or stage", "设置群的时期、招新、阶段"}, "", nil, []FieldSchema{
		key("group", DefineGroup, tGroup),
		words("phase", Text{"phase", "时期"}, "import", "growth", "mature", "decline").oneOf("set"),
		words("intake", Text{"intake", "招新"}, "open", "invite", "closed").oneOf("set"),
		words("stage", Text{"stage", "阶段"}, "1", "2", "3", "4", "5", "6", "7").oneOf("set")}},
	{OpenGroup, Text{"open another group like one", "照样开新群"}, "", nil, []FieldSchema{key("like", DefineGroup, Text{"like group", "参照群"})}},
	{DissolveGroup, Text{"dissolve a group", "解散群"}, "", nil, []FieldSchema{
		key("group", DefineGroup, tGroup), key("to", DefineGroup, Text{"members go to", "成员转入"}).optional()}},
	{AddTag, Text{"add a tag", "加标签"}, SubjectMember, nil, []FieldSchema{{Name: "tag", Kind: KeyField, Required: true, Title: Text{"tag", "标签"}}}},
	{RemoveTag, Text{"remove a tag", "去标签"}, SubjectMember, nil, []FieldSchema{{Name: "tag", Kind: KeyField, Required: true, Title: Text{"tag", "标签"}}}},
	{SetAttribute, Text{"set an attribute", "设置属性"}, SubjectMember, nil, []FieldSchema{
		{Name: "key", Kind: KeyField, Required: true, Title: Text{"attribute", "属性"}},
		field("value", ExprField, Unknown, Text{"value", "值"})}},
	{Send, Text{"send a message", "发消息"}, "", nil, append([]FieldSchema{
		key("channel", DefineChannel, Text{"channel", "渠道"}),
		words("to", tTo, "member", "group", "officer", "user", "segment").optional(),
		key("group", DefineGroup, tGroup).optional(),
		key("segment", DefineSegment, Text{"segment", "人群"}).optional(),
		{Name: "user", Kind: KeyField, Title: tUser},
		words("role", Text{"users of this role or above", "此角色及以上的用户"}, UserRoles...).optional(),
		field("valid_for", DurationField, Duration, Text{"drop after", "超过多久不再发"}).optional()}, message...)},
	{Praise, Text{"praise in a group", "公开赞许"}, SubjectMember, nil, append([]FieldSchema{key("group", DefineGroup, tGroup)}, message...)},
	{GiveLink, Text{"give a join link", "给入群链接"}, SubjectMember, nil, []FieldSchema{
		key("group", DefineGroup, tGroup), field("lasts", DurationField, Duration, tLasts).optional()}},
	{Draw, Text{"draw a prize", "抽奖"}, SubjectMember, nil, []FieldSchema{reward("pool", "coupon", Text{"coupon pool", "奖池"})}},
	{Pay, Text{"pay from an account", "从账户支付"}, SubjectMember, nil, []FieldSchema{
		reward("account", "points", Text{"account", "账户"}), field("amount", NumberField, Int, Text{"amount", "数量"})}},
	{CreateTask, Text{"create a task for a person", "派任务"}, "", nil, []FieldSchema{
		words("to", tTo, "officer", "user").optional(),
		key("group", DefineGroup, tGroup).optional(),
		{Name: "user", Kind: KeyField, Title: tUser},
		field("text", TextField, Unknown, tText),
		field("due", DurationField, Duration, Text{"due in", "多久内完成"}).optional()}},
	{CreateLead, Text{"create a lead", "建线索"}, SubjectMember, nil, []FieldSchema{
		{Name: "owner", Kind: KeyField, Title: Text{"owner", "跟进人"}}, field("text", TextField, Unknown, tText)}},
	{AssignMentor, Text{"assign a mentor", "安排帮带"}, SubjectMember, nil, []FieldSchema{
		{Name: "tier", Kind: KeyField, Required: true, Title: Text{"mentor's tier", "帮带人的层级"}},
		field("lasts", DurationField, Duration, tLasts).optional()}},
	{EndMentor, Text{"end mentoring", "结束帮带"}, SubjectMember, nil, nil},
	{Emit, Text{"emit an event", "产生事件"}, "", nil, []FieldSchema{
		{Name: "type", Kind: KeyField, Of: DefineEventType, Required: true, Title: Text{"event type", "事件类型"}},
		{Name: "props", Kind: PropsField, Title: Text{"properties", "属性"}}}},
}

// SchemaOf finds an effect's schema.
func SchemaOf(k EffectKind) (*EffectSchema, bool) {
	for i := range EffectSchemas {
		if EffectSchemas[i].Kind == k {
			return &EffectSchemas[i], true
		}
	}
	return nil, false
}
