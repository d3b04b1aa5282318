package api

import (
	_ "embed" // the API description
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
	"github.com/bylaw-dev/bylaw/server/auth"
	"github.com/bylaw-dev/bylaw/server/service/shape"
)

//go:embed openapi.json
var specJSON []byte

//go:embed openapi.yaml
var specYAML []byte

// The words of x-role beside the roles.
const (
	rolePublic = "public" // no credential
	roleServer = "server" // an owner of the server
)

// operation is one call as the API description has it.
type operation struct {
	ID, Method, Path string
	Tag              string
	Summary          engine.Text
	Description      string
	Public           bool
	Need             auth.Need
	Audit            string // the action; "" for calls that change nothing
	Once             bool   // honours Idempotency-Key
	Params           []parameter
	Bodies           map[string]*shape.Schema // by media type; none: no body
	BodyRequired     bool
	raw              specOperation
}

type parameter struct {
	Name, In    string
	Required    bool
	Description string
	schema      *shape.Schema
	raw         json.RawMessage
}

// specification is the API description, read once.
type specification struct {
	operations []*operation // in the order of the table
	byID       map[string]*operation
	schemas    *shape.Set
	doc        specDocument
}

type specDocument struct {
	Info struct {
		Title, Version, Summary, Description string
		ZhDescription                        string `json:"x-description-zh"`
	} `json:"info"`
	Tags []struct {
		Name, Description string
		Zh                string `json:"x-zh"`
	} `json:"tags"`
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components struct {
		Schemas    map[string]json.RawMessage `json:"schemas"`
		Parameters map[string]json.RawMessage `json:"parameters"`
	} `json:"components"`
}

type specOperation struct {
	OperationID string            `json:"operationId"`
	Tags        []string          `json:"tags"`
	Summary     string            `json:"summary"`
	Zh          string            `json:"x-zh"`
	Description string            `json:"description"`
	Role        string            `json:"x-role"`
	Scope       string            `json:"x-scope"`
	Audit       string            `json:"x-audit"`
	Parameters  []json.RawMessage `json:"parameters"`
	RequestBody *struct {
		Required bool                 `json:"required"`
		Content  map[string]specMedia `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Description string               `json:"description"`
		Content     map[string]specMedia `json:"content"`
	} `json:"responses"`
}

type specMedia struct {
	Schema  json.RawMessage `json:"schema"`
	Example json.RawMessage `json:"example"`
}

// readSpec reads the API description. What it refuses is a mistake of ours.
func readSpec(raw []byte) (*specification, error) {
	s := &specification{byID: map[string]*operation{}}
	if err := json.Unmarshal(raw, &s.doc); err != nil {
		return nil, fmt.Errorf("read openapi.json: %w", err)
	}
	s.schemas = shape.NewSet(s.doc.Components.Schemas)
	for path, item := range s.doc.Paths {
		for method, raw := range item {
			if method == "parameters" {
				continue
			}
			if err := s.add(strings.ToUpper(method), path, raw, item["parameters"]); err != nil {
				return nil, fmt.Errorf("%s %s: %w", method, path, err)
			}
		}
	}
	slices.SortFunc(s.operations, func(a, b *operation) int {
		return strings.Compare(a.Path+a.Method, b.Path+b.Method)
	})
	return s, nil
}

func (s *specification) add(method, path string, raw, shared json.RawMessage) error {
	o := &operation{Method: method, Path: path, Bodies: map[string]*shape.Schema{}}
	if err := json.Unmarshal(raw, &o.raw); err != nil {
		return err
	}
	w := &o.raw
	o.ID, o.Description = w.OperationID, w.Description
	o.Summary = engine.Text{En: w.Summary, Zh: w.Zh}
	if len(w.Tags) != 1 || w.Summary == "" || w.Zh == "" || w.OperationID == "" {
		return fmt.Errorf("needs an operationId, one tag, a summary and x-zh")
	}
	o.Tag = w.Tags[0]
	if err := o.access(w); err != nil {
		return err
	}
	if err := s.params(o, shared); err != nil {
		return err
	}
	if w.RequestBody != nil {
		o.BodyRequired = w.RequestBody.Required
		for media, content := range w.RequestBody.Content {
			c, err := s.schemas.Compile(content.Schema)
			if err != nil {
				return fmt.Errorf("body %s: %w", media, err)
			}
			o.Bodies[media] = c
		}
	}
	s.operations = append(s.operations, o)
	s.byID[o.ID] = o
	return nil
}

// access reads who may call; an operation that does not say is refused.
func (op *operation) access(w *specOperation) error {
	op.Need.Scope = auth.Scope(w.Scope)
	switch w.Role {
	case rolePublic:
		op.Public = true
	case roleServer:
		op.Need.Role, op.Need.Server = auth.Owner, true
	default:
		op.Need.Role = auth.Role(w.Role)
	}
	if !op.Public && (!op.Need.Role.Valid() || op.Need.Scope != auth.Any && !slices.Contains(auth.Scopes, op.Need.Scope)) {
		return fmt.Errorf("x-role %q or x-scope %q does not exist", w.Role, w.Scope)
	}
	if op.Method != "GET" && w.Audit == "" {
		return fmt.Errorf("a call that changes something needs x-audit")
	}
	if w.Audit != "none" {
		op.Audit = w.Audit
	}
	return nil
}

func (s *specification) params(o *operation, shared json.RawMessage) error {
	var list []json.RawMessage
	if len(shared) > 0 {
		if err := json.Unmarshal(shared, &list); err != nil {
			return err
		}
	}
	for _, raw := range append(list, o.raw.Parameters...) {
		var p struct {
			Ref             string `json:"$ref"`
			Name, In        string
			Required        bool
			Description     string
			Schema, Example json.RawMessage
		}
		if err := json.Unmarshal(raw, &p); err != nil {
			return err
		}
		if p.Ref != "" {
			raw = s.doc.Components.Parameters[strings.TrimPrefix(p.Ref, "#/components/parameters/")]
			if err := json.Unmarshal(raw, &p); err != nil {
				return fmt.Errorf("parameter %s: %w", p.Ref, err)
			}
		}
		c, err := s.schemas.Compile(p.Schema)
		if err != nil {
			return fmt.Errorf("parameter %s: %w", p.Name, err)
		}
		o.Once = o.Once || p.Name == "Idempotency-Key"
		o.Params = append(o.Params, parameter{Name: p.Name, In: p.In, Required: p.Required, Description: p.Description, schema: c, raw: p.Schema})
	}
	return nil
}

// Shapes are the structures of definitions' bodies, from the API description.
func Shapes() (map[engine.DefinitionKind]*shape.Schema, error) {
	s, err := readSpec(specJSON)
	if err != nil {
		return nil, err
	}
	out := map[engine.DefinitionKind]*shape.Schema{}
	for kind, name := range map[engine.DefinitionKind]string{
		engine.DefineSettings: "Settings", engine.DefineGroup: "GroupDef", engine.DefineLadder: "Ladder",
		engine.DefineReward: "Reward", engine.DefineTemplate: "Template", engine.DefineChannel: "Channel",
		engine.DefineEventType: "EventType", engine.DefineSegment: "Segment", engine.DefineAttribute: "Attribute",
	} {
		if out[kind], err = s.schemas.Named(name); err != nil {
			return nil, err
		}
	}
	return out, nil
}
