package ingest

import (
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

var memberFields = []string{"id", "channel", "external_id"}

var memberHint = engine.Text{
	En: `name a member as {"id": ...} or as {"channel": ..., "external_id": ...}`,
	Zh: `用 {"id": ...} 或 {"channel": ..., "external_id": ...} 指明成员`,
}

// member reads whom an event is about.
func (d *decoder) member(path string) (ref engine.MemberRef, ok bool) {
	if d.next() != '{' {
		d.report(path, "wrong_type", engine.Text{En: "this must be an object", Zh: "这里必须是对象"}, memberHint)
		_, ok := d.skip()
		return ref, ok
	}
	d.i++
	if !d.take('}') {
		if ok := d.memberFields(&ref, path); !ok {
			return ref, false
		}
	}
	d.checkMember(ref, path)
	return ref, true
}

func (d *decoder) memberFields(ref *engine.MemberRef, path string) bool {
	for named := 0; ; {
		name, ok := d.key()
		if !ok {
			return false
		}
		bit, field, repeats := 0, &ref.ID, false
		switch string(name) {
		case "id":
			bit = 1
		case "channel":
			bit, field, repeats = 2, &ref.Channel, true
		case "external_id":
			bit, field = 4, &ref.ExternalID
		}
		if bit&named != 0 {
			d.duplicateName(path, name)
		}
		named |= bit
		switch {
		case bit == 0:
			d.unknownField(path, name, memberFields)
			_, ok = d.skip()
		case d.next() == 'n':
			ok = d.word("null")
		default:
			*field, ok = d.ident(path+"/"+memberFields[bit/2], repeats)
		}
		if !ok {
			return false
		}
		if again, ok := d.more('}'); !ok || !again {
			return ok
		}
	}
}

func (d *decoder) checkMember(ref engine.MemberRef, path string) {
	if len(d.out.Problems[d.index]) > 0 && ref.IsZero() {
		return // its fields were reported
	}
	switch {
	case ref.IsZero():
		d.report(path, "empty_member", engine.Text{En: "this names nobody", Zh: "没有指明成员"}, memberHint)
	case ref.ID != "" && ref.Identity != (engine.Identity{}):
		d.report(path, "ambiguous_member", engine.Text{
			En: "a member is named by id or by channel and external_id, not by both", Zh: "成员用 id 或身份指明，不能两者都给"}, memberHint)
	case ref.ID == "" && ref.Channel == "":
		d.report(path+"/channel", "required", engine.Text{En: "channel is missing", Zh: "缺少 channel"}, memberHint)
	case ref.ID == "" && ref.ExternalID == "":
		d.report(path+"/external_id", "required", engine.Text{En: "external_id is missing", Zh: "缺少 external_id"}, memberHint)
	}
	if strings.Contains(ref.Channel, ":") || strings.Contains(ref.ID, ":") {
		d.report(path, "bad_character", engine.Text{
			En: "a channel or member id has no colon", Zh: "渠道名与成员 id 不含冒号"}, memberHint)
	}
	if len(ref.Channel) > MaxChannel && len(ref.Channel) <= engine.MaxIDLength {
		d.checkIdent(path+"/channel", ref.Channel, MaxChannel)
	}
}
