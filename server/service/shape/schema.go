// Package shape checks JSON against the part of JSON Schema that our API
// description uses, and reports every problem with its JSON pointer in both
// languages. The description is thereby what is enforced, not what is hoped.
package shape

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/bylaw-dev/bylaw/engine"
)

// Schema is one compiled schema.
type Schema struct {
	types      []string // none: any
	properties map[string]*Schema
	required   []string
	closed     bool    // other properties are refused
	others     *Schema // of other properties, where they are allowed
	items      *Schema
	enum       []string
	pattern    *regexp.Regexp
	says       engine.Text // what pattern asks for, in words; absent: the pattern itself
	format     string
	readOnly   bool
	min, max   *int64 // of a number, or a string's, list's or object's size
	sizes      bool   // min and max are sizes
}

// Set is named schemas that may refer to each other.
type Set struct {
	raw  map[string]json.RawMessage
	made map[string]*Schema
}

// NewSet takes the schemas of an API description by name.
func NewSet(schemas map[string]json.RawMessage) *Set {
	return &Set{raw: schemas, made: map[string]*Schema{}}
}

// Named compiles a schema of the set.
func (s *Set) Named(name string) (*Schema, error) {
	if done, ok := s.made[name]; ok {
		return done, nil
	}
	raw, ok := s.raw[name]
	if !ok {
		return nil, fmt.Errorf("there is no schema %s", name)
	}
	made := &Schema{}
	s.made[name] = made // before its parts, which may refer to it
	c, err := s.Compile(raw)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	*made = *c
	return made, nil
}

type written struct {
	Ref                  string                     `json:"$ref"`
	Type                 json.RawMessage            `json:"type"`
	Properties           map[string]json.RawMessage `json:"properties"`
	Required             []string                   `json:"required"`
	AdditionalProperties json.RawMessage            `json:"additionalProperties"`
	Items                json.RawMessage            `json:"items"`
	Enum                 []string                   `json:"enum"`
	Pattern              string                     `json:"pattern"`
	Says                 engine.Text                `json:"x-says"`
	Format               string                     `json:"format"`
	ReadOnly             bool                       `json:"readOnly"`
	Minimum              *int64                     `json:"minimum"`
	Maximum              *int64                     `json:"maximum"`
	MinLength            *int64                     `json:"minLength"`
	MaxLength            *int64                     `json:"maxLength"`
	MinItems             *int64                     `json:"minItems"`
	MaxItems             *int64                     `json:"maxItems"`
	MinProperties        *int64                     `json:"minProperties"`
}

const refPrefix = "#/components/schemas/"

// Compile reads one schema.
func (s *Set) Compile(raw json.RawMessage) (*Schema, error) {
	var w written
	if err := json.Unmarshal(raw, &w); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	if w.Ref != "" {
		return s.Named(strings.TrimPrefix(w.Ref, refPrefix))
	}
	c := &Schema{required: w.Required, enum: w.Enum, format: w.Format, readOnly: w.ReadOnly}
	if err := c.readTypes(w.Type); err != nil {
		return nil, err
	}
	c.bounds(&w)
	if w.Pattern != "" {
		p, err := regexp.Compile(w.Pattern)
		if err != nil {
			return nil, fmt.Errorf("pattern: %w", err)
		}
		c.pattern, c.says = p, w.Says
	}
	return c, s.parts(c, &w)
}

func (c *Schema) readTypes(raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	if raw[0] == '[' {
		return json.Unmarshal(raw, &c.types)
	}
	c.types = make([]string, 1)
	return json.Unmarshal(raw, &c.types[0])
}

func (c *Schema) bounds(w *written) {
	c.min, c.max = w.Minimum, w.Maximum
	for _, size := range []*int64{w.MinLength, w.MinItems, w.MinProperties} {
		if size != nil {
			c.min, c.sizes = size, true
		}
	}
	for _, size := range []*int64{w.MaxLength, w.MaxItems} {
		if size != nil {
			c.max, c.sizes = size, true
		}
	}
}

func (s *Set) parts(c *Schema, w *written) (err error) {
	if len(w.Items) > 0 {
		if c.items, err = s.Compile(w.Items); err != nil {
			return err
		}
	}
	switch {
	case string(w.AdditionalProperties) == "false":
		c.closed = true
	case len(w.AdditionalProperties) > 0 && w.AdditionalProperties[0] == '{':
		if c.others, err = s.Compile(w.AdditionalProperties); err != nil {
			return err
		}
	}
	c.properties = make(map[string]*Schema, len(w.Properties))
	for name, raw := range w.Properties {
		if c.properties[name], err = s.Compile(raw); err != nil {
			return fmt.Errorf("property %s: %w", name, err)
		}
	}
	return nil
}
