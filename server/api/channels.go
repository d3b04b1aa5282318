package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/api/contract"
)

// ListPlugins lists channel plugins and what they can do.
func (s *Server) ListPlugins(c echo.Context) error {
	list, err := s.Channels.Plugins(c.Request().Context())
	if err != nil {
		return err
	}
	return callOf(c).ok(engine.Rows[Plugin]{Items: append([]Plugin{}, list...)})
}

// GetChannelHealth tells how the process behind a channel is. Its lines may hold
// addresses, so they are for those who may see personal fields.
func (s *Server) GetChannelHealth(c echo.Context, key contract.Key) error {
	k := callOf(c)
	def, err := s.channel(c, key)
	if err != nil {
		return err
	}
	h := s.Channels.Health(k.who.Workspace, def.Plugin)
	if !k.caller(c).Personal {
		h.Hidden, h.Log = h.Hidden || len(h.Log) > 0, nil
	}
	h.Log = append([]string{}, h.Log...)
	return k.ok(h)
}

// channel reads a channel's definition.
func (s *Server) channel(c echo.Context, key string) (engine.ChannelDef, error) {
	var def engine.ChannelDef
	d, err := s.Service.Definitions.Get(c.Request().Context(), callOf(c).caller(c), engine.DefineChannel, key)
	if err != nil {
		return def, err
	}
	if err := json.Unmarshal(d.Body, &def); err != nil {
		return def, fmt.Errorf("read channel %s: %w", key, err)
	}
	return def, nil
}

// PutChannelSecrets sets secrets; they are never shown, and the audit row has
// their names alone.
func (s *Server) PutChannelSecrets(c echo.Context, key contract.Key) error {
	k := callOf(c)
	if _, err := s.channel(c, key); err != nil {
		return err
	}
	b, err := decode[contract.Secrets](k)
	if err != nil {
		return err
	}
	k.audit.Change(nil, map[string][]string{"secrets": slices.Sorted(maps.Keys(b.Secrets))})
	if err := s.Channels.PutSecrets(c.Request().Context(), k.who.Workspace, key, b.Secrets); err != nil {
		return err
	}
	return k.reply(http.StatusNoContent, 0, nil)
}

// testValid is how long a test message may take to arrive.
const testValid = time.Minute

// TestChannel sends one message now.
func (s *Server) TestChannel(c echo.Context, key contract.Key, _ contract.TestChannelParams) error {
	k := callOf(c)
	def, err := s.channel(c, key)
	if err != nil {
		return err
	}
	b, err := decode[contract.TestMessage](k)
	if err != nil {
		return err
	}
	m := engine.Message{Key: "test-" + s.NewID(), Attempt: 1, NotAfter: k.now.Std().Add(testValid), Text: b.Text, Title: value(b.Title),
		Target: engine.Target{Kind: engine.ToWebhook}}
	if b.Target != nil {
		m.Target.Address = value(b.Target.Address)
		if b.Target.Kind != nil {
			m.Target.Kind = engine.TargetKind(*b.Target.Kind)
		}
	}
	r, err := s.Channels.Test(c.Request().Context(), k.who.Workspace, def, m)
	if err != nil {
		return err
	}
	k.audit.Change(nil, map[string]string{"outcome": string(r.Outcome)})
	return k.ok(map[string]string{"outcome": string(r.Outcome), "remote_id": r.RemoteID, "code": r.Code, "detail": r.Detail})
}
