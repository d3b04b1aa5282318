package api

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/rules"
	"github.com/bylaw-dev/bylaw/rules/expression"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/service"
)

// ruleView is a rule as it is shown.
type ruleView struct {
	Key      string              `json:"key"`
	Title    engine.Text         `json:"title,omitzero"`
	Kind     string              `json:"kind,omitempty"`
	On       []string            `json:"on,omitempty"`
	Does     []engine.EffectKind `json:"does,omitempty"`
	State    string              `json:"state"`
	Version  int                 `json:"version"`
	Document string              `json:"document"`
	Draft    bool                `json:"draft"`
	Live     *versionView        `json:"live,omitempty"`
	Problems []engine.Problem    `json:"problems,omitempty"`

	Cases  []rules.Verdict      `json:"cases,omitempty"`
	Path   *service.Path        `json:"path,omitempty"`
	Origin string               `json:"origin,omitempty"`
	Made   *service.RuleEffects `json:"made,omitempty"`
	Meta   meta                 `json:"meta"`
}

// versionView is a version that is or was in force.
type versionView struct {
	Version  int         `json:"version"`
	Document string      `json:"document,omitempty"`
	Shadow   bool        `json:"shadow,omitempty"`
	Percent  int         `json:"percent,omitempty"`
	LiveFrom int64       `json:"live_from"`
	By       string      `json:"by,omitempty"`
	At       engine.Time `json:"at,omitempty"`
}

func viewVersion(l *rules.Live) *versionView {
	return &versionView{Version: l.Version, Document: l.Document, Shadow: l.Shadow, Percent: l.Percent, LiveFrom: l.LiveFrom}
}

func viewRule(r service.Rule) ruleView {
	v := ruleView{Key: r.Key, Title: r.Title, Kind: r.Kind, On: r.On, Does: r.Does, State: r.State, Document: r.Stored.Document(), Draft: r.Stored.Draft != "",
		Problems: r.Problems, Cases: r.Cases, Path: r.Path, Origin: r.Stored.Origin, Made: r.Made, Meta: meta{r.Revision, r.By, r.At}}
	if r.Stored.Live != nil {
		v.Version, v.Live = r.Stored.Live.Version, viewVersion(r.Stored.Live)
	}
	return v
}

func (s *Server) rule(c echo.Context, status int, r service.Rule, err error) error {
	if err != nil {
		return err
	}
	k, view := callOf(c), viewRule(r)
	return k.reply(status, r.Revision, view)
}

// ListRules lists rules.
func (s *Server) ListRules(c echo.Context, params contract.ListRulesParams) error {
	list, err := s.Service.Rules.List(c.Request().Context(), callOf(c).caller(c),
		service.RuleFilter{State: string(value(params.State)), Kind: string(value(params.Kind))})
	if err != nil {
		return err
	}
	views := make([]ruleView, len(list))
	for i, r := range list {
		views[i] = viewRule(r)
	}
	return slicePage(c, views)
}

// GetRule answers one rule.
func (s *Server) GetRule(c echo.Context, key contract.RulePath) error {
	r, err := s.Service.Rules.Get(c.Request().Context(), callOf(c).caller(c), key)
	return s.rule(c, http.StatusOK, r, err)
}

// PutRule saves a draft; the bytes are kept as they came.
func (s *Server) PutRule(c echo.Context, key contract.RulePath, _ contract.PutRuleParams) error {
	k := callOf(c)
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	r, created, err := s.Service.Rules.Save(c.Request().Context(), k.caller(c), key, k.body, m)
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return s.rule(c, status, r, err)
}

// DeleteRule deletes a rule.
func (s *Server) DeleteRule(c echo.Context, key contract.RulePath, _ contract.DeleteRuleParams) error {
	k := callOf(c)
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	if err := s.Service.Rules.Delete(c.Request().Context(), k.caller(c), key, m); err != nil {
		return err
	}
	return k.reply(http.StatusNoContent, 0, nil)
}

// PublishRule puts the draft in force.
func (s *Server) PublishRule(c echo.Context, key contract.RulePath, _ contract.PublishRuleParams) error {
	k := callOf(c)
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	b, err := decode[contract.Publish](k)
	if err != nil {
		return err
	}
	return s.launch(c, service.Launch{Rule: key, Do: "publish", Match: m, Publish: service.Publication{
		To: rules.Rollout{Shadow: value(b.Shadow), Percent: value(b.Percent)}, ConfirmReach: b.ConfirmReach, Drop: value(b.Pending) == contract.Drop}})
}

// launch puts a version in force: now, or in a job that the answer tells of.
func (s *Server) launch(c echo.Context, l service.Launch) error {
	k := callOf(c)
	r, j, err := s.Service.Rules.Launch(c.Request().Context(), k.caller(c), l)
	if err != nil || j == nil {
		return s.rule(c, http.StatusOK, r, err)
	}
	return k.accepted(j)
}

