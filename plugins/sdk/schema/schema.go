// Package schema is the subset of JSON Schema that describes a channel's
// configuration. It is small so that every form field is guaranteed: a keyword
// outside it is an error where the plugin is installed, never silently lost.
//
// Keywords: type title description default enum required properties items
// minimum maximum minLength maxLength minItems maxItems pattern format
// additionalProperties (only false), and x-secret, x-i18n, x-ui.
package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
)

// Schema is one node of a schema document.
type Schema struct {
	Type        string             `json:"type"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Default     json.RawMessage    `json:"default,omitempty"`
	Enum        []json.RawMessage  `json:"enum,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Properties  map[string]*Schema `json:"properties,omitempty"`
	Items       *Schema            `json:"items,omitempty"`
	Minimum     *float64           `json:"minimum,omitempty"`
	Maximum     *float64           `json:"maximum,omitempty"`
	MinLength   *int               `json:"minLength,omitempty"`
	MaxLength   *int               `json:"maxLength,omitempty"`
	MinItems    *int               `json:"minItems,omitempty"`
	MaxItems    *int               `json:"maxItems,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	Format      string             `json:"format,omitempty"`
	Closed      *bool              `json:"additionalProperties,omitempty"`
	Secret      bool               `json:"x-secret,omitempty"`
	// I18n holds titles and descriptions in other languages, by language tag.
	I18n map[string]struct {
		Title       string `json:"title,omitempty"`
		Description string `json:"description,omitempty"`
	} `json:"x-i18n,omitempty"`
	// UI is a hint for forms; nothing depends on it.
	UI json.RawMessage `json:"x-ui,omitempty"`

	pattern *regexp.Regexp
}

// Parse reads a schema and refuses whatever is outside the subset.
func Parse(document []byte) (*Schema, error) {
	dec := json.NewDecoder(bytes.NewReader(document))
	dec.DisallowUnknownFields()
	var s Schema
	if err := dec.Decode(&s); err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("read schema: text after the document")
	}
	if s.Type != "object" {
		return nil, fmt.Errorf("schema: the root's type must be object, not %q", s.Type)
	}
	if err := s.prepare("", 0); err != nil {
		return nil, fmt.Errorf("schema: %w", err)
	}
	return &s, nil
}

// Secrets are the names of the root's x-secret properties, sorted.
func (s *Schema) Secrets() []string {
	var names []string
	for name, p := range s.Properties {
		if p.Secret {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

var (
	types   = []string{"object", "array", "string", "integer", "number", "boolean"}
	formats = []string{"", "uri", "email", "hostname", "date-time"}
)

const maxDepth = 4

// prepare checks one node and what hangs below it.
func (s *Schema) prepare(at string, depth int) error {
	switch {
	case s == nil:
		return fmt.Errorf("%s: null is no schema", at)
	case depth > maxDepth:
		return fmt.Errorf("%s: nested deeper than %d", at, maxDepth)
	case !slices.Contains(types, s.Type):
		return fmt.Errorf("%s: type %q is not one of %v", at, s.Type, types)
	case !slices.Contains(formats, s.Format):
		return fmt.Errorf("%s: format %q is not one of %v", at, s.Format, formats[1:])
	case s.Secret && (s.Type != "string" || depth != 1):
		return fmt.Errorf("%s: x-secret is for strings directly below the root", at)
	case s.Closed != nil && *s.Closed:
		return fmt.Errorf("%s: additionalProperties may only be false, which is the rule anyway", at)
	case s.Type == "array" && s.Items == nil:
		return fmt.Errorf("%s: an array needs items", at)
	}
	if s.Pattern != "" {
		var err error
		if s.pattern, err = regexp.Compile(s.Pattern); err != nil {
			return fmt.Errorf("%s: pattern: %w", at, err)
		}
	}
	return s.prepareChildren(at, depth)
}

func (s *Schema) prepareChildren(at string, depth int) error {
	for _, name := range s.Required {
		if s.Properties[name] == nil {
			return fmt.Errorf("%s: required names %q, which is no property", at, name)
		}
	}
	for name, p := range s.Properties {
		if err := p.prepare(at+"/"+name, depth+1); err != nil {
			return err
		}
	}
	if s.Items != nil {
		return s.Items.prepare(at+"/items", depth+1)
	}
	return nil
}
