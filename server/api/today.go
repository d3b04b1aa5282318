package api

import (
	"maps"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/service"
)

// What seeing the parts of a day takes.
var (
	readsDeliveries  = auth.Need{Role: auth.Analyst, Scope: auth.DeliveriesRead}
	readsMembers     = auth.Need{Role: auth.Viewer, Scope: auth.MembersRead}
	readsDefinitions = auth.Need{Role: auth.Viewer, Scope: auth.DefinitionsRead}
)

// todayPatience is how long a day waits for its segments to be counted.
const todayPatience = 300 * time.Millisecond

// GetToday answers what wants a person now.
func (s *Server) GetToday(c echo.Context) error {
	k := callOf(c)
	may := func(need auth.Need) bool { return k.who.May(need) == nil }
	waited := time.NewTimer(todayPatience)
	defer waited.Stop()
	day, err := s.Service.Today.Agenda(c.Request().Context(), k.caller(c),
		service.TodayParts{Work: true, Deliveries: may(readsDeliveries), Rules: may(readsRules), Members: may(readsMembers)}, waited.C)
	if err != nil {
		return err
	}
	if may(readsDefinitions) {
		if err := s.illChannels(c, day); err != nil {
			return err
		}
	}
	return k.ok(day)
}

// CountSegments answers how many members every segment has.
func (s *Server) CountSegments(c echo.Context) error {
	k := callOf(c)
	waited := time.NewTimer(todayPatience)
	defer waited.Stop()
	counts, err := s.Service.Today.Segments(c.Request().Context(), k.caller(c), waited.C)
	if err != nil {
		return err
	}
	return k.ok(map[string]any{"items": counts})
}

// illChannels adds the channels whose plugin cannot work, after the rules.
func (s *Server) illChannels(c echo.Context, day *service.Agenda) error {
	k := callOf(c)
	defs, err := s.Service.Definitions.Channels(c.Request().Context(), k.caller(c))
	if err != nil {
		return err
	}
	list := service.TodayList{Kind: "channels"}
	for _, key := range slices.Sorted(maps.Keys(defs)) {
		def := defs[key]
		h := s.Channels.Health(k.who.Workspace, def.Plugin)
		if def.Disabled || h.Problem == (engine.Text{}) && h.Until == 0 {
			continue
		}
		list.Items = append(list.Items, service.TodayItem{ID: key, Channel: key, State: h.State, Title: def.Title, Due: h.Until,
			Text: h.Problem})
	}
	if list.Count = len(list.Items); list.Count == 0 {
		return nil
	}
	day.Health.Ill = list.Count
	at := 0
	if len(day.Work) > 0 && day.Work[0].Kind == "rules" {
		at = 1
	}
	day.Work = slices.Insert(day.Work, at, list)
	return nil
}

// ListDecisions lists the stored decisions of all rules.
func (s *Server) ListDecisions(c echo.Context, _ contract.ListDecisionsParams) error {
	return s.decisionPage(c, engine.DecisionQuery{})
}

// PatchTask gives a task to somebody.
func (s *Server) PatchTask(c echo.Context, id contract.ID, _ contract.PatchTaskParams) error {
	k := callOf(c)
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	b, err := decode[contract.TaskPatch](k)
	if err != nil {
		return err
	}
	i, err := s.Service.Work.Give(c.Request().Context(), k.caller(c), id, m, b.Owner)
	return s.changed(c, i, err)
}
