package api

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/api/ingest"
	"github.com/bylaw-dev/bylaw/server/service"
)

// documentOf reads a rule: a JSON object, or a string of YAML or JSON.
func documentOf(raw json.RawMessage) []byte {
	if len(raw) == 0 {
		return nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return []byte(text)
	}
	return raw
}

// TryRule answers what a rule would decide. Nothing is written.
func (s *Server) TryRule(c echo.Context) error {
	k := callOf(c)
	b, err := decode[struct {
		Document                     json.RawMessage
		Rule, Member, Group, Example string
		Version                      int
		At                           engine.Time
		Position                     int64
		Event                        json.RawMessage
	}](k)
	if err != nil {
		return err
	}
	a := service.Attempt{Document: documentOf(b.Document), Rule: b.Rule, Version: b.Version, Member: b.Member, Group: b.Group,
		At: b.At, Position: b.Position, Example: b.Example}
	who := k.caller(c)
	if len(b.Event) > 0 {
		if a.Event, err = pasted(b.Event, who.Now); err != nil {
			return err
		}
	}
	tried, err := s.Service.Rules.TryRule(c.Request().Context(), who, a)
	if err != nil {
		return err
	}
	return k.ok(tried)
}

// pasted reads one event as POST /events does; what a try does not need may be
// left out.
func pasted(raw json.RawMessage, now engine.Time) (*engine.Event, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return nil, engine.Invalid(engine.Text{En: "the event is not an object", Zh: "事件不是对象"},
			engine.Problem{Code: "wrong_type", Path: "/event", Message: engine.Text{En: "an event is an object", Zh: "事件应为对象"}})
	}
	if fields["id"] == nil {
		fields["id"] = json.RawMessage(`"try"`)
	}
	whole, err := json.Marshal(map[string]any{"events": []any{fields}})
	if err != nil {
		return nil, err
	}
	found, err := ingest.JSON(whole, now)
	if err != nil {
		return nil, err
	}
	if len(found.Events) != 1 || len(found.Problems[0]) > 0 {
		return nil, engine.Invalid(engine.Text{En: "the event has problems", Zh: "事件有误"}, found.Problems[0]...)
	}
	return &found.Events[0], nil
}

// AddRuleCase turns a decision into a case of the rule's draft.
func (s *Server) AddRuleCase(c echo.Context, key contract.RulePath, _ contract.AddRuleCaseParams) error {
	k := callOf(c)
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	b, err := decode[struct {
		Position            int64
		Event, Member, Name string
	}](k)
	if err != nil {
		return err
	}
	r, err := s.Service.Rules.AddCase(c.Request().Context(), k.caller(c), key, m, service.CaseFrom(b))
	return s.rule(c, http.StatusOK, r, err)
}
