package api

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/service"
)

// defined is what kind of definition an operation writes.
var defined = map[string]engine.DefinitionKind{
	"putGroup": engine.DefineGroup, "putLadder": engine.DefineLadder, "putReward": engine.DefineReward, "putTemplate": engine.DefineTemplate,
	"putChannel": engine.DefineChannel, "putEventType": engine.DefineEventType, "putSegment": engine.DefineSegment,
	"putAttribute": engine.DefineAttribute, "putSettings": engine.DefineSettings,
}

// everythingWrong refuses a body whose structure has problems. Of a definition it
// tells those beyond its structure too: who fills in a form learns of all at once
// and not of the next ones when these are put right.
func (s *Server) everythingWrong(c echo.Context, op *operation, found []engine.Problem) error {
	k, kind := callOf(c), defined[op.ID]
	if kind == "" {
		return engine.Invalid(bodyMessage, found...)
	}
	rest, ok := without(k.body, found)
	if !ok {
		return engine.Invalid(bodyMessage, found...)
	}
	def := engine.Definition{Kind: kind, Key: service.SettingsKey, Body: rest}
	if len(op.Params) > 0 && op.Params[0].In == "path" {
		def.Key = c.Param(op.Params[0].Name)
	}
	more, err := s.Service.Definitions.Wrong(c.Request().Context(), k.caller(c), def)
	if err != nil {
		return err
	}
	return engine.Invalid(bodyMessage, slices.Concat(found, beside(more, found))...)
}

// beside are the problems whose places are none where problems were found, nor
// above or below one: those are of what was taken out.
func beside(more, found []engine.Problem) []engine.Problem {
	return slices.DeleteFunc(slices.Clone(more), func(p engine.Problem) bool {
		return slices.ContainsFunc(found, func(f engine.Problem) bool {
			return strings.HasPrefix(p.Path+"/", f.Path+"/") || strings.HasPrefix(f.Path+"/", p.Path+"/")
		})
	})
}

// without is a body without the values at which problems were found; those in
// lists become null, so that their neighbours keep their places.
func without(body []byte, found []engine.Problem) (json.RawMessage, bool) {
	var v any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, false
	}
	for _, p := range found {
		drop(v, strings.Split(p.Path, "/")[1:])
	}
	rest, err := json.Marshal(v)
	return rest, err == nil
}

var plain = strings.NewReplacer("~1", "/", "~0", "~")

func drop(v any, path []string) {
	if len(path) == 0 {
		return
	}
	name := plain.Replace(path[0])
	switch v := v.(type) {
	case map[string]any:
		if len(path) == 1 {
			delete(v, name)
			return
		}
		drop(v[name], path[1:])
	case []any:
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= len(v) {
			return
		}
		if len(path) == 1 {
			v[i] = nil
			return
		}
		drop(v[i], path[1:])
	}
}
