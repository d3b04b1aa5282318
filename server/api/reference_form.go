package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// formed is what the page shows of a schema.
type formed struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Properties           map[string]json.RawMessage
	Required             []string
	Items                json.RawMessage
	AdditionalProperties json.RawMessage
	Enum                 []string
	Pattern, Format      string
	Description          string
	Minimum, Maximum     *int64
	MinLength, MaxLength *int64
	MinItems, MaxItems   *int64
}

// form writes a schema as people read it: one field a line, nested fields
// indented, to a depth.
func (s *specification) form(raw json.RawMessage, depth int) string {
	var b strings.Builder
	s.write(&b, raw, "", depth)
	return strings.TrimRight(b.String(), "\n")
}

func (s *specification) write(b *strings.Builder, raw json.RawMessage, margin string, depth int) {
	f := s.resolve(raw)
	if len(f.Properties) == 0 || depth == 0 {
		b.WriteString(s.line(f) + "\n")
		return
	}
	for _, name := range sortedKeys(f.Properties) {
		part := s.resolve(f.Properties[name])
		mark := ""
		if slices.Contains(f.Required, name) {
			mark = "*"
		}
		fmt.Fprintf(b, "%s%s%s: %s\n", margin, name, mark, s.line(part))
		switch {
		case len(part.Properties) > 0 && depth > 1:
			s.write(b, f.Properties[name], margin+"  ", depth-1)
		case len(part.Items) > 0 && depth > 1 && len(s.resolve(part.Items).Properties) > 0:
			s.write(b, part.Items, margin+"  ", depth-1)
		}
	}
}

func (s *specification) resolve(raw json.RawMessage) formed {
	var f formed
	if json.Unmarshal(raw, &f) != nil {
		return formed{}
	}
	if name, ok := strings.CutPrefix(f.Ref, "#/components/schemas/"); ok {
		return s.resolve(s.doc.Components.Schemas[name])
	}
	return f
}

// line says in a few words what a value is.
func (s *specification) line(f formed) string {
	words := []string{typeName(f.Type)}
	if len(f.Items) > 0 {
		words = append(words, "of "+typeName(s.resolve(f.Items).Type))
	}
	if len(f.Enum) > 0 {
		words = append(words, strings.Join(f.Enum, " | "))
	}
	for _, bound := range []struct {
		word     string
		from, to *int64
	}{{"", f.Minimum, f.Maximum}, {"characters ", f.MinLength, f.MaxLength}, {"entries ", f.MinItems, f.MaxItems}} {
		if bound.from != nil || bound.to != nil {
			words = append(words, bound.word+span(bound.from, bound.to))
		}
	}
	if f.Pattern != "" {
		words = append(words, f.Pattern)
	}
	if f.Description != "" {
		words = append(words, "— "+strings.ReplaceAll(f.Description, "`", ""))
	}
	return strings.Join(words, " ")
}

func span(from, to *int64) string {
	switch {
	case from == nil:
		return fmt.Sprintf("≤ %d", *to)
	case to == nil:
		return fmt.Sprintf("≥ %d", *from)
	}
	return fmt.Sprintf("%d–%d", *from, *to)
}

func typeName(t any) string {
	switch t := t.(type) {
	case string:
		return t
	case []any:
		var names []string
		for _, x := range t {
			names = append(names, fmt.Sprint(x))
		}
		return strings.Join(names, " or ")
	}
	return "any"
}
