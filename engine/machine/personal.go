package machine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// personal moves declared personal properties out of the event, so that the log
// never holds them. An event about nobody, which can only be one that a rule
// emits (see validator.personal), loses them.
func (t *turn) personal(e *engine.Event) {
	if len(e.Props) == 0 {
		return
	}
	typ := t.view.Defs.EventTypes[e.Type]
	byHand := e.Type == "bylaw.member.set"
	if !byHand && (typ == nil || !t.view.hasPersonal[e.Type]) {
		return
	}
	kept := e.Props[:0:0]
	for _, p := range e.Props {
		name := p.Name
		if byHand {
			name = t.personalAttribute(p.Name)
		} else if f, ok := typ.FieldNamed(p.Name); !ok || !f.Personal {
			name = ""
		}
		if name == "" {
			kept = append(kept, p)
			continue
		}
		t.keepPersonal(e.MemberID, e.Position, name, p.Value.Text0())
	}
	e.Props = kept
}

// keepPersonal keeps a personal value as the event's and as the member's newest.
func (t *turn) keepPersonal(member string, position int64, name, value string) {
	if !t.replay && member != "" {
		t.changes.Personal = append(t.changes.Personal,
			engine.PersonalField{Member: member, Position: position, Name: name, Value: value},
			engine.PersonalField{Member: member, Name: name, Value: value})
	}
}

// personalAttribute is the name of the personal attribute that a property of a
// change by hand sets, "" when it sets another thing.
func (t *turn) personalAttribute(prop string) string {
	key, ok := strings.CutPrefix(prop, "attr.")
	if a := t.view.Defs.Attributes[key]; ok && a != nil && a.Personal {
		return key
	}
	return ""
}

// unnamed are the personal fields that decisions are made with: every field is
// there and says nothing. So decisions hold none, and a replay of the log,
// which holds none either, makes the same ones.
func unnamed(fields []string) map[string]string {
	out := map[string]string{"name": "*"}
	for _, f := range fields {
		out[f] = "*"
	}
	return out
}

// anybody are the personal fields of a text that goes to many.
func (t *turn) anybody(lang string) map[string]string {
	if strings.HasPrefix(cmp.Or(lang, t.view.Defs.Settings.Lang), "zh") {
		return map[string]string{"name": "朋友"}
	}
	return map[string]string{"name": "friend"}
}

// personalOf reads a member's own personal fields, for texts, and where they have
// none those of whoever became them. Who has no name is called friend.
func (t *turn) personalOf(m *engine.Member) (map[string]string, error) {
	if m == nil {
		return t.anybody(""), nil
	}
	out := t.anybody(m.Lang)
	parts, err := t.parts(m.ID)
	if err != nil {
		return nil, err
	}
	ids := append(parts, m.ID)
	fields, err := t.m.store.Reader(t.ws).PersonalFields(t.ctx, ids...)
	if err != nil {
		return nil, fmt.Errorf("personal fields of %s: %w", m.ID, err)
	}
	fields = append(fields, t.changes.Personal...)
	slices.Reverse(ids[:len(parts)]) // the member's own word counts, then the earliest merge's
	for _, id := range ids {
		for _, f := range fields {
			if f.Member == id && f.Position == 0 && f.Value != "" {
				out[f.Name] = f.Value
			}
		}
	}
	return out, nil
}

// words renders the text of an effect for the world outside: with the member's
// own personal fields. Not ok means a hole, and such a text is not sent.
func (x *deed) words(personal map[string]string) (text string, ok bool, err error) {
	if !x.d.rule.Personal || x.replay {
		return x.v.text("text"), true, nil
	}
	for i := range x.v.plan.Fields {
		f := &x.v.plan.Fields[i]
		if f.Expr == nil || f.Name != "text" && f.Name != "template" {
			continue
		}
		x.setFacts(x.d.occ, x.d.at)
		x.facts.Personal = personal
		v, err := f.Expr.Eval(&x.facts)
		x.facts.Personal = x.view.unnamed
		if x.reader.err != nil {
			return "", false, x.reader.err
		}
		if err != nil || !v.Known() {
			return "", false, nil //nolint:nilerr // a text with a hole is not sent; the rule itself did not fail
		}
		return v.Text(), true, nil
	}
	return x.v.text("text"), true, nil
}
