package service

import (
	"context"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/calendar"
)

// Written is a text with its holes filled in, or why it cannot be written.
type Written struct {
	Text    string        `json:"text,omitempty"`
	Unknown engine.Reason `json:"unknown,omitempty"`
	Because *engine.Text  `json:"because,omitempty"`
}

// Preview is a text in both languages; a language that has none is nil.
type Preview struct {
	En *Written `json:"en,omitempty"`
	Zh *Written `json:"zh,omitempty"`
}

// PreviewAsk is what to write out, with whose values.
type PreviewAsk struct {
	Body   engine.Text
	Member string // id or channel:external_id; "": nobody
	Group  string // key; "": none
}

// Preview writes a text out with the values of a member as they are now. Nothing
// is saved or sent. Problems stand at /body/en and /body/zh.
func (s *Members) Preview(ctx context.Context, who Caller, a PreviewAsk) (Preview, error) {
	var out Preview
	view, err := s.state(ctx, who)
	if err != nil {
		return out, err
	}
	texts, problems := map[string]Text{}, []engine.Problem(nil)
	for _, part := range []struct{ lang, text string }{{"en", a.Body.En}, {"zh", a.Body.Zh}} {
		if part.text == "" {
			continue
		}
		t, found := s.Language.Text(part.text, view.Defs)
		for _, p := range found {
			p.Path = "/body/" + part.lang
			problems = append(problems, p)
		}
		if t.Personal && a.Member != "" && !who.Personal {
			problems = append(problems, engine.Problem{Code: "personal", Path: "/body/" + part.lang, Message: engine.Text{
				En: "it names personal fields, which need the scope pii:read", Zh: "其中使用个人信息，需要 pii:read 权限"}})
		}
		texts[part.lang] = t
	}
	if len(texts) == 0 {
		problems = append(problems, engine.Problem{Code: "empty", Path: "/body", Message: engine.Text{
			En: "this needs a text in at least one language", Zh: "请至少填写一种语言"}})
	}
	if err := engine.Invalid(engine.Text{En: "the text has problems", Zh: "文案有误"}, problems...); err != nil {
		return out, err
	}
	facts, err := s.previewFacts(ctx, who, a, view.Defs)
	if err != nil {
		return out, err
	}
	if out.En, err = s.written(ctx, who, texts["en"], *facts); err != nil {
		return out, err
	}
	out.Zh, err = s.written(ctx, who, texts["zh"], *facts)
	return out, err
}

// previewFacts are the values that the holes may name.
func (s *Members) previewFacts(ctx context.Context, who Caller, a PreviewAsk, defs *engine.Definitions) (*engine.Facts, error) {
	loc, err := calendar.LoadZone(defs.Settings.Zone)
	if err != nil {
		return nil, fmt.Errorf("zone of the workspace: %w", err)
	}
	f := &engine.Facts{Defs: defs, Now: who.Now, Zone: calendar.NewZone(loc)}
	if a.Group != "" {
		if f.GroupDef = defs.Groups[a.Group]; f.GroupDef == nil {
			return nil, engine.Invalid(engine.Text{En: "there is no such group", Zh: "没有这个群"}, engine.Problem{Code: "unknown_group", Path: "/group",
				Message: engine.Text{En: fmt.Sprintf("there is no group %q", a.Group), Zh: fmt.Sprintf("没有群 %q", a.Group)}})
		}
	}
	if a.Member == "" {
		return f, nil
	}
	m, err := s.Get(ctx, who, a.Member)
	if err != nil {
		return nil, err
	}
	f.Member, f.Personal = &m.Member, map[string]string{}
	if m.Name != "" {
		f.Personal["name"] = m.Name
	}
	for name, value := range m.Personal {
		f.Personal[name] = value
	}
	return f, nil
}

func (s *Members) written(ctx context.Context, who Caller, t Text, f engine.Facts) (*Written, error) {
	if t.Write == nil {
		return nil, nil
	}
	f.Steps = engine.MaxSteps
	counting, err := s.newCounting(ctx, who, Filter{Metrics: t.Metrics}, &f)
	if err != nil {
		return nil, err
	}
	if counting != nil && f.Member != nil {
		f.Metrics = counting
	}
	text, unknown, err := t.Write(&f)
	if counting != nil && counting.err != nil {
		return nil, counting.err
	}
	if err != nil { // overflow or steps: the text is not sent either
		unknown = engine.RuleError
	}
	if unknown == "" {
		return &Written{Text: text}, nil
	}
	because := unknown.Words()
	return &Written{Unknown: unknown, Because: &because}, nil
}