// PauseRule stops a live rule.
func (s *Server) PauseRule(c echo.Context, key contract.RulePath, _ contract.PauseRuleParams) error {
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	r, err := s.Service.Rules.Pause(c.Request().Context(), callOf(c).caller(c), key, m)
	return s.rule(c, http.StatusOK, r, err)
}

// RunRule lets a rule with "every" do now what it does at its planned times.
func (s *Server) RunRule(c echo.Context, key contract.RulePath, _ contract.RunRuleParams) error {
	k := callOf(c)
	at, err := s.Service.Rules.Run(c.Request().Context(), k.caller(c), key)
	if err != nil {
		return err
	}
	return k.reply(http.StatusAccepted, 0, map[string]any{"rule": key, "at": at})
}

// ResumeRule lets a paused rule decide again.
func (s *Server) ResumeRule(c echo.Context, key contract.RulePath, _ contract.ResumeRuleParams) error {
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	return s.launch(c, service.Launch{Rule: key, Do: "resume", Match: m})
}

// RollbackRule puts an earlier version in force again.
func (s *Server) RollbackRule(c echo.Context, key contract.RulePath, _ contract.RollbackRuleParams) error {
	k := callOf(c)
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	b, err := decode[contract.Rollback](k)
	if err != nil {
		return err
	}
	return s.launch(c, service.Launch{Rule: key, Do: "rollback", Match: m, Version: b.Version, Publish: service.Publication{Drop: value(b.Pending) == contract.Drop}})
}

// ListRuleVersions lists the published versions.
func (s *Server) ListRuleVersions(c echo.Context, key contract.RulePath) error {
	list, err := s.Service.Rules.Versions(c.Request().Context(), callOf(c).caller(c), key)
	if err != nil {
		return err
	}
	views := make([]*versionView, len(list))
	for i := range list {
		views[i] = viewVersion(&list[i].Live)
		views[i].By, views[i].At = list[i].By, list[i].At
	}
	return callOf(c).ok(engine.Rows[*versionView]{Items: views})
}

// ListRuleDecisions lists stored decisions of a rule.
func (s *Server) ListRuleDecisions(c echo.Context, key contract.RulePath, params contract.ListRuleDecisionsParams) error {
	if _, err := s.Service.Rules.Get(c.Request().Context(), callOf(c).caller(c), key); err != nil {
		return err
	}
	return s.decisionPage(c, engine.DecisionQuery{Rule: key, Outcome: engine.Outcome(value(params.Outcome)), From: timeOf(params.From), To: timeOf(params.To)})
}

// CheckRule finds every problem of a document: a JSON object, or a string of
// YAML or JSON.
func (s *Server) CheckRule(c echo.Context) error {
	k := callOf(c)
	b, err := decode[struct {
		Document json.RawMessage
		Cases    bool
		Reach    bool
	}](k)
	if err != nil {
		return err
	}
	source := documentOf(b.Document)
	found, err := s.Service.Rules.CheckAll(c.Request().Context(), k.caller(c), source, b.Reach)
	if err != nil {
		return err
	}
	answer := map[string]any{"problems": append([]engine.Problem{}, found.Problems...), "notes": append([]engine.Problem{}, found.Notes...)}
	if found.Reach != nil {
		answer["reach"] = found.Reach
	}
	if b.Cases {
		verdicts, err := s.Service.Rules.CheckCases(c.Request().Context(), k.caller(c), source)
		if err != nil {
			return err
		}
		answer["cases"] = append([]rules.Verdict{}, verdicts...)
	}
	return k.ok(answer)
}

// CompleteRule lists what may be typed at a cursor of an expression.
func (s *Server) CompleteRule(c echo.Context) error {
	k := callOf(c)
	b, err := decode[struct {
		Expression string
		Cursor     int
		On         []string
		Subject    engine.SubjectKind
		Ladder     string
		Review     bool
		Text       bool
	}](k)
	if err != nil {
		return err
	}
	list, err := s.Service.Rules.Complete(c.Request().Context(), k.caller(c), b.Expression, b.Cursor,
		service.Place{On: b.On, Subject: b.Subject, Ladder: b.Ladder, Review: b.Review, Text: b.Text})
	if err != nil {
		return err
	}
	return k.ok(map[string]any{"items": append([]expression.Completion{}, list...)})
}

// GetVocabulary answers what rules may say.
func (s *Server) GetVocabulary(c echo.Context) error {
	v, err := s.Service.Rules.Vocabulary(c.Request().Context(), callOf(c).caller(c))
	if err != nil {
		return err
	}
	return callOf(c).ok(v)
}
