package service

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// MemberPatch changes what it gives: nil leaves as it is.
type MemberPatch struct {
	Name       *string
	Zone       *string
	Lang       *string
	Attrs      map[string]engine.Value // an unknown value removes
	TagsAdd    []string
	TagsRemove []string
}

// Patch changes a member's profile, attributes and tags in one step.
func (s *Members) Patch(ctx context.Context, who Caller, name string, m Match, p MemberPatch) (*Member, error) {
	member, err := s.find(ctx, who, name)
	if err != nil {
		return nil, err
	}
	if err := m.check(member.Version); err != nil {
		return nil, err
	}
	view, err := s.state(ctx, who)
	if err != nil {
		return nil, err
	}
	set, personal, err := p.props(view.Defs)
	if err != nil {
		return nil, err
	}
	var events []engine.Event
	if len(set) > 0 {
		events = append(events, engine.Event{Type: "bylaw.member.set", Member: engine.MemberRef{ID: member.ID}, Props: set})
	}
	if len(personal) > 0 { // its personal fields never enter the log
		events = append(events, engine.Event{Type: personalType, Member: engine.MemberRef{ID: member.ID}, Props: personal})
	}
	if len(events) > 0 {
		if _, err := s.act(ctx, who, events...); err != nil {
			return nil, err
		}
	}
	return s.Get(ctx, who, member.ID)
}

// personalType is the event type that declares a profile's personal fields.
const personalType = "member.updated"

// props makes of a patch the properties of a change by hand, and those that are
// personal apart.
func (p MemberPatch) props(defs *engine.Definitions) (set, personal []engine.Prop, err error) {
	var problems []engine.Problem
	if p.Zone != nil && *p.Zone != "" {
		if _, err := calendar.LoadZone(*p.Zone); err != nil {
			problems = append(problems, engine.Problem{Code: "unknown_zone", Path: "/zone", Message: engine.Text{
				En: fmt.Sprintf("%q is no time zone; write an IANA name such as Asia/Shanghai", *p.Zone), Zh: fmt.Sprintf("没有时区 %q，请写 IANA 名称，如 Asia/Shanghai", *p.Zone)}})
		}
	}
	for name, v := range map[string]*string{"zone": p.Zone, "lang": p.Lang} {
		if v != nil {
			set = append(set, textProp(name, *v))
		}
	}
	if p.Name != nil {
		personal = append(personal, textProp("name", *p.Name))
	}
	for name, tags := range map[string][]string{"tags_add": p.TagsAdd, "tags_remove": p.TagsRemove} {
		if len(tags) > 0 {
			set = append(set, prop(name, tagList(tags)))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.Attrs)) {
		v, problem := attribute(defs, key, p.Attrs[key])
		switch a := defs.Attributes[key]; {
		case problem != nil:
			problems = append(problems, *problem)
		case a != nil && a.Personal:
			personal = append(personal, prop(key, v))
		default:
			set = append(set, prop("attr."+key, v))
		}
	}
	engine.SortProps(set)
	engine.SortProps(personal)
	return set, personal, engine.Invalid(engine.Text{En: "the change has problems", Zh: "修改有误"}, problems...)
}

func tagList(tags []string) engine.Value {
	list := make([]engine.Value, len(tags))
	for i, t := range tags {
		list[i] = engine.StringValue(t)
	}
	return engine.ListValue(list...)
}

// attribute brings a value to its declared kind.
func attribute(defs *engine.Definitions, key string, v engine.Value) (engine.Value, *engine.Problem) {
	path := "/attrs/" + key
	a := defs.Attributes[key]
	switch {
	case a == nil:
		return v, nil
	case a.Personal && !declaredPersonal(defs, key):
		return v, &engine.Problem{Code: "personal", Path: path, Message: engine.Text{
			En: fmt.Sprintf("%s is personal: send it in an event whose type declares it personal", key),
			Zh: fmt.Sprintf("%s 为个人信息：请用声明了该个人字段的事件发送", key)}}
	case v.Kind == engine.Unknown:
		return v, nil
	}
	as, ok := v.As(a.Kind)
	if !ok {
		return v, &engine.Problem{Code: "wrong_type", Path: path, Message: engine.Text{
			En: fmt.Sprintf("%s is declared as %s, this is %s", key, a.Kind, v.Kind), Zh: fmt.Sprintf("%s 声明为 %s，收到的是 %s", key, a.Kind, v.Kind)}}
	}
	return as, nil
}

func declaredPersonal(defs *engine.Definitions, key string) bool {
	t := defs.EventTypes[personalType]
	if t == nil {
		return false
	}
	f, ok := t.FieldNamed(key)
	return ok && f.Personal
}

