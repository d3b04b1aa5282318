package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/service"
)

// readsRules is asked of whoever is shown what rules say.
var readsRules = auth.Need{Role: auth.Viewer, Scope: auth.RulesRead}

// whyView is an answer with its event as events are shown.
type whyView struct {
	*service.WhyAnswer
	Event *eventView `json:"event,omitempty"`
}

// WhyMember answers why rules decided so about the member.
func (s *Server) WhyMember(c echo.Context, member contract.MemberPath, params contract.WhyMemberParams) error {
	k := callOf(c)
	q := service.WhyQuery{Member: member, Rule: value(params.Rule), Event: value(params.Event), Decision: value(params.Decision), At: timeOf(params.At)}
	answer, err := s.Service.Why.Ask(c.Request().Context(), k.caller(c), q)
	if err != nil {
		return err
	}
	return k.whyAnswer(c, answer)
}

// WhyDecision answers why a stored decision came out so.
func (s *Server) WhyDecision(c echo.Context, position int64, params contract.WhyDecisionParams) error {
	k := callOf(c)
	answer, err := s.Service.Why.Decided(c.Request().Context(), k.caller(c), position, value(params.Number), params.Rule)
	if err != nil {
		return err
	}
	return k.whyAnswer(c, answer)
}

// whyAnswer shows an answer to whoever may read rules.
func (k *call) whyAnswer(c echo.Context, answer *service.WhyAnswer) error {
	if err := k.who.May(readsRules); err != nil {
		return err
	}
	view := whyView{WhyAnswer: answer}
	if answer.Event != nil {
		e := viewEvent(k.caller(c), answer.Event)
		view.Event = &e
	}
	return k.ok(view)
}

// MemberProgress answers how far the member is from what can be had.
func (s *Server) MemberProgress(c echo.Context, member contract.MemberPath, params contract.MemberProgressParams) error {
	k := callOf(c)
	lang := languageOf(c.Request())
	if params.Lang != nil {
		lang = string(*params.Lang)
	}
	p, err := s.Service.Why.Progress(c.Request().Context(), k.caller(c), member, lang)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Language", lang)
	c.Response().Header().Add("Vary", "Accept-Language")
	return k.reply(http.StatusOK, 0, p)
}

// FindNearMisses begins to look at all members.
func (s *Server) FindNearMisses(c echo.Context, rule contract.RulePath, _ contract.FindNearMissesParams) error {
	k := callOf(c)
	if err := k.who.May(readsRules); err != nil {
		return err
	}
	ask, err := decode[service.NearAsk](k)
	if err != nil {
		return err
	}
	j, err := s.Service.Near.Start(c.Request().Context(), k.caller(c), rule, ask)
	if err != nil {
		return err
	}
	return k.accepted(&j)
}

// ListNearMisses answers who nearly fulfils a rule.
func (s *Server) ListNearMisses(c echo.Context, rule contract.RulePath, params contract.ListNearMissesParams) error {
	k := callOf(c)
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	q := service.NearQuery{Rule: rule, Version: value(params.Version), Where: value(params.Where), Page: p}
	found, err := s.Service.Near.List(c.Request().Context(), k.caller(c), q)
	if err != nil {
		return err
	}
	if err := k.who.May(readsRules); err != nil {
		return err
	}
	if found.Next != "" {
		found.Next = sealCursor(found.Next, filters(c))
	}
	return k.ok(found)
}
