package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/service"
)

// shown is a definition as it is shown: its body with what only reading shows.
type shown map[string]any

// meta says which version of a definition was read.
type meta struct {
	Revision int64       `json:"revision"`
	By       string      `json:"by,omitempty"`
	At       engine.Time `json:"at,omitempty"`
}

func (s *Server) show(c echo.Context, d engine.Definition) (shown, error) {
	out := shown{}
	if err := json.Unmarshal(d.Body, &out); err != nil {
		return nil, fmt.Errorf("read %s %s: %w", d.Kind, d.Key, err)
	}
	if d.Kind != engine.DefineSettings {
		out["key"] = d.Key
	}
	out["meta"] = meta{d.Revision, d.By, d.At}
	if _, has := out["codes"]; has && !callOf(c).who.Role.Covers(auth.Operator) {
		delete(out, "codes")
	}
	return out, nil
}

// more adds to definitions what lives elsewhere: the state of groups, the names
// of channels' secrets.
func (s *Server) more(c echo.Context, kind engine.DefinitionKind, list []shown) error {
	k, ctx := callOf(c), c.Request().Context()
	switch kind {
	case engine.DefineGroup:
		keys := make([]string, len(list))
		for i, d := range list {
			keys[i], _ = d["key"].(string)
		}
		now, err := s.Service.Groups.Now(ctx, k.caller(c), keys...)
		if err != nil {
			return err
		}
		crowds, err := s.Service.Groups.Crowds(ctx, k.caller(c), keys...)
		if err != nil {
			return err
		}
		for i, d := range list {
			if g := now[keys[i]]; g != nil {
				d["state"] = struct {
					*engine.Group
					service.Crowd
				}{g, crowds[keys[i]]}
			}
		}
	case engine.DefineChannel:
		names, err := s.Channels.SecretNames(ctx, k.who.Workspace)
		if err != nil {
			return err
		}
		for _, d := range list {
			if key, _ := d["key"].(string); len(names[key]) > 0 {
				d["secrets"] = names[key]
			}
		}
	}
	return nil
}

// list answers a page of definitions of one kind.
func (s *Server) list(c echo.Context, kind engine.DefinitionKind) error {
	defs, err := s.Service.Definitions.List(c.Request().Context(), callOf(c).caller(c), kind)
	if err != nil {
		return err
	}
	views := make([]shown, len(defs))
	for i, d := range defs {
		if views[i], err = s.show(c, d); err != nil {
			return err
		}
	}
	if err := s.more(c, kind, views); err != nil {
		return err
	}
	return slicePage(c, views)
}

// get answers one definition with its ETag.
func (s *Server) get(c echo.Context, kind engine.DefinitionKind, key string) error {
	d, err := s.Service.Definitions.Get(c.Request().Context(), callOf(c).caller(c), kind, key)
	if err != nil {
		return err
	}
	return s.one(c, http.StatusOK, d)
}

func (s *Server) one(c echo.Context, status int, d engine.Definition) error {
	view, err := s.show(c, d)
	if err != nil {
		return err
	}
	if err := s.more(c, d.Kind, []shown{view}); err != nil {
		return err
	}
	return callOf(c).reply(status, d.Revision, view)
}

// put creates or replaces one definition.
func (s *Server) put(c echo.Context, kind engine.DefinitionKind, key string) error {
	k, ctx := callOf(c), c.Request().Context()
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	saved, created, err := s.Service.Definitions.Put(ctx, k.caller(c), engine.Definition{Kind: kind, Key: key, Body: k.body}, m)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if created && kind != engine.DefineSettings {
		status = http.StatusCreated
	}
	return s.one(c, status, saved)
}

// remove deletes one definition.
func (s *Server) remove(c echo.Context, kind engine.DefinitionKind, key string) error {
	k, ctx := callOf(c), c.Request().Context()
	m, err := match(c.Request())
	if err != nil {
		return err
	}
	if err := s.Service.Definitions.Delete(ctx, k.caller(c), kind, key, m); err != nil {
		return err
	}
	return k.reply(http.StatusNoContent, 0, nil)
}

// GetSettings answers the workspace's settings.
func (s *Server) GetSettings(c echo.Context) error {
	return s.get(c, engine.DefineSettings, service.SettingsKey)
}
