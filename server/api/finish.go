package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
)

// finish writes the audit row of a change that happened, then the answer.
func (s *Server) finish(op *operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			k := callOf(c)
			if err := next(c); err != nil {
				return err
			}
			if op.Audit != "" && !k.replayed {
				s.record(c, k, op)
			}
			if k.answer == nil {
				if c.Response().Committed {
					return nil
				}
				return errors.New("the handler gave no answer")
			}
			return k.write(c)
		}
	}
}

// record writes one audit row. The change is done by now: that the row cannot
// be written is loud in the log, but no reason to say that nothing happened.
func (s *Server) record(c echo.Context, k *call, op *operation) {
	noun, _, _ := strings.Cut(op.Audit, ".")
	e := engine.AuditEntry{ID: s.NewID(), At: k.now, By: k.change.by, Action: op.Audit, Noun: noun, Key: k.change.key,
		Before: auditText(k.change.before), After: auditText(k.change.after), Request: k.id}
	workspace := k.change.workspace
	if k.who != nil {
		e.By = k.who.Token
		if workspace == "" {
			workspace = k.who.Workspace
		}
	}
	if e.Key == "" {
		e.Key = auditKey(c, op)
	}
	if err := s.Audit.Record(context.WithoutCancel(c.Request().Context()), workspace, e); err != nil {
		k.log(s.log).Error("audit row lost", "action", e.Action, "err", err)
	}
}

// auditKey is what the change was made to: the first parameter of the path.
func auditKey(c echo.Context, op *operation) string {
	for _, p := range op.Params {
		if p.In == "path" {
			return c.Param(p.Name)
		}
	}
	return ""
}

// maxAuditText bounds what an audit row keeps of a thing.
const maxAuditText = 16 << 10

func auditText(v any) string {
	if v == nil {
		return ""
	}
	b, err := json.Marshal(v)
	if err != nil || len(b) > maxAuditText {
		return ""
	}
	return string(b)
}

func (k *call) write(c echo.Context) error {
	a := k.answer
	k.status = a.Status
	if a.ETag != "" {
		c.Response().Header().Set("ETag", a.ETag)
	}
	if len(a.Body) == 0 {
		return c.NoContent(a.Status)
	}
	if k.method == http.MethodGet && a.ETag != "" && c.Request().Header.Get("If-None-Match") == a.ETag {
		k.status = http.StatusNotModified
		return c.NoContent(http.StatusNotModified)
	}
	return c.Blob(a.Status, a.Type, a.Body)
}
