package expression

import (
	"slices"

	"github.com/bylaw-dev/bylaw/engine"
)

// What the names read. What is not in question is unknown: no_subject. A text
// that nobody gave is unknown: missing.

func readText(get func(*engine.Facts) (string, mark)) code {
	return code{kind: kText, s: func(f *engine.Facts, _ *engine.Value) (string, mark) { return get(f) }}
}

func readInt(get func(*engine.Facts) (int64, mark)) code {
	return code{kind: kInt, n: func(f *engine.Facts, _ *engine.Value) (int64, mark) { return get(f) }}
}

func readTime(get func(*engine.Facts) (engine.Time, mark)) code {
	return code{kind: kTime, n: func(f *engine.Facts, _ *engine.Value) (int64, mark) {
		t, m := get(f)
		return int64(t), m
	}}
}

func readList(get func(*engine.Facts) ([]engine.Value, mark)) code {
	return code{kind: kList, l: func(f *engine.Facts, _ *engine.Value) ([]engine.Value, mark) { return get(f) }}
}

// given is a text, unknown when empty.
func given(s string, missing mark) (string, mark) {
	if s == "" {
		return "", missing
	}
	return s, exact
}

func eventID(f *engine.Facts) (string, mark) {
	if f.Event == nil {
		return "", noSubject
	}
	return f.Event.ID, exact
}

func eventType(f *engine.Facts) (string, mark) {
	if f.Event == nil {
		return "", noSubject
	}
	return f.Event.Type, exact
}

func eventAt(f *engine.Facts) (engine.Time, mark) {
	if f.Event == nil {
		return 0, noSubject
	}
	return f.Event.At, exact
}

func eventGroup(f *engine.Facts) (string, mark) {
	if f.Event == nil {
		return "", noSubject
	}
	return given(f.Event.Group, missingProp)
}

func eventContent(f *engine.Facts) (string, mark) {
	if f.Event == nil {
		return "", noSubject
	}
	return given(f.Event.Content, missingProp)
}

func eventOrigin(f *engine.Facts) (string, mark) {
	if f.Event == nil {
		return "", noSubject
	}
	return given(f.Event.Origin, missingProp)
}

func memberID(f *engine.Facts) (string, mark) {
	if f.Member == nil {
		return "", noSubject
	}
	return f.Member.ID, exact
}

func memberOrigin(f *engine.Facts) (string, mark) {
	if f.Member == nil {
		return "", noSubject
	}
	return given(f.Member.Origin, missingAttribute)
}

func memberInviter(f *engine.Facts) (string, mark) {
	if f.Member == nil {
		return "", noSubject
	}
	return given(f.Member.Inviter, missingAttribute)
}

func memberPoints(f *engine.Facts, _ *engine.Value) (int64, mark) {
	if f.Member == nil {
		return 0, noSubject
	}
	return f.Member.Accounts[engine.DefaultAccount].Balance, exact
}

func memberJoined(f *engine.Facts) (engine.Time, mark) {
	if f.Member == nil {
		return 0, noSubject
	}
	if f.Member.JoinedAt == 0 {
		return 0, missingAttribute
	}
	return f.Member.JoinedAt, exact
}

func memberTags(f *engine.Facts) ([]engine.Value, mark) {
	if f.Member == nil {
		return nil, noSubject
	}
	return textValues(f.Member.Tags), exact
}

func memberGroups(f *engine.Facts) ([]engine.Value, mark) {
	if f.Member == nil {
		return nil, noSubject
	}
	keys := make([]string, 0, len(f.Member.Groups))
	for k := range f.Member.Groups {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return textValues(keys), exact
}

func textValues(texts []string) []engine.Value {
	out := make([]engine.Value, len(texts))
	for i, s := range texts {
		out[i] = engine.StringValue(s)
	}
	return out
}

func memberLeft(f *engine.Facts, _ *engine.Value) truth {
	if f.Member == nil {
		return noSubject.truth()
	}
	return truthOf(f.Member.LeftAt != 0)
}

func memberOfficer(f *engine.Facts, _ *engine.Value) truth {
	if f.Member == nil || f.Group == nil {
		return noSubject.truth()
	}
	return truthOf(f.Member.Officer(f.Group.Key))
}

func memberDaysInGroup(f *engine.Facts, _ *engine.Value) (int64, mark) {
	if f.Member == nil || f.Group == nil {
		return 0, noSubject
	}
	m, ok := f.Member.Groups[f.Group.Key]
	if !ok {
		return 0, missingAttribute
	}
	return int64(localDay(f, f.Now) - localDay(f, m.Since)), exact
}

func nowTime(f *engine.Facts, _ *engine.Value) (int64, mark) { return int64(f.Now), exact }

// personalProp reads a personal field of the event, from where it is kept apart
// when the event no longer has it.
func personalProp(name string) code {
	return readText(func(f *engine.Facts) (string, mark) {
		if v, m := propOf(f, name); m == exact {
			return v.Text(), exact
		}
		return given(f.Personal[name], missingProp)
	})
}

// personal reads a personal field, which only texts may name.
func personal(key string) code {
	return readText(func(f *engine.Facts) (string, mark) { return given(f.Personal[key], missingAttribute) })
}
