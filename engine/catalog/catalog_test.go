package catalog

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/bylaw-dev/bylaw/engine"
)

var keyForm = regexp.MustCompile(`^[a-z]+\.[a-z]+(_[a-z]+)*$`)

func TestTypesAreWellFormed(t *testing.T) {
	types := Types()
	subjects := []engine.SubjectKind{member, group, content, workspace}
	for key, typ := range types {
		if !keyForm.MatchString(key) || typ.Key != key || strings.HasPrefix(key, engine.ReservedPrefix) {
			t.Errorf("%q is no well-formed key (the type says %q)", key, typ.Key)
		}
		if !slices.Contains(subjects, typ.Subject) || !typ.Builtin {
			t.Errorf("%s: subject %q, builtin %v", key, typ.Subject, typ.Builtin)
		}
		inBothLanguages(t, key, typ.Title)
		seen := map[string]bool{}
		for _, f := range typ.Fields {
			if seen[f.Name] {
				t.Errorf("%s has the field %s twice", key, f.Name)
			}
			seen[f.Name] = true
			checkField(t, typ, f)
		}
	}
	sameTitles(t, types)
}

// inBothLanguages is whether a title is English in one and Chinese in the other.
func inBothLanguages(t *testing.T, of string, title engine.Text) {
	t.Helper()
	han := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	}
	if title.En == "" || title.Zh == "" || han(title.En) || !han(title.Zh) {
		t.Errorf("%s: the title is %+v, want English and Chinese", of, title)
	}
}

// sameTitles finds types that an operator could not tell apart in a list.
func sameTitles(t *testing.T, types map[string]*engine.EventType) {
	t.Helper()
	seen := map[string]string{}
	for key, typ := range types {
		for _, title := range []string{typ.Title.En, typ.Title.Zh} {
			if other := seen[title]; other != "" && other != key {
				t.Errorf("%s and %s are both called %q", key, other, title)
			}
			seen[title] = key
		}
	}
}

func checkField(t *testing.T, typ *engine.EventType, f engine.Field) {
	t.Helper()
	at := typ.Key + "/" + f.Name
	if kind, ok := engine.KindNamed(f.Type); !ok || kind != f.Kind {
		t.Errorf("%s: the kind is %v, its name %q", at, f.Kind, f.Type)
	}
	inBothLanguages(t, at, f.Title)
	if f.NonNegative && f.Kind != engine.Int && f.Kind != engine.Decimal {
		t.Errorf("%s: only numbers can be non-negative", at)
	}
	if f.Personal && typ.Subject != member {
		t.Errorf("%s is personal, but the type is about a %s: nobody's erasure would find it", at, typ.Subject)
	}
	if len(f.Values) > 0 && f.Kind != engine.String {
		t.Errorf("%s: only strings have lists of values", at)
	}
	seen := map[string]bool{}
	for _, v := range f.Values {
		if v == "" || seen[v] {
			t.Errorf("%s: the values %q have an empty or repeated one", at, f.Values)
		}
		seen[v] = true
	}
}

func TestFieldsHaveOneMeaning(t *testing.T) {
	first, user, used := map[string]engine.Field{}, map[string]string{}, map[string]bool{}
	for key, typ := range Types() {
		for _, f := range typ.Fields {
			used[f.Name] = true
			f.Values = nil // of kinds and reasons: they differ by type
			if was, ok := first[f.Name]; ok && (was.Kind != f.Kind || was.NonNegative != f.NonNegative || was.Personal != f.Personal || was.Title != f.Title) {
				t.Errorf("%s is %+v in %s and %+v in %s", f.Name, was, user[f.Name], f, key)
			}
			first[f.Name], user[f.Name] = f, key
		}
	}
	for name := range fields {
		if !used[name] {
			t.Errorf("the field %s is in no type", name)
		}
	}
}

// What tells who somebody is, or is written freely, must be erasable.
func TestPersonalFieldsAreMarked(t *testing.T) {
	tells := regexp.MustCompile(`(^|_)(name|nickname|phone|mobile|email|mail|address|birthday|id_card|text|note)$`)
	for key, typ := range Types() {
		for _, f := range typ.Fields {
			if tells.MatchString(f.Name) != f.Personal {
				t.Errorf("%s/%s: personal is %v", key, f.Name, f.Personal)
			}
		}
	}
}

