package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
)

// finish writes the answer of a change, after its audit row where the change
// did not write it in its own transaction: one that changes no table of ours.
func (s *Server) finish(op *operation) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			k := callOf(c)
			if err := next(c); err != nil {
				return err
			}
			if _, late := k.audit.Pending(); late && !k.replayed && k.who != nil {
				if err := s.Audit.AddAudit(context.WithoutCancel(c.Request().Context()), k.who.Workspace); err != nil {
					return err
				}
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

// audited lets the request's context carry the audit row to the transaction that
// makes the change.
func (s *Server) audited(c echo.Context, k *call, op *operation) {
	if op.Audit == "" {
		return
	}
	noun, _, _ := strings.Cut(op.Audit, ".")
	e := engine.AuditEntry{ID: s.NewID(), At: k.now, Action: op.Audit, Noun: noun, Key: auditKey(c, op), Request: k.id}
	workspace := ""
	if k.who != nil {
		e.By, e.ByName, workspace = k.who.By(), k.who.ByName(), k.who.Workspace
	}
	ctx, audit := engine.WithAudit(c.Request().Context(), workspace, e)
	c.SetRequest(c.Request().WithContext(ctx))
	k.audit = audit
}

// auditKey is what the change is made to: the first parameter of the path, but
// for people, who may be named by who they are elsewhere.
func auditKey(c echo.Context, op *operation) string {
	for _, p := range op.Params {
		switch {
		case p.In != "path":
		case p.Name == "member":
			return ""
		default:
			return c.Param(p.Name)
		}
	}
	return ""
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
