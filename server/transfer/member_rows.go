package transfer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/server/service"
	"github.com/bylaw-dev/bylaw/server/sheet"
)

// memberRow is a row as what shall be true of a member. What it does not say
// stays as it is.
type memberRow struct {
	row        sheet.Row
	id         string
	identities []engine.Identity
	joinedAt   engine.Time
	origin     string
	inviter    string
	name       string
	zone, lang string
	tags       []string
	tiers      map[string]string
	attrs      map[string]engine.Value // not personal
	personal   map[string]engine.Value
	consent    map[string]bool
}

// member reads a row as a member.
func (r *reading) member(row sheet.Row, v values) (*memberRow, []Rejection) {
	if wrong := unreadable(row); wrong != nil {
		return nil, wrong
	}
	j := &rejections{reading: r, row: row.Number}
	m := &memberRow{row: row, tiers: map[string]string{}, attrs: map[string]engine.Value{}, personal: map[string]engine.Value{}, consent: map[string]bool{}}
	for _, field := range slices.Sorted(maps.Keys(v)) {
		r.memberField(m, field, v[field], j)
	}
	if m.id == "" && len(m.identities) == 0 && !j.about("identity") {
		j.say("identity", "the row does not say who the member is", "此行没有说明成员是谁")
	}
	r.once(m, j)
	return m, j.list
}

// once refuses a second row about the same member: which one counts would
// depend on their order.
func (r *reading) once(m *memberRow, j *rejections) {
	names := []string{}
	if m.id != "" {
		names = append(names, m.id)
	}
	for _, id := range m.identities {
		names = append(names, id.Key())
	}
	for _, name := range names {
		if first := r.seen[name]; first != 0 {
			j.say("identity", fmt.Sprintf("row %d is about the same member (%s)", first, name), fmt.Sprintf("与第 %d 行是同一成员（%s）", first, name))
			return
		}
	}
	for _, name := range names {
		r.seen[name] = m.row.Number
	}
}

func (r *reading) memberField(m *memberRow, field string, c sheet.Cell, j *rejections) {
	kind, name, _ := strings.Cut(field, ".")
	switch kind {
	case "id":
		m.id = c.Text
	case "identity":
		r.identity(m, field, name, c, j)
	case "name":
		m.name = c.Text
	case "zone":
		if m.zone = c.Text; validZone(c.Text) != nil {
			j.say(field, "this is no time zone; write an IANA name such as Asia/Shanghai", "不是时区，请写 IANA 名称，如 Asia/Shanghai")
		}
	case "lang":
		m.lang = c.Text
	case "origin":
		m.origin = c.Text
	case "inviter":
		m.inviter = c.Text
	case "tags":
		m.tags = list(c)
	case "tier", "tiers":
		r.tier(m, field, name, c, j)
	case "joined_at":
		r.joined(m, field, c, j)
	case "consent":
		truth, ok := truthOf(c.Text)
		if m.consent[name] = truth; !ok {
			j.add(field, engine.Text{En: "this is neither yes nor no", Zh: "既不是“是”也不是“否”"}, engine.Text{En: "write yes or no", Zh: "请写 是 或 否"})
		}
	case "attrs":
		r.attribute(m, field, name, c, j)
	}
}

func validZone(name string) error {
	_, err := calendar.LoadZone(name)
	return err
}

func (r *reading) joined(m *memberRow, field string, c sheet.Cell, j *rejections) {
	t, ok := r.timeOf(c.Text)
	switch {
	case !ok:
		j.add(field, engine.Text{En: "this is no time", Zh: "不是时间"}, timeHint)
	case t > r.now.Add(engine.MaxAhead):
		j.say(field, "this time is in the future", "时间在未来")
	case t <= 0:
		j.say(field, "this time is before 1970", "时间早于 1970 年")
	}
	m.joinedAt = t
}

// identity reads channel:external_id, several apart by semicolons, or the id on
// a channel that the column names.
func (r *reading) identity(m *memberRow, field, channel string, c sheet.Cell, j *rejections) {
	names := []string{c.Text}
	if channel == "" {
		names = list(c)
	}
	for _, name := range names {
		id := engine.Identity{Channel: channel, ExternalID: name}
		if channel == "" {
			id.Channel, id.ExternalID, _ = strings.Cut(name, ":")
		}
		if id.Channel == "" || id.ExternalID == "" || strings.Contains(id.Channel, ":") || len(id.Key()) >= engine.MaxKeyBytes {
			j.add(field, engine.Text{En: fmt.Sprintf("%.60q is no identity", name), Zh: fmt.Sprintf("%.60q 不是身份", name)},
				engine.Text{En: "write channel:external_id, or read the column as identity.<channel>", Zh: "请写作 渠道:外部标识，或把该列读作 identity.<渠道>"})
			continue
		}
		if !slices.Contains(m.identities, id) {
			m.identities = append(m.identities, id)
		}
	}
}

