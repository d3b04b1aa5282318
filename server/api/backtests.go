package api

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/service"
)

// StartBacktest queues a back-test.
func (s *Server) StartBacktest(c echo.Context, _ contract.StartBacktestParams) error {
	k := callOf(c)
	b, err := decode[struct {
		Document       json.RawMessage
		Rule, Audience string
		Version        int
		From, To       engine.Time
	}](k)
	if err != nil {
		return err
	}
	ask := service.BacktestAsk{Document: string(documentOf(b.Document)), Rule: b.Rule, Version: b.Version, From: b.From, To: b.To, Audience: b.Audience}
	j, err := s.Service.Backtests.Start(c.Request().Context(), k.caller(c), ask)
	if err != nil {
		return err
	}
	return k.accepted(&j)
}

// accepted answers with a job that goes on.
func (k *call) accepted(j *engine.Job) error {
	return k.reply(http.StatusAccepted, 0, Job{ID: j.ID, Kind: j.Kind, State: j.State, Total: j.Total, CreatedAt: j.CreatedAt, By: j.By})
}

// ListBacktestMembers lists everybody who matched.
func (s *Server) ListBacktestMembers(c echo.Context, id contract.ID, _ contract.ListBacktestMembersParams) error {
	p, err := pageOf(c)
	if err != nil {
		return err
	}
	k := callOf(c)
	rows, err := s.Jobs.JobRows(c.Request().Context(), k.who.Workspace, service.BacktestJob, id, p)
	if err != nil {
		return err
	}
	for i := range rows.Items {
		rows.Items[i] = k.caller(c).MaskedIn(rows.Items[i])
	}
	return answerPage(c, rows)
}
