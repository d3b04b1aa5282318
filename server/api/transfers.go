package api

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
)

// CreateExport begins an export.
func (s *Server) CreateExport(c echo.Context, _ contract.CreateExportParams) error {
	k := callOf(c)
	ask := Ask{ID: s.NewID(), Body: k.body}
	k.audit.About(ask.ID)
	k.audit.Change(nil, ask.Body)
	j, err := s.Transfers.Export(c.Request().Context(), k.caller(c), ask)
	if err != nil {
		return err
	}
	return k.reply(http.StatusAccepted, 0, j)
}

// CreateImport begins to import a file.
func (s *Server) CreateImport(c echo.Context, p contract.CreateImportParams) error {
	k := callOf(c)
	body, err := importAsk(string(p.Noun), value((*string)(p.Format)), value(p.Mapping), value((*string)(p.Mode)))
	if err != nil {
		return err
	}
	ask := Ask{ID: s.NewID(), Body: body, File: k.body}
	k.audit.About(ask.ID)
	k.audit.Change(nil, ask.Body)
	j, err := s.Transfers.Import(c.Request().Context(), k.caller(c), ask)
	if err != nil {
		return err
	}
	return k.reply(http.StatusAccepted, 0, j)
}

// PreviewImport says how a file would be imported.
func (s *Server) PreviewImport(c echo.Context, p contract.PreviewImportParams) error {
	k := callOf(c)
	body, err := importAsk(string(p.Noun), value((*string)(p.Format)), value(p.Mapping), value((*string)(p.Mode)))
	if err != nil {
		return err
	}
	look, err := s.Transfers.Preview(c.Request().Context(), k.caller(c), Ask{Body: body, File: k.body})
	if err != nil {
		return err
	}
	return k.ok(look)
}

// importAsk gathers what the query says of a file.
func importAsk(noun, format, mapping, mode string) (json.RawMessage, error) {
	var ask struct {
		Noun    string            `json:"noun"`
		Format  string            `json:"format,omitempty"`
		Columns map[string]string `json:"columns,omitempty"`
		Set     map[string]string `json:"set,omitempty"`
		Live    bool              `json:"live,omitempty"`
	}
	if mapping != "" {
		if err := json.Unmarshal([]byte(mapping), &ask); err != nil {
			return nil, engine.Invalid(engine.Text{En: "the request's parameters have problems", Zh: "请求参数有误"}, engine.Problem{Code: "malformed", Path: "/mapping",
				Message: engine.Text{En: `the mapping is no JSON object of texts: write {"columns": {"heading": "field"}, "set": {"field": "value"}}`,
					Zh: `映射不是文本组成的 JSON 对象：请写作 {"columns": {"列名": "字段"}, "set": {"字段": "值"}}`}})
		}
	}
	ask.Noun, ask.Format, ask.Live = noun, format, mode == "live"
	return json.Marshal(ask)
}

// GetJobFile sends the file that a job wrote, part by part.
func (s *Server) GetJobFile(c echo.Context, id contract.ID) error {
	f, err := s.Transfers.File(c.Request().Context(), callOf(c).caller(c), id)
	if err != nil {
		return err
	}
	part, err := f.Next()
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, f.Type)
	h.Set(echo.HeaderContentLength, strconv.FormatInt(f.Bytes, 10))
	h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	c.Response().WriteHeader(http.StatusOK)
	for part != nil {
		if _, err := c.Response().Write(part); err != nil {
			return nil //nolint:nilerr // nobody listens any more
		}
		if part, err = f.Next(); err != nil {
			panic(http.ErrAbortHandler) // cut off: the listener must not take it for whole
		}
	}
	return nil
}