// Erase destroys a member's personal data for good.
func (s *Members) Erase(ctx context.Context, who Caller, name string, m Match) error {
	if _, err := s.change(ctx, who, name, m, engine.Event{Type: "bylaw.member.erase"}); err != nil || s.Forget == nil {
		return err
	}
	if err := s.Forget(ctx, who.Workspace); err != nil {
		return &engine.Error{Code: engine.CodeUnavailable, Err: err, Message: engine.Text{
			En: "the member is erased, but the past could not be rewritten now; the server tries again by itself within minutes",
			Zh: "成员已抹除，但历史记录暂未改写完毕；服务会在几分钟内自动重试"}}
	}
	return nil
}

// Identity gives a member an identity, or takes it away.
func (s *Members) Identity(ctx context.Context, who Caller, name string, id engine.Identity, remove bool) (*Member, error) {
	member, err := s.find(ctx, who, name)
	if err != nil {
		return nil, err
	}
	if err := identityFits(id); err != nil {
		return nil, err
	}
	has := slices.Contains(member.Identities, id)
	if remove && !has {
		return nil, engine.NotFound("identity", id.Key())
	}
	if other, err := s.find(ctx, who, id.Key()); err == nil && other.ID != member.ID {
		return nil, engine.Conflict(engine.Text{
			En: fmt.Sprintf("the member %s has this identity; merge the two if they are one person", other.ID),
			Zh: fmt.Sprintf("该身份属于成员 %s；若为同一人请合并", other.ID)})
	} else if err != nil && engine.CodeOf(err) != engine.CodeNotFound {
		return nil, err
	}
	return s.change(ctx, who, member.ID, Match{}, engine.Event{Type: "bylaw.member.identity", Props: props(
		textProp("channel", id.Channel), textProp("external_id", id.ExternalID), prop("remove", engine.BoolValue(remove)))})
}

func identityFits(id engine.Identity) error {
	if id.Channel != "" && id.ExternalID != "" && len(id.Key()) < engine.MaxKeyBytes {
		return nil
	}
	return engine.Invalid(engine.Text{En: "this is no identity", Zh: "身份无效"}, engine.Problem{Code: "bad_identity", Path: "/identity",
		Message: engine.Text{En: "an identity is channel:external_id, at most 190 bytes", Zh: "身份写作 channel:external_id，最长 190 字节"}})
}

// Merge makes another member part of this one; position undoes it.
func (s *Members) Merge(ctx context.Context, who Caller, name, other string) (m *Member, position int64, err error) {
	survivor, err := s.find(ctx, who, name)
	if err != nil {
		return nil, 0, err
	}
	gone, err := s.find(ctx, who, other)
	if engine.CodeOf(err) == engine.CodeNotFound && err != nil {
		return nil, 0, need(false, "/other", "member", "成员", other)
	}
	if err != nil {
		return nil, 0, err
	}
	if gone.ID == survivor.ID {
		return nil, 0, engine.Conflict(engine.Text{En: "both names are the same member already", Zh: "两者已是同一成员"})
	}
	results, err := s.act(ctx, who, engine.Event{Type: "bylaw.member.merge", Member: engine.MemberRef{ID: survivor.ID}, To: engine.MemberRef{ID: gone.ID}})
	if err != nil {
		return nil, 0, err
	}
	m, err = s.Get(ctx, who, survivor.ID)
	return m, results[0].Position, err
}

// Unmerge undoes a merge by the position that it answered.
func (s *Members) Unmerge(ctx context.Context, who Caller, name string, position int64) (*Member, error) {
	return s.change(ctx, who, name, Match{}, engine.Event{Type: "bylaw.member.unmerge", Props: props(prop("merge_position", engine.IntValue(position)))})
}

// Consent records whether a member wants messages on a channel, "" all of them.
func (s *Members) Consent(ctx context.Context, who Caller, name, channel string, given bool) (*Member, error) {
	return s.change(ctx, who, name, Match{}, engine.Event{Type: "bylaw.consent.set", Props: props(
		textProp("channel", channel), prop("given", engine.BoolValue(given)))})
}

// Tag adds or removes a tag.
func (s *Members) Tag(ctx context.Context, who Caller, name, tag string, remove bool) (*Member, error) {
	what := "tags_add"
	if remove {
		what = "tags_remove"
	}
	return s.change(ctx, who, name, Match{}, engine.Event{Type: "bylaw.member.set", Props: props(prop(what, tagList([]string{tag})))})
}

// Note writes a note on a member.
func (s *Members) Note(ctx context.Context, who Caller, name, text string) (engine.Item, error) {
	member, err := s.find(ctx, who, name)
	if err != nil {
		return engine.Item{}, err
	}
	body, err := json.Marshal(map[string]string{"text": text, "by": who.By})
	if err != nil {
		return engine.Item{}, fmt.Errorf("write note: %w", err)
	}
	i := engine.Item{Kind: "note", ID: s.actID(who), State: "open", Member: member.ID, At: who.Now, Body: body}
	return s.put(ctx, who, i)
}