func (r *reading) tier(m *memberRow, field, ladder string, c sheet.Cell, j *rejections) {
	if ladder == "" {
		ladder = engine.DefaultLadder
	}
	l := r.defs.Ladders[ladder]
	if l == nil {
		j.say(field, fmt.Sprintf("there is no ladder %q", ladder), fmt.Sprintf("没有阶梯 %q", ladder))
		return
	}
	var known []string
	for _, t := range l.Tiers {
		if c.Text == t.Key || c.Text == t.Title.En || c.Text == t.Title.Zh {
			m.tiers[ladder] = t.Key
			return
		}
		known = append(known, t.Key)
	}
	p := unknown("", c.Text, known)
	j.add(field, p.Message, engine.Text{})
}

func (r *reading) attribute(m *memberRow, field, key string, c sheet.Cell, j *rejections) {
	a := r.defs.Attributes[key]
	kind := engine.Unknown
	if a != nil {
		kind = a.Kind
	}
	v, ok := r.valueOf(c, kind)
	switch {
	case !ok:
		j.add(field, wrongKind(kind), engine.Text{})
	case a != nil && a.Personal:
		m.personal[key] = v
	default:
		m.attrs[key] = v
	}
}

// known is what is there of a member.
type known struct {
	member   *engine.Member // nil: nobody yet
	personal map[string]string
}

// changes are the events that make true what a row says, none where all is so.
func (m *memberRow) changes(k *known, defs *engine.Definitions) []engine.Event {
	now := k.member
	if now == nil {
		now = &engine.Member{}
	}
	var list []engine.Event
	add := func(typ string, props ...engine.Prop) {
		engine.SortProps(props)
		list = append(list, engine.Event{Type: typ, Props: props})
	}
	if m.joinedAt != 0 && m.joinedAt.Std().Unix() != now.JoinedAt.Std().Unix() && (!now.Joined || m.joinedAt < now.JoinedAt) { // files know seconds
		var props []engine.Prop
		if m.inviter != "" {
			props = append(props, text("inviter", m.inviter))
		}
		add("member.joined", props...)
		list[0].At, list[0].Origin = m.joinedAt, m.origin
	}
	if set := m.set(now); len(set) > 0 || k.member == nil && len(list) == 0 {
		add("bylaw.member.set", set...)
		if k.member == nil && len(list) == 1 {
			list[0].Origin = m.origin
		}
	}
	for _, id := range m.identities {
		if !slices.Contains(now.Identities, id) && (k.member != nil || id != m.identities[0]) {
			add("bylaw.member.identity", text("channel", id.Channel), text("external_id", id.ExternalID))
		}
	}
	if personal := m.private(k); len(personal) > 0 {
		add("member.updated", personal...)
	}
	for _, ladder := range slices.Sorted(maps.Keys(m.tiers)) {
		if now.Tiers[ladder].Tier != m.tiers[ladder] {
			add("bylaw.tier.set", text("ladder", ladder), text("to", m.tiers[ladder]))
		}
	}
	for _, channel := range slices.Sorted(maps.Keys(m.consent)) {
		if c, said := now.Consent[channel]; !said || c.Given != m.consent[channel] {
			props := []engine.Prop{{Name: "given", Value: engine.BoolValue(m.consent[channel])}}
			if channel != "" {
				props = append(props, text("channel", channel))
			}
			add("bylaw.consent.set", props...)
		}
	}
	return list
}

func text(name, v string) engine.Prop { return engine.Prop{Name: name, Value: engine.StringValue(v)} }

// set are the properties of one change of what is not personal.
func (m *memberRow) set(now *engine.Member) (props []engine.Prop) {
	var tags []engine.Value
	for _, t := range m.tags {
		if !slices.Contains(now.Tags, t) {
			tags = append(tags, engine.StringValue(t))
		}
	}
	if len(tags) > 0 {
		props = append(props, engine.Prop{Name: "tags_add", Value: engine.ListValue(tags...)})
	}
	for key, v := range m.attrs {
		if !now.Attrs[key].Equal(v) {
			props = append(props, engine.Prop{Name: "attr." + key, Value: v})
		}
	}
	if m.zone != "" && m.zone != now.Zone {
		props = append(props, text("zone", m.zone))
	}
	if m.lang != "" && m.lang != now.Lang {
		props = append(props, text("lang", m.lang))
	}
	return props
}

