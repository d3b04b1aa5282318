package machine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/bylaw-dev/bylaw/engine"
)

// oldest is the earliest time an event may have: earlier ones are mistakes of
// unit (seconds for milliseconds) rather than history.
const oldest = engine.Time(0) + 1

// newest is 9999-12-31, the last that RFC 3339 can write.
const newest = engine.Time(253402300799_000000)

// validate checks one event against its type and the rules of section 4, fills
// in what was left out, and names every problem with its place.
func validate(e *engine.Event, i int, b *Batch, defs *engine.Definitions) []engine.Problem {
	v := validator{event: e, path: "/events/" + strconv.Itoa(i)}
	v.names(b)
	v.time(b)
	v.member(defs)
	v.props(defs)
	v.personal(defs)
	return v.problems
}

type validator struct {
	event    *engine.Event
	path     string
	problems []engine.Problem
}

func (v *validator) add(code, field string, en, zh string) {
	v.problems = append(v.problems, engine.Problem{
		Code: code, Path: v.path + field, Message: engine.Text{En: en, Zh: zh}})
}

func (v *validator) names(b *Batch) {
	e := v.event
	v.name("/id", e.ID, true)
	v.name("/type", e.Type, true)
	v.name("/group", e.Group, false)
	v.name("/content", e.Content, false)
	v.name("/origin", e.Origin, false)
	if reserved(e.Type) && !b.Reserved {
		v.add("reserved_type", "/type",
			fmt.Sprintf("types that begin with %q are Bylaw's own; use the API's other calls to change things by hand", engine.ReservedPrefix),
			fmt.Sprintf("以 %q 开头的类型由系统保留；手工修改请用相应的接口", engine.ReservedPrefix))
		return
	}
	if reserved(e.Type) {
		v.byHand()
	}
}

// byHand checks that a change made by hand names what it changes.
func (v *validator) byHand() {
	c, ok := byHand[v.event.Type]
	switch {
	case !ok:
		v.add("unknown_type", "/type", fmt.Sprintf("there is no change %q", v.event.Type), fmt.Sprintf("没有这种修改：%q", v.event.Type))
	case c.member && v.event.Member.IsZero():
		v.add("required", "/member", "this change is about a member: name them", "此修改关于成员，请写明 member")
	case c.group && v.event.Group == "":
		v.add("required", "/group", "this change is about a group: name it", "此修改关于群，请写明 group")
	}
}

// name checks a key: length, no blanks at the ends, nothing unprintable.
func (v *validator) name(field, s string, required bool) {
	switch {
	case s == "" && required:
		v.add("required", field, field[1:]+" is required", field[1:]+" 必填")
	case len(s) > engine.MaxIDLength:
		v.add("too_long", field, fmt.Sprintf("at most %d bytes, this has %d", engine.MaxIDLength, len(s)),
			fmt.Sprintf("最长 %d 字节，现有 %d", engine.MaxIDLength, len(s)))
	case s != strings.TrimSpace(s) || strings.ContainsFunc(s, unicode.IsControl):
		v.add("bad_name", field, "no blanks at either end and no control characters", "首尾不能有空白，也不能有控制字符")
	}
}

func (v *validator) time(b *Batch) {
	e := v.event
	if e.At == 0 {
		e.At = b.Received
	}
	if e.At < oldest || e.At > newest {
		v.add("out_of_range", "/at", "a time between 1970 and 9999", "时间须在 1970 至 9999 年之间")
	} else if e.At > b.Received.Add(engine.MaxAhead) && !b.Reserved {
		v.add("in_the_future", "/at",
			fmt.Sprintf("%s is more than 5 minutes ahead of now (%s); check the sender's clock", e.At, b.Received),
			fmt.Sprintf("%s 比现在（%s）晚 5 分钟以上；请检查发送方的时钟", e.At, b.Received))
	}
}

func (v *validator) member(defs *engine.Definitions) {
	e := v.event
	typ := defs.EventTypes[e.Type]
	needs := typ == nil || typ.Subject == engine.SubjectMember
	if reserved(e.Type) {
		needs = false
	}
	if needs && e.Member.IsZero() {
		v.add("required", "/member", "name the member: {\"id\"} or {\"channel\", \"external_id\"}",
			"请写明成员：{\"id\"} 或 {\"channel\", \"external_id\"}")
	}
	v.ref("/member", e.Member)
	v.ref("/to", e.To)
	if typ != nil && typ.Subject == engine.SubjectGroup && e.Group == "" {
		v.add("required", "/group", "this type is about a group: name it", "此类型关于群，请写明 group")
	}
	if typ != nil && typ.Subject == engine.SubjectContent && e.Content == "" {
		v.add("required", "/content", "this type is about a content: name it", "此类型关于内容，请写明 content")
	}
}

func (v *validator) ref(field string, r engine.MemberRef) {
	if r.ID != "" {
		v.name(field+"/id", r.ID, false)
		if r.Identity != (engine.Identity{}) {
			v.add("ambiguous", field, "give either id, or channel and external_id", "id 与 channel、external_id 只能给一种")
		}
		return
	}
	if r.IsZero() {
		return
	}
	v.name(field+"/channel", r.Channel, true)
	v.name(field+"/external_id", r.ExternalID, true)
	if strings.Contains(r.Channel, ":") {
		v.add("bad_name", field+"/channel", "a channel's name has no colon", "渠道名不能含冒号")
	}
	if len(r.Key()) > 190 {
		v.add("too_long", field, "channel and external_id together have at most 190 bytes", "channel 与 external_id 合计最长 190 字节")
	}
}

// props brings declared properties to their kinds.
func (v *validator) props(defs *engine.Definitions) {
	e := v.event
	typ := defs.EventTypes[e.Type]
	if typ == nil {
		return
	}
	own := false
	for i := range e.Props {
		p := &e.Props[i]
		f, ok := typ.FieldNamed(p.Name)
		if !ok || p.Value.Kind == engine.Unknown {
			continue
		}
		as, ok := p.Value.As(f.Kind)
		if !ok && f.Kind != engine.Unknown {
			v.add("wrong_type", "/props/"+p.Name,
				fmt.Sprintf("%s is declared as %s, this is %s", p.Name, f.Kind, p.Value.Kind),
				fmt.Sprintf("%s 声明为 %s，收到的是 %s", p.Name, f.Kind, p.Value.Kind))
			continue
		}
		if as.Kind == p.Value.Kind {
			continue
		}
		if !own { // what was sent stays as it is
			e.Props, own = slices.Clone(e.Props), true
		}
		e.Props[i].Value = as
	}
}

// personal refuses personal fields in an event about nobody: they are kept under
// the member whose erasing destroys them, and here nobody's would.
func (v *validator) personal(defs *engine.Definitions) {
	typ := defs.EventTypes[v.event.Type]
	if typ == nil || !v.event.Member.IsZero() {
		return
	}
	for _, p := range v.event.Props {
		if f, ok := typ.FieldNamed(p.Name); ok && f.Personal {
			v.add("personal_without_member", "/props/"+p.Name,
				fmt.Sprintf("%s is personal: name the member it is about, or leave it out", p.Name),
				fmt.Sprintf("%s 为个人信息：请写明所属成员，或不要发送", p.Name))
		}
	}
}