// A profile's own names may be written only by events that are about the profile.
func TestProfileIsNotOverwritten(t *testing.T) {
	may := []string{"member.joined", "member.updated", "lead.created"}
	for key, typ := range Types() {
		for _, name := range []string{"name", "phone", "email"} {
			if _, has := typ.FieldNamed(name); has && !slices.Contains(may, key) {
				t.Errorf("%s has the field %s: it would replace the member's", key, name)
			}
		}
	}
}

// What packs, programs and the engine itself send must stay as it is.
func TestKnownTypesKeepTheirFields(t *testing.T) {
	types := Types()
	for key, list := range map[string]string{
		"member.joined":      "name:string phone:string email:string inviter:string",
		"member.updated":     "name:string zone:string lang:string",
		"member.left":        "reason:string",
		"group.applied":      "answer:string",
		"group.joined":       "via:string",
		"group.left":         "reason:string",
		"invite.joined":      "invitee:string is_new:bool",
		"invite.left":        "invitee:string days:integer",
		"consent.given":      "channel:string",
		"consent.withdrawn":  "channel:string",
		"content.posted":     "content_id:string kind:string category:string",
		"content.liked":      "content_id:string value:integer",
		"question.posted":    "content_id:string kind:string",
		"answer.posted":      "content_id:string kind:string question_id:string own_question:bool",
		"comment.posted":     "content_id:string",
		"vote.received":      "content_id:string kind:string own_question:bool value:integer",
		"answer.accepted":    "content_id:string own_question:bool",
		"question.resolved":  "content_id:string",
		"message.sent":       "length:integer promotes:bool",
		"checkin.done":       "activity:string",
		"checkin.makeup":     "activity:string date:string",
		"task.done":          "task:string",
		"realname.verified":  "",
		"vouch.given":        "by:string",
		"gathering.attended": "gathering:string",
		"survey.answered":    "survey:string answer:string score:decimal",
		"order.paid":         "order_id:string amount:decimal product:string",
		"order.refunded":     "order_id:string amount:decimal",
		"touch.made":         "channel:string campaign:string",
		"spend.recorded":     "kind:string amount:decimal outlet:string",
		"tier.failing":       "ladder:string tier:string",
	} {
		typ := types[key]
		if typ == nil {
			t.Errorf("%s is gone", key)
			continue
		}
		for _, want := range strings.Fields(list) {
			name, kind, _ := strings.Cut(want, ":")
			if f, ok := typ.FieldNamed(name); !ok || f.Type != kind {
				t.Errorf("%s: the field %s is %q, want %s", key, name, f.Type, kind)
			}
		}
	}
}

func TestTypesAreTheCallersOwn(t *testing.T) {
	mine := Types()
	mine["message.sent"].Title.En = "changed"
	mine["message.sent"].Fields[0].Name = "changed"
	mine["message.sent"].Requirements[0] = -1
	delete(mine, "order.paid")
	again := Types()
	if m := again["message.sent"]; m.Title.En == "changed" || m.Fields[0].Name == "changed" || m.Requirements[0] == -1 || again["order.paid"] == nil {
		t.Error("a change to one caller's types reaches the next caller")
	}
}

func TestAreasHoldEveryTypeOnce(t *testing.T) {
	types := Types()
	for _, a := range Areas() {
		inBothLanguages(t, a.Key, a.Title)
		for _, key := range a.Types {
			if types[key] == nil {
				t.Errorf("%s of area %s is no type, or in two areas", key, a.Key)
			}
			delete(types, key)
		}
	}
	for key := range types {
		t.Errorf("%s is in no area", key)
	}
}

func TestPassiveTypes(t *testing.T) {
	types := Types()
	for i, key := range passive {
		if typ := types[key]; typ == nil || typ.Subject != member {
			t.Errorf("%s is passive, but no type about a member", key)
		}
		if slices.Contains(passive[:i], key) {
			t.Errorf("%s is passive twice", key)
		}
	}
	for key, want := range map[string]bool{"message.delivered": true, "vote.received": true, "message.sent": false, "message.read": false, "own.type": false} {
		if Passive(key) != want {
			t.Errorf("Passive(%s) is %v", key, !want)
		}
	}
}

func TestBrokenRowsAreRefused(t *testing.T) {
	for name, r := range map[string]row{
		"unknown field": {"a.b", member, "a", "b", "nonesuch", "1"},
		"no number":     {"a.b", member, "a", "b", "amount", "1 two"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("the row was taken")
				}
			}()
			r.build()
		})
	}
}
