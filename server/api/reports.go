package api

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
	"github.com/bylaw-dev/bylaw/server/service"
	"github.com/bylaw-dev/bylaw/server/sheet"
)

// GetReport answers figures by the day, as JSON or CSV.
func (s *Server) GetReport(c echo.Context, report contract.ReportPath, p contract.GetReportParams) error {
	k := callOf(c)
	out, err := s.Service.Reports.Get(c.Request().Context(), k.caller(c), service.ReportAsk{Name: engine.FigureName(report),
		From: value(p.From), To: value(p.To), Days: value(p.Days), Top: value(p.Top), By: string(value(p.By)), Group: value(p.Group), Only: value(p.Only)})
	if err != nil {
		return err
	}
	if value(p.Format) != contract.GetReportParamsFormatCsv {
		return k.ok(out)
	}
	file, err := reportFile(out, value(p.Lang) == contract.GetReportParamsLangZh)
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, fmt.Sprintf("attachment; filename=%q", string(out.Name)+".csv"))
	k.answer = &Answer{Status: http.StatusOK, Type: sheet.CSV.MediaType(), Body: file}
	return nil
}

// reportFile writes a report as a table: a row for each step.
func reportFile(r *service.Report, chinese bool) ([]byte, error) {
	say := func(t engine.Text) string {
		if chinese {
			return t.Zh
		}
		return t.En
	}
	all := r.Series
	if r.Others != nil {
		all = append(all, *r.Others)
	}
	columns := []sheet.Column{{Key: "from", Title: say(engine.Text{En: "from", Zh: "开始"})}, {Key: "to", Title: say(engine.Text{En: "to", Zh: "结束"})}}
	for i := range all {
		columns = append(columns, sheet.Column{Key: fmt.Sprint(i), Title: say(all[i].Title)})
	}
	var file bytes.Buffer
	w, err := sheet.NewWriter(&file, sheet.CSV, columns)
	if err != nil {
		return nil, fmt.Errorf("begin a table: %w", err)
	}
	for n, step := range r.Steps {
		row := []any{step.From.String(), step.To.String()}
		for i := range all {
			row = append(row, all[i].Values[n])
		}
		if err := w.Row(row); err != nil {
			return nil, fmt.Errorf("write a table: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("end a table: %w", err)
	}
	return file.Bytes(), nil
}

// ListReportRows lists what is behind a number.
func (s *Server) ListReportRows(c echo.Context, report contract.ReportPath, p contract.ListReportRowsParams) error {
	page, err := pageOf(c)
	if err != nil {
		return err
	}
	rows, err := s.Service.Reports.Rows(c.Request().Context(), callOf(c).caller(c), service.ReportAsk{Name: engine.FigureName(report),
		From: value(p.From), To: value(p.To), Only: value(p.Only)}, page)
	if err != nil {
		return err
	}
	return answerPage(c, rows)
}