func (m *memberRow) private(k *known) (props []engine.Prop) {
	if m.name != "" && m.name != k.personal["name"] {
		props = append(props, text("name", m.name))
	}
	for key, v := range m.personal {
		if v.Text() != k.personal[key] {
			props = append(props, engine.Prop{Name: key, Value: v})
		}
	}
	return props
}

// sendMembers makes a few rows true.
func (x *Importer) sendMembers(ctx context.Context, who service.Caller, r *reading, rows []*memberRow, count *Imported) (wrong []Rejection, err error) {
	b := machine.Batch{Source: eventSource, Received: who.Now, History: true, Show: machine.ShowNone, Reserved: true, By: who.By}
	var owners []*memberRow
	for _, m := range rows {
		k, refused, err := x.look(ctx, who, r, m)
		if err != nil {
			return nil, err
		}
		if len(refused) > 0 {
			wrong = append(wrong, refused...)
			continue
		}
		events := m.changes(k, r.defs)
		if len(events) == 0 {
			count.Unchanged++
			continue
		}
		ref := engine.MemberRef{}
		if k.member != nil {
			ref.ID = k.member.ID
		} else {
			ref.Identity = m.identities[0]
		}
		for i := range events {
			e := &events[i]
			e.ID, e.Source, e.Member = fmt.Sprintf("%s-%d-%d", who.Once, m.row.Number, i), eventSource, ref
			if e.At == 0 {
				e.At = who.Now
			}
			b.Events, owners = append(b.Events, *e), append(owners, m)
		}
	}
	refused, err := x.accept(ctx, who, r, b, owners, count)
	return append(wrong, refused...), err
}

// accept gives changes to the machine in as many batches as they need.
func (x *Importer) accept(ctx context.Context, who service.Caller, r *reading, b machine.Batch, owners []*memberRow, count *Imported) (wrong []Rejection, err error) {
	bad, all := map[*memberRow]bool{}, b.Events
	for done := 0; done < len(all); done += engine.MaxBatch {
		b.Events = all[done:min(done+engine.MaxBatch, len(all))]
		results, err := x.Machine.Accept(ctx, who.Workspace, b)
		if err != nil {
			return nil, err
		}
		for i := range results {
			m := owners[done+i]
			j := &rejections{reading: r, row: m.row.Number}
			for _, p := range results[i].Problems {
				j.add("", p.Message, p.Hint)
				bad[m] = true
			}
			wrong = append(wrong, j.list...)
		}
	}
	for i, m := range owners {
		if !bad[m] && (i == 0 || owners[i-1] != m) {
			count.Applied++
		}
	}
	return wrong, nil
}

// look finds the member of a row, and says what stands in the way of it.
func (x *Importer) look(ctx context.Context, who service.Caller, r *reading, m *memberRow) (*known, []Rejection, error) {
	j := &rejections{reading: r, row: m.row.Number}
	k := &known{}
	names := []string{}
	if m.id != "" {
		names = append(names, m.id)
	}
	for _, id := range m.identities {
		names = append(names, id.Key())
	}
	for i, name := range names {
		found, err := x.Service.Members.Get(ctx, who, name)
		switch {
		case engine.CodeOf(err) == engine.CodeNotFound && err != nil:
			if i == 0 && m.id != "" && len(m.identities) == 0 {
				j.say("id", fmt.Sprintf("there is no member %q", m.id), fmt.Sprintf("没有成员 %q", m.id))
			}
		case err != nil:
			return nil, nil, err
		case k.member == nil:
			k.member, k.personal = &found.Member, found.Personal
			if found.Name != "" {
				k.personal = maps.Clone(found.Personal)
				if k.personal == nil {
					k.personal = map[string]string{}
				}
				k.personal["name"] = found.Name
			}
		case found.ID != k.member.ID:
			j.add("identity", engine.Text{En: fmt.Sprintf("%s is another member (%s) than the one before it (%s)", name, found.ID, k.member.ID),
				Zh: fmt.Sprintf("%s 属于另一成员（%s），与前者（%s）不同", name, found.ID, k.member.ID)},
				engine.Text{En: "merge the two if they are one person", Zh: "若为同一人，请先合并"})
		}
	}
	return k, j.list, nil
}
