package service

import (
	"context"
	"fmt"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/engine/machine"
	"github.com/bylaw-dev/bylaw/rules"
)

// writer is who saved a rule's present draft first; "" where there is no draft.
func writer(history []engine.Definition) (by string) {
	draft := ""
	for i, d := range history { // newest first
		s, err := rules.ReadStored(d.Body)
		if d.Body == nil || err != nil || i > 0 && s.Draft != draft {
			break
		}
		if s.Draft == "" {
			return ""
		}
		by, draft = d.By, s.Draft
	}
	return by
}

func (r *Rules) author(ctx context.Context, who Caller, key string) (string, error) {
	history, err := r.history(ctx, who, key)
	if err != nil {
		return "", err
	}
	return writer(history), nil
}

// secondPerson holds a publish by the draft's author back, where the workspace
// asks for two and nobody else has approved.
func (r *Rules) secondPerson(who Caller, s *rules.Stored, history []engine.Definition, view *machine.View) error {
	if who.Origin != "" { // files are reviewed where they are kept
		return nil
	}
	if !view.Defs.Settings.SecondPerson || s.Approved != nil || s.Draft == "" || writer(history) != who.By {
		return nil
	}
	return &engine.Error{Code: engine.CodeForbidden, Message: engine.Text{
		En: "this workspace asks for a second person: somebody else must approve or publish what you wrote",
		Zh: "本空间要求双人复核：须由他人复核或发布你写的规则"}}
}

// Approve gives the caller's word on a draft that somebody else wrote. It falls
// when the draft changes.
func (r *Rules) Approve(ctx context.Context, who Caller, key string, m Match) (Rule, error) {
	history, err := r.history(ctx, who, key)
	if err != nil {
		return Rule{}, err
	}
	read, err := rules.ReadStored(history[0].Body)
	if err != nil {
		return Rule{}, err
	}
	author := writer(history)
	return r.take(ctx, who, key, m, func(s *rules.Stored, _ int64) error {
		switch {
		case s.Draft != read.Draft:
			return ErrStale
		case s.Draft == "":
			return engine.Conflict(engine.Text{En: "there is no draft to approve", Zh: "没有待复核的草稿"})
		case author == who.By:
			return &engine.Error{Code: engine.CodeForbidden, Message: engine.Text{
				En: "you wrote this draft: a second person must approve it", Zh: "这是你写的草稿，须由他人复核"}}
		}
		s.Approved = &rules.Approval{By: who.By, At: who.Now}
		return nil
	})
}

// own refuses to edit a rule that files provide, unless they do.
func own(who Caller, key string, s *rules.Stored) error {
	if s.Origin == "" || s.Origin == who.Origin || who.any {
		return nil
	}
	return &engine.Error{Code: engine.CodeConflict,
		Message: engine.Text{
			En: fmt.Sprintf("the rule %s is provided from the files %q and is read-only here", key, s.Origin),
			Zh: fmt.Sprintf("规则 %s 由文件“%s”提供，在此只读", key, s.Origin)},
		Problems: []engine.Problem{{Code: "provided", Path: "/key", Message: engine.Text{
			En: fmt.Sprintf("its origin is %q", s.Origin), Zh: fmt.Sprintf("来源为“%s”", s.Origin)},
			Hint: engine.Text{
				En: fmt.Sprintf("change the file and run: bylaw rules apply --provision %s <folder>; or release the rule (POST /rules/%s/release, bylaw rules release %s)", s.Origin, key, key),
				Zh: fmt.Sprintf("请修改文件后运行 bylaw rules apply --provision %s <目录>；或解除托管（POST /rules/%s/release，bylaw rules release %s）", s.Origin, key, key)}}}}
}

// Release makes a rule that files provide editable.
func (r *Rules) Release(ctx context.Context, who Caller, key string, m Match) (Rule, error) {
	return r.take(ctx, who.anyOrigin(), key, m, func(s *rules.Stored, _ int64) error {
		if s.Origin == "" {
			return engine.Conflict(engine.Text{En: "no files provide this rule", Zh: "此规则并非由文件提供"})
		}
		s.Origin = ""
		return nil
	})
}
